#include "api/layer_fields.h"

#include <stddef.h>
#include <string.h>

#include "api/fields.h"
#include "api/values.h"

static const struct choices activation_choices = {activation_names, ACTIVATION_COUNT};
static const struct choices bias_choices = {bias_kind_names, BIAS_KIND_COUNT};
static const struct choices init_choices = {init_kind_names, INIT_KIND_COUNT};

/* Init --------------------------------------------------------------------------------- */

/* Far beyond any use; what is drawn within it is finite. */
#define INIT_LIMIT 1e6

static const struct field plain_init_fields[] = {
    {"type", FIELD_CHOICE, offsetof(struct init, kind), .choices = &init_choices, .required = true},
    {0},
};
static const struct field uniform_init_fields[] = {
    {"type", FIELD_SERVER},
    {"low", FIELD_NUMBER, offsetof(struct init, low), -INIT_LIMIT, INIT_LIMIT, .required = true},
    {"high", FIELD_NUMBER, offsetof(struct init, high), -INIT_LIMIT, INIT_LIMIT, .required = true},
    {0},
};
static const struct field normal_init_fields[] = {
    {"type", FIELD_SERVER},
    {"mean", FIELD_NUMBER, offsetof(struct init, mean), -INIT_LIMIT, INIT_LIMIT, .required = true},
    {"stddev", FIELD_NUMBER, offsetof(struct init, stddev), 0, INIT_LIMIT, .required = true},
    {0},
};

/* The constants of an init kind; those of the plain ones are none but `type`. */
static const struct field *init_fields(enum init_kind kind)
{
    if (kind == INIT_UNIFORM)
        return uniform_init_fields;
    return kind == INIT_NORMAL ? normal_init_fields : plain_init_fields;
}

static void decode_init(struct decoder *decoder, const json_t *value, void *target)
{
    struct init *init = &((struct layer_body *)target)->layer.init;
    const json_t *type = json_is_object(value) ? json_object_get(value, "type") : NULL;
    const struct field *fields = plain_init_fields;
    for (size_t i = 0; json_is_string(type) && i < INIT_KIND_COUNT; i++) {
        if (strcmp(json_string_value(type), init_kind_names[i]) == 0) {
            init->kind = (enum init_kind)i;
            fields = init_fields(init->kind);
        }
    }
    decode_object(decoder, value, fields, init);
    if (init->kind == INIT_UNIFORM && !(init->low <= init->high)) {
        size_t mark = decode_enter(decoder, "low");
        decode_fault(decoder, "must not be above \"high\"");
        decode_leave(decoder, mark);
    }
}

static void encode_init(struct json_writer *w, const struct init *init)
{
    json_object_begin(w);
    json_key(w, "type");
    json_text(w, init_kind_names[init->kind]);
    if (init_fields(init->kind) != plain_init_fields)
        encode_fields(w, init_fields(init->kind), init);
    json_object_end(w);
}

/* Layers ------------------------------------------------------------------------------- */

static void take_weights(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct layer_body *)target)->given.weights = value;
}

static void take_biases(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct layer_body *)target)->given.biases = value;
}

static const struct field layer_fields[] = {
    {"units", FIELD_COUNT, offsetof(struct layer_body, layer.units), 1, 1e9, .required = true},
    {"activation", FIELD_CHOICE, offsetof(struct layer_body, layer.activation),
     .choices = &activation_choices},
    {"bias", FIELD_CHOICE, offsetof(struct layer_body, layer.bias), .choices = &bias_choices},
    {"init", FIELD_CUSTOM, .decode = decode_init},
    {"weights", FIELD_CUSTOM, .decode = take_weights},
    {"biases", FIELD_CUSTOM, .decode = take_biases},
    {"dropout", FIELD_NUMBER, offsetof(struct layer_body, layer.dropout), 0, 1, .below = true},
    {0},
};

void decode_layer(struct decoder *decoder, const json_t *value, struct layer_body *out)
{
    decode_object(decoder, value, layer_fields, out);
}

static void encode_values(struct json_writer *w, enum precision precision,
                          const struct layer *layer, const double *values)
{
    json_key(w, "weights");
    encode_matrix(w, precision, values + layer->weights, layer->units, layer->inputs);
    json_key(w, "biases");
    encode_vector(w, precision, values + layer->biases, layer->bias_count);
}

void encode_layer(struct json_writer *w, const struct network *net, size_t l,
                  const double *parameters)
{
    const struct layer *layer = &net->layers[l];
    json_object_begin(w);
    json_key(w, "units");
    json_unsigned(w, layer->units);
    json_key(w, "activation");
    json_text(w, activation_names[layer->activation]);
    json_key(w, "bias");
    json_text(w, bias_kind_names[layer->bias]);
    json_key(w, "init");
    encode_init(w, &layer->init);
    json_key(w, "dropout");
    json_number(w, layer->dropout);
    if (parameters)
        encode_values(w, net->precision, layer, parameters);
    json_object_end(w);
}

void encode_layer_values(struct json_writer *w, const struct network *net, const double *values)
{
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++) {
        json_object_begin(w);
        encode_values(w, net->precision, &net->layers[l], values);
        json_object_end(w);
    }
    json_array_end(w);
}
