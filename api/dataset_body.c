#include "api/dataset_body.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/dataset_limits.h"
#include "api/decoder.h"
#include "api/refusal.h"
#include "api/shapes.h"
#include "nn/shapes.h"

enum { DEFAULT_SAMPLES = 200, ROWS_AT_ONCE = 1024, NAME_SIZE = 40 };

/* The body of PUT: `inputs` or `generator`, and what goes with them. */
struct dataset_body {
    const json_t *inputs; /* borrowed from the document; NULL: not given */
    const json_t *targets;
    const json_t *weights;
    const json_t *names;
    bool has_generator, has_samples, has_noise, has_seed;
    enum shape generator;
    uint64_t samples;
    double noise;
    uint64_t seed;

    /* Once they are checked. */
    size_t rows, input_count, target_count;
    const double *input_values, *target_values, *weight_values;
};

/* Fields ------------------------------------------------------------------------------- */

#define TAKE(field)                                                                                \
    static void take_##field(struct decoder *decoder, const json_t *value, void *target)           \
    {                                                                                              \
        (void)decoder;                                                                             \
        ((struct dataset_body *)target)->field = value;                                            \
    }

TAKE(inputs)
TAKE(targets)
TAKE(weights)
TAKE(names)

static const struct choices generators = {shape_names, SHAPE_COUNT};

#define AT(field) offsetof(struct dataset_body, field)

static const struct field dataset_fields[] = {
    {"inputs", FIELD_CUSTOM, .decode = take_inputs},
    {"targets", FIELD_CUSTOM, .decode = take_targets},
    {"sample_weights", FIELD_CUSTOM, .decode = take_weights},
    {"columns", FIELD_CUSTOM, .decode = take_names},
    {"generator", FIELD_CHOICE, AT(generator), .choices = &generators, .given = AT(has_generator)},
    {"samples", FIELD_UNSIGNED, AT(samples), 1, 4294967295.0, .given = AT(has_samples)},
    {"noise", FIELD_NUMBER, AT(noise), 0, 10, .given = AT(has_noise)},
    {"seed", FIELD_SEED, AT(seed), .given = AT(has_seed)},
    {0},
};

/* Adds a fault at a member. */
static void fault_at(struct decoder *decoder, const char *key, const char *detail)
{
    size_t mark = decode_enter(decoder, key);
    decode_fault(decoder, "%s", detail);
    decode_leave(decoder, mark);
}

/* Whether the body has one of its two forms. */
static bool check_form(struct decoder *decoder, const struct dataset_body *body)
{
    const struct {
        const char *key;
        bool given, of_generator;
    } members[] = {
        {"inputs", body->inputs, false},          {"targets", body->targets, false},
        {"sample_weights", body->weights, false}, {"columns", body->names, false},
        {"samples", body->has_samples, true},     {"noise", body->has_noise, true},
        {"seed", body->has_seed, true},
    };
    if (!json_is_object(decoder->document.root))
        return false;
    if (!json_object_get(decoder->document.root, "generator") && !body->inputs)
        decode_fault(decoder, "must have \"inputs\", or a \"generator\"");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!members[i].given || members[i].of_generator == body->has_generator)
            continue;
        fault_at(decoder, members[i].key,
                 members[i].of_generator ? "is for a \"generator\""
                                         : "cannot stand beside \"generator\"");
    }
    return decoder_ok(decoder);
}

/* Samples ------------------------------------------------------------------------------ */

/* Rows of numbers, all of the same length; NULL with a fault. */
static const struct json_numbers *check_rows(struct decoder *decoder, const char *key,
                                             const json_t *value, size_t max_rows)
{
    static const char what[] = "an array of arrays of numbers, one for each sample";
    size_t mark = decode_enter(decoder, key);
    const struct json_numbers *numbers = decode_numbers(decoder, value, what);
    if (numbers && (numbers->rank != 2 || numbers->columns == 0)) {
        decode_fault(decoder, "must be %s", what);
        numbers = NULL;
    }
    if (numbers &&
        !check_samples(decoder, numbers, max_rows, numbers->columns, "as the first sample has"))
        numbers = NULL;
    decode_leave(decoder, mark);
    return numbers;
}

static void check_targets(struct decoder *decoder, struct dataset_body *body, size_t max_rows)
{
    const struct json_numbers *targets = check_rows(decoder, "targets", body->targets, max_rows);
    if (!targets)
        return;
    body->target_count = targets->columns;
    body->target_values = targets->values;
    if (targets->rows == body->rows)
        return;
    size_t mark = decode_enter(decoder, "targets");
    decode_fault(decoder, "must have as many samples as inputs: %zu, not %zu", body->rows,
                 targets->rows);
    decode_leave(decoder, mark);
}

static void check_weights_of_samples(struct decoder *decoder, struct dataset_body *body)
{
    static const struct range range = {0, INFINITY};
    double sum = 0;
    size_t mark = decode_enter(decoder, "sample_weights");
    const struct json_numbers *numbers =
        decode_numbers(decoder, body->weights, "an array of numbers");
    if (numbers && check_vector(decoder, numbers, body->rows, "one for each sample")) {
        for (size_t s = 0; s < body->rows; s++) {
            size_t inner = decode_enter_index(decoder, s);
            decode_in_range(decoder, numbers->values[s], &range);
            sum += numbers->values[s];
            decode_leave(decoder, inner);
        }
        if (decoder_ok(decoder) && sum == 0)
            decode_fault(decoder, "must not all be 0: nothing would be learnt");
        body->weight_values = numbers->values;
    }
    decode_leave(decoder, mark);
}

static bool check_given(struct decoder *decoder, struct dataset_body *body,
                        const struct limits *limits)
{
    const struct json_numbers *inputs =
        check_rows(decoder, "inputs", body->inputs, limits->max_samples);
    if (!inputs)
        return false;
    body->rows = inputs->rows;
    body->input_count = inputs->columns;
    body->input_values = inputs->values;
    if (body->targets)
        check_targets(decoder, body, limits->max_samples);
    if (body->weights)
        check_weights_of_samples(decoder, body);
    return decoder_ok(decoder);
}

static size_t column_count(const struct dataset_body *body)
{
    return body->input_count + body->target_count + (body->weight_values != NULL);
}

/* Columns ------------------------------------------------------------------------------ */

/* The name of column i as the body gives it; NULL with a fault. */
static const char *given_name(struct decoder *decoder, const struct dataset_body *body, size_t i)
{
    const json_t *value = json_array_get(body->names, i);
    const char *name = json_string_value(value);
    size_t mark = decode_enter(decoder, "columns"), inner = decode_enter_index(decoder, i);
    if (!name || json_document_numbers(&decoder->document, value)) {
        decode_wrong_type(decoder, value, "a string");
        name = NULL;
    } else if (!name[0] || strlen(name) > DATASET_MAX_NAME) {
        decode_fault(decoder, "must have 1 to %d bytes", DATASET_MAX_NAME);
        name = NULL;
    }
    for (size_t k = 0; name && k < i; k++) {
        const char *other = json_string_value(json_array_get(body->names, k));
        if (other && strcmp(other, name) == 0) {
            decode_fault(decoder, "is the name of a column before it");
            name = NULL;
        }
    }
    decode_leave(decoder, inner);
    decode_leave(decoder, mark);
    return name;
}

/* Names of columns: those of the body, or input_0, ..., target_0, ... */
static bool name_column(struct decoder *decoder, const struct dataset_body *body, size_t i,
                        struct dataset_column *column)
{
    char made[NAME_SIZE];
    const char *name = made;
    if (column->role == COLUMN_WEIGHT)
        strcpy(made, "sample_weight");
    else if (body->names)
        name = given_name(decoder, body, i);
    else if (column->role == COLUMN_INPUT)
        snprintf(made, sizeof(made), "input_%zu", i);
    else
        snprintf(made, sizeof(made), "target_%zu", i - body->input_count);
    return name && dataset_column_set_name(column, name);
}

static bool check_sizes(struct decoder *decoder, const struct dataset_body *body)
{
    size_t columns = column_count(body), named = body->input_count + body->target_count;
    if (columns > DATASET_MAX_COLUMNS)
        decode_fault(decoder, "has %zu columns; a dataset may have at most %d", columns,
                     DATASET_MAX_COLUMNS);
    if (body->names && json_array_size(body->names) != named) {
        size_t mark = decode_enter(decoder, "columns");
        decode_fault(decoder,
                     "must be an array of %zu names: those of the inputs, then of the "
                     "targets",
                     named);
        decode_leave(decoder, mark);
    }
    return decoder_ok(decoder);
}

/* What the columns are; NULL with a problem. */
static struct dataset *describe(struct decoder *decoder, const struct dataset_body *body)
{
    if (!check_sizes(decoder, body))
        return NULL;
    struct dataset *dataset = dataset_create(column_count(body));
    bool named = dataset != NULL;
    for (size_t i = 0; dataset && i < dataset->column_count; i++) {
        struct dataset_column *column = &dataset->columns[i];
        column->role = i < body->input_count ? COLUMN_INPUT : COLUMN_TARGET;
        if (i == body->input_count + body->target_count)
            column->role = COLUMN_WEIGHT;
        named &= name_column(decoder, body, i, column);
    }
    if (named)
        return dataset;
    dataset_release(dataset);
    if (decoder_ok(decoder))
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
    return NULL;
}

/* Rows --------------------------------------------------------------------------------- */

static void make_row(const struct dataset_body *body, uint64_t s, double *row)
{
    if (body->has_generator) {
        shape_sample(body->generator, body->seed, body->noise, body->rows, s, row);
        return;
    }
    size_t inputs = body->input_count, targets = body->target_count;
    memcpy(row, body->input_values + s * inputs, inputs * sizeof(*row));
    if (targets)
        memcpy(row + inputs, body->target_values + s * targets, targets * sizeof(*row));
    if (body->weight_values)
        row[inputs + targets] = body->weight_values[s];
}

/* Gives the upload that has taken all rows; NULL with a problem. */
static struct upload *send_rows(struct request *request, const struct dataset_body *body,
                                size_t columns)
{
    struct upload *upload = upload_begin(request->engine, columns);
    double *row = calloc(columns, sizeof(*row));
    bool good = upload && row;
    for (uint64_t s = 0; s < body->rows && good; s++) {
        make_row(body, s, row);
        good = upload_add(upload, row);
        if (s % ROWS_AT_ONCE == 0)
            upload_wait(upload);
    }
    free(row);
    if (good)
        return upload;
    upload_release(upload);
    refuse_request(request, ENGINE_NO_MEMORY);
    return NULL;
}

/* A generator makes as many rows as it is asked for. */
static void take_generator(struct dataset_body *body)
{
    body->rows = body->has_samples ? body->samples : DEFAULT_SAMPLES;
    body->input_count = shape_columns(body->generator) - 1;
    body->target_count = 1;
}

static bool check_size(struct request *request, const struct dataset_body *body)
{
    if ((double)body->rows * (double)column_count(body) * sizeof(double) <=
        (double)request->limits->max_dataset)
        return true;
    problem_set(&request->problem, PROBLEM_BODY_TOO_LARGE,
                "The dataset has more than the %zu bytes that one may have once it is stored (8 "
                "for each value).",
                request->limits->max_dataset);
    return false;
}

bool dataset_body_read(struct request *request, struct dataset **dataset, struct upload **upload)
{
    struct decoder decoder;
    struct dataset_body body = {0};
    *dataset = NULL;
    *upload = NULL;
    if (request_decode(request, &decoder)) {
        decode_object(&decoder, decoder.document.root, dataset_fields, &body);
        bool good = check_form(&decoder, &body);
        if (good && body.has_generator)
            take_generator(&body);
        else if (good)
            good = check_given(&decoder, &body, request->limits);
        if (good && check_size(request, &body))
            *dataset = describe(&decoder, &body);
        if (*dataset)
            *upload = send_rows(request, &body, column_count(&body));
    }
    decoder_end(&decoder);
    if (*upload)
        return true;
    dataset_release(*dataset);
    *dataset = NULL;
    return false;
}
