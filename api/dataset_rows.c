#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/body.h"
#include "api/dataset_refusal.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/number.h"
#include "api/samples_body.h"
#include "engine/dataset.h"

enum { ROWS_DEFAULT_LIMIT = 100, ROWS_MAX_LIMIT = 10000, ROWS_ATTEMPTS = 20 };

/* Rows of a dataset, as they are stored. */
struct rows {
    struct dataset *dataset;
    uint64_t offset;
    size_t count;
    double *values;
};

/* A whole number of at most 15 digits. */
static bool parse_whole(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 15 || text[length])
        return false;
    *out = strtoull(text, NULL, 10);
    return *out >= low && *out <= high;
}

/* False with a problem. */
static bool read_query(struct request *request, uint64_t *offset, uint64_t *limit)
{
    const char *offset_text = request_query(request, "offset");
    const char *limit_text = request_query(request, "limit");
    *offset = 0;
    *limit = ROWS_DEFAULT_LIMIT;
    if (offset_text && !parse_whole(offset_text, 0, UINT64_MAX, offset))
        problem_add(&request->problem, "offset", "must be a whole number of at most 15 digits");
    if (limit_text && !parse_whole(limit_text, 1, ROWS_MAX_LIMIT, limit))
        problem_add(&request->problem, "limit", "must be a whole number from 1 to %d",
                    ROWS_MAX_LIMIT);
    return request->problem.kind == PROBLEM_NONE;
}

/* JSON ---------------------------------------------------------------------------------- */

/* A value as the samples have it: a word's code is a number for each word. */
static void encode_value(struct json_writer *w, const struct dataset_column *column, double value)
{
    if (!column->class_count) {
        json_number(w, value);
        return;
    }
    size_t code = value >= 0 && value < (double)column->class_count ? (size_t)value : 0;
    for (size_t c = 0; c < column->class_count; c++)
        json_unsigned(w, column->places[code] == c);
}

static void encode_role(struct json_writer *w, const char *key, const struct rows *rows,
                        enum column_role role)
{
    const struct dataset *dataset = rows->dataset;
    json_key(w, key);
    json_array_begin(w);
    for (size_t s = 0; s < rows->count; s++) {
        if (role != COLUMN_WEIGHT)
            json_array_begin(w);
        for (size_t i = 0; i < dataset->column_count; i++) {
            if (dataset->columns[i].role == role)
                encode_value(w, &dataset->columns[i], rows->values[s * dataset->column_count + i]);
        }
        if (role != COLUMN_WEIGHT)
            json_array_end(w);
    }
    json_array_end(w);
}

static enum handled answer_as_json(struct request *request, const struct rows *rows)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    encode_role(w, "inputs", rows, COLUMN_INPUT);
    if (dataset_outputs(rows->dataset))
        encode_role(w, "targets", rows, COLUMN_TARGET);
    if (dataset_is_weighted(rows->dataset))
        encode_role(w, "sample_weights", rows, COLUMN_WEIGHT);
    json_object_end(w);
    answer_etag_of(request, dataset_tag(rows->dataset));
    return answer_json(request);
}

/* CSV ----------------------------------------------------------------------------------- */

/* A cell, in quotes where it needs them. */
static void append_text(struct json_writer *w, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")] && text[0]) {
        json_append(w, text, strlen(text));
        return;
    }
    json_append(w, "\"", 1);
    for (; *text; text++) {
        json_append(w, text, 1);
        if (*text == '"')
            json_append(w, text, 1);
    }
    json_append(w, "\"", 1);
}

static void append_value(struct json_writer *w, const struct dataset_column *column, double value)
{
    char number[NUMBER_MAX_LENGTH];
    if (!column->class_count)
        json_append(w, number, number_write(value, number));
    else if (value >= 0 && value < (double)column->class_count)
        append_text(w, column->classes[(size_t)value]);
}

static enum handled answer_as_csv(struct request *request, const struct rows *rows)
{
    const struct dataset *dataset = rows->dataset;
    struct json_writer *w = &request->answer.body;
    for (size_t i = 0; i < dataset->column_count; i++) {
        append_text(w, dataset->columns[i].name);
        json_append(w, i + 1 < dataset->column_count ? "," : "\r\n",
                    i + 1 < dataset->column_count ? 1 : 2);
    }
    for (size_t k = 0; k < rows->count * dataset->column_count; k++) {
        bool last = (k + 1) % dataset->column_count == 0;
        append_value(w, &dataset->columns[k % dataset->column_count], rows->values[k]);
        json_append(w, last ? "\r\n" : ",", last ? 2 : 1);
    }
    if (w->failed)
        return answer_dataset_refusal(request, ENGINE_NO_MEMORY);
    request->answer.content_type = "text/csv; charset=utf-8; header=present";
    return REQUEST_ANSWERED;
}

/* Reads ---------------------------------------------------------------------------------- */

static void rows_release(struct rows *rows)
{
    dataset_release(rows->dataset);
    free(rows->values);
    *rows = (struct rows){0};
}

/* One attempt; ENGINE_AGAIN when the dataset was replaced meanwhile. */
static enum engine_status read_rows(struct request *request, uint64_t limit, struct rows *rows)
{
    enum engine_status status = dataset_read(request->engine, request->name, &rows->dataset);
    if (status != ENGINE_OK)
        return status;
    uint64_t left = rows->dataset->row.rows;
    left = rows->offset < left ? left - rows->offset : 0;
    rows->count = left < limit ? left : limit;
    size_t width = rows->dataset->column_count;
    double numbers = (double)rows->count *
                     (double)(dataset_inputs(rows->dataset) + dataset_outputs(rows->dataset));
    if (numbers > SAMPLES_MAX_NUMBERS) {
        problem_add(&request->problem, "limit",
                    "makes an answer of %.0f numbers, which may have %d: ask for fewer rows",
                    numbers, SAMPLES_MAX_NUMBERS);
        return ENGINE_INVALID;
    }
    rows->values = calloc(rows->count * width + 1, sizeof(*rows->values));
    if (!rows->values)
        return ENGINE_NO_MEMORY;
    return dataset_read_rows(request->engine, rows->dataset, rows->offset, rows->count,
                             rows->values);
}

/* Whether CSV is what Accept names. */
static bool wants_csv(const struct request *request)
{
    return request->accept && strncasecmp(request->accept, "text/csv", 8) == 0;
}

enum handled handle_dataset_rows(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_dataset_rows);
    uint64_t limit;
    struct rows rows = {0};
    if (!read_query(request, &rows.offset, &limit))
        return REQUEST_ANSWERED;
    uint64_t offset = rows.offset;
    enum engine_status status = ENGINE_AGAIN;
    for (int attempt = 0; status == ENGINE_AGAIN && attempt < ROWS_ATTEMPTS; attempt++) {
        rows_release(&rows);
        rows.offset = offset;
        status = read_rows(request, limit, &rows);
    }
    enum handled handled = REQUEST_ANSWERED;
    if (status != ENGINE_OK)
        handled = answer_dataset_refusal(request, status);
    else if (wants_csv(request))
        handled = answer_as_csv(request, &rows);
    else
        handled = answer_as_json(request, &rows);
    rows_release(&rows);
    return handled;
}
