#include "api/definition_body.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/classes.h"
#include "api/frozen.h"
#include "api/layer_fields.h"
#include "api/metadata.h"
#include "api/names.h"
#include "api/optimizer_fields.h"
#include "api/regularization.h"
#include "api/scaling.h"
#include "api/start_values.h"

struct definition_body {
    size_t inputs;
    struct layer *layers;
    struct given_values *given; /* beside each layer */
    size_t layer_count;
    size_t max_layers;
    enum loss loss;
    double huber_delta;
    struct optimizer optimizer;
    struct regularization regularization;
    struct scaling input_scaling; /* owned until the network has them */
    struct scaling target_scaling;
    enum precision precision;
    const json_t *frozen; /* these: borrowed from the document; NULL: not given */
    const json_t *input_scaling_given;
    const json_t *target_scaling_given;
    const json_t *classes;
    const json_t *metadata;
    uint64_t seed;
    bool seed_given;
};

static const struct choices loss_choices = {loss_names, LOSS_COUNT};
static const struct choices precision_choices = {precision_names, PRECISION_COUNT};

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

static void decode_regularization_field(struct decoder *decoder, const json_t *value, void *target)
{
    decode_regularization(decoder, value, &((struct definition_body *)target)->regularization);
}

/* The others need the sizes: they are borrowed until these are known. */

static void take_frozen(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->frozen = value;
}

static void take_input_scaling(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->input_scaling_given = value;
}

static void take_target_scaling(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->target_scaling_given = value;
}

static void take_class_names(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct definition_body *)target)->classes = value;
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
    {"huber_delta", FIELD_NUMBER, offsetof(struct definition_body, huber_delta), 0, INFINITY,
     .above = true},
    {"regularization", FIELD_CUSTOM, .decode = decode_regularization_field},
    {"input_scaling", FIELD_CUSTOM, .decode = take_input_scaling},
    {"target_scaling", FIELD_CUSTOM, .decode = take_target_scaling},
    {"classes", FIELD_CUSTOM, .decode = take_class_names},
    {"revision", FIELD_SERVER},
    {"steps", FIELD_SERVER},
    {"parameter_count", FIELD_SERVER},
    {"numerics", FIELD_SERVER},
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

static void fault_at(struct decoder *decoder, const char *key, const char *detail)
{
    size_t mark = decode_enter(decoder, key);
    decode_fault(decoder, "%s", detail);
    decode_leave(decoder, mark);
}

/* The rules about which layer may be what. */
static void check_place(struct decoder *decoder, const struct layer *layer, bool last)
{
    if (!last && layer->activation == ACTIVATION_SOFTMAX)
        fault_at(decoder, "activation",
                 "\"softmax\" stands on the last layer only; choose another one here");
    if (last && layer->dropout > 0)
        fault_at(decoder, "dropout", "must be 0 on the last layer: it gives the outputs");
}

static void check_layers(struct decoder *decoder, const struct definition_body *body)
{
    size_t layers = decode_enter(decoder, "layers");
    for (size_t l = 0; l < body->layer_count; l++) {
        size_t mark = decode_enter_index(decoder, l);
        check_place(decoder, &body->layers[l], l == body->layer_count - 1);
        check_start_values(decoder, &body->given[l], &body->layers[l],
                           l ? body->layers[l - 1].units : body->inputs, body->precision);
        decode_leave(decoder, mark);
    }
    decode_leave(decoder, layers);
}

/* Whether the loss may stand on the output layer. */
static void check_loss(struct decoder *decoder, const struct definition_body *body)
{
    if (!body->layer_count ||
        loss_takes(body->loss, body->layers[body->layer_count - 1].activation))
        return;
    const char *needed = activation_names[body->loss == LOSS_CROSS_ENTROPY ? ACTIVATION_SOFTMAX
                                                                           : ACTIVATION_SIGMOID];
    size_t mark = decode_enter(decoder, "loss");
    decode_fault(decoder,
                 "\"%s\" needs %s outputs: give the last layer \"activation\": \"%s\", or choose "
                 "another loss",
                 loss_names[body->loss], needed, needed);
    decode_leave(decoder, mark);
}

/* Decodes what needs the number of inputs or outputs (0 where a fault keeps it unknown). */
static void decode_columns(struct decoder *decoder, struct definition_body *body)
{
    size_t outputs = body->layer_count ? body->layers[body->layer_count - 1].units : 0;
    if (body->input_scaling_given) {
        size_t mark = decode_enter(decoder, "input_scaling");
        decode_scaling(decoder, body->input_scaling_given, body->inputs, COLUMN_INPUT,
                       &body->input_scaling);
        decode_leave(decoder, mark);
    }
    if (body->target_scaling_given) {
        size_t mark = decode_enter(decoder, "target_scaling");
        decode_scaling(decoder, body->target_scaling_given, outputs, COLUMN_TARGET,
                       &body->target_scaling);
        decode_leave(decoder, mark);
    }
    if (body->classes) {
        size_t mark = decode_enter(decoder, "classes");
        body->classes = resolve_classes(decoder, body->classes);
        if (body->classes)
            check_classes(decoder, body->classes, outputs);
        decode_leave(decoder, mark);
    }
}

static void set_no_memory(struct decoder *decoder)
{
    problem_set(decoder->problem, PROBLEM_UNAVAILABLE,
                "The service has no memory left for this request; nothing was changed.");
    decoder->problem->retry_after = 1;
}

/* The network of a body whose fields are in order; NULL with a problem. */
static struct network *build_network(struct decoder *decoder, struct definition_body *body,
                                     size_t max_parameters)
{
    struct network *net = network_create(body->layer_count);
    if (!net) {
        set_no_memory(decoder);
        return NULL;
    }
    net->inputs = body->inputs;
    net->precision = body->precision;
    net->loss = body->loss;
    net->huber_delta = body->huber_delta;
    net->optimizer = body->optimizer;
    net->regularization = body->regularization;
    net->input_scaling = body->input_scaling;
    net->target_scaling = body->target_scaling;
    body->input_scaling = body->target_scaling = (struct scaling){0};
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

static void build_proposal(struct decoder *decoder, struct definition_body *body,
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
    if (!out->definition || !take_start_values(decoder, body->given, out))
        set_no_memory(decoder);
    else if (body->classes)
        take_classes(decoder, body->classes, out->definition);
}

static void body_release(struct definition_body *body)
{
    scaling_set(&body->input_scaling, 0, NULL, NULL);
    scaling_set(&body->target_scaling, 0, NULL, NULL);
    free(body->layers);
    free(body->given);
}

bool decode_definition(struct decoder *decoder, const struct limits *limits, struct proposal *out)
{
    struct definition_body body = {
        .max_layers = limits->max_layers,
        .huber_delta = 1,
        .optimizer = optimizer_defaults[OPTIMIZER_SGD],
    };
    *out = (struct proposal){0};
    decode_object(decoder, decoder->document.root, definition_fields, &body);
    check_layers(decoder, &body);
    check_loss(decoder, &body);
    size_t optimizer = decode_enter(decoder, "optimizer");
    check_optimizer_start(decoder, &body.optimizer, body.precision);
    decode_leave(decoder, optimizer);
    decode_columns(decoder, &body);
    if (body.frozen && (body.layer_count || !json_is_array(body.frozen))) {
        size_t mark = decode_enter(decoder, "frozen");
        decode_frozen(decoder, body.frozen, body.layers, body.layer_count);
        decode_leave(decoder, mark);
    }
    if (!body.seed_given)
        body.seed = random_identity();
    if (body.layer_count && body.inputs && decoder_ok(decoder))
        build_proposal(decoder, &body, limits->max_parameters, out);
    body_release(&body);
    if (decoder_ok(decoder))
        return true;
    proposal_release(out);
    return false;
}
