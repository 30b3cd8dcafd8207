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

static bool loading_begin(struct loading *loading, const struct dataset *dataset,
                          const struct target_layout *layout)
{
    uint64_t rows = dataset->row.rows;
    *loading = (struct loading){.dataset = dataset, .layout = layout};
    struct dataset_samples *to = loading->to = calloc(1, sizeof(*to));
    if (!to)
        return false;
    atomic_init(&to->references, 1);
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

enum engine_status dataset_samples_load(struct engine *engine, const struct dataset *dataset,
                                        const struct target_layout *layout,
                                        struct dataset_samples **out)
{
    struct loading loading;
    enum engine_status status = ENGINE_NO_MEMORY;
    if (loading_begin(&loading, dataset, layout))
        status = load(engine, &loading);
    if (status == ENGINE_OK)
        *out = dataset_samples_reference(loading.to);
    loading_end(&loading);
    return status;
}

struct dataset_samples *dataset_samples_reference(struct dataset_samples *samples)
{
    atomic_fetch_add(&samples->references, 1);
    return samples;
}

/* What is read-only to others is ours to free. */
static void free_values(const double *values)
{
    free((double *)values);
}

void dataset_samples_release(struct dataset_samples *samples)
{
    if (!samples || atomic_fetch_sub(&samples->references, 1) != 1)
        return;
    free_values(samples->samples.inputs);
    free_values(samples->samples.targets);
    free_values(samples->samples.weights);
    free(samples);
}
