#include "api/layer_values.h"

#include <string.h>

#include "api/shapes.h"

struct layer_values {
    const json_t *weights;
    const json_t *biases;
};

static void take_weights(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct layer_values *)target)->weights = value;
}

static void take_biases(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct layer_values *)target)->biases = value;
}

static const struct field layer_fields[] = {
    {"weights", FIELD_CUSTOM, .decode = take_weights, .required = true},
    {"biases", FIELD_CUSTOM, .decode = take_biases, .required = true},
    {0},
};

/* Copies one array of numbers to its place, once its shape is right. */
static void copy_weights(struct decoder *decoder, const json_t *value, const struct layer *layer,
                         enum precision precision, double *out)
{
    size_t mark = decode_enter(decoder, "weights");
    const struct json_numbers *numbers =
        decode_numbers(decoder, value, "an array of arrays of numbers");
    if (numbers && check_weights(decoder, numbers, layer->units, layer->inputs) &&
        (precision == PRECISION_FLOAT64 || check_float32(decoder, numbers)))
        memcpy(out, numbers->values, numbers->count * sizeof(double));
    decode_leave(decoder, mark);
}

static void copy_biases(struct decoder *decoder, const json_t *value, const struct layer *layer,
                        enum precision precision, double *out)
{
    size_t mark = decode_enter(decoder, "biases");
    const struct json_numbers *numbers = decode_numbers(decoder, value, "an array of numbers");
    if (numbers && check_biases(decoder, numbers, layer->bias_count) && numbers->count &&
        (precision == PRECISION_FLOAT64 || check_float32(decoder, numbers)))
        memcpy(out, numbers->values, numbers->count * sizeof(double));
    decode_leave(decoder, mark);
}

static void copy_layer(struct decoder *decoder, const json_t *value, const struct network *net,
                       size_t l, double *out)
{
    const struct layer *layer = &net->layers[l];
    struct layer_values given = {0};
    decode_object(decoder, value, layer_fields, &given);
    if (given.weights)
        copy_weights(decoder, given.weights, layer, net->precision, out + layer->weights);
    if (given.biases)
        copy_biases(decoder, given.biases, layer, net->precision, out + layer->biases);
}

void decode_layer_values(struct decoder *decoder, const json_t *layers, const struct network *net,
                         double *out)
{
    size_t count = json_array_size(layers);
    if (!json_is_array(layers))
        decode_wrong_type(decoder, layers, "an array of layers");
    else if (count != net->layer_count)
        decode_fault(decoder, "must have the network's %zu layers, not %zu", net->layer_count,
                     count);
    for (size_t l = 0; l < net->layer_count && l < count; l++) {
        size_t mark = decode_enter_index(decoder, l);
        copy_layer(decoder, json_array_get(layers, l), net, l, out);
        decode_leave(decoder, mark);
    }
    values_round(net->precision, out, net->parameter_count);
}
