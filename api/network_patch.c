#include "api/network_patch.h"

#include <stdlib.h>
#include <string.h>

#include "api/definition_body.h"
#include "api/frozen.h"
#include "api/metadata.h"
#include "api/optimizer_fields.h"

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
    {"regularization", FIELD_LATER},
    {"input_scaling", FIELD_LATER},
    {"target_scaling", FIELD_LATER},
    {"classes", FIELD_LATER},
    {"inputs", FIELD_CUSTOM, .decode = refuse_definition},
    {"layers", FIELD_CUSTOM, .decode = refuse_definition},
    {"loss", FIELD_CUSTOM, .decode = refuse_definition},
    {"precision", FIELD_CUSTOM, .decode = refuse_definition},
    {"seed", FIELD_CUSTOM, .decode = refuse_definition},
    {"revision", FIELD_SERVER},
    {"steps", FIELD_SERVER},
    {"parameter_count", FIELD_SERVER},
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

struct definition *network_patch_apply(void *argument, const struct definition *base)
{
    struct network_patch *patch = argument;
    struct decoder *decoder = patch->decoder;
    struct definition *definition = definition_copy(base);
    if (!definition) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return NULL;
    }
    if (patch->optimizer) {
        size_t mark = decode_enter(decoder, "optimizer");
        patch_optimizer(decoder, patch->optimizer, &definition->net->optimizer);
        decode_leave(decoder, mark);
    }
    if (patch->frozen) {
        size_t mark = decode_enter(decoder, "frozen");
        decode_frozen(decoder, json_is_null(patch->frozen) ? NULL : patch->frozen,
                      definition->net->layers, definition->net->layer_count);
        decode_leave(decoder, mark);
    }
    if (patch->metadata) {
        size_t mark = decode_enter(decoder, "metadata");
        char *merged = merge_metadata(decoder, definition->metadata, patch->metadata);
        free(definition->metadata);
        definition->metadata = merged;
        decode_leave(decoder, mark);
    }
    if (decoder_ok(decoder))
        return definition;
    definition_release(definition);
    return NULL;
}
