#include "api/scaling.h"

#include <math.h>
#include <stdlib.h>

#include "api/dataset_use.h"
#include "api/shapes.h"

enum scaling_method { METHOD_STANDARD, METHOD_MINMAX, METHOD_COUNT };

static const char *const method_names[METHOD_COUNT] = {"standard", "minmax"};
static const struct choices method_choices = {method_names, METHOD_COUNT};

/* The members of a scaling, borrowed from the document; NULL: not given. */
struct scaling_body {
    const json_t *offset;
    const json_t *scale;
    const json_t *dataset;
    enum scaling_method method;
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

static void take_dataset(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct scaling_body *)target)->dataset = value;
}

static const struct field scaling_fields[] = {
    {"offset", FIELD_CUSTOM, .decode = take_offset},
    {"scale", FIELD_CUSTOM, .decode = take_scale},
    {"dataset", FIELD_CUSTOM, .decode = take_dataset},
    {"method", FIELD_CHOICE, offsetof(struct scaling_body, method), .choices = &method_choices},
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

/* Scaling by a dataset ------------------------------------------------------------------ */

/* A column's offset and scale. False with a fault. */
static bool scale_column(struct decoder *decoder, const struct dataset_column *column,
                         enum scaling_method method, double *offset, double *scale)
{
    double width = method == METHOD_STANDARD ? column->deviation : column->high - column->low;
    *offset = method == METHOD_STANDARD ? column->mean : column->low;
    *scale = width == 0 ? 1 : 1 / width; /* a column that is always the same */
    if (column->class_count)
        decode_fault(decoder, "has words in its column \"%s\", which cannot be scaled",
                     column->name);
    else if (!isfinite(*offset) || !isfinite(*scale) || *scale == 0)
        decode_fault(decoder, "has values in its column \"%s\" that are too far apart or too close",
                     column->name);
    else
        return true;
    return false;
}

/* Gathers offsets and scales of the columns of a role. Returns how many there are; 0 with a fault.
 */
static size_t scale_columns(struct decoder *decoder, const struct dataset *dataset,
                            enum column_role role, enum scaling_method method, double *offset,
                            double *scale)
{
    size_t count = 0;
    bool good = true;
    for (size_t i = 0; i < dataset->column_count && good; i++) {
        const struct dataset_column *column = &dataset->columns[i];
        if (column->role != role)
            continue;
        good = scale_column(decoder, column, method, &offset[count], &scale[count]);
        count++;
    }
    return good ? count : 0;
}

static void set_by_dataset(struct decoder *decoder, const struct dataset *dataset,
                           const struct scaling_body *body, size_t columns, enum column_role role,
                           struct scaling *scaling)
{
    double *offset = calloc(dataset->column_count, sizeof(*offset));
    double *scale = calloc(dataset->column_count, sizeof(*scale));
    size_t count = 0;
    bool memory = offset && scale;
    if (memory)
        count = scale_columns(decoder, dataset, role, body->method, offset, scale);
    if (decoder_ok(decoder) && memory && columns && count != columns)
        decode_fault(decoder, "has %zu %s, but the network %zu", count,
                     role == COLUMN_INPUT ? "inputs" : "targets", columns);
    if (decoder_ok(decoder) && memory && columns)
        memory = scaling_set(scaling, columns, offset, scale);
    if (!memory)
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
    free(offset);
    free(scale);
}

static void decode_by_dataset(struct decoder *decoder, const json_t *value,
                              const struct scaling_body *body, size_t columns,
                              enum column_role role, struct scaling *scaling)
{
    if (body->offset || body->scale)
        decode_fault(decoder, "must have \"offset\" and \"scale\", or \"dataset\" and \"method\"");
    else if (!body->dataset)
        decode_missing(decoder, "dataset");
    else if (!json_object_get(value, "method"))
        decode_missing(decoder, "method");
    if (!decoder_ok(decoder))
        return;
    size_t mark = decode_enter(decoder, "dataset");
    struct dataset *dataset = dataset_named(decoder, body->dataset);
    if (dataset)
        set_by_dataset(decoder, dataset, body, columns, role, scaling);
    dataset_release(dataset);
    decode_leave(decoder, mark);
}

void decode_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                    enum column_role role, struct scaling *scaling)
{
    struct scaling_body body = {0};
    decode_object(decoder, value, scaling_fields, &body);
    if (!json_is_object(value))
        return;
    if (body.dataset || json_object_get(value, "method")) {
        decode_by_dataset(decoder, value, &body, columns, role, scaling);
        return;
    }
    const double *offset =
        choose_column(decoder, "offset", body.offset, scaling->offset, columns, true);
    const double *scale =
        choose_column(decoder, "scale", body.scale, scaling->scale, columns, false);
    if (offset && scale && columns && !scaling_set(scaling, columns, offset, scale))
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
}

void patch_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                   enum column_role role, struct scaling *scaling)
{
    if (json_is_null(value))
        scaling_set(scaling, 0, NULL, NULL);
    else
        decode_scaling(decoder, value, columns, role, scaling);
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
