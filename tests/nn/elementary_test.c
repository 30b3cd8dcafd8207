/*
 * The elementary functions of nn/core in both precisions: against 60-digit values
 * (data/elementary_reference.py made them) in every vector width that the machine has and, where
 * long double has 64 bits or more, against libm's long double functions at random arguments,
 * ELEMENTARY_TEST_COUNT of them for each range. elementary_bits_test.c compares the widths.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "nn/core/core.h"
#include "nn/random.h"
#include "tests/harness/tap.h"
#include "tests/nn/reals.h"

enum {
    EXP = ELEMENTARY_EXP,
    EXPM1 = ELEMENTARY_EXPM1,
    LOG = ELEMENTARY_LOG,
    LOG1P = ELEMENTARY_LOG1P,
    SIGMOID = ELEMENTARY_SIGMOID,
    TANH = ELEMENTARY_TANH,
    ERF = ELEMENTARY_ERF,
    NORMAL_CDF = ELEMENTARY_NORMAL_CDF,
    NORMAL_DENSITY = ELEMENTARY_NORMAL_DENSITY,
};

static long double sigmoid_reference(long double x)
{
    return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

/* erfc(-x / sqrt 2) / 2; to the left it turns the argument's rounding into x^2 as much. */
static long double normal_cdf_reference(long double x)
{
    const long double root = 0x1.6a09e667f3bcdp-1L;        /* 1 / sqrt 2 */
    const long double root_rest = -0x1.bdd3413b26456p-55L; /* what is missing */
    long double t = -x * root;
    long double lost = fmal(-x, root, -t) - x * root_rest;
    return erfcl(t) / 2 - lost * expl(-t * t) * 0.5641895835477562869480794515607725858L;
}

static long double normal_density_reference(long double x)
{
    long double square = x * x;
    long double lost = fmal(x, x, -square);
    return expl(-square / 2) * (1 - lost / 2) * 0.3989422804014326779399460599343818685L;
}

static const struct {
    const char *name;
    long double (*reference)(long double x);
    double bounds[PRECISION_COUNT]; /* ulp, as nn/core/elementary.h states them */
} functions[ELEMENTARY_COUNT] = {
    [EXP] = {"exp", expl, {0.9, 0.9}},
    [EXPM1] = {"expm1", expm1l, {1.8, 1.6}},
    [LOG] = {"log", logl, {0.9, 0.9}},
    [LOG1P] = {"log1p", log1pl, {0.95, 0.95}},
    [SIGMOID] = {"sigmoid", sigmoid_reference, {2.1, 1.8}},
    [TANH] = {"tanh", tanhl, {2.4, 2.0}},
    [ERF] = {"erf", erfl, {1.8, 1.8}},
    [NORMAL_CDF] = {"normal_cdf", normal_cdf_reference, {2.5, 2.5}},
    [NORMAL_DENSITY] = {"normal_density", normal_density_reference, {1.4, 1.3}},
};

static const struct reference {
    int precision;
    int function;
    double x;
    double nearest; /* f(x) rounded to a double */
    double rest;    /* f(x) - nearest, in units of nearest's last place */
} references[] = {
#include "tests/nn/data/elementary_reference.inc"
};

static double reference_error(const struct reference *row, int simd)
{
    double actual = compute_one(row->function, row->precision, simd, row->x);
    double unit = unit_of(row->precision, row->nearest);
    double rest = row->rest * (unit_of(F64, row->nearest) / unit);
    double error = fabs((actual - row->nearest) / unit - rest);
    if (!(error <= functions[row->function].bounds[row->precision]))
        tap_note("%s(%a) = %a, expected %a", functions[row->function].name, row->x, actual,
                 row->nearest);
    return error;
}

static void test_references(int precision, int simd)
{
    for (int f = 0; f < ELEMENTARY_COUNT; f++) {
        double worst = 0;
        size_t count = 0;
        for (size_t i = 0; i < sizeof references / sizeof *references; i++)
            if (references[i].function == f && references[i].precision == precision) {
                worst = larger(worst, reference_error(&references[i], simd));
                count++;
            }
        double bound = functions[f].bounds[precision];
        tap_ok(count > 80 && worst <= bound,
               "%s, %s, %s: %.3f ulp at %zu chosen arguments, at most %.2f", functions[f].name,
               precision_names[precision], simd_names[simd], worst, count, bound);
    }
}

static const struct range {
    int function;
    double low[PRECISION_COUNT];
    double high[PRECISION_COUNT];
    bool logarithmic; /* uniform in the exponent rather than in the value, of both signs but in LOG
                       */
} ranges[] = {
    {EXP, {-745.5, -104.2}, {709.78, 88.72}, false},
    {EXP, {-1, -1}, {1, 1}, false},
    {EXP, {1e-20, 1e-10}, {1, 1}, true},
    {EXPM1, {-50, -20}, {709.78, 88.72}, false},
    {EXPM1, {-1.5, -1.5}, {1.5, 1.5}, false},
    {EXPM1, {1e-320, 1e-44}, {1, 1}, true},
    {LOG, {0.4, 0.4}, {2, 2}, false},
    {LOG, {5e-324, 1e-45}, {1.7e308, 3.4e38}, true},
    {LOG1P, {-1, -1}, {3, 3}, false},
    {LOG1P, {-0.3, -0.3}, {0.5, 0.5}, false},
    {LOG1P, {1e-320, 1e-44}, {0.5, 0.5}, true},
    {SIGMOID, {-745.5, -104.2}, {40, 40}, false},
    {SIGMOID, {-33, -33}, {-30, -30}, false},
    {SIGMOID, {-6, -6}, {6, 6}, false},
    {TANH, {-22, -22}, {22, 22}, false},
    {TANH, {-1, -1}, {1, 1}, false},
    {TANH, {1e-320, 1e-44}, {1, 1}, true},
    {ERF, {-6.5, -4.5}, {6.5, 4.5}, false},
    {ERF, {-1, -1}, {1, 1}, false},
    {ERF, {1e-320, 1e-44}, {1, 1}, true},
    {NORMAL_CDF, {-38.6, -14.3}, {10, 6}, false},
    {NORMAL_CDF, {-2, -2}, {2, 2}, false},
    {NORMAL_CDF, {-38.6, -14.3}, {-36, -12}, false},
    {NORMAL_DENSITY, {-38.6, -14.3}, {38.6, 14.3}, false},
    {NORMAL_DENSITY, {-4, -4}, {4, 4}, false},
};

/* The i-th random argument. */
static double draw(const struct range *range, int precision, uint64_t i)
{
    struct random_block block = random_draw(1, RANDOM_INIT, i, 0, 0);
    double unit = random_unit(random_bits(&block, 0));
    double low = range->low[precision];
    double high = range->high[precision];
    if (!range->logarithmic)
        return low + (high - low) * unit;
    double x = exp(log(low) + (log(high) - log(low)) * unit);
    return range->function == LOG || (block.word[3] & 1) ? x : -x;
}

static uint64_t draws(void)
{
    const char *text = getenv("ELEMENTARY_TEST_COUNT");
    return text ? strtoull(text, NULL, 10) : 100000;
}

static void test_range(const struct range *range, int precision)
{
    int f = range->function;
    double worst = 0;
    double worst_x = 0;
    union reals x;
    union reals y;
    for (uint64_t i = 0; i < draws(); i += CHUNK) {
        for (size_t k = 0; k < CHUNK; k++)
            real_set(&x, precision, k, draw(range, precision, i + k));
        core_of_simd(precision, simd_widest())->elementary(f, &x, &y, CHUNK);
        for (size_t k = 0; k < CHUNK; k++) {
            long double expected = functions[f].reference(real_get(&x, precision, k));
            long double difference = real_get(&y, precision, k) - expected;
            double error = (double)fabsl(difference / unit_of(precision, (double)expected));
            if (larger(worst, error) > worst) {
                worst = larger(worst, error);
                worst_x = real_get(&x, precision, k);
            }
        }
    }
    tap_ok(worst <= functions[f].bounds[precision],
           "%s, %s: %.3f ulp at random arguments from %g to %g, worst at %a", functions[f].name,
           precision_names[precision], worst, range->low[precision], range->high[precision],
           worst_x);
}

static const struct special {
    int function;
    double x, expected;
} specials[] = {
    {EXP, 0, 1},
    {EXP, -0.0, 1},
    {EXP, 710, INFINITY},
    {EXP, 1e308, INFINITY},
    {EXP, INFINITY, INFINITY},
    {EXP, -746, 0},
    {EXP, -1e308, 0},
    {EXP, -INFINITY, 0},
    {EXP, NAN, NAN},
    {EXPM1, -0.0, -0.0},
    {EXPM1, -1000, -1},
    {EXPM1, INFINITY, INFINITY},
    {EXPM1, -INFINITY, -1},
    {EXPM1, NAN, NAN},
    {LOG, 1, 0},
    {LOG, 0, -INFINITY},
    {LOG, -0.0, -INFINITY},
    {LOG, -1, NAN},
    {LOG, INFINITY, INFINITY},
    {LOG, -INFINITY, NAN},
    {LOG, NAN, NAN},
    {LOG1P, -0.0, -0.0},
    {LOG1P, -1, -INFINITY},
    {LOG1P, -1.5, NAN},
    {LOG1P, INFINITY, INFINITY},
    {LOG1P, -INFINITY, NAN},
    {LOG1P, NAN, NAN},
    {SIGMOID, 0, 0.5},
    {SIGMOID, 1000, 1},
    {SIGMOID, -1000, 0},
    {SIGMOID, INFINITY, 1},
    {SIGMOID, -INFINITY, 0},
    {SIGMOID, NAN, NAN},
    {TANH, 0, 0},
    {TANH, -0.0, -0.0},
    {TANH, 1000, 1},
    {TANH, -1000, -1},
    {TANH, INFINITY, 1},
    {TANH, -INFINITY, -1},
    {TANH, NAN, NAN},
    {ERF, -0.0, -0.0},
    {ERF, 1000, 1},
    {ERF, -INFINITY, -1},
    {ERF, NAN, NAN},
    {NORMAL_CDF, 0, 0.5},
    {NORMAL_CDF, INFINITY, 1},
    {NORMAL_CDF, -INFINITY, 0},
    {NORMAL_CDF, NAN, NAN},
    {NORMAL_DENSITY, 1e308, 0},
    {NORMAL_DENSITY, -INFINITY, 0},
    {NORMAL_DENSITY, NAN, NAN},
};

static void test_specials(int precision, int simd)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const struct special *row = &specials[i];
        double actual = compute_one(row->function, precision, simd, row->x);
        tap_ok(same_value(actual, row->expected), "%s, %s, %s: f(%g) is %g",
               functions[row->function].name, precision_names[precision], simd_names[simd], row->x,
               row->expected);
    }
}

/* The last finite e^x and the first infinite one. */
static void test_threshold(int simd)
{
    tap_ok(isfinite(compute_one(EXP, F64, simd, 0x1.62e42fefa39efp+9)) &&
               isinf(compute_one(EXP, F64, simd, 0x1.62e42fefa39f0p+9)) &&
               isfinite(compute_one(EXP, F32, simd, 0x1.62e42ep+6)) &&
               isinf(compute_one(EXP, F32, simd, 0x1.62e430p+6)),
           "exp, %s: infinite from ln of the largest number on", simd_names[simd]);
}

int main(void)
{
    for (int precision = 0; precision < PRECISION_COUNT; precision++) {
        for (int simd = SIMD_PORTABLE; simd < SIMD_COUNT; simd = simd_next(simd)) {
            test_specials(precision, simd);
            test_references(precision, simd);
        }
        for (size_t i = 0; LDBL_MANT_DIG >= 64 && i < sizeof ranges / sizeof *ranges; i++)
            test_range(&ranges[i], precision);
    }
    for (int simd = SIMD_PORTABLE; simd < SIMD_COUNT; simd = simd_next(simd))
        test_threshold(simd);
    return tap_done();
}
