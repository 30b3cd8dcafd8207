#ifndef STORAGE_STORE_DATASETS_H
#define STORAGE_STORE_DATASETS_H

#include "storage/store.h"

/*
 * Datasets on disk: rows of doubles, with a text that describes them. Their values come in parts
 * (STORE_STAGE) that belong to nobody until a last change (STORE_DATASET_PUT) makes them a dataset,
 * in place of the one of that name. What is staged when the store closes or crashes is swept.
 */

/* Values of each part but the last. */
enum { STORE_PART_VALUES = ((1 << 20) - 16) / 8, STORE_DIGEST_SIZE = 32 };

/* A dataset's row. Strings are NUL-terminated. */
struct store_dataset {
    int64_t id; /* the store's own key: no two datasets have the same, be they of the same name */
    char *name;
    int64_t created_at; /* microseconds since 1970, UTC */
    int64_t updated_at;
    uint64_t rows;
    uint64_t width; /* values in each row */
    unsigned char digest[STORE_DIGEST_SIZE];
    char *description; /* text that the caller understands */
};

void store_dataset_release(struct store_dataset *row);

/* Reads, as in store.h: they do I/O. The caller releases the row with store_dataset_release(). */
enum store_status store_read_dataset(struct store *store, const char *name,
                                     struct store_dataset *out);

/* `count` of the dataset's values from value `first` on, row after row; a transaction for each part
 * of them. STORE_STALE when the dataset was replaced or deleted meanwhile. */
enum store_status store_read_values(struct store *store, const struct store_dataset *dataset,
                                    uint64_t first, size_t count, double *values);

/* Lists up to `limit` datasets by name, as store_list_networks(). */
enum store_status store_list_datasets(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_dataset **rows, size_t *count,
                                      bool *more);

#endif
