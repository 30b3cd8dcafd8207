#include "nn/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { ROWS = 13, INPUTS = 3, OUTPUTS = 2 };

static struct network *small_network(void)
{
    static const struct layer layers[] = {
        {.units = 5, .activation = ACTIVATION_TANH, .bias = BIAS_PER_UNIT},
        {.units = 4, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED},
        {.units = OUTPUTS, .activation = ACTIVATION_SIGMOID, .bias = BIAS_PER_UNIT},
    };
    struct network *net = network_make(INPUTS, 3, layers);
    net->optimizer.momentum = 0.9;
    return net;
}

/* Counts the parameters of layer l, in [first, end), that moved, whose state moved, and that have
 * a gradient. */
struct moves {
    size_t parameters, states, gradients;
};

static struct moves moves_of(const struct model *before, const struct model *after,
                             const double *gradient, size_t first, size_t end)
{
    struct moves moves = {0};
    for (size_t p = first; p < end; p++) {
        moves.parameters += before->parameters[p] != after->parameters[p];
        moves.states += after->state[p] != 0;
        moves.gradients += gradient[p] != 0;
    }
    return moves;
}

static void check_moves(struct moves moves, size_t count, bool frozen, const char *what, size_t l)
{
    size_t moving = frozen ? 0 : count;
    tap_ok(moves.parameters == moving && moves.states == moving && moves.gradients == count,
           "the %s of layer %zu %s, their gradients are reported", what, l,
           frozen ? "stay with their state" : "move");
}

static void test_frozen(enum update_order order)
{
    struct network *net = small_network();
    net->layers[0].frozen_weights = true;
    net->layers[1].frozen_biases = true;
    net->layers[2].frozen_weights = net->layers[2].frozen_biases = true;
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct model before = model_drawn(net, 3);
    struct model after = model_copied(net, &before);
    struct pass *pass = pass_create(net, ROWS);
    double *gradient = values_zero(net->parameter_count);
    struct outcome outcome = {.gradient = gradient};
    train_step(net, &after, &samples, 0.1, order, pass, &outcome);
    for (size_t l = 0; l < 3; l++) {
        const struct layer *layer = &net->layers[l];
        size_t end = layer->biases + layer->bias_count;
        struct moves weights = moves_of(&before, &after, gradient, layer->weights, layer->biases);
        struct moves biases = moves_of(&before, &after, gradient, layer->biases, end);
        check_moves(weights, layer->biases - layer->weights, layer->frozen_weights, "weights", l);
        check_moves(biases, layer->bias_count, layer->frozen_biases, "biases", l);
    }
    free(gradient);
    pass_free(pass);
    model_release(&before);
    model_release(&after);
    samples_release(&samples);
    network_free(net);
}

/* Plain SGD: the parameters move by learning_rate * gradient, and what is reported belongs to the
 * parameters before. */
static void test_outcome(void)
{
    struct network *net = small_network();
    net->optimizer.momentum = 0;
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct model model = model_drawn(net, 3);
    double *before = values_copied(model.parameters, net->parameter_count);
    struct pass *pass = pass_create(net, 4);
    double outputs[2][ROWS * OUTPUTS], errors[2][ROWS * OUTPUTS];
    double *gradients[2] = {values_zero(net->parameter_count), values_zero(net->parameter_count)};
    struct outcome expected = {outputs[0], errors[0], gradients[0], 0};
    struct outcome actual = {outputs[1], errors[1], gradients[1], 0};
    pass_run(net, before, &samples, pass, &expected);
    train_step(net, &model, &samples, 0.25, UPDATE_SIMULTANEOUS, pass, &actual);
    tap_ok(values_same(outputs[0], outputs[1], ROWS * OUTPUTS) &&
               values_same(errors[0], errors[1], ROWS * OUTPUTS) &&
               values_same(gradients[0], gradients[1], net->parameter_count) &&
               expected.total_error == actual.total_error,
           "a step reports the pass before it");
    for (size_t p = 0; p < net->parameter_count; p++)
        before[p] -= 0.25 * gradients[0][p];
    tap_ok(values_same(before, model.parameters, net->parameter_count), "and follows its gradient");
    tap_ok(model.optimizer_updates == 1, "one update");
    free(before);
    free(gradients[0]);
    free(gradients[1]);
    pass_free(pass);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

/* The rule itself, from the pass's parts: old nets and outs, but the deltas of each layer by the
 * moved weights above it. */
static void layerwise_by_parts(const struct network *net, double *parameters,
                               const struct samples *samples, double learning_rate,
                               struct pass *pass, double *gradient)
{
    memset(gradient, 0, net->parameter_count * sizeof *gradient);
    pass_forward(net, parameters, samples->inputs, samples->rows, pass);
    for (size_t l = net->layer_count; l-- > 0;) {
        const struct layer *layer = &net->layers[l];
        pass_deltas(net, parameters, samples->targets, samples->rows, l, pass);
        pass_gradient(net, samples->inputs, samples->rows, l, pass, gradient);
        for (size_t p = layer->weights; p < layer->biases + layer->bias_count; p++) {
            gradient[p] /= (double)samples->rows;
            parameters[p] -= learning_rate * gradient[p];
        }
    }
}

static void test_layerwise(void)
{
    struct network *net = small_network();
    net->optimizer.momentum = 0;
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct model model = model_drawn(net, 3);
    double *parameters = values_copied(model.parameters, net->parameter_count);
    struct pass *pass = pass_create(net, ROWS);
    double *expected = values_zero(net->parameter_count);
    double *gradient = values_zero(net->parameter_count);
    struct outcome outcome = {.gradient = gradient};
    layerwise_by_parts(net, parameters, &samples, 0.25, pass, expected);
    train_step(net, &model, &samples, 0.25, UPDATE_LAYERWISE, pass, &outcome);
    tap_ok(values_same(parameters, model.parameters, net->parameter_count), "layerwise update");
    tap_ok(values_same(expected, gradient, net->parameter_count), "reports the gradient it used");
    free(parameters);
    free(expected);
    free(gradient);
    pass_free(pass);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

/* A gradient that is reported has to be finite, also where nothing moves by it. */
static void test_frozen_overflow(void)
{
    const struct layer layer = {
        .units = 1, .activation = ACTIVATION_IDENTITY, .bias = BIAS_NONE, .frozen_weights = true};
    struct network *net = network_make(1, 1, &layer);
    struct pass *pass = pass_create(net, 1);
    struct samples samples = {1, &(double){1e300}, &(double){1e150}};
    struct model model = {.parameters = &(double){0}};
    struct outcome outcome = {.gradient = &(double){0}};
    tap_ok(train_step(net, &model, &samples, 0.5, UPDATE_SIMULTANEOUS, pass, &outcome) ==
               NN_NOT_FINITE,
           "the gradient of a frozen weight overflows");
    pass_free(pass);
    network_free(net);
}

static void test_model_finite(void)
{
    struct network *net = small_network();
    struct model model = model_drawn(net, 3);
    size_t last = net->parameter_count - 1;
    tap_ok(model_finite(net, &model), "a finite model");
    model.state[last] = INFINITY;
    tap_ok(!model_finite(net, &model), "an infinite state");
    net->optimizer.momentum = 0;
    tap_ok(model_finite(net, &model), "that is not in use");
    model.parameters[last] = NAN;
    tap_ok(!model_finite(net, &model), "a parameter that is NaN");
    model_release(&model);
    network_free(net);
}

int main(void)
{
    tap_text(update_order_names[UPDATE_SIMULTANEOUS], "simultaneous", "name");
    tap_text(update_order_names[UPDATE_LAYERWISE], "layerwise", "name");
    test_outcome();
    test_layerwise();
    test_frozen(UPDATE_SIMULTANEOUS);
    test_frozen(UPDATE_LAYERWISE);
    test_frozen_overflow();
    test_model_finite();
    return tap_done();
}
