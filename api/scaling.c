#include "api/scaling.h"

#include "api/shapes.h"

/* The members of a scaling, borrowed from the document; NULL: not given. */
struct scaling_body {
    const json_t *offset;
    const json_t *scale;
};

static void take_offset(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct scaling_body *)target)->offset = value;
}

static void take_scale(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct scaling_body *)target)->scale = value;
}

static const struct field scaling_fields[] = {
    {"offset", FIELD_CUSTOM, .decode = take_offset},
    {"scale", FIELD_CUSTOM, .decode = take_scale},
    {"dataset", FIELD_LATER},
    {"method", FIELD_LATER},
    {0},
};

/* The numbers of one member; NULL with a fault. */
static const double *check_column(struct decoder *decoder, const json_t *value, size_t columns,
                                  bool zero_allowed)
{
    const struct json_numbers *numbers = decode_numbers(decoder, value, "an array of numbers");
    if (!numbers)
        return NULL;
    if (!check_vector(decoder, numbers, columns ? columns : numbers->count, "one for each column"))
        return NULL;
    bool good = true;
    for (size_t i = 0; i < numbers->count && !zero_allowed; i++) {
        if (numbers->values[i] != 0)
            continue;
        size_t mark = decode_enter_index(decoder, i);
        decode_fault(decoder, "must not be 0");
        decode_leave(decoder, mark);
        good = false;
    }
    return good ? numbers->values : NULL;
}

/* What a member gives, or what was there before; NULL with a fault. */
static const double *choose_column(struct decoder *decoder, const char *key, const json_t *value,
                                   const double *before, size_t columns, bool zero_allowed)
{
    if (!value && before)
        return before;
    if (!value) {
        decode_missing(decoder, key);
        return NULL;
    }
    size_t mark = decode_enter(decoder, key);
    const double *column = check_column(decoder, value, columns, zero_allowed);
    decode_leave(decoder, mark);
    return column;
}

void decode_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                    struct scaling *scaling)
{
    struct scaling_body body = {0};
    decode_object(decoder, value, scaling_fields, &body);
    if (!json_is_object(value) || json_object_get(value, "dataset") ||
        json_object_get(value, "method"))
        return;
    const double *offset =
        choose_column(decoder, "offset", body.offset, scaling->offset, columns, true);
    const double *scale =
        choose_column(decoder, "scale", body.scale, scaling->scale, columns, false);
    if (offset && scale && columns && !scaling_set(scaling, columns, offset, scale))
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
}

void patch_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                   struct scaling *scaling)
{
    if (json_is_null(value))
        scaling_set(scaling, 0, NULL, NULL);
    else
        decode_scaling(decoder, value, columns, scaling);
}

void encode_scaling(struct json_writer *w, const struct scaling *scaling, size_t columns)
{
    json_object_begin(w);
    json_key(w, "offset");
    json_vector(w, scaling->offset, columns);
    json_key(w, "scale");
    json_vector(w, scaling->scale, columns);
    json_object_end(w);
}
