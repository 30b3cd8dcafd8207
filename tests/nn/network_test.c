#include "nn/network.h"

#include <float.h>
#include <math.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

/* 3-4-2-5, a layer of each bias kind. */
static const struct layer layers[] = {
    {.units = 4, .bias = BIAS_PER_UNIT},
    {.units = 2, .bias = BIAS_SHARED, .init.kind = INIT_ZEROS},
    {.units = 5, .bias = BIAS_NONE},
};

static const struct place {
    size_t inputs, weights, biases, bias_count;
} places[] = {
    {3, 0, 12, 4},
    {4, 16, 24, 1},
    {2, 25, 35, 0},
};

static void test_layout(void)
{
    struct network *net = network_make(3, 3, layers);
    for (size_t l = 0; l < 3; l++) {
        const struct layer *layer = &net->layers[l];
        tap_ok(layer->inputs == places[l].inputs && layer->weights == places[l].weights &&
                   layer->biases == places[l].biases && layer->bias_count == places[l].bias_count,
               "layer %zu is where it should be", l);
    }
    tap_ok(net->parameter_count == 35, "35 parameters");
    tap_ok(net->unit_count == 11, "11 units");
    tap_ok(network_outputs(net) == 5, "5 outputs");
    network_free(net);
}

static const struct limit_row {
    const char *why;
    size_t inputs, units, max_parameters;
    enum bias_kind bias;
    bool fits;
} limit_rows[] = {
    {"exactly the limit", 3, 4, 16, BIAS_PER_UNIT, true},
    {"one more", 3, 4, 15, BIAS_PER_UNIT, false},
    {"the shared bias is one more", 3, 4, 12, BIAS_SHARED, false},
    {"no bias", 3, 4, 12, BIAS_NONE, true},
    {"10^9 units", 2, 1000000000, 10000000, BIAS_PER_UNIT, false},
    {"weights overflow", SIZE_MAX / 2, 4, SIZE_MAX, BIAS_NONE, false},
    {"weights overflow to a small number", (size_t)1 << 63, 2, SIZE_MAX, BIAS_NONE, false},
    {"weights and biases overflow", SIZE_MAX, 1, SIZE_MAX, BIAS_PER_UNIT, false},
    {"more units than the random numbers can count", 1, (size_t)1 << 32, SIZE_MAX, BIAS_NONE,
     false},
    {"more inputs than the random numbers can count", (size_t)1 << 32, 1, SIZE_MAX, BIAS_NONE,
     false},
};

static void test_limits(void)
{
    for (size_t i = 0; i < sizeof limit_rows / sizeof *limit_rows; i++) {
        const struct limit_row *row = &limit_rows[i];
        struct network *net = network_create(1);
        net->inputs = row->inputs;
        net->layers[0].units = row->units;
        net->layers[0].bias = row->bias;
        tap_ok(network_layout(net, row->max_parameters) == row->fits, "%s: %s", row->why,
               row->fits ? "fits" : "refused");
        network_free(net);
    }
    struct network *net = network_create(2);
    net->inputs = 3;
    net->layers[0] = net->layers[1] = (struct layer){.units = UINT32_MAX, .bias = BIAS_NONE};
    tap_ok(!network_layout(net, SIZE_MAX), "the sum of layers overflows: refused");
    network_free(net);
    tap_ok(!network_create(SIZE_MAX / 8), "too many layers: no memory");
}

static void test_same_shape(void)
{
    struct network *net = network_make(3, 3, layers);
    struct network *clone = network_clone(net);
    tap_ok(network_same_shape(net, clone), "a clone has the same shape");
    clone->layers[0].activation = ACTIVATION_TANH;
    clone->loss = LOSS_MEAN_SQUARED_ERROR;
    tap_ok(network_same_shape(net, clone), "functions are not the shape");
    tap_ok(net->layers[0].activation == ACTIVATION_SIGMOID, "a clone is a copy");
    clone->layers[1].bias = BIAS_NONE;
    tap_ok(!network_same_shape(net, clone), "bias kinds are");
    clone->layers[1].bias = BIAS_SHARED;
    clone->layers[2].units++;
    tap_ok(!network_same_shape(net, clone), "units are");
    clone->layers[2].units--;
    clone->inputs++;
    tap_ok(!network_same_shape(net, clone), "inputs are");
    struct network *shorter = network_make(3, 2, layers);
    tap_ok(!network_same_shape(net, shorter), "the number of layers is");
    network_free(net);
    network_free(clone);
    network_free(shorter);
    network_free(NULL);
}

static const double offsets[] = {1, -2, 0.25, 7, -0.0};
static const double scales[] = {0.5, 3, -1, 1e300, 1};

static void test_scaling(void)
{
    struct scaling scaling = {0};
    double offset[3], scale[3];
    for (size_t i = 0; i < 3; i++) {
        offset[i] = offsets[i];
        scale[i] = scales[i];
    }
    tap_ok(scaling_set(&scaling, 3, offset, scale), "set");
    offset[1] = scale[2] = NAN;
    tap_ok(values_same(scaling.offset, offsets, 3) && values_same(scaling.scale, scales, 3),
           "it has copies");
    tap_ok(!scaling_set(&scaling, SIZE_MAX / 8, offsets, scales) &&
               !scaling_set(&scaling, SIZE_MAX / 2 + 2, offsets, scales) &&
               values_same(scaling.offset, offsets, 3) && values_same(scaling.scale, scales, 3),
           "too many columns: no memory, and everything as before");
    tap_ok(scaling_set(&scaling, 2, scaling.offset + 1, scaling.scale + 1) &&
               values_same(scaling.offset, offsets + 1, 2) &&
               values_same(scaling.scale, scales + 1, 2),
           "set from what it had");
    tap_ok(scaling_set(&scaling, 2, NULL, NULL) && !scaling.offset && !scaling.scale, "none");
}

/* A clone shares nothing: it may be freed before or after, and its scalings moved. */
static void test_clone(void)
{
    struct network *net = network_make(3, 3, layers);
    struct network *plain = network_clone(net);
    tap_ok(!plain->input_scaling.offset && !plain->input_scaling.scale &&
               !plain->target_scaling.offset && !plain->target_scaling.scale,
           "no scaling, none in the clone");
    network_free(plain);
    net->precision = PRECISION_FLOAT32;
    net->regularization = (struct regularization){.l1 = 0.5, .l2 = 0.25};
    net->layers[1].dropout = 0.125;
    scaling_set(&net->input_scaling, 3, offsets, scales);
    scaling_set(&net->target_scaling, 5, offsets, scales);
    struct network *clone = network_clone(net);
    net->input_scaling.offset[0] = net->target_scaling.scale[4] = 99;
    struct network *second = network_clone(clone);
    network_free(net);
    network_free(clone);
    tap_ok(values_same(second->input_scaling.offset, offsets, 3) &&
               values_same(second->input_scaling.scale, scales, 3) &&
               values_same(second->target_scaling.offset, offsets, 5) &&
               values_same(second->target_scaling.scale, scales, 5),
           "a clone has scalings of its own");
    tap_ok(second->precision == PRECISION_FLOAT32 && second->regularization.l1 == 0.5 &&
               second->regularization.l2 == 0.25 && second->layers[1].dropout == 0.125 &&
               second->parameter_count == 35,
           "and everything else");
    network_free(second);
}

/* IEEE 754's rounding to binary32: halves to even, subnormals, infinite from 2^128 - 2^103 on. */
static const struct rounded_row {
    double value, rounded;
} rounded_rows[] = {
    {0.1, 0x1.99999ap-4},
    {-0.0, -0.0},
    {1 + 0x1p-24, 1},
    {1 + 0x1.8p-23, 1 + 0x1p-22},
    {-(1 + 0x1p-24 + 0x1p-52), -(1 + 0x1p-23)},
    {0x1p-149, 0x1p-149},
    {0x1p-150, 0},
    {0x1.8p-149, 0x1p-148},
    {0x1.000001p-126, 0x1p-126},
    {-0x1p-1074, -0.0},
    {0x1.fffffep127, 0x1.fffffep127},
    {0x1.fffffefffffffp127, 0x1.fffffep127},
    {0x1.ffffffp127, INFINITY},
    {-DBL_MAX, -INFINITY},
    {INFINITY, INFINITY},
};

static void test_round(void)
{
    for (size_t i = 0; i < sizeof rounded_rows / sizeof *rounded_rows; i++) {
        const struct rounded_row *row = &rounded_rows[i];
        double values[3] = {7, row->value, 0.1};
        values_round(PRECISION_FLOAT32, values, 2);
        tap_ok(values_same(&values[1], &row->rounded, 1) && values[0] == 7 && values[2] == 0.1,
               "%a is the float %a", row->value, row->rounded);
        values[1] = row->value;
        values_round(PRECISION_FLOAT64, values, 3);
        tap_ok(values_same(&values[1], &row->value, 1), "and stays a double");
    }
    double nan = NAN;
    values_round(PRECISION_FLOAT32, &nan, 1);
    tap_ok(isnan(nan), "NaN stays NaN");
}

static void test_initialize(void)
{
    struct network *net = network_make(3, 3, layers);
    double parameters[35], again[35], expected[12];
    for (size_t p = 0; p < 35; p++)
        parameters[p] = NAN;
    network_initialize(net, parameters);
    init_weights(&net->layers[0].init, net->seed, 0, 4, 3, expected);
    tap_ok(values_same(parameters, expected, 12), "weights by the layer's init");
    bool zero = true;
    for (size_t p = 12; p < 25; p++)
        zero &= parameters[p] == 0;
    tap_ok(zero, "biases and `zeros` weights are 0");
    tap_ok(parameters[25] != 0 && values_finite(parameters, 35), "the last layer is drawn");
    network_initialize(net, again);
    tap_ok(values_same(parameters, again, 35), "the same seed draws the same");
    net->seed++;
    network_initialize(net, again);
    tap_ok(!values_same(parameters, again, 12), "another seed others");
    net->seed--;
    net->precision = PRECISION_FLOAT32;
    network_initialize(net, again);
    bool rounded = true;
    for (size_t p = 0; p < 35; p++)
        rounded &= again[p] == (float)parameters[p];
    tap_ok(rounded, "float32: the same draws, rounded");
    tap_ok(!values_same(parameters, again, 12), "which are other numbers");
    network_free(net);
}

static void test_finite(void)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    static const double even[] = {0, -0.0, DBL_MAX, -DBL_MAX, DBL_MIN, 0x1p-1074};
    double values[6];
    for (size_t i = 0; i < 6; i++)
        values[i] = even[i];
    tap_ok(values_finite(values, 6), "largest and subnormal values are finite");
    tap_ok(values_finite(NULL, 0), "no values are finite");
    for (size_t i = 0; i < 6; i++) {
        values[i] = odd[i % 3];
        tap_ok(!values_finite(values, 6), "%g is not, in place %zu", odd[i % 3], i);
        values[i] = even[i];
    }
}

static void test_names(void)
{
    static const char *const names[] = {"per_unit", "shared", "none"};
    for (size_t i = 0; i < BIAS_KIND_COUNT; i++)
        tap_text(bias_kind_names[i], names[i], "bias kind %zu", i);
    tap_text(precision_names[PRECISION_FLOAT64], "float64", "double precision");
    tap_text(precision_names[PRECISION_FLOAT32], "float32", "single precision");
}

int main(void)
{
    test_layout();
    test_limits();
    test_same_shape();
    test_scaling();
    test_clone();
    test_round();
    test_initialize();
    test_finite();
    test_names();
    return tap_done();
}
