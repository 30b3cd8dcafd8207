#include "storage/datasets.h"

#include <stdlib.h>
#include <string.h>

#include "storage/part.h"
#include "storage/store_internal.h"

/* The columns of a dataset's row, in the order of DATASET_BY_NAME and its likes. */
enum dataset_column {
    COLUMN_DATASET_ID,
    COLUMN_DATASET_NAME,
    COLUMN_DATASET_CREATED_AT,
    COLUMN_DATASET_UPDATED_AT,
    COLUMN_DATASET_ROWS,
    COLUMN_DATASET_WIDTH,
    COLUMN_DATASET_DIGEST,
    COLUMN_DATASET_DESCRIPTION,
};

/* Changes ------------------------------------------------------------------------------ */

enum store_status dataset_stage(struct chunks *chunks, const struct store_change *change)
{
    struct connection *connection = chunks->connection;
    if (!*change->staged)
        *change->staged = ++chunks->last_id;
    enum store_status status = STORE_OK;
    if (change->part == 0)
        status = connection_run_with(connection, STAGED_ADD, *change->staged);
    if (status != STORE_OK)
        return status;
    part_encode(change->values, change->value_count, chunks->buffer);
    sqlite3_stmt *write = connection->statements[CHUNK_WRITE];
    sqlite3_bind_int64(write, 1, *change->staged);
    sqlite3_bind_int64(write, 2, (int64_t)change->part);
    sqlite3_bind_blob(write, 3, chunks->buffer, (int)part_encoded_size(change->value_count),
                      SQLITE_STATIC);
    return connection_run(connection, CHUNK_WRITE);
}

/* Leaves a block's chunks to the sweep. */
static enum store_status loosen(struct chunks *chunks, int64_t id)
{
    chunks->loose = true;
    return connection_run_with(chunks->connection, LOOSE_ADD, id);
}

enum store_status dataset_unstage(struct chunks *chunks, const struct store_change *change)
{
    if (!*change->staged)
        return STORE_OK;
    int64_t *forgotten =
        reallocarray(chunks->forgotten, chunks->forgotten_count + 1, sizeof(*chunks->forgotten));
    if (!forgotten)
        return STORE_NO_MEMORY;
    forgotten[chunks->forgotten_count++] = *change->staged;
    chunks->forgotten = forgotten;
    return STORE_OK;
}

enum store_status dataset_loosen_forgotten(struct chunks *chunks)
{
    if (!chunks->forgotten_count)
        return STORE_OK;
    enum store_status status = connection_run(chunks->connection, BEGIN_IMMEDIATE);
    if (status != STORE_OK)
        return status;
    for (size_t i = 0; i < chunks->forgotten_count && status == STORE_OK; i++) {
        status = connection_run_with(chunks->connection, STAGED_REMOVE, chunks->forgotten[i]);
        if (status == STORE_OK)
            status = loosen(chunks, chunks->forgotten[i]);
    }
    status = connection_end(chunks->connection, status);
    if (status == STORE_OK)
        chunks->forgotten_count = 0;
    return status;
}

/* Takes the dataset of this id away; STORE_STALE when there is none. */
static enum store_status remove_dataset(struct chunks *chunks, int64_t id)
{
    struct connection *connection = chunks->connection;
    enum store_status status = connection_run_with(connection, DATASET_DELETE, id);
    if (status == STORE_OK && sqlite3_changes(connection->db) != 1)
        return STORE_STALE;
    return status == STORE_OK ? loosen(chunks, id) : status;
}

/* Whether the dataset of that name is the one that the change stands on; 0 is none. */
static enum store_status check_parent(struct connection *connection,
                                      const struct store_change *change)
{
    sqlite3_stmt *row = connection->statements[DATASET_BY_NAME];
    sqlite3_bind_text(row, 1, change->dataset->name, -1, SQLITE_STATIC);
    enum store_status status = connection_step(connection, DATASET_BY_NAME);
    int64_t id = status == STORE_OK ? sqlite3_column_int64(row, COLUMN_DATASET_ID) : 0;
    connection_reset(connection, DATASET_BY_NAME);
    if (status != STORE_OK && status != STORE_NOT_FOUND)
        return status;
    return id == change->id ? STORE_OK : STORE_STALE;
}

static enum store_status insert_dataset(struct connection *connection,
                                        const struct store_dataset *dataset, int64_t id)
{
    sqlite3_stmt *insert = connection->statements[DATASET_INSERT];
    sqlite3_bind_int64(insert, 1 + COLUMN_DATASET_ID, id);
    sqlite3_bind_text(insert, 1 + COLUMN_DATASET_NAME, dataset->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 1 + COLUMN_DATASET_CREATED_AT, dataset->created_at);
    sqlite3_bind_int64(insert, 1 + COLUMN_DATASET_UPDATED_AT, dataset->updated_at);
    sqlite3_bind_int64(insert, 1 + COLUMN_DATASET_ROWS, (int64_t)dataset->rows);
    sqlite3_bind_int64(insert, 1 + COLUMN_DATASET_WIDTH, (int64_t)dataset->width);
    sqlite3_bind_blob(insert, 1 + COLUMN_DATASET_DIGEST, dataset->digest, STORE_DIGEST_SIZE,
                      SQLITE_STATIC);
    sqlite3_bind_text(insert, 1 + COLUMN_DATASET_DESCRIPTION, dataset->description, -1,
                      SQLITE_STATIC);
    return connection_run(connection, DATASET_INSERT);
}

enum store_status dataset_put(struct chunks *chunks, const struct store_change *change)
{
    struct connection *connection = chunks->connection;
    enum store_status status = check_parent(connection, change);
    if (status == STORE_OK && change->id)
        status = remove_dataset(chunks, change->id);
    if (status == STORE_OK)
        status = insert_dataset(connection, change->dataset, *change->staged);
    if (status == STORE_OK)
        status = connection_run_with(connection, STAGED_REMOVE, *change->staged);
    return status;
}

enum store_status dataset_delete(struct chunks *chunks, const struct store_change *change)
{
    return remove_dataset(chunks, change->id);
}

enum store_status dataset_abandon_all(struct chunks *chunks)
{
    struct connection *connection = chunks->connection;
    int64_t count = 0;
    enum store_status status = connection_number(connection, STAGED_COUNT, &count);
    if (status != STORE_OK || count == 0)
        return status; /* even a DELETE of nothing would be written to the log */
    status = connection_run(connection, BEGIN_IMMEDIATE);
    if (status != STORE_OK)
        return status;
    status = connection_run(connection, STAGED_LOOSEN);
    if (status == STORE_OK)
        status = connection_run(connection, STAGED_CLEAR);
    return connection_end(connection, status);
}

/* Reads -------------------------------------------------------------------------------- */

void store_dataset_release(struct store_dataset *row)
{
    free(row->name);
    free(row->description);
    *row = (struct store_dataset){0};
}

/* Copies the row that a statement is at. */
static enum store_status copy_row(sqlite3_stmt *row, struct store_dataset *out)
{
    const char *name = (const char *)sqlite3_column_text(row, COLUMN_DATASET_NAME);
    const char *description = (const char *)sqlite3_column_text(row, COLUMN_DATASET_DESCRIPTION);
    const void *digest = sqlite3_column_blob(row, COLUMN_DATASET_DIGEST);
    struct store_dataset dataset = {
        .id = sqlite3_column_int64(row, COLUMN_DATASET_ID),
        .name = name ? strdup(name) : NULL,
        .created_at = sqlite3_column_int64(row, COLUMN_DATASET_CREATED_AT),
        .updated_at = sqlite3_column_int64(row, COLUMN_DATASET_UPDATED_AT),
        .rows = (uint64_t)sqlite3_column_int64(row, COLUMN_DATASET_ROWS),
        .width = (uint64_t)sqlite3_column_int64(row, COLUMN_DATASET_WIDTH),
        .description = description ? strdup(description) : NULL,
    };
    bool whole = digest && sqlite3_column_bytes(row, COLUMN_DATASET_DIGEST) == STORE_DIGEST_SIZE;
    if (whole)
        memcpy(dataset.digest, digest, STORE_DIGEST_SIZE);
    if (dataset.name && dataset.description && whole) {
        *out = dataset;
        return STORE_OK;
    }
    /* No column can be NULL: SQLite or strdup() found no memory, or the page is damaged. */
    int rc = sqlite3_errcode(sqlite3_db_handle(row));
    store_dataset_release(&dataset);
    return rc == SQLITE_CORRUPT || (name && description) ? STORE_DAMAGED : STORE_NO_MEMORY;
}

enum store_status store_read_dataset(struct store *store, const char *name,
                                     struct store_dataset *out)
{
    struct connection *connection = pool_borrow(store->readers);
    sqlite3_stmt *row = connection->statements[DATASET_BY_NAME];
    sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
    enum store_status status = connection_step(connection, DATASET_BY_NAME);
    if (status == STORE_OK)
        status = copy_row(row, out);
    connection_reset(connection, DATASET_BY_NAME);
    pool_return(store->readers, connection);
    return status;
}

/* Reads values of one part, in a read transaction of its own. */
static enum store_status read_part(struct connection *connection, int64_t id, uint64_t part,
                                   size_t first, size_t count, double *values)
{
    sqlite3_stmt *read = connection->statements[CHUNK_READ];
    sqlite3_bind_int64(read, 1, id);
    sqlite3_bind_int64(read, 2, (int64_t)part);
    enum store_status status = connection_step(connection, CHUNK_READ);
    if (status == STORE_OK) {
        const unsigned char *bytes = sqlite3_column_blob(read, 0);
        size_t size = (size_t)sqlite3_column_bytes(read, 0);
        if (!bytes || !part_decode(bytes, size, first, count, values))
            status = STORE_DAMAGED;
    } else if (status == STORE_NOT_FOUND) {
        status = STORE_STALE;
    }
    connection_reset(connection, CHUNK_READ);
    return status;
}

/* Whether a dataset is there; a part that is missing of one that is means that it is damaged. */
static bool is_there(struct connection *connection, int64_t id)
{
    sqlite3_bind_int64(connection->statements[DATASET_BY_ID], 1, id);
    enum store_status status = connection_step(connection, DATASET_BY_ID);
    connection_reset(connection, DATASET_BY_ID);
    return status == STORE_OK;
}

enum store_status store_read_values(struct store *store, const struct store_dataset *dataset,
                                    uint64_t first, size_t count, double *values)
{
    enum store_status status = STORE_OK;
    struct connection *connection = pool_borrow(store->readers);
    while (count && status == STORE_OK) {
        size_t within = (size_t)(first % STORE_PART_VALUES);
        size_t some = STORE_PART_VALUES - within < count ? STORE_PART_VALUES - within : count;
        status =
            read_part(connection, dataset->id, first / STORE_PART_VALUES, within, some, values);
        first += some;
        values += some;
        count -= some;
    }
    if (status == STORE_STALE && is_there(connection, dataset->id))
        status = STORE_DAMAGED;
    pool_return(store->readers, connection);
    return status;
}

/* Adds the next row to an array that has room for it. */
static enum store_status collect(struct connection *connection, const char *prefix,
                                 const char *after, size_t limit, struct store_dataset *rows,
                                 size_t *count, bool *more)
{
    sqlite3_stmt *row = connection->statements[DATASETS_FROM_NAME];
    enum store_status status;
    while ((status = connection_step(connection, DATASETS_FROM_NAME)) == STORE_OK) {
        const char *name = (const char *)sqlite3_column_text(row, COLUMN_DATASET_NAME);
        if (!name)
            return STORE_NO_MEMORY;
        if (strncmp(name, prefix, strlen(prefix)) != 0)
            return STORE_OK;
        if (after && strcmp(name, after) == 0)
            continue;
        *more = *count == limit;
        if (*more)
            return STORE_OK;
        status = copy_row(row, &rows[*count]);
        if (status != STORE_OK)
            return status;
        (*count)++;
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

enum store_status store_list_datasets(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_dataset **rows, size_t *count,
                                      bool *more)
{
    struct store_dataset *found = calloc(limit ? limit : 1, sizeof(*found));
    if (!found)
        return STORE_NO_MEMORY;
    size_t found_count = 0;
    bool found_more = false;
    prefix = prefix ? prefix : "";
    const char *from = after && strcmp(after, prefix) > 0 ? after : prefix;
    struct connection *connection = pool_borrow(store->readers);
    sqlite3_bind_text(connection->statements[DATASETS_FROM_NAME], 1, from, -1, SQLITE_STATIC);
    enum store_status status =
        collect(connection, prefix, after, limit, found, &found_count, &found_more);
    connection_reset(connection, DATASETS_FROM_NAME);
    pool_return(store->readers, connection);
    if (status != STORE_OK) {
        while (found_count)
            store_dataset_release(&found[--found_count]);
        free(found);
        return status;
    }
    *rows = found;
    *count = found_count;
    *more = found_more;
    return STORE_OK;
}
