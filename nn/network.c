#include "nn/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bias_kind_names[BIAS_KIND_COUNT] = {
    [BIAS_PER_UNIT] = "per_unit",
    [BIAS_SHARED] = "shared",
    [BIAS_NONE] = "none",
};

const char *const precision_names[PRECISION_COUNT] = {
    [PRECISION_FLOAT64] = "float64",
    [PRECISION_FLOAT32] = "float32",
};

static size_t network_size(size_t layer_count)
{
    return sizeof(struct network) + layer_count * sizeof(struct layer);
}

struct network *network_create(size_t layer_count)
{
    if (layer_count > (SIZE_MAX - sizeof(struct network)) / sizeof(struct layer))
        return NULL;
    struct network *net = calloc(1, network_size(layer_count));
    if (net)
        net->layer_count = layer_count;
    return net;
}

/* The copy's arrays in place of the ones that it shares after a memcpy(). */
static bool scalings_clone(const struct network *net, struct network *copy)
{
    copy->input_scaling = copy->target_scaling = (struct scaling){0};
    return scaling_set(&copy->input_scaling, net->inputs, net->input_scaling.offset,
                       net->input_scaling.scale) &&
           scaling_set(&copy->target_scaling, network_outputs(net), net->target_scaling.offset,
                       net->target_scaling.scale);
}

struct network *network_clone(const struct network *net)
{
    struct network *copy = malloc(network_size(net->layer_count));
    if (!copy)
        return NULL;
    memcpy(copy, net, network_size(net->layer_count));
    if (scalings_clone(net, copy))
        return copy;
    network_free(copy);
    return NULL;
}

void network_free(struct network *net)
{
    if (!net)
        return;
    free(net->input_scaling.offset);
    free(net->target_scaling.offset);
    free(net);
}

/* One block for both arrays, which `offset` begins: there is one allocation to fail, one to free.
 */
bool scaling_set(struct scaling *scaling, size_t columns, const double *offset, const double *scale)
{
    double *values = NULL;
    if (offset) {
        values = columns <= PTRDIFF_MAX / (2 * sizeof *values)
                     ? malloc(2 * columns * sizeof *values)
                     : NULL;
        if (!values)
            return false;
        memcpy(values, offset, columns * sizeof *values);
        memcpy(values + columns, scale, columns * sizeof *values);
    }
    free(scaling->offset);
    *scaling = (struct scaling){.offset = values, .scale = values ? values + columns : NULL};
    return true;
}

size_t layer_bias_count(const struct layer *layer)
{
    switch (layer->bias) {
    case BIAS_PER_UNIT:
        return layer->units;
    case BIAS_SHARED:
        return 1;
    case BIAS_NONE:
    case BIAS_KIND_COUNT:
        break;
    }
    return 0;
}

/* Places a layer's parameters at *offset and moves that behind them; false on overflow. */
static bool layer_layout(struct layer *layer, size_t inputs, size_t *offset)
{
    size_t weights;
    layer->inputs = inputs;
    layer->bias_count = layer_bias_count(layer);
    layer->weights = *offset;
    /* Units and inputs are 32 bits each in the counter of the random numbers. */
    return inputs <= UINT32_MAX && layer->units <= UINT32_MAX &&
           !__builtin_mul_overflow(layer->units, inputs, &weights) &&
           !__builtin_add_overflow(*offset, weights, &layer->biases) &&
           !__builtin_add_overflow(layer->biases, layer->bias_count, offset);
}

bool network_layout(struct network *net, size_t max_parameters)
{
    size_t inputs = net->inputs;
    size_t parameters = 0;
    size_t units = 0;
    for (size_t l = 0; l < net->layer_count; l++) {
        struct layer *layer = &net->layers[l];
        if (!layer_layout(layer, inputs, &parameters) || parameters > max_parameters)
            return false;
        inputs = layer->units;
        units += layer->units; /* at most the parameters: every unit has a weight */
    }
    net->parameter_count = parameters;
    net->unit_count = units;
    return true;
}

size_t network_outputs(const struct network *net)
{
    return net->layers[net->layer_count - 1].units;
}

bool network_same_shape(const struct network *a, const struct network *b)
{
    if (a->inputs != b->inputs || a->layer_count != b->layer_count)
        return false;
    for (size_t l = 0; l < a->layer_count; l++)
        if (a->layers[l].units != b->layers[l].units || a->layers[l].bias != b->layers[l].bias)
            return false;
    return true;
}

void values_round(enum precision precision, double *values, size_t count)
{
    if (precision == PRECISION_FLOAT64)
        return;
    for (size_t i = 0; i < count; i++)
        values[i] = (float)values[i];
}

void network_initialize(const struct network *net, double *parameters)
{
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        init_weights(&layer->init, net->seed, l, layer->units, layer->inputs,
                     parameters + layer->weights);
        memset(parameters + layer->biases, 0, layer->bias_count * sizeof *parameters);
    }
    values_round(net->precision, parameters, net->parameter_count);
}

bool values_finite(const double *values, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++)
        finite &= isfinite(values[i]) != 0;
    return finite;
}
