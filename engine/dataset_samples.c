#include "engine/dataset_samples.h"

#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

/* Rows on their way from the disk into samples. */
struct loading {
    const struct dataset *dataset;
    const struct target_layout *layout;
    struct dataset_samples *to;
    double *inputs, *targets, *weights; /* where the next row goes */
    double *row;                        /* one row, as far as it has come */
    size_t filled;
    double *part;
};

static double *values_allocate(uint64_t rows, size_t columns)
{
    size_t count;
    if (columns == 0 || __builtin_mul_overflow(rows, columns, &count))
        return NULL;
    return calloc(count, sizeof(double));
}

static void loading_end(struct loading *loading)
{
    free(loading->row);
    free(loading->part);
    dataset_samples_release(loading->to);
}

/* Words that a layout is about. */
static size_t class_count(const struct dataset *dataset, const struct target_layout *layout)
{
    return layout->class_outputs ? dataset_classes(dataset)->class_count : 0;
}

/* Keeps what the samples can be told by from others of the same dataset. */
static bool keep_layout(struct dataset_samples *samples, const struct dataset *dataset,
                        const struct target_layout *layout)
{
    size_t count = class_count(dataset, layout);
    if (count == 0)
        return true;
    samples->class_outputs = calloc(count, sizeof(*samples->class_outputs));
    if (!samples->class_outputs)
        return false;
    memcpy(samples->class_outputs, layout->class_outputs, count * sizeof(*layout->class_outputs));
    samples->class_count = count;
    return true;
}

static bool loading_begin(struct loading *loading, const struct dataset *dataset,
                          const struct target_layout *layout)
{
    uint64_t rows = dataset->row.rows;
    *loading = (struct loading){.dataset = dataset, .layout = layout};
    struct dataset_samples *to = loading->to = calloc(1, sizeof(*to));
    if (!to)
        return false;
    to->references = 1;
    to->dataset = dataset->row.id;
    if (!keep_layout(to, dataset, layout))
        return false;
    to->inputs = dataset_inputs(dataset);
    to->outputs = layout->outputs;
    to->samples.rows = rows;
    to->samples.inputs = loading->inputs = values_allocate(rows, to->inputs);
    to->samples.targets = loading->targets = values_allocate(rows, to->outputs);
    bool weighted = dataset_is_weighted(dataset);
    to->samples.weights = loading->weights = weighted ? values_allocate(rows, 1) : NULL;
    loading->row = calloc(dataset->column_count, sizeof(double));
    loading->part = calloc(STORE_PART_VALUES, sizeof(double));
    return loading->inputs && (loading->targets || !to->outputs) &&
           (loading->weights || !weighted) && loading->row && loading->part;
}

/* A word's code as outputs, which are 0 so far. Returns how many there are; 0: it is no code. */
static size_t put_class(const struct loading *loading, const struct dataset_column *column,
                        double code, double *out)
{
    const size_t *outputs = loading->layout->class_outputs;
    if (!(code >= 0 && code < (double)column->class_count))
        return 0;
    size_t c = (size_t)code;
    if (!outputs) {
        out[column->places[c]] = 1;
        return column->class_count;
    }
    if (loading->layout->outputs == 1)
        out[0] = (double)outputs[c];
    else
        out[outputs[c]] = 1;
    return loading->layout->outputs;
}

/* Takes a row that is complete. */
static bool put_row(struct loading *loading)
{
    const struct dataset *dataset = loading->dataset;
    for (size_t i = 0; i < dataset->column_count; i++) {
        const struct dataset_column *column = &dataset->columns[i];
        double value = loading->row[i];
        if (column->role == COLUMN_INPUT) {
            *loading->inputs++ = value;
        } else if (column->role == COLUMN_WEIGHT) {
            if (loading->weights)
                *loading->weights++ = value;
        } else if (column->class_count) {
            size_t count = put_class(loading, column, value, loading->targets);
            if (!count)
                return false;
            loading->targets += count;
        } else {
            *loading->targets++ = value;
        }
    }
    return true;
}

static bool put_values(struct loading *loading, size_t count)
{
    size_t width = loading->dataset->column_count;
    for (size_t i = 0; i < count; i++) {
        loading->row[loading->filled++] = loading->part[i];
        if (loading->filled < width)
            continue;
        loading->filled = 0;
        if (!put_row(loading))
            return false;
    }
    return true;
}

static enum engine_status load(struct engine *engine, struct loading *loading)
{
    const struct store_dataset *row = &loading->dataset->row;
    uint64_t values = row->rows * row->width;
    for (uint64_t first = 0; first < values; first += STORE_PART_VALUES) {
        size_t count = values - first < STORE_PART_VALUES ? (size_t)(values - first)
                                                          : (size_t)STORE_PART_VALUES;
        enum store_status status =
            store_read_values(engine->store, row, first, count, loading->part);
        if (status != STORE_OK)
            return engine_status_of(status);
        if (!put_values(loading, count))
            return ENGINE_DAMAGED;
    }
    return ENGINE_OK;
}

/* Sharing ------------------------------------------------------------------------------ */

static bool is_wanted(const struct dataset_samples *samples, const struct dataset *dataset,
                      const struct target_layout *layout)
{
    size_t count = class_count(dataset, layout);
    return samples->dataset == dataset->row.id && samples->outputs == layout->outputs &&
           samples->class_count == count &&
           (count == 0 || memcmp(samples->class_outputs, layout->class_outputs,
                                 count * sizeof(*layout->class_outputs)) == 0);
}

/* A reference to the samples of this dataset that are in memory, or NULL. */
static struct dataset_samples *find_shared(struct samples_shelf *shelf,
                                           const struct dataset *dataset,
                                           const struct target_layout *layout)
{
    pthread_mutex_lock(&shelf->lock);
    struct dataset_samples *found = shelf->first;
    while (found && !is_wanted(found, dataset, layout))
        found = found->next;
    if (found)
        found->references++;
    pthread_mutex_unlock(&shelf->lock);
    return found;
}

/* Puts samples where others find them. */
static void share(struct samples_shelf *shelf, struct dataset_samples *samples)
{
    samples->shelf = shelf;
    pthread_mutex_lock(&shelf->lock);
    samples->next = shelf->first;
    shelf->first = samples;
    pthread_mutex_unlock(&shelf->lock);
}

enum engine_status dataset_samples_load(struct engine *engine, const struct dataset *dataset,
                                        const struct target_layout *layout,
                                        struct dataset_samples **out)
{
    struct loading loading;
    *out = find_shared(&engine->samples, dataset, layout);
    if (*out)
        return ENGINE_OK;
    enum engine_status status = ENGINE_NO_MEMORY;
    if (loading_begin(&loading, dataset, layout))
        status = load(engine, &loading);
    if (status == ENGINE_OK) {
        share(&engine->samples, loading.to);
        *out = loading.to;
        loading.to = NULL;
    }
    loading_end(&loading);
    return status;
}

/* What is read-only to others is ours to free. */
static void free_values(const double *values)
{
    free((double *)values);
}

static void samples_free(struct dataset_samples *samples)
{
    free_values(samples->samples.inputs);
    free_values(samples->samples.targets);
    free_values(samples->samples.weights);
    free(samples->class_outputs);
    free(samples);
}

void dataset_samples_release(struct dataset_samples *samples)
{
    struct samples_shelf *shelf = samples ? samples->shelf : NULL;
    bool last = samples != NULL;
    if (shelf) {
        pthread_mutex_lock(&shelf->lock);
        last = --samples->references == 0;
        struct dataset_samples **place = &shelf->first;
        while (last && *place != samples)
            place = &(*place)->next;
        if (last)
            *place = samples->next;
        pthread_mutex_unlock(&shelf->lock);
    }
    if (last)
        samples_free(samples);
}
