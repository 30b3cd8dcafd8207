#include "storage/changes.h"

#include <string.h>

#include "storage/checkpoints.h"
#include "storage/datasets.h"
#include "storage/run_changes.h"

/* Where the blocks of a network lie. */
struct places {
    struct place of[STORE_BLOCKS];
};

bool change_is_refused(enum store_status status)
{
    return status == STORE_STALE || status == STORE_EXISTS;
}

static void give(struct pending_block *block, const struct store_block *values)
{
    block->values = *values;
    block->given = true;
}

void change_init(struct pending_change *pending, struct store_change *change)
{
    *pending = (struct pending_change){.change = change};
    for (int which = 0; change->run && which < STORE_RUN_BLOCKS; which++) {
        if (change->run->blocks[which])
            give(&pending->blocks[STORE_BLOCKS + which], change->run->blocks[which]);
    }
    if (change->kind == STORE_CHECKPOINT)
        give(&pending->blocks[STORE_CURRENT], change->block);
    if (change->kind != STORE_CREATE && change->kind != STORE_UPDATE)
        return;
    const struct store_block *start = change->start;
    if (!start && change->kind == STORE_CREATE)
        start = change->block;
    if (change->block)
        give(&pending->blocks[STORE_CURRENT], change->block);
    if (start) {
        const struct store_block values = {.parameters = start->parameters,
                                           .parameter_count = start->parameter_count,
                                           .numerics = start->numerics,
                                           .floats = start->floats};
        give(&pending->blocks[STORE_START], &values);
    }
}

static bool is_written(const struct pending_block *block)
{
    return block->given && !block->superseded;
}

enum store_status change_stage(struct chunks *chunks, struct pending_change *pending)
{
    enum store_status status = STORE_OK;
    for (int which = 0; which < PENDING_BLOCKS && status == STORE_OK; which++) {
        struct pending_block *block = &pending->blocks[which];
        if (is_written(block) && !block->staged && block_encoded_size(&block->values) > CHUNK_SIZE)
            status = chunks_stage(chunks, &block->values, &block->staged);
    }
    return status;
}

struct place block_choose(struct chunks *chunks, const struct pending_block *block,
                          struct place old)
{
    struct place place = old;
    if (!is_written(block))
        return place;
    if (block->staged)
        place.id = block->staged;
    else if (!place.id || place.bytes > CHUNK_SIZE)
        place.id = ++chunks->last_id;
    place.bytes = (int64_t)block_encoded_size(&block->values);
    return place;
}

static struct places choose_places(struct chunks *chunks, const struct pending_change *pending,
                                   const struct places *old)
{
    struct places new;
    for (int which = 0; which < STORE_BLOCKS; which++)
        new.of[which] = block_choose(chunks, &pending->blocks[which], old->of[which]);
    return new;
}

enum store_status block_write(struct chunks *chunks, const struct pending_block *block,
                              struct place old, struct place new)
{
    if (!is_written(block))
        return STORE_OK;
    enum store_status status = block->staged ? chunks_publish(chunks, block->staged)
                                             : chunks_write(chunks, &block->values, new.id);
    if (status == STORE_OK && old.id && old.id != new.id)
        status = chunks_drop(chunks, old);
    return status;
}

static enum store_status write_blocks(struct chunks *chunks, const struct pending_change *pending,
                                      const struct places *old, const struct places *new)
{
    enum store_status status = STORE_OK;
    for (int which = 0; which < STORE_BLOCKS && status == STORE_OK; which++)
        status = block_write(chunks, &pending->blocks[which], old->of[which], new->of[which]);
    return status;
}

static void bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
    /* NULL binds SQL's NULL. */
    sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

static void bind_places(sqlite3_stmt *statement, int parameter, const struct places *places)
{
    for (int which = 0; which < STORE_BLOCKS; which++) {
        sqlite3_bind_int64(statement, parameter++, places->of[which].id);
        sqlite3_bind_int64(statement, parameter++, places->of[which].bytes);
    }
}

static enum store_status create(struct chunks *chunks, const struct pending_change *pending)
{
    const struct store_change *change = pending->change;
    const struct places none = {0};
    const struct places new = choose_places(chunks, pending, &none);
    sqlite3_stmt *insert = chunks->connection->statements[NETWORK_INSERT];
    sqlite3_bind_int64(insert, 1, change->id);
    bind_text(insert, 2, change->name);
    sqlite3_bind_int64(insert, 3, (int64_t)change->creation_id);
    sqlite3_bind_int64(insert, 4, (int64_t)change->revision);
    sqlite3_bind_int64(insert, 5, (int64_t)change->steps);
    sqlite3_bind_int64(insert, 6, change->created_at);
    sqlite3_bind_int64(insert, 7, change->updated_at);
    sqlite3_bind_int64(insert, 8, (int64_t)change->block->parameter_count);
    bind_text(insert, 9, change->definition);
    bind_places(insert, 10, &new);
    enum store_status status = connection_run(chunks->connection, NETWORK_INSERT);
    return status == STORE_OK ? write_blocks(chunks, pending, &none, &new) : status;
}

/* Binds what names the row that the change stands on. */
static void bind_parent(sqlite3_stmt *statement, const struct store_change *change)
{
    sqlite3_bind_int64(statement, 1, change->id);
    sqlite3_bind_int64(statement, 2, (int64_t)change->parent_revision);
}

/* Runs a statement that is to change the row that the change stands on. */
static enum store_status change_row(struct connection *connection, enum statement statement,
                                    const struct store_change *change)
{
    bind_parent(connection->statements[statement], change);
    enum store_status status = connection_run(connection, statement);
    if (status == STORE_OK && sqlite3_changes(connection->db) != 1)
        status = STORE_STALE;
    return status;
}

/* STORE_STALE when the network is not, or no longer, at the revision that the change stands on. */
static enum store_status find_places(struct connection *connection,
                                     const struct store_change *change, struct places *places)
{
    sqlite3_stmt *row = connection->statements[NETWORK_PLACES];
    bind_parent(row, change);
    enum store_status status = connection_step(connection, NETWORK_PLACES);
    if (status == STORE_OK) {
        for (int which = 0; which < STORE_BLOCKS; which++) {
            places->of[which].id = sqlite3_column_int64(row, 2 * which);
            places->of[which].bytes = sqlite3_column_int64(row, 2 * which + 1);
        }
    } else if (status == STORE_NOT_FOUND) {
        status = STORE_STALE;
    }
    connection_reset(connection, NETWORK_PLACES);
    return status;
}

static enum store_status rename_network(struct connection *connection,
                                        const struct store_change *change)
{
    bind_text(connection->statements[NETWORK_RENAME], 3, change->name);
    return change_row(connection, NETWORK_RENAME, change);
}

static enum store_status update_row(struct connection *connection,
                                    const struct pending_change *pending,
                                    const struct places *places)
{
    const struct store_change *change = pending->change;
    const struct pending_block *current = &pending->blocks[STORE_CURRENT];
    sqlite3_stmt *update = connection->statements[NETWORK_UPDATE];
    sqlite3_bind_int64(update, 3, (int64_t)change->revision);
    sqlite3_bind_int64(update, 4, (int64_t)change->steps);
    sqlite3_bind_int64(update, 5, change->updated_at);
    if (is_written(current))
        sqlite3_bind_int64(update, 6, (int64_t)current->values.parameter_count);
    else
        sqlite3_bind_null(update, 6);
    bind_text(update, 7, change->definition);
    bind_places(update, 8, places);
    return change_row(connection, NETWORK_UPDATE, change);
}

static enum store_status update(struct chunks *chunks, const struct pending_change *pending)
{
    struct connection *connection = chunks->connection;
    const struct store_change *change = pending->change;
    struct places old;
    enum store_status status = find_places(connection, change, &old);
    if (status == STORE_OK && change->name)
        status = rename_network(connection, change);
    if (status != STORE_OK)
        return status;
    const struct places new = choose_places(chunks, pending, &old);
    status = update_row(connection, pending, &new);
    if (status == STORE_OK)
        status = write_blocks(chunks, pending, &old, &new);
    return status == STORE_OK && change->run ? run_write(chunks, pending) : status;
}

static enum store_status delete (struct chunks *chunks, const struct pending_change *pending) {
    struct places old;
    enum store_status status = find_places(chunks->connection, pending->change, &old);
    if (status == STORE_OK)
        status = change_row(chunks->connection, NETWORK_DELETE, pending->change);
    for (int which = 0; which < STORE_BLOCKS && status == STORE_OK; which++)
        status = chunks_drop(chunks, old.of[which]);
    if (status == STORE_OK) status = checkpoints_delete_of(chunks, pending->change->id);
    return status == STORE_OK ? runs_delete_of(chunks, pending->change->id) : status;
}

enum store_status change_apply(struct chunks *chunks, const struct pending_change *pending)
{
    switch (pending->change->kind) {
    case STORE_CREATE:
        return create(chunks, pending);
    case STORE_UPDATE:
        return update(chunks, pending);
    case STORE_DELETE:
        return delete (chunks, pending);
    case STORE_STAGE:
        return dataset_stage(chunks, pending->change);
    case STORE_UNSTAGE:
        return dataset_unstage(chunks, pending->change);
    case STORE_DATASET_PUT:
        return dataset_put(chunks, pending->change);
    case STORE_DATASET_DELETE:
        return dataset_delete(chunks, pending->change);
    case STORE_RUN:
        return run_write(chunks, pending);
    case STORE_RUN_DELETE:
        return run_delete(chunks, pending->change->run->row->id);
    case STORE_CHECKPOINT:
        return checkpoint_write(chunks, pending);
    case STORE_CHECKPOINT_DELETE:
        return checkpoint_delete(chunks, pending->change->checkpoint);
    case STORE_BARRIER:
        return STORE_OK;
    }
    return STORE_FAILED;
}
