#include "api/dataset_csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/csv_number.h"
#include "api/dataset_csv_private.h"
#include "api/dataset_limits.h"
#include "api/utf8.h"

enum { MAX_SHOWN = 40 }; /* bytes of a cell that a message repeats, or a few more */

bool csv_fault(struct dataset_csv *csv, const struct csv_cell *cell, const char *format, ...)
{
    char place[64 + DATASET_MAX_NAME], detail[300];
    bool named = csv->has_header && cell->column <= csv->column_count;
    int length =
        snprintf(place, sizeof(place), "line %ju, column %zu", (uintmax_t)cell->line, cell->column);
    if (named)
        snprintf(place + length, sizeof(place) - (size_t)length, " (%s)",
                 csv->columns[cell->column - 1].name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    problem_add(csv->problem, place, "%s", detail);
    csv->row_is_good = false;
    return csv->problem->fault_count < PROBLEM_MAX_ERRORS;
}

bool csv_no_memory(struct dataset_csv *csv)
{
    problem_set(csv->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
    return false;
}

bool csv_is_text(const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        size_t bytes = utf8_length(text, end);
        if (!bytes || !*text)
            return false;
        text += bytes;
    }
    return true;
}

/* Samples ------------------------------------------------------------------------------ */

/* Bytes of a cell of UTF-8 that a message repeats: whole characters. */
static int shown(const struct csv_cell *cell)
{
    size_t length = 0;
    while (length < cell->length && length < MAX_SHOWN)
        length += utf8_length(cell->text + length, cell->text + cell->length);
    return (int)length;
}

static bool take_number(struct dataset_csv *csv, const struct csv_cell *cell)
{
    const struct csv_column *column = &csv->columns[cell->column - 1];
    double *value = &csv->row[cell->column - 1];
    enum number_status status = csv_number_read(cell->text, cell->length, value);
    if (status == NUMBER_OK)
        return true;
    if (status == NUMBER_RANGE)
        return csv_fault(csv, cell, "is beyond the finite doubles: %.*s", shown(cell), cell->text);
    if (cell->length == 0)
        return csv_fault(csv, cell, "is empty, but must be a number");
    if (!csv_is_text(cell->text, cell->length))
        return csv_fault(csv, cell, "must be a number, but is not even UTF-8");
    if (column->is_target)
        return csv_fault(csv, cell, "must be a number, as those above it are, not \"%.*s\"",
                         shown(cell), cell->text);
    return csv_fault(csv, cell,
                     "must be a number, not \"%.*s\"; only a column that ?targets= names may "
                     "have words",
                     shown(cell), cell->text);
}

static bool take_word(struct dataset_csv *csv, const struct csv_cell *cell)
{
    struct csv_column *column = &csv->columns[cell->column - 1];
    if (cell->length == 0)
        return csv_fault(csv, cell, "is empty, but must be a word");
    if (cell->length > DATASET_MAX_NAME || !csv_is_text(cell->text, cell->length))
        return csv_fault(csv, cell,
                         "is no word: at most 128 bytes of UTF-8, without NUL, can be one");
    size_t code = word_list_number(&column->words, cell->text, cell->length);
    if (code == SIZE_MAX)
        return csv_no_memory(csv);
    if (code < DATASET_MAX_CLASSES) {
        csv->row[cell->column - 1] = (double)code;
        return true;
    }
    csv_fault(csv, cell, "is the 1001st different word; a column of classes may have 1000");
    return false;
}

/* What a target is shows in its first cell. */
static enum kind kind_of(const struct csv_column *column, const struct csv_cell *cell)
{
    double value;
    if (column->kind != KIND_UNKNOWN)
        return column->kind;
    bool is_number = csv_number_read(cell->text, cell->length, &value) != NUMBER_SYNTAX;
    return !column->is_target || is_number || cell->length == 0 ? KIND_NUMBERS : KIND_WORDS;
}

static bool take_cell(void *argument, const struct csv_cell *cell)
{
    struct dataset_csv *csv = argument;
    if (!csv->has_header)
        return csv_header_take(csv, cell);
    if (cell->column > csv->column_count)
        return true; /* end_record() has a word for it */
    struct csv_column *column = &csv->columns[cell->column - 1];
    column->kind = kind_of(column, cell);
    return column->kind == KIND_WORDS ? take_word(csv, cell) : take_number(csv, cell);
}

static bool begin_rows(struct dataset_csv *csv)
{
    csv->row = calloc(csv->column_count, sizeof(*csv->row));
    csv->upload = upload_begin(csv->engine, csv->column_count);
    csv->max_rows = csv->limits->max_dataset / (csv->column_count * sizeof(double));
    return (csv->row && csv->upload) || csv_no_memory(csv);
}

static bool too_large(struct dataset_csv *csv)
{
    problem_set(csv->problem, PROBLEM_BODY_TOO_LARGE,
                "The dataset has more than the %zu bytes that one may have once it is stored (8 "
                "for each value).",
                csv->limits->max_dataset);
    return false;
}

static bool end_record(void *argument, uint64_t line, size_t cells)
{
    struct dataset_csv *csv = argument;
    if (!csv->has_header)
        return csv_header_end(csv, line) && begin_rows(csv);
    bool goes_on = true;
    if (cells != csv->column_count) {
        char place[40];
        snprintf(place, sizeof(place), "line %ju", (uintmax_t)line);
        problem_add(csv->problem, place, "has %zu cells, but the first line has %zu", cells,
                    csv->column_count);
        goes_on = csv->problem->fault_count < PROBLEM_MAX_ERRORS;
    } else if (csv->row_is_good && csv->problem->kind == PROBLEM_NONE) {
        if (upload_rows(csv->upload) >= csv->max_rows)
            return too_large(csv);
        goes_on = upload_add(csv->upload, csv->row) || csv_no_memory(csv);
    }
    csv->row_is_good = true;
    return goes_on;
}

/* The whole ---------------------------------------------------------------------------- */

struct dataset_csv *dataset_csv_create(struct engine *engine, const struct limits *limits,
                                       const char *targets, struct problem *problem)
{
    struct dataset_csv *csv = calloc(1, sizeof(*csv));
    if (!csv)
        return NULL;
    csv->engine = engine;
    csv->limits = limits;
    csv->problem = problem;
    csv->row_is_good = true;
    csv->parser.take_cell = take_cell;
    csv->parser.end_record = end_record;
    csv->parser.argument = csv;
    if (targets)
        csv_header_read_targets(csv, targets);
    return csv;
}

/* A fault of the text itself, after which nothing can be understood. */
static void add_fault(struct dataset_csv *csv, const char *fault)
{
    const struct csv_cell cell = {.line = csv_line(&csv->parser),
                                  .column = csv_column(&csv->parser)};
    csv_fault(csv, &cell, "%s", fault);
}

bool dataset_csv_take(struct dataset_csv *csv, const char *data, size_t size)
{
    const char *fault = csv_take(&csv->parser, data, size);
    if (fault)
        add_fault(csv, fault);
    return !fault && !csv->parser.stopped;
}

struct upload *dataset_csv_upload(struct dataset_csv *csv)
{
    return csv->upload;
}

/* What the columns are. NULL when out of memory. */
static struct dataset *describe(const struct dataset_csv *csv)
{
    struct dataset *dataset = dataset_create(csv->column_count);
    for (size_t i = 0; i < csv->column_count && dataset; i++) {
        const struct csv_column *from = &csv->columns[i];
        struct dataset_column *to = &dataset->columns[i];
        to->role = from->is_target ? COLUMN_TARGET : COLUMN_INPUT;
        bool made = dataset_column_set_name(to, from->name) &&
                    (from->kind != KIND_WORDS ||
                     dataset_column_set_classes(to, (const char *const *)from->words.words,
                                                from->words.count));
        if (made)
            continue;
        dataset_release(dataset);
        dataset = NULL;
    }
    return dataset;
}

struct dataset *dataset_csv_finish(struct dataset_csv *csv)
{
    const char *fault = csv_end(&csv->parser);
    if (fault)
        add_fault(csv, fault);
    if (csv->problem->kind != PROBLEM_NONE)
        return NULL;
    if (!csv->upload || upload_rows(csv->upload) == 0) {
        problem_add(csv->problem, "line 1", "%s",
                    csv->has_header ? "is all there is; the samples must follow it"
                                    : "is missing: the text is empty");
        return NULL;
    }
    struct dataset *dataset = describe(csv);
    if (!dataset)
        csv_no_memory(csv);
    return dataset;
}

void dataset_csv_free(struct dataset_csv *csv)
{
    if (!csv)
        return;
    for (size_t i = 0; i < csv->column_count; i++) {
        free(csv->columns[i].name);
        word_list_release(&csv->columns[i].words);
    }
    free(csv->columns);
    word_list_release(&csv->targets);
    upload_release(csv->upload);
    free(csv->row);
    free(csv);
}
