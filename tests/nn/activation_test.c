#include "nn/activation.h"

#include <math.h>

#include "tests/harness/tap.h"

/* f(net) and f'(net) to 30 digits, rounded (mpmath); relu's derivative at 0 is PyTorch's 0. */
static const struct value_row {
    enum activation activation;
    double net, out, slope;
} value_rows[] = {
    {ACTIVATION_SIGMOID, -2, 0.11920292202211756, 0.10499358540350652},
    {ACTIVATION_SIGMOID, -0.5, 0.37754066879814546, 0.2350037122015945},
    {ACTIVATION_SIGMOID, 0, 0.5, 0.25},
    {ACTIVATION_SIGMOID, 0.3775, 0.5932699921071872, 0.24130070857232522},
    {ACTIVATION_SIGMOID, 3, 0.9525741268224333, 0.04517665973091213},
    {ACTIVATION_TANH, -2, -0.9640275800758169, 0.07065082485316447},
    {ACTIVATION_TANH, -0.5, -0.46211715726000974, 0.7864477329659274},
    {ACTIVATION_TANH, 0, 0, 1},
    {ACTIVATION_TANH, 0.3775, 0.3605343933972969, 0.8700149511776432},
    {ACTIVATION_TANH, 3, 0.9950547536867305, 0.00986603716544019},
    {ACTIVATION_RELU, -2, 0, 0},
    {ACTIVATION_RELU, 0, 0, 0},
    {ACTIVATION_RELU, 0x1p-1074, 0x1p-1074, 1},
    {ACTIVATION_RELU, 3, 3, 1},
    {ACTIVATION_IDENTITY, -2, -2, 1},
    {ACTIVATION_IDENTITY, 0, 0, 1},
    {ACTIVATION_IDENTITY, 1e308, 1e308, 1},
};

static void test_values(void)
{
    for (size_t i = 0; i < sizeof value_rows / sizeof *value_rows; i++) {
        const struct value_row *row = &value_rows[i];
        const struct activation_kind *kind = &activation_kinds[row->activation];
        double out;
        double delta = 3; /* dE/dout, to be multiplied */
        kind->forward(&row->net, &out, 1);
        kind->backward(&row->net, &out, &delta, 1);
        tap_near(out, row->out, 3e-16 * fabs(row->out), "%s(%g)", kind->name, row->net);
        /* 1 - out and 1 - out^2 magnify the rounding of an out near 1. */
        tap_near(delta, 3 * row->slope, 1e-15, "its derivative");
    }
}

/* A NaN must not become a number on its way to the output. */
static void test_nan(void)
{
    for (size_t a = 0; a < ACTIVATION_COUNT; a++) {
        double out;
        activation_kinds[a].forward(&(double){NAN}, &out, 1);
        tap_ok(isnan(out), "%s of NaN is NaN", activation_kinds[a].name);
        double delta = NAN;
        activation_kinds[a].backward(&(double){1}, &(double){0.5}, &delta, 1);
        tap_ok(isnan(delta), "%s: a NaN goes backward too", activation_kinds[a].name);
    }
}

/* A value is a function of its net alone, wherever it stands in an array. */
static void test_arrays(void)
{
    enum { COUNT = 37 };
    double net[COUNT], out[COUNT], delta[COUNT];
    for (size_t a = 0; a < ACTIVATION_COUNT; a++) {
        bool same = true;
        for (size_t i = 0; i < COUNT; i++) {
            net[i] = ((double)i - 18) / 3;
            delta[i] = 0.1 * (double)i;
        }
        activation_kinds[a].forward(net, out, COUNT);
        activation_kinds[a].backward(net, out, delta, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            double alone;
            double delta_alone = 0.1 * (double)i;
            activation_kinds[a].forward(&net[i], &alone, 1);
            activation_kinds[a].backward(&net[i], &alone, &delta_alone, 1);
            same &= alone == out[i] && delta_alone == delta[i];
        }
        tap_ok(same, "%s: the same alone and in an array", activation_kinds[a].name);
    }
}

int main(void)
{
    static const char *const names[] = {"sigmoid", "tanh", "relu", "identity"};
    for (size_t a = 0; a < ACTIVATION_COUNT; a++)
        tap_text(activation_kinds[a].name, names[a], "name %zu", a);
    test_values();
    test_nan();
    test_arrays();
    return tap_done();
}
