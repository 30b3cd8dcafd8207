#include "tests/nn/cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/random.h"
#include "nn/simd.h"
#include "tests/nn/training.h"

enum { MOST_LAYERS = 4 };

static const size_t batch_sizes[] = {1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 64, 300};

size_t choose(struct chance *chance, size_t count)
{
    struct random_block block = random_draw(chance->seed, RANDOM_INIT, chance->draws++, 1, 0);
    return block.word[0] % count;
}

static bool one_in(struct chance *chance, size_t count)
{
    return choose(chance, count) == 0;
}

static enum activation choose_activation(struct chance *chance, bool last)
{
    return (enum activation)choose(chance, last ? ACTIVATION_COUNT : ACTIVATION_SOFTMAX);
}

static struct layer choose_layer(struct chance *chance, size_t units, bool last)
{
    return (struct layer){
        .units = units,
        .activation = choose_activation(chance, last),
        .bias = (enum bias_kind)choose(chance, BIAS_KIND_COUNT),
        .dropout = !last && one_in(chance, 4) ? 0.3 : 0,
        .frozen_weights = one_in(chance, 10),
        .frozen_biases = one_in(chance, 10),
    };
}

static void choose_loss(struct chance *chance, struct network *net)
{
    enum activation last = net->layers[net->layer_count - 1].activation;
    do
        net->loss = (enum loss)choose(chance, LOSS_COUNT);
    while (!loss_takes(net->loss, last));
    net->huber_delta = 0.375;
}

static void choose_optimizer(struct chance *chance, struct optimizer *optimizer)
{
    *optimizer = optimizer_defaults[choose(chance, 2) * choose(chance, OPTIMIZER_COUNT)];
    optimizer->weight_decay = one_in(chance, 4) && optimizer->type != OPTIMIZER_RPROP ? 0.01 : 0;
    if (optimizer->type == OPTIMIZER_SGD || optimizer->type == OPTIMIZER_RMSPROP)
        optimizer->momentum = one_in(chance, 3) ? 0.9 : 0;
    optimizer->nesterov = optimizer->type == OPTIMIZER_SGD && optimizer->momentum > 0;
    optimizer->amsgrad = optimizer->type == OPTIMIZER_ADAM && one_in(chance, 2);
    optimizer->centered = optimizer->type == OPTIMIZER_RMSPROP && one_in(chance, 2);
}

static void choose_scaling(uint64_t seed, size_t columns, struct scaling *scaling)
{
    double *offset = values_drawn(seed, columns, -1, 1);
    double *scale = values_drawn(seed + 1, columns, 0.5, 2);
    if (!scaling_set(scaling, columns, offset, scale))
        exit(2);
    free(offset);
    free(scale);
}

static struct network *choose_network(struct chance *chance, enum precision precision,
                                      size_t inputs, size_t layers, const size_t *units)
{
    struct layer layer[MOST_LAYERS];
    for (size_t l = 0; l < layers; l++)
        layer[l] = choose_layer(chance, units[l], l == layers - 1);
    struct network *net = network_make(inputs, layers, layer);
    net->precision = precision;
    choose_loss(chance, net);
    choose_optimizer(chance, &net->optimizer);
    if (one_in(chance, 4))
        net->regularization =
            (struct regularization){choose(chance, 2) * 1e-3, choose(chance, 2) * 1e-2};
    if (one_in(chance, 4))
        choose_scaling(chance->seed, inputs, &net->input_scaling);
    if (one_in(chance, 4))
        choose_scaling(chance->seed + 2, units[layers - 1], &net->target_scaling);
    return net;
}

/* Weights as a user's would be, so that values stay in the range where bits matter. */
static struct model choose_model(struct chance *chance, const struct network *net)
{
    struct model model = model_drawn(net, chance->seed + 3);
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        for (size_t p = layer->weights; p < layer->biases; p++)
            model.parameters[p] *= sqrt(3 / (double)layer->inputs);
    }
    values_round(net->precision, model.parameters, net->parameter_count);
    return model;
}

static struct train_options choose_options(struct chance *chance, const struct network *net)
{
    struct train_options options = {
        .epochs = 2,
        .batch_size = batch_sizes[choose(chance, COUNT(batch_sizes))],
        .seed = chance->seed,
        .steps = choose(chance, 1000),
        .learning_rate = net->optimizer.learning_rate / 8,
        .order = one_in(chance, 4) ? UPDATE_LAYERWISE : UPDATE_SIMULTANEOUS,
    };
    if (options.order == UPDATE_SIMULTANEOUS && one_in(chance, 4))
        options.clip_norm = 0.1;
    return options;
}

struct nn_case case_drawn(uint64_t seed, enum precision precision, size_t inputs, size_t layers,
                          const size_t *units, size_t rows)
{
    struct chance chance = {.seed = seed};
    struct nn_case c = {
        .seed = seed,
        .net = choose_network(&chance, precision, inputs, layers, units),
    };
    c.samples = samples_drawn(c.net, seed + 4, rows);
    if (one_in(&chance, 3))
        c.samples.weights = weights_drawn(seed + 5, rows);
    c.model = choose_model(&chance, c.net);
    c.options = choose_options(&chance, c.net);
    return c;
}

void case_release(struct nn_case *c)
{
    samples_release(&c->samples);
    model_release(&c->model);
    network_free(c->net);
}

void case_name(const struct nn_case *c, char *name, size_t room)
{
    size_t length = (size_t)snprintf(
        name, room, "case %llu, %s %s, %zu", (unsigned long long)c->seed,
        precision_names[c->net->precision], simd_names[simd_in_use()], c->net->inputs);
    for (size_t l = 0; l < c->net->layer_count; l++)
        length += (size_t)snprintf(name + length, room - length, "-%zu %s", c->net->layers[l].units,
                                   activation_names[c->net->layers[l].activation]);
    snprintf(name + length, room - length, ", %s, %s, %zu rows by %zu", loss_names[c->net->loss],
             optimizer_names[c->net->optimizer.type], c->samples.rows, c->options.batch_size);
}

struct step_options case_step_options(const struct nn_case *c, uint64_t steps)
{
    return (struct step_options){
        .learning_rate = c->options.learning_rate,
        .order = c->options.order,
        .clip_norm = c->options.clip_norm,
        .seed = c->options.seed,
        .steps = steps,
    };
}
