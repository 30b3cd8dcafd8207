#include "nn/activation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/packed.h"

struct value_row {
    enum activation activation;
    double net, out, slope;
};

/* PyTorch's, made by reference/torch_reference.py. */
static const struct value_row torch_rows[] = {
#include "tests/nn/reference/activation_reference.inc"
};

/* To 60 digits, made by reference/extremes_reference.py. */
static const struct value_row extreme_rows[] = {
#include "tests/nn/reference/activation_extremes.inc"
};

/* Goes forward, and backward from dE/dout as `delta` has it, which becomes dE/dnet. NULL: not
 * backward. What is not a unit's is NaN where it may be. Returns whether deltas' further lanes are
 * 0. */
static bool run(const struct core *core, enum activation activation, const double *net, double *out,
                double *delta, size_t rows, size_t units)
{
    void *nets = packed_make(core->precision, net, rows, units, NAN);
    void *outs = packed_make(core->precision, NULL, rows, units, NAN);
    core->activation_forward(activation, nets, outs, rows, units);
    packed_read(core->precision, outs, rows, units, out);
    bool zeros = true;
    if (delta) {
        void *deltas = packed_make(core->precision, delta, rows, units, 0);
        core->activation_backward(activation, nets, outs, deltas, rows, units);
        zeros = packed_read(core->precision, deltas, rows, units, delta);
        free(deltas);
    }
    free(nets);
    free(outs);
    return zeros;
}

static bool is_float(double x)
{
    return (double)(float)x == x;
}

static void test_row(const struct core *core, const struct value_row *row, double relative,
                     double absolute, double absolute_slope)
{
    double out;
    double delta = 3; /* dE/dout, to be multiplied */
    run(core, row->activation, &row->net, &out, &delta, 1, 1);
    bool near = close_to(out, row->out, relative, absolute) &&
                close_to(delta, 3 * row->slope, relative, 3 * absolute_slope);
    if (!tap_ok(near, "%s: %s(%g)", core_name(core), activation_names[row->activation], row->net))
        tap_note("%.17g and 3 times %.17g, expected %.17g and %.17g", out, delta / 3, row->out,
                 row->slope);
}

static void test_torch(const struct core *core)
{
    bool wide = core->precision == PRECISION_FLOAT64;
    for (size_t n = 0; n < sizeof torch_rows / sizeof *torch_rows; n++) {
        /* What PyTorch's 1 + erf(x) rounds away, x times. */
        double absolute = (wide ? 2e-16 : 1e-7) * fmax(1, fabs(torch_rows[n].net));
        test_row(core, &torch_rows[n], wide ? 1e-13 : 1e-6, absolute, absolute);
    }
}

/* 1e-12, or some of the least numbers there are: x times a function that is one of them. Where
 * 1 - out and 1 - out^2 are 0 for an out that rounds to 1, the derivative is so too. */
static void test_extremes(const struct core *core)
{
    bool wide = core->precision == PRECISION_FLOAT64;
    for (size_t n = 0; n < sizeof extreme_rows / sizeof *extreme_rows; n++) {
        const struct value_row *row = &extreme_rows[n];
        if (!wide && !is_float(row->net))
            continue;
        double least = (wide ? 0x1p-1074 : 0x1p-149) * fmax(2, fabs(row->net));
        bool of_out = row->activation == ACTIVATION_SIGMOID || row->activation == ACTIVATION_TANH;
        test_row(core, row, wide ? 1e-12 : 1e-6, least, of_out ? wide ? 4e-16 : 2e-7 : least);
    }
}

/* A NaN must not become a number on its way to the output, nor one on its way back. */
static void test_not_finite(const struct core *core)
{
    for (enum activation a = 0; a < ACTIVATION_COUNT; a++) {
        enum { UNITS = 3 };
        const double net[UNITS] = {0.5, NAN, 0.25};
        double out[UNITS], delta[UNITS] = {NAN, 1, 1};
        run(core, a, net, out, delta, 1, UNITS);
        tap_ok(isnan(out[1]) && isnan(delta[0]), "%s: %s of NaN", core_name(core),
               activation_names[a]);
        if (a == ACTIVATION_SOFTMAX)
            continue;
        double far;
        run(core, a, &(double){INFINITY}, &far, NULL, 1, 1);
        bool bounded = a == ACTIVATION_SIGMOID || a == ACTIVATION_TANH;
        tap_ok(far == (bounded ? 1 : INFINITY), "of infinity");
    }
}

/* Nets far apart, so that exponentials underflow and overflow in the lanes of others. */
static double *nets_drawn(enum precision precision, size_t count)
{
    double *net = values_drawn(count, count, -4, 4);
    for (size_t i = 0; i < count; i += 5)
        net[i] *= 100;
    values_round(precision, net, count);
    return net;
}

/*
 * A sample's values are a function of that sample alone, whatever stands beside it, and the same to
 * the bit in every vector width: all samples at once against each by itself in the portable one.
 */
static void test_alone(const struct core *core, enum activation activation, size_t rows,
                       size_t units)
{
    const struct core *portable = core_of_simd(core->precision, SIMD_PORTABLE);
    size_t count = rows * units;
    double *net = nets_drawn(core->precision, count);
    double *out = values_zero(count), *out_alone = values_zero(count);
    double *delta = values_drawn(1, count, -1, 1);
    double *delta_alone = values_copied(delta, count);
    bool zeros = run(core, activation, net, out, delta, rows, units);
    for (size_t s = 0; s < count; s += units)
        run(portable, activation, net + s, out_alone + s, delta_alone + s, 1, units);
    tap_ok(values_same(out, out_alone, count) && values_same(delta, delta_alone, count),
           "%s: %s, %zu x %zu", core_name(core), activation_names[activation], rows, units);
    tap_ok(zeros, "deltas' further lanes are 0");
    free(net);
    free(out);
    free(out_alone);
    free(delta);
    free(delta_alone);
}

/* A softmax of one unit is 1, of equal ones their share, and its outputs' sum is 1. */
static void test_softmax(const struct core *core)
{
    double one, equal[4];
    run(core, ACTIVATION_SOFTMAX, &(double){-1e30}, &one, NULL, 1, 1);
    run(core, ACTIVATION_SOFTMAX, (double[]){7, 7, 7, 7}, equal, NULL, 1, 4);
    tap_ok(one == 1 && equal[0] == 0.25 && equal[3] == 0.25, "%s: softmax of equal nets",
           core_name(core));
    enum { UNITS = 1000 };
    double *net = values_drawn(9, UNITS, -5, 5), *out = values_zero(UNITS);
    run(core, ACTIVATION_SOFTMAX, net, out, NULL, 1, UNITS);
    double sum = 0;
    for (size_t j = 0; j < UNITS; j++)
        sum += out[j];
    tap_near(sum, 1, core->precision == PRECISION_FLOAT64 ? 1e-14 : 1e-5,
             "the sum of 1000 outputs");
    free(net);
    free(out);
}

int main(void)
{
    static const char *const names[ACTIVATION_COUNT] = {
        "sigmoid", "tanh", "relu",     "leaky_relu", "elu",    "selu",
        "gelu",    "silu", "softplus", "identity",   "softmax"};
    for (size_t a = 0; a < ACTIVATION_COUNT; a++)
        tap_text(activation_names[a], names[a], "name %zu", a);
    static const size_t sizes[][2] = {{1, 1},  {1, 3},   {40, 1},  {37, 3},  {16, 8},
                                      {5, 10}, {35, 10}, {33, 16}, {33, 17}, {3, 200}};
    for (const struct core *core = NULL; core_next(&core);) {
        test_torch(core);
        test_extremes(core);
        test_not_finite(core);
        test_softmax(core);
        for (enum activation a = 0; a < ACTIVATION_COUNT; a++)
            for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++)
                test_alone(core, a, sizes[n][0], sizes[n][1]);
    }
    return tap_done();
}
