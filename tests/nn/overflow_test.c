/*
 * Deltas of the hidden units overflow, or a frozen gradient, and nothing that moves shows it later:
 * a step sees the gradient, which is NaN or infinite, and so does a run, whatever it trains with.
 */
#include <math.h>
#include <stdlib.h>

#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/teams.h"
#include "tests/nn/training.h"

static const struct overflow {
    const char *why;
    enum activation activation; /* of the hidden units; the output's is identity, or sigmoid too */
    size_t units;               /* even */
    enum bias_kind bias;
    bool frozen_weights, frozen_biases;
    double inputs[4]; /* of the samples */
    enum optimizer_type optimizer;
} overflows[] = {
    {"inputs of 0, no biases", ACTIVATION_IDENTITY, 18, BIAS_NONE, false, false, {0, 0, -0.0, 0}},
    {"inputs of 0, frozen biases", ACTIVATION_TANH, 40, BIAS_PER_UNIT, false, true, {0, 0, 0, 0}},
    {"rprop", ACTIVATION_TANH, 40, BIAS_NONE, false, false, {0, 1, 0, 0}, OPTIMIZER_RPROP},
    {"inputs of 0, few units", ACTIVATION_TANH, 6, BIAS_PER_UNIT, false, true, {0, 0, 0, 0}},
    {"a frozen layer", ACTIVATION_TANH, 40, BIAS_PER_UNIT, true, true, {1, 2, 0, 1}},
    {"frozen weights, no biases", ACTIVATION_TANH, 6, BIAS_NONE, true, false, {1, 2, 0, 1}},
    {"two sigmoids, frozen", ACTIVATION_SIGMOID, 2, BIAS_PER_UNIT, true, true, {1, 1, 0, 1}},
    {"four sigmoids, frozen", ACTIVATION_SIGMOID, 4, BIAS_SHARED, true, true, {0, 1, 1, 0}},
    {"eight sigmoids, no biases", ACTIVATION_SIGMOID, 8, BIAS_NONE, true, false, {0, 0, 0, 0}},
};

static struct network *overflow_network(const struct overflow *row, enum precision precision)
{
    bool sigmoid = row->activation == ACTIVATION_SIGMOID;
    const struct layer layers[] = {
        {.units = row->units,
         .activation = row->activation,
         .bias = row->bias,
         .frozen_weights = row->frozen_weights,
         .frozen_biases = row->frozen_biases},
        {.units = 1,
         .activation = sigmoid ? ACTIVATION_SIGMOID : ACTIVATION_IDENTITY,
         .bias = BIAS_NONE},
    };
    struct network *net = network_make(1, 2, layers);
    net->precision = precision;
    net->optimizer = optimizer_defaults[row->optimizer];
    return net;
}

/* Alone, and by a team where one may have it. */
static void overflow_run(const struct network *net, const struct samples *samples,
                         const struct model *model, size_t batch)
{
    const struct train_options options = {.epochs = 1, .batch_size = batch, .learning_rate = 0.5};
    for (size_t members = 1; members == 1 || team_fits(net, &options, members); members++) {
        struct model trained = model_copied(net, model);
        struct trainer *trainer = trainer_create(net, &options, samples, &trained);
        struct test_team team = team_of(members, false);
        if (members > 1 && !trainer_share(trainer, &team.team, members))
            exit(2);
        tap_ok(trainer_advance(trainer, 3600) == TRAINER_DIVERGED,
               "so does a run in batches of %zu, team of %zu", batch, members);
        trainer_free(trainer);
        model_release(&trained);
    }
}

/* The weights of the output are so large that they times its delta overflow, and their sum is 0.
 * The second sample alone has a target that makes them. */
static void test_overflow(const struct overflow *row, enum precision precision)
{
    bool wide = precision == PRECISION_FLOAT64;
    const double targets[4] = {0, wide ? 1e150 : 1e15, 0, 0};
    struct network *net = overflow_network(row, precision);
    struct model model = model_drawn(net, 1);
    struct samples samples = {4, row->inputs, targets, NULL};
    struct samples bad = {1, row->inputs + 1, targets + 1, NULL};
    for (size_t p = 0; p < net->parameter_count; p++) {
        bool out = p >= net->parameter_count - row->units;
        model.parameters[p] = out ? (p % 2 ? -1 : 1) * (wide ? 1e200 : 1e30) : 0;
    }
    struct model stepped = model_copied(net, &model);
    struct pass *pass = pass_create(net, 1);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    const struct step_options step = {.learning_rate = 0.5};
    tap_ok(train_step(net, &stepped, &bad, &step, pass, &outcome) == NN_NOT_FINITE &&
               isfinite(outcome.total_error),
           "hidden deltas overflow, %s, %s: a step sees it", row->why, precision_names[precision]);
    for (size_t batch = 1; batch <= 2; batch++)
        overflow_run(net, &samples, &model, batch);
    free(outcome.gradient);
    model_release(&model);
    model_release(&stepped);
    pass_free(pass);
    network_free(net);
}

/* Frozen weights and inputs of another size: the deltas are finite, the weights' gradient is not.
 */
static void test_frozen(enum activation activation, size_t units, enum precision precision)
{
    double large = precision == PRECISION_FLOAT64 ? 1e200 : 1e30;
    const double inputs[3] = {large, 0, 0}, targets[3] = {0, 0, 0};
    const struct layer layers[] = {
        {.units = units, .activation = activation, .frozen_weights = true},
        {.units = 1, .activation = ACTIVATION_IDENTITY},
    };
    struct network *net = network_make(1, 2, layers);
    net->precision = precision;
    net->loss = LOSS_MEAN_ABSOLUTE_ERROR;
    struct model model = model_drawn(net, 1);
    struct samples samples = {3, inputs, targets, NULL};
    for (size_t p = 0; p < net->parameter_count; p++)
        model.parameters[p] = p >= net->layers[1].weights && p < net->layers[1].biases ? large
                              : p >= net->layers[0].biases                             ? 0.5
                                                                                       : 0;
    struct model stepped = model_copied(net, &model);
    struct pass *pass = pass_create(net, 1);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    const struct step_options step = {.learning_rate = 0.5};
    struct samples bad = {1, inputs, targets, NULL};
    tap_ok(train_step(net, &stepped, &bad, &step, pass, &outcome) == NN_NOT_FINITE &&
               isfinite(outcome.total_error),
           "frozen weights' gradient overflows, %zu units, %s: a step sees it", units,
           precision_names[precision]);
    for (size_t batch = 1; batch <= 2; batch++)
        overflow_run(net, &samples, &model, batch);
    free(outcome.gradient);
    model_release(&model);
    model_release(&stepped);
    pass_free(pass);
    network_free(net);
}

int main(void)
{
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        tap_note("%s", simd_names[simd]);
        for (size_t i = 0; i < COUNT(overflows); i++)
            for (enum precision precision = 0; precision < PRECISION_COUNT; precision++)
                test_overflow(&overflows[i], precision);
        for (enum precision precision = 0; precision < PRECISION_COUNT; precision++) {
            test_frozen(ACTIVATION_RELU, 40, precision);
            test_frozen(ACTIVATION_TANH, 6, precision);
        }
    }
    return tap_done();
}
