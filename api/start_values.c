#include "api/start_values.h"

#include <stdlib.h>
#include <string.h>

#include "api/shapes.h"

static void check_given_weights(struct decoder *decoder, const json_t *value,
                                const struct layer *layer, size_t inputs, enum precision precision)
{
    size_t mark = decode_enter(decoder, "weights");
    const struct json_numbers *numbers =
        decode_numbers(decoder, value, "an array of arrays of numbers");
    if (numbers && check_weights(decoder, numbers, layer->units, inputs) &&
        precision == PRECISION_FLOAT32)
        check_float32(decoder, numbers);
    decode_leave(decoder, mark);
}

static void check_given_biases(struct decoder *decoder, const json_t *value,
                               const struct layer *layer, enum precision precision)
{
    size_t mark = decode_enter(decoder, "biases");
    const struct json_numbers *numbers = decode_numbers(decoder, value, "an array of numbers");
    if (numbers && check_biases(decoder, numbers, layer_bias_count(layer)) &&
        precision == PRECISION_FLOAT32)
        check_float32(decoder, numbers);
    decode_leave(decoder, mark);
}

void check_start_values(struct decoder *decoder, const struct given_values *given,
                        const struct layer *layer, size_t inputs, enum precision precision)
{
    if (given->weights && inputs && layer->units)
        check_given_weights(decoder, given->weights, layer, inputs, precision);
    if (given->biases && layer->units)
        check_given_biases(decoder, given->biases, layer, precision);
}

/* Copies an array of numbers, where one is given, to its place among the parameters. */
static void copy_given(const struct decoder *decoder, const json_t *value, double *out)
{
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    if (numbers && numbers->count)
        memcpy(out, numbers->values, numbers->count * sizeof(*out));
}

bool take_start_values(struct decoder *decoder, const struct given_values *given,
                       struct proposal *out)
{
    const struct network *net = out->definition->net;
    out->weights_given = calloc(net->layer_count, sizeof(bool));
    out->biases_given = calloc(net->layer_count, sizeof(bool));
    if (!out->weights_given || !out->biases_given)
        return false;
    for (size_t l = 0; l < net->layer_count; l++) {
        out->weights_given[l] = given[l].weights != NULL;
        out->biases_given[l] = given[l].biases != NULL;
        out->values_given |= out->weights_given[l] || out->biases_given[l];
    }
    if (!out->values_given)
        return true;
    out->values = calloc(net->parameter_count, sizeof(double));
    if (!out->values)
        return false;
    for (size_t l = 0; l < net->layer_count; l++) {
        copy_given(decoder, given[l].weights, out->values + net->layers[l].weights);
        copy_given(decoder, given[l].biases, out->values + net->layers[l].biases);
    }
    values_round(net->precision, out->values, net->parameter_count);
    return true;
}
