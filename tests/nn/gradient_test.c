/*
 * Gradients against central differences of the objective, which are computed here once more than in
 * nn/gradient_check.c, so that neither vouches for itself: every activation x loss x bias kind, and
 * what else has a part in the objective.
 */
#include <math.h>
#include <stdlib.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/training.h"

enum { ROWS = 5 };

/* Layers of 4, 3 and 2 units; softmax is for the last one only, behind tanh. */
static struct network *checked_network(enum activation activation, enum loss loss,
                                       enum bias_kind bias)
{
    enum activation hidden = activation == ACTIVATION_SOFTMAX ? ACTIVATION_TANH : activation;
    const struct layer layers[] = {
        {.units = 4, .activation = hidden, .bias = bias},
        {.units = 3, .activation = hidden, .bias = bias},
        {.units = 2, .activation = activation, .bias = bias},
    };
    struct network *net = network_make(3, 3, layers);
    net->loss = loss;
    net->huber_delta = 0.3;
    return net;
}

/* The mean error and what regularization adds. */
static double objective(const struct network *net, const double *parameters,
                        const struct samples *samples, struct pass *pass)
{
    struct outcome outcome = {0};
    pass_run(net, parameters, samples, pass, &outcome);
    double sum = outcome.total_error / (double)samples->rows;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t p = net->layers[l].weights; p < net->layers[l].biases; p++)
            sum += net->regularization.l1 * fabs(parameters[p]) +
                   net->regularization.l2 / 2 * parameters[p] * parameters[p];
    return sum;
}

/* (E(w + h) - E(w - h)) / 2h: its own error is some 1e-10 here, and the rounding of E's divided by
 * 2h 1e-11. */
static double numeric_derivative(const struct network *net, double *parameters, size_t p,
                                 const struct samples *samples, struct pass *pass)
{
    const double h = 1e-5;
    double value = parameters[p];
    parameters[p] = value + h;
    double above = objective(net, parameters, samples, pass);
    parameters[p] = value - h;
    double below = objective(net, parameters, samples, pass);
    parameters[p] = value;
    return (above - below) / (2 * h);
}

/* How far the gradient is from differences, relative to the largest of its layer; each layer has
 * to have one, so that nothing passes by comparing zeros. */
static double layer_difference(const struct network *net, double *parameters, size_t l,
                               const double *gradient, const struct samples *samples,
                               struct pass *pass)
{
    const struct layer *layer = &net->layers[l];
    double difference = 0;
    double largest = 0;
    for (size_t p = layer->weights; p < layer->biases + layer->bias_count; p++) {
        double numeric = numeric_derivative(net, parameters, p, samples, pass);
        difference = fmax(difference, fabs(numeric - gradient[p]));
        largest = fmax(largest, fabs(gradient[p]));
    }
    return largest > 1e-4 ? difference / largest : INFINITY;
}

static double network_difference(const struct network *net, uint64_t seed,
                                 const struct samples *samples)
{
    struct model model = model_drawn(net, seed);
    struct pass *pass = pass_create(net, samples->rows);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    pass_run(net, model.parameters, samples, pass, &outcome);
    double worst = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        worst = fmax(worst,
                     layer_difference(net, model.parameters, l, outcome.gradient, samples, pass));
    free(outcome.gradient);
    pass_free(pass);
    model_release(&model);
    return worst;
}

/* Parameters with which no relu layer is off for all samples, and no kink of an activation or a
 * loss is so near that a difference would reach across. */
static const uint64_t seeds[] = {7, 14, 15};

static void test_combination(enum activation activation, enum loss loss, enum bias_kind bias,
                             uint64_t seed)
{
    struct network *net = checked_network(activation, loss, bias);
    struct samples samples = samples_drawn(net, 8, ROWS);
    double worst = network_difference(net, seed, &samples);
    tap_ok(worst < 1e-6, "%s, %s, %s bias: within %.1e of central differences",
           activation_names[activation], loss_names[loss], bias_kind_names[bias], worst);
    samples_release(&samples);
    network_free(net);
}

static void test_combinations(void)
{
    for (enum activation activation = 0; activation < ACTIVATION_COUNT; activation++)
        for (enum loss loss = 0; loss < LOSS_COUNT; loss++)
            for (enum bias_kind bias = 0; bias < BIAS_KIND_COUNT; bias++)
                for (size_t i = 0; i < COUNT(seeds) && loss_takes(loss, activation); i++)
                    test_combination(activation, loss, bias, seeds[i]);
}

/* What else is in the objective. */
static const struct extra {
    const char *why;
    struct regularization regularization;
    bool input_scaling, target_scaling, weights;
} extras[] = {
    {"l1", .regularization.l1 = 0.1},         {"l2", .regularization.l2 = 0.1},
    {"scaled inputs", .input_scaling = true}, {"scaled targets", .target_scaling = true},
    {"sample weights", .weights = true},      {"all of these", {0.03, 0.05}, true, true, true},
};

static void test_extra(const struct extra *row, enum activation activation, enum loss loss)
{
    struct network *net = checked_network(activation, loss, BIAS_PER_UNIT);
    struct samples samples = samples_drawn(net, 8, ROWS);
    net->regularization = row->regularization;
    if (row->input_scaling)
        scaling_set(&net->input_scaling, 3, (double[]){0.5, -0.1, 0}, (double[]){0.5, -2, 1.5});
    if (row->target_scaling)
        scaling_set(&net->target_scaling, 2, (double[]){0.1, -0.2}, (double[]){0.5, 0.7});
    if (row->weights)
        samples.weights = values_copied((double[]){0.5, 2, 0, 1, 1.5}, ROWS);
    double worst = network_difference(net, 7, &samples);
    tap_ok(worst < 1e-6, "%s, %s, %s: within %.1e of central differences", row->why,
           activation_names[activation], loss_names[loss], worst);
    samples_release(&samples);
    network_free(net);
}

/* A wrong gradient would be seen, and in its layer only. */
static void test_fault(void)
{
    struct network *net = checked_network(ACTIVATION_TANH, LOSS_SQUARED_ERROR, BIAS_PER_UNIT);
    struct samples samples = samples_drawn(net, 8, ROWS);
    struct model model = model_drawn(net, 7);
    struct pass *pass = pass_create(net, ROWS);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    pass_run(net, model.parameters, &samples, pass, &outcome);
    outcome.gradient[net->layers[1].weights + 2] *= 1 + 1e-4;
    tap_ok(layer_difference(net, model.parameters, 1, outcome.gradient, &samples, pass) > 1e-6,
           "a hundredth of a percent too much is seen");
    tap_ok(layer_difference(net, model.parameters, 0, outcome.gradient, &samples, pass) < 1e-6,
           "the layer before is right");
    free(outcome.gradient);
    pass_free(pass);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

int main(void)
{
    test_combinations();
    for (size_t i = 0; i < COUNT(extras); i++) {
        test_extra(&extras[i], ACTIVATION_TANH, LOSS_HUBER);
        test_extra(&extras[i], ACTIVATION_SIGMOID, LOSS_BINARY_CROSS_ENTROPY);
        test_extra(&extras[i], ACTIVATION_SOFTMAX, LOSS_CROSS_ENTROPY);
        test_extra(&extras[i], ACTIVATION_SOFTMAX, LOSS_SQUARED_ERROR);
    }
    test_fault();
    return tap_done();
}
