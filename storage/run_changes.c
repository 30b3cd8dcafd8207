#include "storage/run_changes.h"

/* Where the blocks of a run lie. */
struct run_places {
    struct place of[STORE_RUN_BLOCKS];
};

/* STORE_NOT_FOUND, and places that are nowhere, when there is no such run. */
static enum store_status find_places(struct connection *connection, uint64_t id,
                                     struct run_places *places)
{
    sqlite3_stmt *row = connection->statements[RUN_PLACES];
    *places = (struct run_places){0};
    sqlite3_bind_int64(row, 1, (int64_t)id);
    enum store_status status = connection_step(connection, RUN_PLACES);
    for (int which = 0; status == STORE_OK && which < STORE_RUN_BLOCKS; which++) {
        places->of[which].id = sqlite3_column_int64(row, 2 * which);
        places->of[which].bytes = sqlite3_column_int64(row, 2 * which + 1);
    }
    connection_reset(connection, RUN_PLACES);
    return status;
}

/* Parameters are counted from 1, columns from 0. */
static void bind_number(sqlite3_stmt *statement, enum run_column column, int64_t number)
{
    sqlite3_bind_int64(statement, column + 1, number);
}

/* SQLite takes a NaN for NULL. */
static void bind_double(sqlite3_stmt *statement, enum run_column column, double number)
{
    sqlite3_bind_double(statement, column + 1, number);
}

static void bind_row(sqlite3_stmt *write, const struct store_run *run)
{
    bind_number(write, RUN_COLUMN_SEQUENCE, run->sequence);
    bind_number(write, RUN_COLUMN_ID, (int64_t)run->id);
    bind_number(write, RUN_COLUMN_NETWORK_ID, run->network_id);
    bind_number(write, RUN_COLUMN_ENDED, run->ended);
    bind_number(write, RUN_COLUMN_STATE, run->state);
    bind_number(write, RUN_COLUMN_REASON, run->reason);
    bind_number(write, RUN_COLUMN_CREATED_AT, run->created_at);
    bind_number(write, RUN_COLUMN_STARTED_AT, run->started_at);
    bind_number(write, RUN_COLUMN_FINISHED_AT, run->finished_at);
    bind_number(write, RUN_COLUMN_EPOCHS, (int64_t)run->epochs);
    bind_number(write, RUN_COLUMN_EPOCH, (int64_t)run->epoch);
    bind_number(write, RUN_COLUMN_UPDATES, (int64_t)run->updates);
    bind_number(write, RUN_COLUMN_STEPS, (int64_t)run->steps);
    bind_number(write, RUN_COLUMN_REVISION, (int64_t)run->revision);
    bind_double(write, RUN_COLUMN_TOTAL_ERROR, run->total_error);
    bind_double(write, RUN_COLUMN_MEAN_ERROR, run->mean_error);
    bind_double(write, RUN_COLUMN_VALIDATION_ERROR, run->validation_error);
    bind_double(write, RUN_COLUMN_LEARNING_RATE, run->learning_rate);
    bind_double(write, RUN_COLUMN_ELAPSED, run->elapsed);
    sqlite3_bind_blob(write, RUN_COLUMN_POINT + 1, run->point, (int)run->point_size,
                      SQLITE_STATIC); /* NULL binds SQL's NULL */
    sqlite3_bind_text(write, RUN_COLUMN_REQUEST + 1, run->request, -1, SQLITE_STATIC);
}

static void bind_places(sqlite3_stmt *write, const struct run_places *places)
{
    int parameter = RUN_COLUMN_REQUEST + 2;
    for (int which = 0; which < STORE_RUN_BLOCKS; which++) {
        sqlite3_bind_int64(write, parameter++, places->of[which].id);
        sqlite3_bind_int64(write, parameter++, places->of[which].bytes);
    }
}

static enum store_status write_block(struct chunks *chunks, const struct pending_change *pending,
                                     int which, struct place old, struct place new)
{
    const struct store_run_change *run = pending->change->run;
    if (!run->blocks[which] && run->dropped[which] && old.id)
        return chunks_drop(chunks, old);
    return block_write(chunks, &pending->blocks[STORE_BLOCKS + which], old, new);
}

/* Deletes the oldest ended runs of a network until there are no more than `keep`. */
static enum store_status prune(struct chunks *chunks, int64_t network_id, size_t keep)
{
    enum store_status status = STORE_OK;
    while (status == STORE_OK) {
        int64_t id;
        sqlite3_stmt *beyond = chunks->connection->statements[RUN_BEYOND];
        sqlite3_bind_int64(beyond, 1, network_id);
        sqlite3_bind_int64(beyond, 2, (int64_t)keep);
        status = connection_number(chunks->connection, RUN_BEYOND, &id);
        if (status == STORE_OK)
            status = run_delete(chunks, (uint64_t)id);
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

enum store_status run_write(struct chunks *chunks, const struct pending_change *pending)
{
    const struct store_run_change *run = pending->change->run;
    struct run_places old, new;
    enum store_status status = find_places(chunks->connection, run->row->id, &old);
    if (status != STORE_OK && status != STORE_NOT_FOUND)
        return status;
    for (int which = 0; which < STORE_RUN_BLOCKS; which++) {
        new.of[which] = block_choose(chunks, &pending->blocks[STORE_BLOCKS + which], old.of[which]);
        if (!run->blocks[which] && run->dropped[which])
            new.of[which] = (struct place){0};
    }
    bind_row(chunks->connection->statements[RUN_WRITE], run->row);
    bind_places(chunks->connection->statements[RUN_WRITE], &new);
    status = connection_run(chunks->connection, RUN_WRITE);
    for (int which = 0; status == STORE_OK && which < STORE_RUN_BLOCKS; which++)
        status = write_block(chunks, pending, which, old.of[which], new.of[which]);
    if (status == STORE_OK && run->row->ended && run->keep)
        status = prune(chunks, run->row->network_id, run->keep);
    return status;
}

enum store_status run_delete(struct chunks *chunks, uint64_t id)
{
    struct run_places places;
    enum store_status status = find_places(chunks->connection, id, &places);
    if (status == STORE_NOT_FOUND)
        return STORE_STALE;
    if (status == STORE_OK)
        status = connection_run_with(chunks->connection, RUN_DELETE, (int64_t)id);
    for (int which = 0; status == STORE_OK && which < STORE_RUN_BLOCKS; which++) {
        if (places.of[which].id)
            status = chunks_drop(chunks, places.of[which]);
    }
    return status;
}

enum store_status runs_delete_of(struct chunks *chunks, int64_t network_id)
{
    enum store_status status = STORE_OK;
    while (status == STORE_OK) {
        int64_t id;
        sqlite3_bind_int64(chunks->connection->statements[RUN_OF_NETWORK], 1, network_id);
        status = connection_number(chunks->connection, RUN_OF_NETWORK, &id);
        if (status == STORE_OK)
            status = run_delete(chunks, (uint64_t)id);
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}
