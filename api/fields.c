#include "api/fields.h"

#include <stdint.h>
#include <string.h>

static size_t field_size(const struct field *field)
{
    if (field->kind == FIELD_BOOL)
        return sizeof(bool);
    return field->kind == FIELD_PAIR ? 2 * sizeof(double) : sizeof(double);
}

void encode_fields(struct json_writer *w, const struct field *fields, const void *source)
{
    for (const struct field *field = fields; field->name; field++) {
        const void *value = (const char *)source + field->offset;
        if (field->kind == FIELD_SERVER)
            continue;
        json_key(w, field->name);
        if (field->kind == FIELD_BOOL)
            json_bool(w, *(const bool *)value);
        else if (field->kind == FIELD_PAIR)
            json_vector(w, value, 2);
        else
            json_number(w, *(const double *)value);
    }
}

void patch_fields(struct decoder *decoder, const json_t *patch, const struct field *fields,
                  const void *defaults, void *target)
{
    if (!json_is_object(patch)) {
        decode_wrong_type(decoder, patch, "an object");
        return;
    }
    json_auto_t *rest = json_copy((json_t *)(uintptr_t)patch); /* what is to be decoded */
    if (!rest) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return;
    }
    for (const struct field *field = fields; field->name; field++) {
        if (field->kind == FIELD_SERVER || !json_is_null(json_object_get(rest, field->name)))
            continue;
        memcpy((char *)target + field->offset, (const char *)defaults + field->offset,
               field_size(field));
        json_object_del(rest, field->name);
    }
    decode_object(decoder, rest, fields, target);
}
