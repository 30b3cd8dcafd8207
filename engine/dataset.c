#include "engine/dataset.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

/* Times that a dataset may be replaced while it is asked for, before that is given up. */
enum { ATTEMPTS = 20 };

/* Columns ------------------------------------------------------------------------------ */

bool dataset_set_columns(struct dataset *dataset, size_t column_count)
{
    dataset->columns = calloc(column_count ? column_count : 1, sizeof(*dataset->columns));
    dataset->column_count = dataset->columns ? column_count : 0;
    return dataset->columns != NULL;
}

struct dataset *dataset_create(size_t column_count)
{
    struct dataset *dataset = calloc(1, sizeof(*dataset));
    if (!dataset)
        return NULL;
    atomic_init(&dataset->references, 1);
    if (column_count == 0 || dataset_set_columns(dataset, column_count))
        return dataset;
    free(dataset);
    return NULL;
}

struct dataset *dataset_reference(struct dataset *dataset)
{
    atomic_fetch_add(&dataset->references, 1);
    return dataset;
}

static void release_classes(struct dataset_column *column)
{
    for (size_t c = 0; c < column->class_count; c++)
        free(column->classes[c]);
    free(column->classes);
    free(column->places);
    column->classes = NULL;
    column->places = NULL;
    column->class_count = 0;
}

void dataset_release(struct dataset *dataset)
{
    if (!dataset || atomic_fetch_sub(&dataset->references, 1) != 1)
        return;
    for (size_t i = 0; i < dataset->column_count; i++) {
        free(dataset->columns[i].name);
        release_classes(&dataset->columns[i]);
    }
    free(dataset->columns);
    store_dataset_release(&dataset->row);
    free(dataset);
}

bool dataset_column_set_name(struct dataset_column *column, const char *name)
{
    char *copy = strdup(name);
    if (!copy)
        return false;
    free(column->name);
    column->name = copy;
    return true;
}

/* A word and its code, to be put in order. */
struct coded {
    const char *word;
    size_t code;
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(((const struct coded *)a)->word, ((const struct coded *)b)->word);
}

static bool find_places(struct dataset_column *column)
{
    struct coded *order = calloc(column->class_count, sizeof(*order));
    if (!order)
        return false;
    for (size_t c = 0; c < column->class_count; c++)
        order[c] = (struct coded){column->classes[c], c};
    qsort(order, column->class_count, sizeof(*order), compare_words);
    for (size_t place = 0; place < column->class_count; place++)
        column->places[order[place].code] = place;
    free(order);
    return true;
}

bool dataset_column_set_classes(struct dataset_column *column, const char *const *classes,
                                size_t count)
{
    column->classes = calloc(count, sizeof(*column->classes));
    column->places = calloc(count, sizeof(*column->places));
    bool copied = column->classes && column->places;
    for (size_t c = 0; c < count && copied; c++) {
        column->classes[c] = strdup(classes[c]);
        copied = column->classes[c] != NULL;
        column->class_count += copied;
    }
    if (copied && find_places(column))
        return true;
    release_classes(column);
    return false;
}

/* Sizes -------------------------------------------------------------------------------- */

static size_t count_role(const struct dataset *dataset, enum column_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->column_count; i++) {
        const struct dataset_column *column = &dataset->columns[i];
        if (column->role == role)
            count += column->class_count ? column->class_count : 1;
    }
    return count;
}

size_t dataset_inputs(const struct dataset *dataset)
{
    return count_role(dataset, COLUMN_INPUT);
}

size_t dataset_outputs(const struct dataset *dataset)
{
    return count_role(dataset, COLUMN_TARGET);
}

bool dataset_is_weighted(const struct dataset *dataset)
{
    return count_role(dataset, COLUMN_WEIGHT) > 0;
}

const struct dataset_column *dataset_classes(const struct dataset *dataset)
{
    const struct dataset_column *found = NULL;
    for (size_t i = 0; i < dataset->column_count; i++) {
        const struct dataset_column *column = &dataset->columns[i];
        if (column->role != COLUMN_TARGET)
            continue;
        if (found || !column->class_count)
            return NULL;
        found = column;
    }
    return found;
}

struct revision_tag dataset_tag(const struct dataset *dataset)
{
    uint64_t bits;
    memcpy(&bits, dataset->row.digest, sizeof(bits));
    return (struct revision_tag){be64toh(bits), dataset->row.rows};
}

/* Reads -------------------------------------------------------------------------------- */

/* Whether what was read of the columns can be: words are targets, and there is one weight at most.
 */
static bool columns_are_valid(const struct dataset *dataset)
{
    size_t weights = 0;
    for (size_t i = 0; i < dataset->column_count; i++) {
        const struct dataset_column *column = &dataset->columns[i];
        weights += column->role == COLUMN_WEIGHT;
        if (column->class_count && column->role != COLUMN_TARGET)
            return false;
    }
    return weights <= 1 && dataset->column_count > 0;
}

/* Takes over a row of the store. */
static enum engine_status adopt(struct engine *engine, struct store_dataset *row,
                                struct dataset **out)
{
    struct dataset *dataset = dataset_create(0);
    if (!dataset) {
        store_dataset_release(row);
        return ENGINE_NO_MEMORY;
    }
    dataset->row = *row;
    bool read = engine->options.datasets->decode(row->description, dataset) &&
                columns_are_valid(dataset) && dataset->column_count == row->width &&
                row->rows > 0 && strlen(row->name) <= NAME_MAX_LENGTH;
    free(dataset->row.description);
    dataset->row.description = NULL;
    if (!read) {
        dataset_release(dataset);
        return ENGINE_DAMAGED;
    }
    *out = dataset;
    return ENGINE_OK;
}

enum engine_status dataset_read(struct engine *engine, const char *name, struct dataset **out)
{
    struct store_dataset row;
    enum store_status status = store_read_dataset(engine->store, name, &row);
    return status == STORE_OK ? adopt(engine, &row, out) : engine_status_of(status);
}

enum engine_status dataset_read_rows(struct engine *engine, const struct dataset *dataset,
                                     uint64_t first, size_t count, double *values)
{
    uint64_t width = dataset->row.width;
    return engine_status_of(
        store_read_values(engine->store, &dataset->row, first * width, count * width, values));
}

enum engine_status dataset_list(struct engine *engine, const char *prefix, const char *after,
                                size_t limit, struct dataset_listing *out)
{
    struct store_dataset *rows = NULL;
    size_t count = 0;
    bool more = false;
    *out = (struct dataset_listing){0};
    enum engine_status status = engine_status_of(
        store_list_datasets(engine->store, prefix, after, limit, &rows, &count, &more));
    if (status != ENGINE_OK)
        return status;
    out->items = calloc(count + 1, sizeof(struct dataset *));
    if (more && strlen(rows[count - 1].name) <= NAME_MAX_LENGTH)
        strcpy(out->last, rows[count - 1].name);
    for (size_t i = 0; i < count; i++) {
        /* One that is damaged is left out; its own reading says so. */
        if (out->items && adopt(engine, &rows[i], &out->items[out->count]) == ENGINE_OK)
            out->count++;
        else if (!out->items)
            store_dataset_release(&rows[i]);
    }
    free(rows);
    return out->items ? ENGINE_OK : ENGINE_NO_MEMORY;
}

void dataset_listing_release(struct dataset_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        dataset_release(listing->items[i]);
    free(listing->items);
    *listing = (struct dataset_listing){0};
}

/* Deletion ----------------------------------------------------------------------------- */

/* One attempt; ENGINE_AGAIN when the dataset was changed meanwhile. */
static enum engine_status try_delete(struct engine *engine, const char *name,
                                     const struct preconditions *preconditions)
{
    struct store_dataset row;
    enum engine_status status = engine_status_of(store_read_dataset(engine->store, name, &row));
    if (status != ENGINE_OK)
        return status;
    const struct dataset dataset = {.row = row};
    struct revision_tag tag = dataset_tag(&dataset);
    int64_t id = row.id;
    store_dataset_release(&row);
    if (!preconditions_hold_for(preconditions, &tag))
        return ENGINE_PRECONDITION;
    struct commit *commit = commit_create(engine);
    if (!commit)
        return ENGINE_NO_MEMORY;
    commit->change.kind = STORE_DATASET_DELETE;
    commit->change.id = id;
    commit_submit(commit);
    status = commit_wait(commit);
    commit_release(commit);
    return status;
}

enum engine_status dataset_delete_named(struct engine *engine, const char *name,
                                        const struct preconditions *preconditions)
{
    enum engine_status status = ENGINE_AGAIN;
    for (int attempt = 0; status == ENGINE_AGAIN && attempt < ATTEMPTS; attempt++)
        status = try_delete(engine, name, preconditions);
    return status == ENGINE_AGAIN ? ENGINE_UNAVAILABLE : status;
}
