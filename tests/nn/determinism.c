#include "tests/nn/determinism.h"

#include <stdlib.h>

#include "tests/nn/training.h"

/* clang-format lays these out one field a line. */
/* clang-format off */
#define LAYER(kind, count, ...) {.units = count, .activation = ACTIVATION_##kind, __VA_ARGS__}

const struct determinism_row determinism_rows[] = {
    {"2-2-2, the article's", 2,
     {LAYER(SIGMOID, 2, .bias = BIAS_SHARED, .frozen_biases = true),
      LAYER(SIGMOID, 2, .bias = BIAS_SHARED, .frozen_biases = true)},
     .optimizer = {.learning_rate = 0.5}, .rows = 5, .options = {.epochs = 50}},
    {"2-2-2, layerwise", 2,
     {LAYER(SIGMOID, 2, .bias = BIAS_SHARED), LAYER(SIGMOID, 2, .bias = BIAS_SHARED)},
     .optimizer = {.learning_rate = 0.5}, .rows = 5,
     .options = {.epochs = 50, .order = UPDATE_LAYERWISE}},
    {"2-8-1, shuffled", 2,
     {LAYER(SIGMOID, 8), LAYER(SIGMOID, 1)},
     .optimizer = {.learning_rate = 0.5}, .rows = 40, .options = {.epochs = 20, .shuffle = true}},
    {"1-1, identity", 1,
     {LAYER(IDENTITY, 1)},
     .optimizer = {.learning_rate = 0.05}, .rows = 40, .options = {.epochs = 20}},
    {"4-16-3, softmax", 4,
     {LAYER(TANH, 16), LAYER(SOFTMAX, 3)},
     .loss = LOSS_CROSS_ENTROPY, .optimizer = {.learning_rate = 0.1}, .targets = TARGETS_CLASSES,
     .rows = 150, .options = {.epochs = 5}},
    {"4-16-3, adam", 4,
     {LAYER(TANH, 16), LAYER(SOFTMAX, 3)},
     .loss = LOSS_CROSS_ENTROPY,
     .optimizer = {OPTIMIZER_ADAM, .learning_rate = 0.01, .betas = {0.9, 0.999}, .eps = 1e-8},
     .targets = TARGETS_CLASSES, .rows = 150, .options = {.epochs = 5, .shuffle = true}},
    {"64-100-10, momentum", 64,
     {LAYER(RELU, 100), LAYER(SOFTMAX, 10)},
     .loss = LOSS_CROSS_ENTROPY,
     .optimizer = {.learning_rate = 0.01, .momentum = 0.9, .nesterov = true},
     .targets = TARGETS_CLASSES, .rows = 70, .options = {.epochs = 2}},
    {"784-128-10", 784,
     {LAYER(RELU, 128), LAYER(SOFTMAX, 10)},
     .loss = LOSS_CROSS_ENTROPY, .optimizer = {.learning_rate = 0.02},
     .targets = TARGETS_CLASSES, .rows = 40, .options = {.epochs = 1}},
    {"64-130-33-5, dropout, adam, validated", 64,
     {LAYER(RELU, 130, .dropout = 0.2), LAYER(TANH, 33), LAYER(SOFTMAX, 5)},
     .loss = LOSS_CROSS_ENTROPY,
     .optimizer = {OPTIMIZER_ADAM, .learning_rate = 0.005, .betas = {0.9, 0.999}, .eps = 1e-8},
     .regularization = {0, 0.001}, .targets = TARGETS_CLASSES, .rows = 140,
     .validation_rows = 30, .weighted = true, .options = {.epochs = 2, .shuffle = true}},
    {"deep, adamw with amsgrad, cosine, clipped", 9,
     {LAYER(GELU, 17), LAYER(SILU, 20, .bias = BIAS_NONE), LAYER(TANH, 7),
      LAYER(SOFTPLUS, 33, .bias = BIAS_SHARED), LAYER(ELU, 5), LAYER(IDENTITY, 2)},
     .loss = LOSS_MEAN_SQUARED_ERROR,
     .optimizer = {OPTIMIZER_ADAMW, .learning_rate = 0.01, .weight_decay = 0.01,
                   .betas = {0.8, 0.99}, .eps = 1e-6, .amsgrad = true},
     .rows = 50,
     .options = {.epochs = 6, .clip_norm = 0.5, .schedule = {SCHEDULE_COSINE, .t_max = 4}}},
    {"dropout, rmsprop, restored", 8,
     {LAYER(SELU, 24, .dropout = 0.2), LAYER(LEAKY_RELU, 16, .dropout = 0.5), LAYER(TANH, 3)},
     .loss = LOSS_HUBER,
     .optimizer = {OPTIMIZER_RMSPROP, .learning_rate = 0.003, .momentum = 0.5, .alpha = 0.9,
                   .eps = 1e-8, .centered = true},
     .rows = 50, .validation_rows = 21, .weighted = true,
     .options = {.epochs = 8, .shuffle = true,
                 .early_stopping = {true, .patience = 3, .restore_best = true}}},
    {"adagrad, weighted, plateau", 5,
     {LAYER(SIGMOID, 15), LAYER(SIGMOID, 15), LAYER(TANH, 4)},
     .loss = LOSS_MEAN_ABSOLUTE_ERROR,
     .optimizer = {OPTIMIZER_ADAGRAD, .learning_rate = 0.05, .lr_decay = 0.01, .eps = 1e-10,
                   .initial_accumulator_value = 0.1},
     .rows = 45, .weighted = true,
     .options = {.epochs = 10,
                 .schedule = {SCHEDULE_PLATEAU, .factor = 0.5, .threshold = 0.05, .eps = 1e-8}}},
    {"adadelta, l1 and l2, scaled", 6,
     {LAYER(RELU, 12), LAYER(SIGMOID, 3)},
     .loss = LOSS_BINARY_CROSS_ENTROPY,
     .optimizer = {OPTIMIZER_ADADELTA, .learning_rate = 1, .rho = 0.9, .eps = 1e-6},
     .regularization = {0.001, 0.01}, .rows = 60, .scaled = true, .options = {.epochs = 8}},
    {"rprop, step", 3,
     {LAYER(TANH, 9), LAYER(IDENTITY, 1)},
     .loss = LOSS_MEAN_SQUARED_ERROR,
     .optimizer = {OPTIMIZER_RPROP, .learning_rate = 0.01, .etas = {0.5, 1.2},
                   .step_sizes = {1e-6, 0.1}},
     .rows = 40, .options = {.epochs = 10,
                             .schedule = {SCHEDULE_STEP, .step_size = 3, .gamma = 0.5}}},
    {"frozen parts, layerwise, exponential", 17,
     {LAYER(TANH, 33, .frozen_weights = true), LAYER(SIGMOID, 16, .frozen_biases = true),
      LAYER(SOFTMAX, 18, .bias = BIAS_SHARED)},
     .loss = LOSS_SQUARED_ERROR,
     .optimizer = {.learning_rate = 0.3, .momentum = 0.5, .dampening = 0.1, .weight_decay = 0.01},
     .rows = 40, .options = {.epochs = 5, .order = UPDATE_LAYERWISE,
                             .schedule = {SCHEDULE_EXPONENTIAL, .gamma = 0.9}}},
    {"wide, dropout, clipped", 3,
     {LAYER(SOFTPLUS, 130, .dropout = 0.1), LAYER(GELU, 48), LAYER(SIGMOID, 70)},
     .loss = LOSS_BINARY_CROSS_ENTROPY, .optimizer = {.learning_rate = 0.05},
     .regularization = {.l2 = 0.001}, .rows = 35, .scaled = true, .weighted = true,
     .options = {.epochs = 3, .shuffle = true, .clip_norm = 0.2}},
};
/* clang-format on */

const size_t determinism_count = COUNT(determinism_rows);

/* One of the outputs is 1, the others 0: the largest of the numbers that were there. */
static void make_classes(double *targets, size_t rows, size_t outputs)
{
    for (; rows > 0; rows--, targets += outputs) {
        size_t top = 0;
        for (size_t j = 1; j < outputs; j++)
            top = targets[j] > targets[top] ? j : top;
        for (size_t j = 0; j < outputs; j++)
            targets[j] = j == top;
    }
}

static struct samples make_samples(const struct determinism_row *row, const struct network *net,
                                   uint64_t seed, size_t rows)
{
    size_t outputs = network_outputs(net);
    double *targets = values_drawn(seed + 1, rows * outputs, 0, 1);
    if (row->targets == TARGETS_CLASSES)
        make_classes(targets, rows, outputs);
    return (struct samples){
        .rows = rows,
        .inputs = values_drawn(seed, rows * net->inputs, -1, 1),
        .targets = targets,
        .weights = row->weighted ? weights_drawn(seed + 2, rows) : NULL,
    };
}

static void scale(const struct network *net, uint64_t seed, size_t columns, double low, double high,
                  struct scaling *scaling)
{
    double *offset = values_drawn(seed, columns, -0.5, 0.5);
    double *factor = values_drawn(seed + net->seed, columns, low, high);
    if (!scaling_set(scaling, columns, offset, factor))
        exit(2);
    free(offset);
    free(factor);
}

static struct network *make_network(const struct determinism_row *row, enum precision precision)
{
    size_t count = 0;
    while (count < COUNT(row->layers) && row->layers[count].units > 0)
        count++;
    struct network *net = network_make(row->inputs, count, row->layers);
    net->precision = precision;
    net->loss = row->loss;
    net->huber_delta = 0.25;
    net->optimizer = row->optimizer;
    net->regularization = row->regularization;
    if (row->scaled) {
        scale(net, 20, net->inputs, 0.5, 2, &net->input_scaling);
        scale(net, 22, network_outputs(net), 0.25, 0.5, &net->target_scaling);
    }
    return net;
}

struct determinism_run determinism_run(const struct determinism_row *row, enum precision precision)
{
    struct determinism_run run = {
        .net = make_network(row, precision),
        .options = row->options,
    };
    run.samples = make_samples(row, run.net, 30, row->rows);
    run.validation = make_samples(row, run.net, 40, row->validation_rows);
    run.model = model_drawn(run.net, 50);
    network_initialize(run.net, run.model.parameters);
    run.options.seed = 7;
    run.options.steps = 11;
    run.options.learning_rate = row->optimizer.learning_rate;
    run.options.validation = run.validation;
    return run;
}

void determinism_release(struct determinism_run *run)
{
    samples_release(&run->samples);
    samples_release(&run->validation);
    model_release(&run->model);
    network_free(run->net);
}
