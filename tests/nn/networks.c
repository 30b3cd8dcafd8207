#include "tests/nn/networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/random.h"

const double mazur_parameters[MAZUR_PARAMETERS] = {0.15, 0.20, 0.25, 0.30, 0.35,
                                                   0.40, 0.45, 0.50, 0.55, 0.60};
static const double mazur_inputs[] = {0.05, 0.10};
static const double mazur_targets[] = {0.01, 0.99};
const struct samples mazur_sample = {1, mazur_inputs, mazur_targets, NULL};

static void *must(void *memory)
{
    if (!memory) {
        perror("memory");
        exit(2);
    }
    return memory;
}

struct network *network_make(size_t inputs, size_t count, const struct layer *layers)
{
    struct network *net = must(network_create(count));
    net->inputs = inputs;
    net->optimizer = optimizer_defaults[OPTIMIZER_SGD];
    net->huber_delta = 1;
    net->seed = 1;
    memcpy(net->layers, layers, count * sizeof *layers);
    if (!network_layout(net, 1000000))
        exit(2);
    return net;
}

struct network *mazur_network(void)
{
    const struct layer layer = {
        .units = 2, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED, .frozen_biases = true};
    return network_make(2, 2, (const struct layer[]){layer, layer});
}

double *values_drawn(uint64_t seed, size_t count, double low, double high)
{
    double *values = values_zero(count);
    for (size_t i = 0; i < count; i++) {
        struct random_block block = random_draw(seed, RANDOM_INIT, i, 0, 0);
        values[i] = low + (high - low) * random_unit(random_bits(&block, 0));
    }
    return values;
}

double *values_copied(const double *values, size_t count)
{
    return memcpy(values_zero(count), values, count * sizeof *values);
}

double *values_zero(size_t count)
{
    return must(calloc(count + 1, sizeof(double)));
}

bool values_same(const double *a, const double *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

struct samples samples_drawn(const struct network *net, uint64_t seed, size_t rows)
{
    return (struct samples){
        .rows = rows,
        .inputs = values_drawn(seed, rows * net->inputs, -1, 1),
        .targets = values_drawn(seed + 1, rows * network_outputs(net), 0, 1),
    };
}

static size_t state_count(const struct network *net)
{
    return optimizer_slots(&net->optimizer) * net->parameter_count;
}

struct model model_drawn(const struct network *net, uint64_t seed)
{
    struct model model = {
        .parameters = values_drawn(seed, net->parameter_count, -1, 1),
        .state = values_zero(state_count(net)),
    };
    values_round(net->precision, model.parameters, net->parameter_count);
    model_start(net, &model);
    return model;
}

struct model model_copied(const struct network *net, const struct model *model)
{
    return (struct model){
        .parameters = values_copied(model->parameters, net->parameter_count),
        .state = values_copied(model->state, state_count(net)),
        .optimizer_updates = model->optimizer_updates,
    };
}

bool model_same(const struct network *net, const struct model *a, const struct model *b)
{
    return a->optimizer_updates == b->optimizer_updates &&
           values_same(a->parameters, b->parameters, net->parameter_count) &&
           values_same(a->state, b->state, state_count(net));
}

void model_release(struct model *model)
{
    free(model->parameters);
    free(model->state);
}
