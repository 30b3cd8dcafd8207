#include "nn/pass.h"

#include <math.h>
#include <stdlib.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { ROWS = 13 };

/* A layer of each bias kind and of each activation. */
static struct network *mixed_network(void)
{
    static const struct layer layers[] = {
        {.units = 7, .activation = ACTIVATION_TANH, .bias = BIAS_PER_UNIT},
        {.units = 6, .activation = ACTIVATION_RELU, .bias = BIAS_SHARED},
        {.units = 5, .activation = ACTIVATION_IDENTITY, .bias = BIAS_NONE},
        {.units = 3, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED},
    };
    return network_make(4, 4, layers);
}

/* Everything that a pass over ROWS samples gives. */
struct result {
    double outputs[ROWS * 3];
    double errors[ROWS * 3];
    double *gradient;
    double total_error;
};

static struct result result_of(const struct network *net, const double *parameters,
                               const struct samples *samples, struct pass *pass)
{
    struct result result = {.gradient = values_zero(net->parameter_count)};
    struct outcome outcome = {result.outputs, result.errors, result.gradient, 0};
    tap_ok(pass_run(net, parameters, samples, pass, &outcome) == NN_OK, "the pass is finite");
    result.total_error = outcome.total_error;
    return result;
}

static bool result_same(const struct network *net, const struct result *a, const struct result *b)
{
    return values_same(a->outputs, b->outputs, ROWS * 3) &&
           values_same(a->errors, b->errors, ROWS * 3) &&
           values_same(a->gradient, b->gradient, net->parameter_count) &&
           a->total_error == b->total_error;
}

static double bias_of(const struct layer *layer, const double *parameters, size_t j)
{
    if (layer->bias == BIAS_NONE)
        return 0;
    return parameters[layer->biases + (layer->bias == BIAS_SHARED ? 0 : j)];
}

/* The formulas of nn/pass.h, one unit at a time, in their documented order: what the fast loops
 * have to give to the bit. */
static void plain_forward(const struct network *net, const double *parameters, const double *inputs,
                          double (*nets)[8], double (*outs)[8])
{
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        const double *in = l == 0 ? inputs : outs[l - 1];
        for (size_t j = 0; j < layer->units; j++) {
            double sum = 0;
            for (size_t i = 0; i < layer->inputs; i++)
                sum += parameters[layer->weights + j * layer->inputs + i] * in[i];
            nets[l][j] = sum + bias_of(layer, parameters, j);
            activation_kinds[layer->activation].forward(&nets[l][j], &outs[l][j], 1);
        }
    }
}

static void plain_deltas(const struct network *net, const double *parameters,
                         const double *d_outputs, double (*nets)[8], double (*outs)[8],
                         double (*deltas)[8])
{
    for (size_t l = net->layer_count; l-- > 0;) {
        const struct layer *next = &net->layers[l + 1];
        for (size_t j = 0; j < net->layers[l].units; j++) {
            double sum = 0;
            if (l == net->layer_count - 1)
                sum = d_outputs[j];
            for (size_t k = 0; l < net->layer_count - 1 && k < next->units; k++)
                sum += parameters[next->weights + k * next->inputs + j] * deltas[l + 1][k];
            deltas[l][j] = sum;
            activation_kinds[net->layers[l].activation].backward(&nets[l][j], &outs[l][j],
                                                                 &deltas[l][j], 1);
        }
    }
}

static void plain_gradient(const struct network *net, const double *inputs, double (*outs)[8],
                           double (*deltas)[8], double *gradient)
{
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        const double *in = l == 0 ? inputs : outs[l - 1];
        double shared = 0;
        for (size_t j = 0; j < layer->units; j++) {
            for (size_t i = 0; i < layer->inputs; i++)
                gradient[layer->weights + j * layer->inputs + i] += deltas[l][j] * in[i];
            if (layer->bias == BIAS_PER_UNIT)
                gradient[layer->biases + j] += deltas[l][j];
            shared += deltas[l][j];
        }
        if (layer->bias == BIAS_SHARED)
            gradient[layer->biases] += shared;
    }
}

static void test_plain(const struct network *net, const double *parameters,
                       const struct samples *samples)
{
    struct pass *pass = pass_create(net, ROWS);
    struct result result = result_of(net, parameters, samples, pass);
    double *gradient = values_zero(net->parameter_count);
    double nets[4][8] = {{0}}, outs[4][8] = {{0}}, deltas[4][8] = {{0}};
    double d_outputs[3], errors[3];
    bool same_nets = true, same_deltas = true, same_errors = true;
    double total = 0;
    for (size_t s = 0; s < ROWS; s++) {
        const double *targets = samples->targets + s * 3;
        plain_forward(net, parameters, samples->inputs + s * 4, nets, outs);
        loss_kinds[net->loss].gradient(targets, outs[3], 3, d_outputs);
        total += loss_kinds[net->loss].errors(targets, outs[3], 3, errors);
        plain_deltas(net, parameters, d_outputs, nets, outs, deltas);
        plain_gradient(net, samples->inputs + s * 4, outs, deltas, gradient);
        for (size_t l = 0; l < net->layer_count; l++) {
            size_t units = net->layers[l].units;
            same_nets &= values_same(nets[l], pass->net[l] + s * units, units) &&
                         values_same(outs[l], pass->out[l] + s * units, units);
            same_deltas &= values_same(deltas[l], pass->delta[l] + s * units, units);
        }
        same_errors &= values_same(errors, result.errors + s * 3, 3);
    }
    for (size_t p = 0; p < net->parameter_count; p++)
        gradient[p] /= ROWS;
    tap_ok(same_nets, "nets and outs are the plain loops' to the bit");
    tap_ok(same_deltas, "deltas too");
    tap_ok(same_errors && total == result.total_error, "errors and their sum too");
    tap_ok(values_same(gradient, result.gradient, net->parameter_count), "the gradient too");
    free(gradient);
    free(result.gradient);
    pass_free(pass);
}

static void test_pass_rows(const struct network *net, const double *parameters,
                           const struct samples *samples)
{
    static const size_t capacities[] = {1, 2, 3, 7, 12, 13, 14, 100};
    struct pass *whole = pass_create(net, ROWS);
    struct result expected = result_of(net, parameters, samples, whole);
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        struct pass *pass = pass_create(net, capacities[i]);
        struct result result = result_of(net, parameters, samples, pass);
        tap_ok(result_same(net, &expected, &result), "%zu samples at a time: the same bits",
               capacities[i]);
        free(result.gradient);
        pass_free(pass);
    }
    free(expected.gradient);
    pass_free(whole);
}

/* A sample alone gives the bits that it gives in a batch, and a batch's gradient is the mean of its
 * samples' ones, added in their order. */
static void test_alone(const struct network *net, const double *parameters,
                       const struct samples *samples)
{
    struct pass *batch = pass_create(net, ROWS);
    struct pass *single = pass_create(net, 1);
    struct result expected = result_of(net, parameters, samples, batch);
    double *gradient = values_zero(net->parameter_count);
    double *mean = values_zero(net->parameter_count);
    bool same = true;
    for (size_t s = 0; s < ROWS; s++) {
        struct samples one = {1, samples->inputs + s * 4, samples->targets + s * 3};
        double outputs[3], errors[3];
        struct outcome outcome = {outputs, errors, gradient, 0};
        pass_run(net, parameters, &one, single, &outcome);
        same &= values_same(outputs, expected.outputs + s * 3, 3) &&
                values_same(errors, expected.errors + s * 3, 3);
        for (size_t l = 0; l < net->layer_count; l++) {
            size_t units = net->layers[l].units;
            same &= values_same(single->delta[l], batch->delta[l] + s * units, units);
        }
        for (size_t p = 0; p < net->parameter_count; p++)
            mean[p] += gradient[p];
    }
    gradient_mean(mean, net->parameter_count, ROWS);
    tap_ok(same, "alone and in a batch: the same bits");
    tap_ok(values_same(mean, expected.gradient, net->parameter_count),
           "a batch's gradient is the mean of its samples'");
    free(gradient);
    free(mean);
    free(expected.gradient);
    pass_free(batch);
    pass_free(single);
}

/* What is not wanted is not written, and changes nothing else. */
static void test_parts(const struct network *net, const double *parameters,
                       const struct samples *samples)
{
    struct pass *pass = pass_create(net, 5);
    struct result expected = result_of(net, parameters, samples, pass);
    struct outcome none = {.total_error = 7};
    struct samples blind = {ROWS, samples->inputs, NULL};
    double outputs[ROWS * 3];
    struct outcome forward = {.outputs = outputs};
    tap_ok(pass_run(net, parameters, samples, pass, &none) == NN_OK &&
               none.total_error == expected.total_error,
           "the total error alone");
    tap_ok(pass_run(net, parameters, &blind, pass, &forward) == NN_OK && forward.total_error == 0 &&
               values_same(outputs, expected.outputs, ROWS * 3),
           "outputs without targets");
    free(expected.gradient);
    pass_free(pass);
}

static void test_sizes(const struct network *net)
{
    tap_ok(!pass_create(net, SIZE_MAX / 2), "sizes that overflow: no memory");
    tap_ok(!pass_create(net, SIZE_MAX / 24 / 21 + 1), "just overflowing");
    pass_free(NULL);
}

/* What is taken at a time never needs more than some MiB, however wide the network. */
static void test_rows_at_a_time(void)
{
    static const struct {
        size_t units, rows, expected;
    } rows[] = {
        {1, 1, 1},         {1, 127, 127},      {1, 1000000, 128},   {8192, 1000, 128},
        {8193, 1000, 127}, {1 << 20, 1000, 1}, {10000000, 1000, 1}, {10000000, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct network *net = network_create(1);
        net->unit_count = rows[i].units;
        tap_ok(pass_rows(net, rows[i].rows) == rows[i].expected, "%zu of %zu samples for %zu units",
               rows[i].expected, rows[i].rows, rows[i].units);
        network_free(net);
    }
}

int main(void)
{
    struct network *net = mixed_network();
    struct model model = model_drawn(net, 3);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        net->loss = (enum loss)l;
        struct samples samples = samples_drawn(net, 10 + l, ROWS);
        tap_note("%s", loss_kinds[l].name);
        test_plain(net, model.parameters, &samples);
        test_pass_rows(net, model.parameters, &samples);
        test_alone(net, model.parameters, &samples);
        test_parts(net, model.parameters, &samples);
        samples_release(&samples);
    }
    test_sizes(net);
    test_rows_at_a_time();
    model_release(&model);
    network_free(net);
    return tap_done();
}
