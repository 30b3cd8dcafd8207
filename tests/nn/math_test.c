/*
 * nn_cos() and nn_pow_int() against 60-digit values (data/math_reference.py made them), and
 * nn_cos() against libm's long double function at random arguments. The other functions of
 * nn/math.h are those of nn/core: elementary_bits_test.c compares them.
 */
#include <float.h>
#include <math.h>

#include "nn/math.h"
#include "nn/random.h"
#include "tests/harness/tap.h"
#include "tests/nn/reals.h"

static const struct {
    double x;
    double nearest; /* cos x rounded to a double */
    double rest;    /* cos x - nearest, in units of nearest's last place */
} cosines[] = {
#include "tests/nn/data/cos_reference.inc"
};

static void test_cos(void)
{
    double worst = 0;
    for (size_t i = 0; i < sizeof cosines / sizeof *cosines; i++) {
        double unit = unit_of(F64, cosines[i].nearest);
        double error = fabs((nn_cos(cosines[i].x) - cosines[i].nearest) / unit - cosines[i].rest);
        if (!(error <= 1))
            tap_note("cos(%a) is %.1f ulp off", cosines[i].x, error);
        worst = larger(worst, error);
    }
    tap_ok(worst <= 1, "cos: %.3f ulp at %zu chosen arguments", worst,
           sizeof cosines / sizeof *cosines);
    tap_ok(nn_cos(0) == 1 && isnan(nn_cos(NAN)) && isnan(nn_cos(INFINITY)) && isnan(nn_cos(2e6)),
           "cos of 0, NaN and beyond its range");
}

static void test_cos_range(double high)
{
    enum { DRAWS = 200000 };
    double worst = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct random_block block = random_draw(1, RANDOM_INIT, i, 0, 0);
        double x = high * random_unit(random_bits(&block, 0));
        long double expected = cosl(x);
        long double difference = nn_cos(x) - expected;
        worst = larger(worst, (double)fabsl(difference / unit_of(F64, (double)expected)));
    }
    tap_ok(worst <= 1, "cos: %.3f ulp at %d random arguments from 0 to %g", worst, DRAWS, high);
}

static const struct {
    double x;
    uint64_t n;
    double nearest; /* x^n rounded to a double */
} powers[] = {
#include "tests/nn/data/power_reference.inc"
};

static void test_powers(void)
{
    int off = 0;
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        double actual = nn_pow_int(powers[i].x, powers[i].n);
        if (actual != powers[i].nearest) {
            tap_note("%a^%ju is %a, not %a", powers[i].x, (uintmax_t)powers[i].n, actual,
                     powers[i].nearest);
            off++;
        }
    }
    tap_ok(off == 0, "pow_int: the nearest double at %zu places", sizeof powers / sizeof *powers);
}

/* Where the results are no normal numbers. */
static void test_extreme_powers(void)
{
    tap_ok(nn_pow_int(0, 0) == 1 && nn_pow_int(NAN, 0) == 1 && nn_pow_int(0, 3) == 0, "0^0, 0^3");
    tap_ok(nn_pow_int(0.9, UINT64_MAX) == 0 && nn_pow_int(1, UINT64_MAX) == 1, "n = 2^64 - 1");
    tap_ok(nn_pow_int(-10, 1001) == -INFINITY && nn_pow_int(10, 1001) == INFINITY, "overflow");
    tap_ok(isnan(nn_pow_int(NAN, 3)) && isinf(nn_pow_int(INFINITY, 3)), "NaN and infinity");
}

int main(void)
{
    test_cos();
    if (LDBL_MANT_DIG >= 64) {
        test_cos_range(6.3);
        test_cos_range(20000);
    }
    test_powers();
    test_extreme_powers();
    return tap_done();
}
