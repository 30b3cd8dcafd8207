#include "api/regularization.h"

#include <math.h>
#include <stddef.h>

#include "api/fields.h"

static const struct regularization none = {0, 0};

static const struct field regularization_fields[] = {
    {"l1", FIELD_NUMBER, offsetof(struct regularization, l1), 0, INFINITY},
    {"l2", FIELD_NUMBER, offsetof(struct regularization, l2), 0, INFINITY},
    {0},
};

void decode_regularization(struct decoder *decoder, const json_t *value, struct regularization *out)
{
    decode_object(decoder, value, regularization_fields, out);
}

void patch_regularization(struct decoder *decoder, const json_t *value,
                          struct regularization *regularization)
{
    if (json_is_null(value))
        *regularization = none;
    else
        patch_fields(decoder, value, regularization_fields, &none, regularization);
}

void encode_regularization(struct json_writer *w, const struct regularization *regularization)
{
    json_object_begin(w);
    encode_fields(w, regularization_fields, regularization);
    json_object_end(w);
}
