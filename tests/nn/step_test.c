#include "nn/step.h"

#include <math.h>
#include <stdlib.h>

#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/cases.h"
#include "tests/nn/networks.h"
#include "tests/nn/training.h"

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
    const struct step_options options = {.learning_rate = 0.1, .order = order};
    train_step(net, &after, &samples, &options, pass, &outcome);
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

/* Plain SGD: a step reports the pass before it and moves by learning_rate * gradient, rounded once.
 */
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
    const struct step_options options = {.learning_rate = 0.25};
    pass_run(net, before, &samples, pass, &expected);
    train_step(net, &model, &samples, &options, pass, &actual);
    tap_ok(values_same(outputs[0], outputs[1], ROWS * OUTPUTS) &&
               values_same(errors[0], errors[1], ROWS * OUTPUTS) &&
               values_same(gradients[0], gradients[1], net->parameter_count) &&
               expected.total_error == actual.total_error,
           "a step reports the pass before it");
    for (size_t p = 0; p < net->parameter_count; p++)
        before[p] = fma(-0.25, gradients[0][p], before[p]);
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

static double norm_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sqrt(sum);
}

/* With rate 1 the parameters move by the clipped gradient: its norm is clip_norm, or its own where
 * that is less. What is reported is not clipped. */
static void test_clip(void)
{
    static const double bounds[] = {1e-3, 0.01, 1e3};
    struct network *net = small_network();
    size_t count = net->parameter_count;
    net->optimizer.momentum = 0;
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct pass *pass = pass_create(net, ROWS);
    double *gradient = values_zero(count), *clipped = values_zero(count);
    struct outcome outcome = {.gradient = gradient};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct model before = model_drawn(net, 3), after = model_drawn(net, 3);
        const struct step_options options = {.learning_rate = 1, .clip_norm = bounds[i]};
        train_step(net, &after, &samples, &options, pass, &outcome);
        double norm = norm_of(gradient, count);
        for (size_t p = 0; p < count; p++)
            clipped[p] = before.parameters[p] - after.parameters[p];
        /* PyTorch divides by the norm + 1e-6. */
        double expected = bounds[i] < norm ? bounds[i] * norm / (norm + 1e-6) : norm;
        tap_near(norm_of(clipped, count), expected, 1e-12, "clipped to %g", bounds[i]);
        tap_ok(norm > 0.01, "what is reported is not");
        model_release(&before);
        model_release(&after);
    }
    free(gradient);
    free(clipped);
    pass_free(pass);
    samples_release(&samples);
    network_free(net);
}

/* How many of the hidden units' outputs are 0 in a step that drops them. */
static size_t dropped_units(const struct network *net, const struct samples *samples, uint64_t seed,
                            uint64_t steps, double *out)
{
    struct model model = model_drawn(net, 3);
    struct pass *pass = pass_create(net, samples->rows);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    const struct step_options options = {.learning_rate = 0.1, .seed = seed, .steps = steps};
    train_step(net, &model, samples, &options, pass, &outcome);
    pass_read(pass, PASS_OUT, 0, samples->rows, out);
    size_t dropped = 0;
    for (size_t i = 0; i < samples->rows * net->layers[0].units; i++)
        dropped += out[i] == 0;
    free(outcome.gradient);
    pass_free(pass);
    model_release(&model);
    return dropped;
}

/* Which units are dropped depends on the seed and on the updates before; a pass drops none. */
static void test_dropout(void)
{
    static const struct layer layers[] = {
        {.units = 20, .activation = ACTIVATION_SIGMOID, .dropout = 0.25},
        {.units = 1, .activation = ACTIVATION_SIGMOID},
    };
    enum { VALUES = 200 * 20 };
    struct network *net = network_make(3, 2, layers);
    struct samples samples = samples_drawn(net, 5, 200);
    struct model model = model_drawn(net, 3);
    struct pass *pass = pass_create(net, 200);
    struct outcome outcome = {0};
    double *out[4];
    for (size_t i = 0; i < 4; i++)
        out[i] = values_zero(VALUES);
    pass_run(net, model.parameters, &samples, pass, &outcome);
    pass_read(pass, PASS_OUT, 0, 200, out[0]);
    size_t dropped = dropped_units(net, &samples, 1, 0, out[1]);
    /* 4,000 draws of probability 1/4: a standard deviation of 27. */
    tap_near((double)dropped, 1000, 5 * 27, "a quarter is dropped");
    bool scaled = true;
    for (size_t i = 0; i < VALUES; i++)
        scaled &= out[1][i] == 0 || out[1][i] == out[0][i] * (1 / 0.75);
    tap_ok(scaled, "the others are divided by 3/4; a pass drops none");
    dropped_units(net, &samples, 1, 1, out[2]);
    dropped_units(net, &samples, 2, 0, out[3]);
    tap_ok(!values_same(out[1], out[2], VALUES) && !values_same(out[1], out[3], VALUES),
           "others by another seed and in the next step");
    dropped_units(net, &samples, 1, 0, out[2]);
    tap_ok(values_same(out[1], out[2], VALUES), "the same once more");
    for (size_t i = 0; i < 4; i++)
        free(out[i]);
    pass_free(pass);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

/* N steps over single samples are one online epoch. */
static void test_online(uint64_t seed, enum precision precision)
{
    struct chance chance = {.seed = seed};
    size_t units[] = {1 + choose(&chance, 20), 1 + choose(&chance, 20), 1 + choose(&chance, 5)};
    struct nn_case c =
        case_drawn(seed, precision, 1 + choose(&chance, 20), 1 + seed % 3, units, ROWS);
    char name[300];
    case_name(&c, name, sizeof name);
    c.options.learning_rate /= 8; /* none diverges */
    struct model stepped = model_copied(c.net, &c.model);
    struct pass *pass = pass_create(c.net, 1);
    struct outcome outcome = {.gradient = values_zero(c.net->parameter_count)};
    double error = 0;
    for (size_t s = 0; s < ROWS; s++) {
        struct samples one = samples_part(c.net, &c.samples, s, 1);
        struct step_options options = case_step_options(&c, c.options.steps + s);
        train_step(c.net, &stepped, &one, &options, pass, &outcome);
        error += outcome.total_error;
    }
    c.options.epochs = c.options.batch_size = 1;
    struct trainer *trainer = training_done(c.net, &c.options, &c.samples, &c.model);
    tap_ok(model_same(c.net, &stepped, &c.model) &&
               trainer_history(trainer)->points[0].total_error == error,
           "steps are an epoch: %s", name);
    trainer_free(trainer);
    free(outcome.gradient);
    pass_free(pass);
    model_release(&stepped);
    case_release(&c);
}

/* A gradient that is reported has to be finite, also where nothing moves by it. */
static void test_frozen_overflow(void)
{
    const struct layer layer = {
        .units = 1, .activation = ACTIVATION_IDENTITY, .bias = BIAS_NONE, .frozen_weights = true};
    struct network *net = network_make(1, 1, &layer);
    struct pass *pass = pass_create(net, 1);
    struct samples samples = {1, &(double){1e300}, &(double){1e150}, NULL};
    struct model model = {.parameters = &(double){0}};
    struct outcome outcome = {.gradient = &(double){0}};
    const struct step_options options = {.learning_rate = 0.5};
    tap_ok(train_step(net, &model, &samples, &options, pass, &outcome) == NN_NOT_FINITE,
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
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        tap_note("%s", simd_names[simd]);
        test_outcome();
        test_clip();
        test_dropout();
        test_frozen(UPDATE_SIMULTANEOUS);
        test_frozen(UPDATE_LAYERWISE);
        test_frozen_overflow();
        for (uint64_t seed = 6000; seed < 6040; seed++) {
            test_online(seed, PRECISION_FLOAT64);
            test_online(seed, PRECISION_FLOAT32);
        }
    }
    test_model_finite();
    return tap_done();
}
