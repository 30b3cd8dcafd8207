/*
 * The elementary functions against 60-digit values (data/math_reference.py made them) and, where
 * long double has 64 bits or more, against libm's long double functions at random arguments.
 */
#include <float.h>
#include <math.h>

#include "nn/math.h"
#include "nn/random.h"
#include "tests/harness/tap.h"

enum function { EXP, LOG, SIGMOID, TANH, FUNCTION_COUNT };

static long double sigmoidl(long double x)
{
    return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}

static const struct {
    const char *name;
    double (*ours)(double x);
    long double (*reference)(long double x);
    double bound; /* ulp, as nn/math.h states it */
} functions[FUNCTION_COUNT] = {
    [EXP] = {"nn_exp", nn_exp, expl, 1},
    [LOG] = {"nn_log", nn_log, logl, 1},
    [SIGMOID] = {"nn_sigmoid", nn_sigmoid, sigmoidl, 2.2},
    [TANH] = {"nn_tanh", nn_tanh, tanhl, 2.2},
};

static const struct reference {
    enum function function;
    double x;
    double nearest; /* f(x) rounded to a double */
    double rest;    /* f(x) - nearest, in units of nearest's last place */
} references[] = {
#include "tests/nn/data/math_reference.inc"
};

/* The unit in the last place, 2^-1074 for subnormal numbers and 0. */
static double unit_of(double value)
{
    return nextafter(fabs(value), INFINITY) - fabs(value);
}

/* NaN counts as infinitely wrong, so that no comparison lets it through. */
static double larger(double a, double b)
{
    return isnan(b) ? INFINITY : fmax(a, b);
}

static void test_references(void)
{
    double worst[FUNCTION_COUNT] = {0};
    size_t count[FUNCTION_COUNT] = {0};
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *row = &references[i];
        double actual = functions[row->function].ours(row->x);
        double error = fabs((actual - row->nearest) / unit_of(row->nearest) - row->rest);
        if (!(error <= functions[row->function].bound))
            tap_note("%s(%a) = %a, expected %a", functions[row->function].name, row->x, actual,
                     row->nearest);
        worst[row->function] = larger(worst[row->function], error);
        count[row->function]++;
    }
    for (int f = 0; f < FUNCTION_COUNT; f++)
        tap_ok(count[f] > 100 && worst[f] <= functions[f].bound,
               "%s: %.3f ulp at %zu chosen arguments, at most %.1f", functions[f].name, worst[f],
               count[f], functions[f].bound);
}

static const struct range {
    enum function function;
    double low, high;
    bool logarithmic; /* uniform in the exponent rather than in the value */
} ranges[] = {
    {EXP, -745, 709.78, false}, {EXP, -1, 1, false},        {EXP, 1e-20, 1, true},
    {LOG, 0.5, 2, false},       {LOG, 1e-307, 1e308, true}, {SIGMOID, -745, 40, false},
    {SIGMOID, -6, 6, false},    {TANH, -22, 22, false},     {TANH, -1, 1, false},
    {TANH, 1e-20, 1, true},
};

static double draw(const struct range *range, uint64_t i)
{
    struct random_block block = random_draw(1, RANDOM_INIT, i, 0, 0);
    double unit = random_unit(random_bits(&block, 0));
    if (!range->logarithmic)
        return range->low + (range->high - range->low) * unit;
    return exp(log(range->low) + (log(range->high) - log(range->low)) * unit);
}

static void test_range(const struct range *range)
{
    enum { DRAWS = 500000 };
    double worst = 0;
    double worst_x = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = draw(range, i);
        long double expected = functions[range->function].reference(x);
        long double difference = functions[range->function].ours(x) - expected;
        double error = (double)fabsl(difference / unit_of((double)expected));
        if (larger(worst, error) > worst) {
            worst = larger(worst, error);
            worst_x = x;
        }
    }
    tap_ok(worst <= functions[range->function].bound,
           "%s: %.3f ulp at %d random arguments from %g to %g, worst at %a",
           functions[range->function].name, worst, DRAWS, range->low, range->high, worst_x);
}

static const struct special {
    enum function function;
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
    {LOG, 1, 0},
    {LOG, 0, -INFINITY},
    {LOG, -0.0, -INFINITY},
    {LOG, -1, NAN},
    {LOG, INFINITY, INFINITY},
    {LOG, -INFINITY, NAN},
    {LOG, NAN, NAN},
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
};

static void test_specials(void)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const struct special *row = &specials[i];
        double actual = functions[row->function].ours(row->x);
        bool same = isnan(row->expected)
                        ? isnan(actual)
                        : actual == row->expected && !signbit(actual) == !signbit(row->expected);
        tap_ok(same, "%s(%g) is %g", functions[row->function].name, row->x, row->expected);
    }
}

int main(void)
{
    test_specials();
    test_references();
    for (size_t i = 0; LDBL_MANT_DIG >= 64 && i < sizeof ranges / sizeof *ranges; i++)
        test_range(&ranges[i]);
    return tap_done();
}
