#include "nn/init.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { UNITS = 200, INPUTS = 300, WEIGHTS = UNITS * INPUTS };

/* What the papers (see nn/init.h) say of a layer with fan_in 300 and fan_out 200. */
static const struct spread {
    enum init_kind kind;
    double bound; /* 0: none */
    double variance;
} spreads[] = {
    {INIT_GLOROT_UNIFORM, 0.10954451150103323, 0.004},
    {INIT_GLOROT_NORMAL, 0, 0.004},
    {INIT_HE_UNIFORM, 0.1414213562373095, 0.006666666666666667},
    {INIT_HE_NORMAL, 0, 0.006666666666666667},
    {INIT_LECUN_UNIFORM, 0.1, 0.0033333333333333335},
    {INIT_LECUN_NORMAL, 0, 0.0033333333333333335},
};

struct sample_moments {
    double mean, variance, largest;
};

static struct sample_moments moments_of(const double *values, size_t count)
{
    struct sample_moments moments = {0};
    for (size_t i = 0; i < count; i++) {
        moments.mean += values[i] / (double)count;
        moments.largest = fmax(moments.largest, fabs(values[i]));
    }
    for (size_t i = 0; i < count; i++)
        moments.variance += pow(values[i] - moments.mean, 2) / (double)count;
    return moments;
}

/* Mean and variance within 5 standard errors; those of a variance are sqrt(2 / n) for a normal
 * and sqrt(0.8 / n) for a uniform distribution, relative. */
static void test_spreads(void)
{
    double *weights = values_zero(WEIGHTS);
    for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
        const struct spread *row = &spreads[i];
        const char *name = init_kind_names[row->kind];
        init_weights(&(struct init){.kind = row->kind}, 42, 1, UNITS, INPUTS, weights);
        struct sample_moments moments = moments_of(weights, WEIGHTS);
        tap_near(moments.mean, 0, 5 * sqrt(row->variance / WEIGHTS), "%s: mean", name);
        tap_near(moments.variance, row->variance,
                 5 * row->variance * sqrt((row->bound > 0 ? 0.8 : 2) / WEIGHTS), "%s: variance",
                 name);
        if (row->bound > 0)
            tap_ok(moments.largest <= row->bound && moments.largest > 0.999 * row->bound,
                   "%s: fills its bounds", name);
        else
            tap_ok(moments.largest > 3.5 * sqrt(row->variance), "%s: is not truncated", name);
    }
    free(weights);
}

static void test_uniform_and_normal(void)
{
    double *weights = values_zero(WEIGHTS);
    init_weights(&(struct init){.kind = INIT_UNIFORM, .low = 2, .high = 5}, 1, 0, UNITS, INPUTS,
                 weights);
    struct sample_moments moments = moments_of(weights, WEIGHTS);
    tap_near(moments.mean, 3.5, 5 * sqrt(0.75 / WEIGHTS), "uniform: mean");
    tap_near(moments.variance, 0.75, 5 * 0.75 * sqrt(0.8 / WEIGHTS), "uniform: variance");
    init_weights(&(struct init){.kind = INIT_NORMAL, .mean = -1, .stddev = 3}, 1, 0, UNITS, INPUTS,
                 weights);
    moments = moments_of(weights, WEIGHTS);
    tap_near(moments.mean, -1, 5 * sqrt(9.0 / WEIGHTS), "normal: mean");
    tap_near(moments.variance, 9, 5 * 9 * sqrt(2.0 / WEIGHTS), "normal: variance");
    init_weights(&(struct init){.kind = INIT_ZEROS}, 1, 0, UNITS, INPUTS, weights);
    tap_ok(moments_of(weights, WEIGHTS).largest == 0, "zeros");
    free(weights);
}

/* Intervals with few doubles in them, and one that is wider than the largest double. */
static const struct interval {
    double low, high;
    bool spread; /* more than one value has to come */
} intervals[] = {
    {0, 1, true},
    {0.1, 0.1, false},
    {-1e308, 1.7e308, true},
    {1, 1 + 0x1p-52, false},
    {1, 1 + 0x1p-51, false},
    {-0x1p-1074, 0x1p-1074, false},
};

static void test_intervals(void)
{
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        const struct interval *row = &intervals[i];
        struct init init = {.kind = INIT_UNIFORM, .low = row->low, .high = row->high};
        double weights[1000];
        bool inside = true;
        bool spread = false;
        init_weights(&init, 1, 0, 10, 100, weights);
        for (size_t w = 0; w < 1000; w++) {
            inside &= weights[w] >= row->low && (weights[w] < row->high || row->low == row->high);
            spread |= weights[w] != weights[0];
        }
        tap_ok(inside && (spread || !row->spread), "uniform in [%g, %.17g)", row->low, row->high);
    }
}

/* The weight of a unit and an input is the same in a layer of any size. */
static void test_place_alone(enum init_kind kind)
{
    struct init init = {.kind = kind, .low = -1, .high = 1, .mean = 0, .stddev = 1};
    double small[3 * 5], large[4 * 9], other_layer[3 * 5], other_seed[3 * 5];
    init_weights(&init, 1, 0, 3, 5, small);
    init_weights(&init, 1, 0, 4, 9, large);
    init_weights(&init, 1, 1, 3, 5, other_layer);
    init_weights(&init, 2, 0, 3, 5, other_seed);
    bool same = true;
    bool other = true;
    for (size_t j = 0; j < 3; j++) {
        for (size_t i = 0; i < 5; i++) {
            double weight = small[j * 5 + i];
            same &= weight == large[j * 9 + i];
            other &= weight != other_layer[j * 5 + i] && weight != other_seed[j * 5 + i];
        }
    }
    tap_ok(same, "%s: a weight depends on its place alone", init_kind_names[kind]);
    tap_ok(other, "%s: other layers and seeds have others", init_kind_names[kind]);
}

static const struct place {
    uint64_t seed;
    size_t layer, unit, input;
    double uniform, normal;
} places[] = {
#include "tests/nn/data/random_reference.inc"
};

/* A second implementation's weights. The logarithm of a number near 1 magnifies the last bits, so
 * that normal ones agree less closely. */
static void test_places(void)
{
    const struct init uniform = {.kind = INIT_UNIFORM, .low = 0, .high = 1};
    const struct init normal = {.kind = INIT_NORMAL, .mean = 0, .stddev = 1};
    for (size_t n = 0; n < sizeof places / sizeof *places; n++) {
        const struct place *row = &places[n];
        double weights[2][10];
        init_weights(&uniform, row->seed, row->layer, 2, 10, &weights[0][0]);
        tap_ok(weights[row->unit][row->input] == row->uniform, "uniform weight %zu", n);
        init_weights(&normal, row->seed, row->layer, 2, 10, &weights[0][0]);
        tap_near(weights[row->unit][row->input], row->normal, 1e-12, "normal weight %zu", n);
    }
}

int main(void)
{
    test_spreads();
    test_uniform_and_normal();
    test_intervals();
    test_place_alone(INIT_UNIFORM);
    test_place_alone(INIT_NORMAL);
    test_places();
    return tap_done();
}
