#include "storage/checkpoints.h"

#include <stdlib.h>
#include <string.h>

#include "storage/store_internal.h"

void store_checkpoint_release(struct store_checkpoint *checkpoint)
{
    free(checkpoint->label);
    free(checkpoint->definition);
    *checkpoint = (struct store_checkpoint){0};
}

/* Binds what names a checkpoint. */
static sqlite3_stmt *bind_name(struct connection *connection, enum statement which,
                               int64_t network_id, const char *label)
{
    sqlite3_stmt *statement = connection->statements[which];
    sqlite3_bind_int64(statement, 1, network_id);
    sqlite3_bind_text(statement, 2, label, -1, SQLITE_STATIC);
    return statement;
}

/* Changes ------------------------------------------------------------------------------- */

/* STORE_NOT_FOUND when there is no such checkpoint. */
static enum store_status find_place(struct connection *connection, int64_t network_id,
                                    const char *label, struct place *place)
{
    sqlite3_stmt *row = bind_name(connection, CHECKPOINT_PLACE, network_id, label);
    enum store_status status = connection_step(connection, CHECKPOINT_PLACE);
    if (status == STORE_OK)
        *place = (struct place){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};
    connection_reset(connection, CHECKPOINT_PLACE);
    return status;
}

/* Parameters are counted from 1, columns from 0. */
static void bind_number(sqlite3_stmt *statement, enum checkpoint_column column, int64_t number)
{
    sqlite3_bind_int64(statement, column + 1, number);
}

enum store_status checkpoint_write(struct chunks *chunks, const struct pending_change *pending)
{
    struct connection *connection = chunks->connection;
    const struct store_checkpoint *checkpoint = pending->change->checkpoint;
    const struct pending_block *block = &pending->blocks[STORE_CURRENT];
    const struct place nowhere = {0};
    struct place there;
    enum store_status status =
        find_place(connection, checkpoint->network_id, checkpoint->label, &there);
    if (status != STORE_NOT_FOUND)
        return status == STORE_OK ? STORE_STALE : status;
    struct place place = block_choose(chunks, block, nowhere);
    sqlite3_stmt *insert =
        bind_name(connection, CHECKPOINT_INSERT, checkpoint->network_id, checkpoint->label);
    bind_number(insert, CHECKPOINT_COLUMN_CREATED_AT, checkpoint->created_at);
    bind_number(insert, CHECKPOINT_COLUMN_REVISION, (int64_t)checkpoint->revision);
    bind_number(insert, CHECKPOINT_COLUMN_STEPS, (int64_t)checkpoint->steps);
    bind_number(insert, CHECKPOINT_COLUMN_COUNT, (int64_t)checkpoint->parameter_count);
    bind_number(insert, CHECKPOINT_COLUMN_BLOCK_ID, place.id);
    bind_number(insert, CHECKPOINT_COLUMN_BLOCK_BYTES, place.bytes);
    sqlite3_bind_text(insert, CHECKPOINT_COLUMN_DEFINITION + 1, checkpoint->definition, -1,
                      SQLITE_STATIC);
    status = connection_run(connection, CHECKPOINT_INSERT);
    if (status == STORE_OK && sqlite3_changes(connection->db) != 1)
        return STORE_STALE;
    return status == STORE_OK ? block_write(chunks, block, nowhere, place) : status;
}

static enum store_status delete_one(struct chunks *chunks, int64_t network_id, const char *label)
{
    struct place place;
    enum store_status status = find_place(chunks->connection, network_id, label, &place);
    if (status != STORE_OK)
        return status;
    bind_name(chunks->connection, CHECKPOINT_DELETE, network_id, label);
    status = connection_run(chunks->connection, CHECKPOINT_DELETE);
    return status == STORE_OK ? chunks_drop(chunks, place) : status;
}

enum store_status checkpoint_delete(struct chunks *chunks,
                                    const struct store_checkpoint *checkpoint)
{
    enum store_status status = delete_one(chunks, checkpoint->network_id, checkpoint->label);
    return status == STORE_NOT_FOUND ? STORE_STALE : status;
}

/* A copy of the label of any checkpoint of a network, which the caller frees. STORE_NOT_FOUND. */
static enum store_status find_one(struct connection *connection, int64_t network_id, char **label)
{
    sqlite3_stmt *row = connection->statements[CHECKPOINT_OF_NETWORK];
    sqlite3_bind_int64(row, 1, network_id);
    enum store_status status = connection_step(connection, CHECKPOINT_OF_NETWORK);
    if (status == STORE_OK) {
        const char *text = (const char *)sqlite3_column_text(row, 0);
        *label = text ? strdup(text) : NULL;
        if (!*label)
            status = STORE_NO_MEMORY;
    }
    connection_reset(connection, CHECKPOINT_OF_NETWORK);
    return status;
}

enum store_status checkpoints_delete_of(struct chunks *chunks, int64_t network_id)
{
    enum store_status status = STORE_OK;
    while (status == STORE_OK) {
        char *label = NULL;
        status = find_one(chunks->connection, network_id, &label);
        if (status == STORE_OK)
            status = delete_one(chunks, network_id, label);
        free(label);
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

/* Reads --------------------------------------------------------------------------------- */

static char *column_copy(sqlite3_stmt *row, enum checkpoint_column column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? strdup(text) : NULL;
}

/* Copies the row that a statement is at. */
static enum store_status copy_row(sqlite3_stmt *row, struct store_checkpoint *out)
{
    struct store_checkpoint checkpoint = {
        .network_id = sqlite3_column_int64(row, CHECKPOINT_COLUMN_NETWORK),
        .label = column_copy(row, CHECKPOINT_COLUMN_LABEL),
        .created_at = sqlite3_column_int64(row, CHECKPOINT_COLUMN_CREATED_AT),
        .revision = (uint64_t)sqlite3_column_int64(row, CHECKPOINT_COLUMN_REVISION),
        .steps = (uint64_t)sqlite3_column_int64(row, CHECKPOINT_COLUMN_STEPS),
        .parameter_count = (size_t)sqlite3_column_int64(row, CHECKPOINT_COLUMN_COUNT),
        .definition = column_copy(row, CHECKPOINT_COLUMN_DEFINITION),
    };
    if (!checkpoint.label || !checkpoint.definition) { /* neither can be NULL */
        int rc = sqlite3_errcode(sqlite3_db_handle(row));
        store_checkpoint_release(&checkpoint);
        return rc == SQLITE_CORRUPT ? STORE_DAMAGED : STORE_NO_MEMORY;
    }
    *out = checkpoint;
    return STORE_OK;
}

/* The block of the row that CHECKPOINT_BY_LABEL is at. A checkpoint never changes: where a chunk is
 * not there, it has been deleted meanwhile. */
static enum store_status read_block(struct connection *connection, size_t parameter_count,
                                    struct store_block_copy *block)
{
    sqlite3_stmt *row = connection->statements[CHECKPOINT_BY_LABEL];
    const struct place place = {sqlite3_column_int64(row, CHECKPOINT_COLUMN_BLOCK_ID),
                                sqlite3_column_int64(row, CHECKPOINT_COLUMN_BLOCK_BYTES)};
    enum store_status status =
        chunks_read(connection, CHECKPOINT_BY_LABEL, CHECKPOINT_COLUMN_DATA, place, block);
    if (status == STORE_OK && block->parameter_count != parameter_count) {
        store_block_release(block);
        status = STORE_DAMAGED;
    }
    return status;
}

/* One attempt; STORE_STALE when a chunk is not there. */
static enum store_status read_one(struct connection *connection, int64_t network_id,
                                  const char *label, struct store_checkpoint *out,
                                  struct store_block_copy *block)
{
    struct store_checkpoint checkpoint = {0};
    sqlite3_stmt *row = bind_name(connection, CHECKPOINT_BY_LABEL, network_id, label);
    enum store_status status = connection_step(connection, CHECKPOINT_BY_LABEL);
    if (status == STORE_OK)
        status = copy_row(row, &checkpoint);
    if (status == STORE_OK && block)
        status = read_block(connection, checkpoint.parameter_count, block);
    connection_reset(connection, CHECKPOINT_BY_LABEL);
    if (status == STORE_OK)
        *out = checkpoint;
    else
        store_checkpoint_release(&checkpoint);
    return status;
}

enum store_status store_read_checkpoint(struct store *store, int64_t network_id, const char *label,
                                        struct store_checkpoint *out,
                                        struct store_block_copy *block)
{
    struct connection *connection = pool_borrow(store->readers);
    enum store_status status = read_one(connection, network_id, label, out, block);
    if (status == STORE_STALE) /* gone, or gone and made anew: else it is damaged */
        status = read_one(connection, network_id, label, out, block);
    pool_return(store->readers, connection);
    return status == STORE_STALE ? STORE_DAMAGED : status;
}

static void release_rows(struct store_checkpoint *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_checkpoint_release(&rows[i]);
    free(rows);
}

enum store_status store_list_checkpoints(struct store *store, int64_t network_id, const char *after,
                                         size_t limit, struct store_checkpoint **rows,
                                         size_t *count, bool *more)
{
    size_t found = 0;
    bool found_more = false;
    struct store_checkpoint *items = calloc(limit + 1, sizeof(*items));
    if (!items)
        return STORE_NO_MEMORY;
    struct connection *connection = pool_borrow(store->readers);
    sqlite3_stmt *row = bind_name(connection, CHECKPOINTS_AFTER, network_id, after ? after : "");
    enum store_status status;
    while ((status = connection_step(connection, CHECKPOINTS_AFTER)) == STORE_OK) {
        found_more = found == limit;
        if (found_more)
            break;
        status = copy_row(row, &items[found]);
        if (status != STORE_OK)
            break;
        found++;
    }
    connection_reset(connection, CHECKPOINTS_AFTER);
    pool_return(store->readers, connection);
    if (status != STORE_OK && status != STORE_NOT_FOUND) {
        release_rows(items, found);
        return status;
    }
    *rows = items;
    *count = found;
    *more = found_more;
    return STORE_OK;
}
