#include "api/definition_body.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/frozen.h"
#include "api/layer_fields.h"
#include "api/metadata.h"
#include "api/names.h"
#include "api/optimizer_fields.h"
#include "api/shapes.h"

struct definition_body {
    size_t inputs;
    struct layer *layers;
    struct given_values *given; /* beside each layer */
    size_t layer_count;
    size_t max_layers;
    enum loss loss;
    struct optimizer optimizer;
    const json_t *frozen;
    const json_t *metadata;
    unsigned precision;
    uint64_t seed;
    bool seed_given;
};

static const char *loss_name(size_t i)
{
    return i < LOSS_COUNT ? loss_kinds[i].name : NULL;
}

static const char *precision_name(size_t i)
{
    return i == 0 ? "float64" : NULL;
}

static const char *const later_losses[] = {"mean_absolute_error", "huber", "binary_cross_entropy",
                                           "cross_entropy", NULL};
static const char *const later_precisions[] = {"float32", NULL};
static const struct choices loss_choices = {loss_name, later_losses};
static const struct choices precision_choices = {precision_name, later_precisions};

/* Custom fields ------------------------------------------------------------------------ */

static void decode_layers(struct decoder *decoder, const json_t *value, void *target)
{
    struct definition_body *body = target;
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    size_t count = json_is_array(value) ? json_array_size(value) : 0;
    if (!json_is_array(value) && !(numbers && numbers->rank == 1 && numbers->count == 0)) {
        decode_wrong_type(decoder, value, "an array of layers");
        return;
    }
    if (count < 1 || count > body->max_layers) {
        decode_fault(decoder, "must have 1 to %zu layers, not %zu", body->max_layers, count);
        return;
    }
    body->layers = calloc(count, sizeof(*body->layers));
    body->given = calloc(count, sizeof(*body->given));
    if (!body->layers || !body->given) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return;
    }
    body->layer_count = count;
    for (size_t l = 0; l < count; l++) {
        size_t mark = decode_enter_index(decoder, l);
        struct layer_body layer = {0};
        decode_layer(decoder, json_array_get(value, l), &layer);
        body->layers[l] = layer.layer;
        body->given[l] = layer.given;
        decode_leave(decoder, mark);
    }
}

static void decode_optimizer_field(struct decoder *decoder, const json_t *value, void *target)
{
    decode_optimizer(decoder, value, &((struct definition_body *)target)->optimizer);
}

static void take_frozen(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->frozen = value;
}

static void take_metadata(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->metadata = value;
}

static const struct field definition_fields[] = {
    {"name", FIELD_SERVER}, /* decode_definition_names() reads it */
    {"inputs", FIELD_COUNT, offsetof(struct definition_body, inputs), 1, 1e9, .required = true},
    {"layers", FIELD_CUSTOM, .decode = decode_layers, .required = true},
    {"frozen", FIELD_CUSTOM, .decode = take_frozen},
    {"loss", FIELD_CHOICE, offsetof(struct definition_body, loss), .choices = &loss_choices},
    {"optimizer", FIELD_CUSTOM, .decode = decode_optimizer_field},
    {"precision", FIELD_CHOICE, offsetof(struct definition_body, precision),
     .choices = &precision_choices},
    {"seed", FIELD_SEED, offsetof(struct definition_body, seed),
     .given = offsetof(struct definition_body, seed_given)},
    {"metadata", FIELD_CUSTOM, .decode = take_metadata},
    {"huber_delta", FIELD_LATER},
    {"regularization", FIELD_LATER},
    {"input_scaling", FIELD_LATER},
    {"target_scaling", FIELD_LATER},
    {"classes", FIELD_LATER},
    {"revision", FIELD_SERVER},
    {"steps", FIELD_SERVER},
    {"parameter_count", FIELD_SERVER},
    {"created_at", FIELD_SERVER},
    {"updated_at", FIELD_SERVER},
    {0},
};

/* Names -------------------------------------------------------------------------------- */

static bool decode_name(struct decoder *decoder, const char *key, char *out)
{
    const json_t *value = json_object_get(decoder->document.root, key);
    if (!value)
        return false;
    size_t mark = decode_enter(decoder, key);
    const char *text = json_string_value(value);
    if (!text || json_document_numbers(&decoder->document, value))
        decode_wrong_type(decoder, value, "a string");
    else if (!name_is_valid(text))
        decode_fault(decoder, "must be %s", name_rule);
    else
        memcpy(out, text, strlen(text) + 1);
    decode_leave(decoder, mark);
    return true;
}

void decode_definition_names(struct decoder *decoder, struct definition_names *out)
{
    *out = (struct definition_names){0};
    out->has_name = decode_name(decoder, "name", out->name);
    out->has_from = decode_name(decoder, "from", out->from);
    out->metadata = json_object_get(decoder->document.root, "metadata");
}

/* Definitions -------------------------------------------------------------------------- */

/* Checks the start values that a layer gives, where the sizes around it are known. */
static void check_values(struct decoder *decoder, const struct definition_body *body, size_t l)
{
    const struct layer *layer = &body->layers[l];
    const struct given_values *given = &body->given[l];
    size_t inputs = l ? body->layers[l - 1].units : body->inputs;
    const struct json_numbers *numbers;
    if (given->weights && inputs && layer->units) {
        size_t mark = decode_enter(decoder, "weights");
        numbers = decode_numbers(decoder, given->weights, "an array of arrays of numbers");
        if (numbers)
            check_weights(decoder, numbers, layer->units, inputs);
        decode_leave(decoder, mark);
    }
    if (given->biases && layer->units) {
        size_t mark = decode_enter(decoder, "biases");
        numbers = decode_numbers(decoder, given->biases, "an array of numbers");
        if (numbers)
            check_biases(decoder, numbers, layer_bias_count(layer));
        decode_leave(decoder, mark);
    }
}

static void check_all_values(struct decoder *decoder, const struct definition_body *body)
{
    size_t layers = decode_enter(decoder, "layers");
    for (size_t l = 0; l < body->layer_count; l++) {
        size_t mark = decode_enter_index(decoder, l);
        check_values(decoder, body, l);
        decode_leave(decoder, mark);
    }
    decode_leave(decoder, layers);
}

static void set_no_memory(struct decoder *decoder)
{
    problem_set(decoder->problem, PROBLEM_UNAVAILABLE,
                "The service has no memory left for this request; nothing was changed.");
    decoder->problem->retry_after = 1;
}

/* The network of a body whose fields are in order; NULL with a problem. */
static struct network *build_network(struct decoder *decoder, const struct definition_body *body,
                                     size_t max_parameters)
{
    struct network *net = network_create(body->layer_count);
    if (!net) {
        set_no_memory(decoder);
        return NULL;
    }
    net->inputs = body->inputs;
    net->loss = body->loss;
    net->optimizer = body->optimizer;
    net->seed = body->seed;
    for (size_t l = 0; l < body->layer_count; l++)
        net->layers[l] = body->layers[l];
    if (!network_layout(net, max_parameters)) {
        size_t mark = decode_enter(decoder, "layers");
        decode_fault(decoder, "would have more than %zu parameters; use fewer units",
                     max_parameters);
        decode_leave(decoder, mark);
    }
    return net;
}

/* Copies the start values that the body gives into the proposal. False when out of memory. */
static bool take_values(struct decoder *decoder, const struct definition_body *body,
                        struct proposal *out)
{
    const struct network *net = out->definition->net;
    out->weights_given = calloc(net->layer_count, sizeof(bool));
    out->biases_given = calloc(net->layer_count, sizeof(bool));
    if (!out->weights_given || !out->biases_given)
        return false;
    for (size_t l = 0; l < net->layer_count; l++) {
        out->weights_given[l] = body->given[l].weights != NULL;
        out->biases_given[l] = body->given[l].biases != NULL;
        out->values_given |= out->weights_given[l] || out->biases_given[l];
    }
    if (!out->values_given)
        return true;
    out->values = calloc(net->parameter_count, sizeof(double));
    if (!out->values)
        return false;
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct given_values *given = &body->given[l];
        const struct json_numbers *weights =
            json_document_numbers(&decoder->document, given->weights);
        const struct json_numbers *biases =
            json_document_numbers(&decoder->document, given->biases);
        if (weights)
            memcpy(out->values + net->layers[l].weights, weights->values,
                   weights->count * sizeof(double));
        if (biases && biases->count)
            memcpy(out->values + net->layers[l].biases, biases->values,
                   biases->count * sizeof(double));
    }
    return true;
}

static void build_proposal(struct decoder *decoder, const struct definition_body *body,
                           size_t max_parameters, struct proposal *out)
{
    struct network *net = build_network(decoder, body, max_parameters);
    char *metadata = NULL;
    if (body->metadata) {
        size_t mark = decode_enter(decoder, "metadata");
        metadata = decode_metadata(decoder, body->metadata);
        decode_leave(decoder, mark);
    }
    if (!decoder_ok(decoder)) {
        network_free(net);
        free(metadata);
        return;
    }
    out->seed_given = body->seed_given;
    out->definition = definition_create(net, metadata);
    if (!out->definition || !take_values(decoder, body, out))
        set_no_memory(decoder);
}

bool decode_definition(struct decoder *decoder, const struct limits *limits, struct proposal *out)
{
    struct definition_body body = {
        .max_layers = limits->max_layers,
        .optimizer = optimizer_kinds[OPTIMIZER_SGD].defaults,
    };
    *out = (struct proposal){0};
    decode_object(decoder, decoder->document.root, definition_fields, &body);
    check_all_values(decoder, &body);
    if (body.frozen && (body.layer_count || !json_is_array(body.frozen))) {
        size_t mark = decode_enter(decoder, "frozen");
        decode_frozen(decoder, body.frozen, body.layers, body.layer_count);
        decode_leave(decoder, mark);
    }
    if (!body.seed_given)
        body.seed = random_identity();
    if (body.layer_count && body.inputs && decoder_ok(decoder))
        build_proposal(decoder, &body, limits->max_parameters, out);
    free(body.layers);
    free(body.given);
    if (decoder_ok(decoder))
        return true;
    proposal_release(out);
    return false;
}

void encode_definition(struct json_writer *w, const struct definition *definition,
                       const double *parameters)
{
    const struct network *net = definition->net;
    char seed[24];
    snprintf(seed, sizeof(seed), "%" PRIu64, net->seed);
    json_key(w, "inputs");
    json_unsigned(w, net->inputs);
    json_key(w, "layers");
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++)
        encode_layer(w, &net->layers[l], parameters);
    json_array_end(w);
    json_key(w, "frozen");
    encode_frozen(w, net);
    json_key(w, "loss");
    json_text(w, loss_kinds[net->loss].name);
    json_key(w, "optimizer");
    encode_optimizer(w, &net->optimizer);
    json_key(w, "precision");
    json_text(w, precision_name(0));
    json_key(w, "seed");
    json_text(w, seed);
    if (definition->metadata) {
        json_key(w, "metadata");
        json_raw(w, definition->metadata, strlen(definition->metadata));
    }
}

static char *encode_text(const struct definition *definition)
{
    struct json_writer w;
    json_writer_init(&w);
    json_object_begin(&w);
    encode_definition(&w, definition, NULL);
    json_object_end(&w);
    json_append(&w, "", 1); /* its NUL */
    if (!w.failed)
        return w.data;
    json_writer_release(&w);
    return NULL;
}

static struct definition *decode_text(const char *text)
{
    static const struct limits none = {.max_layers = SIZE_MAX, .max_parameters = SIZE_MAX};
    static const struct json_limits json_limits = {.max_depth = 64, .max_values = SIZE_MAX};
    struct problem problem = {0};
    struct decoder decoder;
    struct proposal proposal = {0};
    struct definition *definition = NULL;
    if (decoder_begin(&decoder, text, strlen(text), &json_limits, &problem) &&
        decode_definition(&decoder, &none, &proposal))
        definition = definition_reference(proposal.definition);
    proposal_release(&proposal);
    decoder_end(&decoder);
    problem_release(&problem);
    return definition;
}

const struct definition_codec definition_text_codec = {encode_text, decode_text};
