#include "api/network_patch.h"

#include <stdlib.h>
#include <string.h>

#include "api/classes.h"
#include "api/definition_body.h"
#include "api/frozen.h"
#include "api/metadata.h"
#include "api/optimizer_fields.h"
#include "api/regularization.h"
#include "api/scaling.h"

static void take_optimizer(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->optimizer = value;
}

static void take_frozen(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->frozen = value;
}

static void take_regularization(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->regularization = value;
}

static void take_input_scaling(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->input_scaling = value;
}

static void take_target_scaling(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->target_scaling = value;
}

static void take_class_names(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->classes = value;
}

static void take_metadata(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct network_patch *)target)->metadata = value;
}

static void refuse_definition(struct decoder *decoder, const json_t *value, void *target)
{
    (void)value;
    (void)target;
    decode_fault(decoder, "cannot be patched; PUT replaces the definition");
}

static const struct field patch_fields[] = {
    {"name", FIELD_SERVER}, /* decode_definition_names() reads it */
    {"optimizer", FIELD_CUSTOM, .decode = take_optimizer},
    {"frozen", FIELD_CUSTOM, .decode = take_frozen},
    {"metadata", FIELD_CUSTOM, .decode = take_metadata},
    {"regularization", FIELD_CUSTOM, .decode = take_regularization},
    {"input_scaling", FIELD_CUSTOM, .decode = take_input_scaling},
    {"target_scaling", FIELD_CUSTOM, .decode = take_target_scaling},
    {"classes", FIELD_CUSTOM, .decode = take_class_names},
    {"inputs", FIELD_CUSTOM, .decode = refuse_definition},
    {"layers", FIELD_CUSTOM, .decode = refuse_definition},
    {"loss", FIELD_CUSTOM, .decode = refuse_definition},
    {"huber_delta", FIELD_CUSTOM, .decode = refuse_definition},
    {"precision", FIELD_CUSTOM, .decode = refuse_definition},
    {"seed", FIELD_CUSTOM, .decode = refuse_definition},
    {"revision", FIELD_SERVER},
    {"steps", FIELD_SERVER},
    {"parameter_count", FIELD_SERVER},
    {"numerics", FIELD_SERVER},
    {"created_at", FIELD_SERVER},
    {"updated_at", FIELD_SERVER},
    {0},
};

void network_patch_decode(struct network_patch *patch, struct decoder *decoder)
{
    struct definition_names names;
    *patch = (struct network_patch){.decoder = decoder};
    decode_definition_names(decoder, &names);
    decode_object(decoder, decoder->document.root, patch_fields, patch);
    memcpy(patch->name, names.name, sizeof(patch->name));
}

/* What a member of the patch does to the definition that is to be. */

static void apply_optimizer(struct decoder *decoder, const json_t *value,
                            struct definition *definition)
{
    struct network *net = definition->net;
    patch_optimizer(decoder, value, &net->optimizer);
    check_optimizer_start(decoder, &net->optimizer, net->precision);
}

static void apply_frozen(struct decoder *decoder, const json_t *value,
                         struct definition *definition)
{
    decode_frozen(decoder, json_is_null(value) ? NULL : value, definition->net->layers,
                  definition->net->layer_count);
}

static void apply_regularization(struct decoder *decoder, const json_t *value,
                                 struct definition *definition)
{
    patch_regularization(decoder, value, &definition->net->regularization);
}

static void apply_input_scaling(struct decoder *decoder, const json_t *value,
                                struct definition *definition)
{
    patch_scaling(decoder, value, definition->net->inputs, COLUMN_INPUT,
                  &definition->net->input_scaling);
}

static void apply_target_scaling(struct decoder *decoder, const json_t *value,
                                 struct definition *definition)
{
    patch_scaling(decoder, value, network_outputs(definition->net), COLUMN_TARGET,
                  &definition->net->target_scaling);
}

static void apply_classes(struct decoder *decoder, const json_t *value,
                          struct definition *definition)
{
    if (json_is_null(value)) {
        definition_set_classes(definition, NULL, 0);
        return;
    }
    value = resolve_classes(decoder, value);
    if (value)
        check_classes(decoder, value, network_outputs(definition->net));
    if (decoder_ok(decoder))
        take_classes(decoder, value, definition);
}

static void apply_metadata(struct decoder *decoder, const json_t *value,
                           struct definition *definition)
{
    char *merged = merge_metadata(decoder, definition->metadata, value);
    free(definition->metadata);
    definition->metadata = merged;
}

struct definition *network_patch_apply(void *argument, const struct definition *base)
{
    const struct network_patch *patch = argument;
    const struct {
        const char *key;
        const json_t *value;
        void (*apply)(struct decoder *decoder, const json_t *value, struct definition *definition);
    } members[] = {
        {"optimizer", patch->optimizer, apply_optimizer},
        {"frozen", patch->frozen, apply_frozen},
        {"regularization", patch->regularization, apply_regularization},
        {"input_scaling", patch->input_scaling, apply_input_scaling},
        {"target_scaling", patch->target_scaling, apply_target_scaling},
        {"classes", patch->classes, apply_classes},
        {"metadata", patch->metadata, apply_metadata},
    };
    struct decoder *decoder = patch->decoder;
    struct definition *definition = definition_copy(base);
    if (!definition) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!members[i].value)
            continue;
        size_t mark = decode_enter(decoder, members[i].key);
        members[i].apply(decoder, members[i].value, definition);
        decode_leave(decoder, mark);
    }
    if (decoder_ok(decoder))
        return definition;
    definition_release(definition);
    return NULL;
}
