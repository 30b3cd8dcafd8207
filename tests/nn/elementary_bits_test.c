/*
 * The elementary functions of nn/core give the same bits in every vector width that the machine
 * has, whatever stands in the other lanes; and in nn/math.c.
 */
#include <math.h>
#include <string.h>

#include "nn/core/core.h"
#include "nn/math.h"
#include "nn/random.h"
#include "tests/harness/tap.h"
#include "tests/nn/reals.h"

static const struct {
    const char *name;
    double (*scalar)(double x); /* of nn/math.h */
} functions[ELEMENTARY_COUNT] = {
    [ELEMENTARY_EXP] = {"exp", nn_exp},
    [ELEMENTARY_EXPM1] = {"expm1", NULL},
    [ELEMENTARY_LOG] = {"log", nn_log},
    [ELEMENTARY_LOG1P] = {"log1p", NULL},
    [ELEMENTARY_SIGMOID] = {"sigmoid", nn_sigmoid},
    [ELEMENTARY_TANH] = {"tanh", nn_tanh},
    [ELEMENTARY_ERF] = {"erf", NULL},
    [ELEMENTARY_NORMAL_CDF] = {"normal_cdf", NULL},
    [ELEMENTARY_NORMAL_DENSITY] = {"normal_density", NULL},
};

/* Arguments that are hard for one function or another. */
static const double chosen[] = {
    0,
    -0.0,
    INFINITY,
    -INFINITY,
    NAN,
    1,
    -1,
    0x1p-1074,
    -0x1p-1074,
    0x1p-1022,
    0x1p-149,
    -0x1p-126,
    0x1.fffffffffffffp+1023,
    -0x1.fffffep+127,
    709.782712893384,
    709.7827128933841,
    710,
    -708.4,
    -744.44,
    -745.13,
    -745.2,
    -746,
    1000,
    -1000,
    88.72283,
    88.72284,
    -87.3,
    -103.9,
    -104,
    -105,
    31.9,
    -31.9,
    31.900000000000002,
    -31.900002,
    15.9,
    -15.9,
    15.900000000000002,
    32,
    -32,
    16,
    -16,
    0.5,
    -0.5,
    0.03125,
    -0.03125,
    0.015625,
    -0.015625,
    39,
    -39,
    -38.56,
    -38.6,
    -14.2,
    -14.5,
    6,
    -6,
    4,
    0.34657359027997264,
    -0.34657359027997264,
    1.4142135623730951,
    0.7071067811865476,
    0.41421356237309515,
    -0.2928932188134524,
    -0.99999999999999989,
    -0.99999994,
    -1.0000000000000002,
};
enum { CHOSEN = sizeof chosen / sizeof *chosen };

/* All NaNs are the same: which one comes out, IEEE 754 leaves open. */
static void forget_payloads(union reals *values, int precision)
{
    for (size_t i = 0; i < CHUNK; i++)
        if (isnan(real_get(values, precision, i)))
            real_set(values, precision, i, NAN);
}

static bool equal(const union reals *a, const union reals *b, int precision)
{
    return memcmp(a, b, CHUNK * (precision == F64 ? sizeof(double) : sizeof(float))) == 0;
}

/* Chosen arguments first; the others are random: every second one of any bits at all, the rest
 * within +-50, for the logarithm in [0, 100). */
static void fill(union reals *x, enum elementary f, int precision, uint64_t chunk)
{
    for (size_t i = 0; i < CHUNK; i++) {
        struct random_block block = random_draw(2, RANDOM_INIT, chunk * CHUNK + i, 0, 0);
        uint64_t bits = random_bits(&block, 0);
        if (i < CHOSEN)
            real_set(x, precision, (i + chunk) % CHUNK, chosen[i]);
        else if (i % 2)
            real_set(x, precision, (i + chunk) % CHUNK,
                     100 * random_unit(bits) - (f == ELEMENTARY_LOG ? 0 : 50));
        else if (precision == F64)
            x->bits64[(i + chunk) % CHUNK] = bits;
        else
            x->bits32[(i + chunk) % CHUNK] = (uint32_t)bits;
    }
}

static void turn_around(union reals *values, int precision)
{
    for (size_t i = 0; i < CHUNK / 2; i++) {
        double x = real_get(values, precision, i);
        real_set(values, precision, i, real_get(values, precision, CHUNK - 1 - i));
        real_set(values, precision, CHUNK - 1 - i, x);
    }
}

/* f(x) with all NaNs made equal. */
static void compute(enum elementary f, int precision, int simd, const union reals *x,
                    union reals *y)
{
    core_of_simd(precision, simd)->elementary(f, x, y, CHUNK);
    forget_payloads(y, precision);
}

/* Whether each width gives the bits of the portable one, also among other neighbours. */
static bool chunk_same(enum elementary f, int precision, uint64_t chunk)
{
    union reals x;
    union reals y;
    union reals expected;
    fill(&x, f, precision, chunk);
    compute(f, precision, SIMD_PORTABLE, &x, &expected);
    bool same = true;
    for (int simd = simd_next(SIMD_PORTABLE); simd < SIMD_COUNT; simd = simd_next(simd)) {
        compute(f, precision, simd, &x, &y);
        same = same && equal(&y, &expected, precision);
    }
    if (precision == F64 && functions[f].scalar) {
        for (size_t i = 0; i < CHUNK; i++)
            y.f64[i] = functions[f].scalar(x.f64[i]);
        forget_payloads(&y, precision);
        same = same && equal(&y, &expected, precision);
    }
    turn_around(&x, precision);
    compute(f, precision, simd_widest(), &x, &y);
    turn_around(&y, precision);
    return same && equal(&y, &expected, precision);
}

static void test_same_bits(enum elementary f, int precision)
{
    enum { CHUNKS = 256 };
    int same = 0;
    for (uint64_t chunk = 0; chunk < CHUNKS; chunk++)
        same += chunk_same(f, precision, chunk);
    tap_ok(same == CHUNKS, "%s, %s: the same bits for every width at %d arguments",
           functions[f].name, precision_names[precision], CHUNKS * CHUNK);
}

/* Any count of values, and nothing beyond them is written. */
static void test_counts(int precision, int simd)
{
    enum { COUNTS = 64 };
    union reals x;
    union reals y;
    fill(&x, ELEMENTARY_SIGMOID, precision, 0);
    size_t right = 0;
    for (size_t count = 0; count < COUNTS; count++) {
        real_set(&y, precision, count, 7);
        core_of_simd(precision, simd)->elementary(ELEMENTARY_SIGMOID, &x, &y, count);
        bool same = real_get(&y, precision, count) == 7;
        for (size_t i = 0; i < count; i++)
            same = same && same_value(real_get(&y, precision, i),
                                      compute_one(ELEMENTARY_SIGMOID, precision, simd,
                                                  real_get(&x, precision, i)));
        right += same;
    }
    tap_ok(right == COUNTS, "%s, %s: from 0 to %d values", precision_names[precision],
           simd_names[simd], COUNTS - 1);
}

static void test_odd(enum elementary f, int precision)
{
    enum { ARGUMENTS = 20000 };
    int odd = 0;
    for (uint64_t i = 0; i < ARGUMENTS; i++) {
        struct random_block block = random_draw(3, RANDOM_INIT, i, 0, 0);
        double x = ldexp(random_unit(random_bits(&block, 0)), (int)(i % 40) - 34);
        odd += compute_one(f, precision, simd_widest(), -x) ==
               -compute_one(f, precision, simd_widest(), x);
    }
    tap_ok(odd == ARGUMENTS, "%s, %s: f(-x) is -f(x)", functions[f].name,
           precision_names[precision]);
}

int main(void)
{
    for (int precision = 0; precision < PRECISION_COUNT; precision++) {
        for (int f = 0; f < ELEMENTARY_COUNT; f++)
            test_same_bits(f, precision);
        for (int simd = SIMD_PORTABLE; simd < SIMD_COUNT; simd = simd_next(simd))
            test_counts(precision, simd);
        test_odd(ELEMENTARY_TANH, precision);
        test_odd(ELEMENTARY_ERF, precision);
    }
    return tap_done();
}
