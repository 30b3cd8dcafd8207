/*
 * Gradients of every activation x loss x bias kind against central differences, which are computed
 * here once more than in nn/gradient_check.c, so that neither vouches for itself.
 */
#include <math.h>
#include <stdlib.h>

#include "nn/gradient_check.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { ROWS = 5 };

static struct network *checked_network(enum activation activation, enum loss loss,
                                       enum bias_kind bias)
{
    struct layer layer = {.activation = activation, .bias = bias};
    struct layer layers[3] = {layer, layer, layer};
    layers[0].units = 4;
    layers[1].units = 3;
    layers[2].units = 2;
    struct network *net = network_make(3, 3, layers);
    net->loss = loss;
    return net;
}

static double mean_error(const struct network *net, const double *parameters,
                         const struct samples *samples, struct pass *pass)
{
    struct outcome outcome = {0};
    pass_run(net, parameters, samples, pass, &outcome);
    return outcome.total_error / ROWS;
}

/* Differences of fourth order, (8 (E(h) - E(-h)) - (E(2h) - E(-2h))) / 12h: with h = 1e-3 their
 * own error is below 1e-9 here. */
static double numeric_derivative(const struct network *net, double *parameters, size_t p,
                                 const struct samples *samples, struct pass *pass)
{
    static const double steps[] = {-2, -1, 1, 2};
    static const double factors[] = {1, -8, 8, -1};
    const double h = 1e-3;
    double value = parameters[p];
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        parameters[p] = value + steps[i] * h;
        sum += factors[i] * mean_error(net, parameters, samples, pass);
    }
    parameters[p] = value;
    return sum / (12 * h);
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

static void test_combination(enum activation activation, enum loss loss, enum bias_kind bias,
                             uint64_t seed)
{
    struct network *net = checked_network(activation, loss, bias);
    struct model model = model_drawn(net, seed);
    struct samples samples = samples_drawn(net, 8, ROWS);
    struct pass *pass = pass_create(net, ROWS);
    double *gradient = values_zero(net->parameter_count);
    struct outcome outcome = {.gradient = gradient};
    pass_run(net, model.parameters, &samples, pass, &outcome);
    double worst = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        worst = fmax(worst, layer_difference(net, model.parameters, l, gradient, &samples, pass));
    tap_ok(worst < 1e-7, "%s, %s, %s bias: within %.1e of central differences",
           activation_kinds[activation].name, loss_kinds[loss].name, bias_kind_names[bias], worst);
    /* It divides the rounding of an error near 1 by 2h = 1.2e-5 and by as little as a thousandth of
     * a layer's largest gradient, here some 1e-2. */
    double checks[3];
    tap_ok(gradient_check(net, model.parameters, &samples, gradient, checks) == NN_OK &&
               fmax(checks[0], fmax(checks[1], checks[2])) < 1e-5,
           "gradient_check() says so too");
    pass_free(pass);
    free(gradient);
    samples_release(&samples);
    model_release(&model);
    network_free(net);
}

/* Parameters with which no relu layer is off for all samples, and no net of a relu is so near to 0,
 * where it has no derivative, that a difference would reach across. */
static const uint64_t seeds[] = {7, 14, 15};

/* A wrong gradient is seen, in its layer only. */
static void test_fault(void)
{
    struct network *net = checked_network(ACTIVATION_TANH, LOSS_SQUARED_ERROR, BIAS_PER_UNIT);
    struct model model = model_drawn(net, seeds[0]);
    struct samples samples = samples_drawn(net, 8, ROWS);
    struct pass *pass = pass_create(net, ROWS);
    double *gradient = values_zero(net->parameter_count);
    struct outcome outcome = {.gradient = gradient};
    pass_run(net, model.parameters, &samples, pass, &outcome);
    size_t wrong = net->layers[1].weights + 2;
    gradient[wrong] *= 1.01;
    double checks[3];
    gradient_check(net, model.parameters, &samples, gradient, checks);
    /* |a - n| / max(|a|, |n|) = 0.01 / 1.01 */
    tap_near(checks[1], 0.01 / 1.01, 1e-6, "one percent too much in layer 1");
    tap_ok(checks[0] < 1e-6 && checks[2] < 1e-6, "the other layers are right");
    pass_free(pass);
    free(gradient);
    samples_release(&samples);
    model_release(&model);
    network_free(net);
}

/* A layer without any gradient differs by 0; one whose error overflows cannot be checked. */
static void test_edges(void)
{
    const struct layer layer = {.units = 1, .activation = ACTIVATION_RELU, .bias = BIAS_NONE};
    struct network *net = network_make(1, 1, &layer);
    struct samples samples = {1, &(double){1}, &(double){0}};
    double gradient = 0;
    double difference = 7;
    tap_ok(gradient_check(net, &(double){-1}, &samples, &gradient, &difference) == NN_OK &&
               difference == 0,
           "a relu that is off: gradients of 0 agree");
    tap_ok(gradient_check(net, &(double){1e200}, &samples, &gradient, &difference) == NN_NOT_FINITE,
           "an infinite error is reported");
    network_free(net);
}

int main(void)
{
    enum { COMBINATIONS = ACTIVATION_COUNT * LOSS_COUNT * BIAS_KIND_COUNT };
    for (int c = 0; c < COMBINATIONS; c++)
        for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
            test_combination((enum activation)(c / (LOSS_COUNT * BIAS_KIND_COUNT)),
                             (enum loss)(c / BIAS_KIND_COUNT % LOSS_COUNT),
                             (enum bias_kind)(c % BIAS_KIND_COUNT), seeds[i]);
    test_fault();
    test_edges();
    return tap_done();
}
