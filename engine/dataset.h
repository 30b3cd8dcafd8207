#ifndef ENGINE_DATASET_H
#define ENGINE_DATASET_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/edit.h"
#include "engine/engine.h"
#include "engine/snapshot.h"
#include "storage/store_datasets.h"

/* What a column of a dataset is for. */
enum column_role { COLUMN_INPUT, COLUMN_TARGET, COLUMN_WEIGHT, COLUMN_ROLE_COUNT };

/* A column: of numbers, or (targets alone) of words, which are stored as the codes that they got
 * in the order in which they came first. */
struct dataset_column {
    char *name;
    enum column_role role;
    double mean;      /* these four of numbers only, over all rows */
    double deviation; /* square root of the mean square distance from the mean */
    double low;
    double high;
    size_t class_count; /* 0: of numbers */
    char **classes;     /* by code */
    size_t *places;     /* by code: its place among the words in byte order, which is their order in
                           answers and as outputs */
};

/* What is known of a stored dataset beside its values. Immutable, shared by reference. Its rows
 * have a value for each column, in order. */
struct dataset {
    atomic_size_t references;
    struct store_dataset row; /* without `description` */
    size_t column_count;
    struct dataset_column *columns;
};

/* How columns are written into the store and read back; the engine's owner brings it. */
struct dataset_codec {
    char *(*encode)(const struct dataset *dataset); /* malloc'ed text; NULL: no memory */
    /* Sets the columns. False: damaged, or no memory. */
    bool (*decode)(const char *text, struct dataset *dataset);
};

/* A dataset of so many unnamed inputs, to be filled in before it is shared. NULL when out of
 * memory. */
struct dataset *dataset_create(size_t column_count);
/* Makes room for columns in a dataset that has none. False when out of memory. */
bool dataset_set_columns(struct dataset *dataset, size_t column_count);
struct dataset *dataset_reference(struct dataset *dataset);
void dataset_release(struct dataset *dataset); /* NULL is allowed */

/* Copies of the names. False when out of memory. */
bool dataset_column_set_name(struct dataset_column *column, const char *name);
/* `classes` are by code, all different; finds their places. */
bool dataset_column_set_classes(struct dataset_column *column, const char *const *classes,
                                size_t count);

/* Columns that samples have: a column of words counts once for each. */
size_t dataset_inputs(const struct dataset *dataset);
size_t dataset_outputs(const struct dataset *dataset);
/* Whether samples have weights of their own. */
bool dataset_is_weighted(const struct dataset *dataset);
/* The column of words, when it is the only target; else NULL. */
const struct dataset_column *dataset_classes(const struct dataset *dataset);

/* What its ETag names: the first 64 bits of the content's digest, and the number of rows. */
struct revision_tag dataset_tag(const struct dataset *dataset);

/*
 * On worker threads: they do I/O, and wait for it.
 */

/* ENGINE_OK, ENGINE_NOT_FOUND, ENGINE_DAMAGED, ENGINE_NO_MEMORY, ENGINE_UNAVAILABLE. */
enum engine_status dataset_read(struct engine *engine, const char *name, struct dataset **out);

/* The stored values of rows `first` to `first + count`. ENGINE_AGAIN when the dataset is no longer
 * what it was. */
enum engine_status dataset_read_rows(struct engine *engine, const struct dataset *dataset,
                                     uint64_t first, size_t count, double *values);

/* ENGINE_PRECONDITION where `preconditions` do not hold. */
enum engine_status dataset_delete_named(struct engine *engine, const char *name,
                                        const struct preconditions *preconditions);

/* Up to `limit` datasets by name, as network_list(). */
struct dataset_listing {
    struct dataset **items;
    size_t count;
    char last[NAME_MAX_LENGTH + 1]; /* where the next page goes on; "" at the end */
};
enum engine_status dataset_list(struct engine *engine, const char *prefix, const char *after,
                                size_t limit, struct dataset_listing *out);
void dataset_listing_release(struct dataset_listing *listing);

#endif
