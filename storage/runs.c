#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/chunks.h"
#include "storage/store_internal.h"

void store_run_release(struct store_run *run)
{
    free(run->request);
    free(run->point);
    free(run->network);
    *run = (struct store_run){0};
}

static double column_double(sqlite3_stmt *row, enum run_column column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN
                                                           : sqlite3_column_double(row, column);
}

static char *column_copy(sqlite3_stmt *row, enum run_column column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? strdup(text) : NULL;
}

/* False when out of memory. */
static bool copy_point(sqlite3_stmt *row, struct store_run *run)
{
    const void *point = sqlite3_column_blob(row, RUN_COLUMN_POINT);
    size_t size = (size_t)sqlite3_column_bytes(row, RUN_COLUMN_POINT);
    if (!point)
        return true;
    run->point = malloc(size);
    if (!run->point)
        return false;
    memcpy(run->point, point, size);
    run->point_size = size;
    return true;
}

/* Copies the row that a statement is at. */
static enum store_status copy_run(sqlite3_stmt *row, struct store_run *out)
{
    struct store_run run = {
        .sequence = sqlite3_column_int64(row, RUN_COLUMN_SEQUENCE),
        .id = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_ID),
        .network_id = sqlite3_column_int64(row, RUN_COLUMN_NETWORK_ID),
        .ended = sqlite3_column_int(row, RUN_COLUMN_ENDED) != 0,
        .state = sqlite3_column_int(row, RUN_COLUMN_STATE),
        .reason = sqlite3_column_int(row, RUN_COLUMN_REASON),
        .created_at = sqlite3_column_int64(row, RUN_COLUMN_CREATED_AT),
        .started_at = sqlite3_column_int64(row, RUN_COLUMN_STARTED_AT),
        .finished_at = sqlite3_column_int64(row, RUN_COLUMN_FINISHED_AT),
        .epochs = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_EPOCHS),
        .epoch = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_EPOCH),
        .updates = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_UPDATES),
        .steps = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_STEPS),
        .revision = (uint64_t)sqlite3_column_int64(row, RUN_COLUMN_REVISION),
        .total_error = column_double(row, RUN_COLUMN_TOTAL_ERROR),
        .mean_error = column_double(row, RUN_COLUMN_MEAN_ERROR),
        .validation_error = column_double(row, RUN_COLUMN_VALIDATION_ERROR),
        .learning_rate = column_double(row, RUN_COLUMN_LEARNING_RATE),
        .elapsed = column_double(row, RUN_COLUMN_ELAPSED),
        .request = column_copy(row, RUN_COLUMN_REQUEST),
        .network = column_copy(row, RUN_COLUMN_NETWORK),
    };
    if (!run.request || !run.network || !copy_point(row, &run)) {
        int rc = sqlite3_errcode(sqlite3_db_handle(row));
        store_run_release(&run);
        return rc == SQLITE_CORRUPT ? STORE_DAMAGED : STORE_NO_MEMORY;
    }
    *out = run;
    return STORE_OK;
}

enum store_status store_read_run(struct store *store, uint64_t id, struct store_run *out)
{
    struct connection *connection = pool_borrow(store->readers);
    sqlite3_bind_int64(connection->statements[RUN_BY_ID], 1, (int64_t)id);
    enum store_status status = connection_step(connection, RUN_BY_ID);
    if (status == STORE_OK)
        status = copy_run(connection->statements[RUN_BY_ID], out);
    connection_reset(connection, RUN_BY_ID);
    pool_return(store->readers, connection);
    return status;
}

/* One attempt; STORE_STALE when the block at `place` was replaced while it was read. */
static enum store_status read_block(struct connection *connection, uint64_t id,
                                    enum store_run_block which, struct place *place,
                                    struct store_block_copy *block)
{
    sqlite3_stmt *row = connection->statements[RUN_BLOCK];
    sqlite3_bind_int64(row, 1, (int64_t)id);
    sqlite3_bind_int(row, 2, which);
    enum store_status status = connection_step(connection, RUN_BLOCK);
    if (status == STORE_OK) {
        *place = (struct place){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};
        status = place->id ? chunks_read(connection, RUN_BLOCK, 2, *place, block) : STORE_NOT_FOUND;
    }
    connection_reset(connection, RUN_BLOCK);
    return status;
}

enum store_status store_read_run_block(struct store *store, uint64_t id, enum store_run_block which,
                                       struct store_block_copy *block)
{
    enum { READ_ATTEMPTS = 20 };
    struct connection *connection = pool_borrow(store->readers);
    struct place place = {0}, before;
    enum store_status status = STORE_STALE;
    for (int attempt = 0; status == STORE_STALE && attempt < READ_ATTEMPTS; attempt++) {
        before = place;
        status = read_block(connection, id, which, &place, block);
        if (status == STORE_STALE && place.id == before.id)
            status = STORE_DAMAGED; /* the row leads to the same block, but a chunk is not there */
    }
    pool_return(store->readers, connection);
    return status == STORE_STALE ? STORE_BUSY : status;
}

/* A growing array of rows. */
struct runs {
    struct store_run *items;
    size_t count;
    size_t room;
};

static void runs_release(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        store_run_release(&runs->items[i]);
    free(runs->items);
}

static enum store_status runs_add(struct runs *runs, sqlite3_stmt *row)
{
    if (runs->count == runs->room) {
        size_t room = runs->room ? 2 * runs->room : 16;
        struct store_run *items = reallocarray(runs->items, room, sizeof(*items));
        if (!items)
            return STORE_NO_MEMORY;
        runs->items = items;
        runs->room = room;
    }
    enum store_status status = copy_run(row, &runs->items[runs->count]);
    runs->count += status == STORE_OK;
    return status;
}

/* Adds up to `limit` rows of a statement. */
static enum store_status collect(struct connection *connection, enum statement statement,
                                 size_t limit, struct runs *runs, bool *more)
{
    enum store_status status;
    *more = false;
    while ((status = connection_step(connection, statement)) == STORE_OK) {
        *more = runs->count == limit;
        if (*more)
            return STORE_OK;
        status = runs_add(runs, connection->statements[statement]);
        if (status != STORE_OK)
            return status;
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

/* Runs a bound statement to its end, and gives its rows. */
static enum store_status list(struct store *store, struct connection *connection,
                              enum statement statement, size_t limit, struct store_run **rows,
                              size_t *count, bool *more)
{
    struct runs found = {0};
    bool found_more = false;
    enum store_status status = collect(connection, statement, limit, &found, &found_more);
    connection_reset(connection, statement);
    pool_return(store->readers, connection);
    if (status != STORE_OK) {
        runs_release(&found);
        return status;
    }
    *rows = found.items;
    *count = found.count;
    *more = found_more;
    return STORE_OK;
}

enum store_status store_list_runs(struct store *store, int64_t network_id, int64_t before,
                                  size_t limit, struct store_run **rows, size_t *count, bool *more)
{
    enum statement statement = network_id ? RUNS_OF_NETWORK_BEFORE : RUNS_BEFORE;
    struct connection *connection = pool_borrow(store->readers);
    sqlite3_bind_int64(connection->statements[statement], 1, before);
    if (network_id)
        sqlite3_bind_int64(connection->statements[statement], 2, network_id);
    return list(store, connection, statement, limit, rows, count, more);
}

enum store_status store_list_unfinished_runs(struct store *store, struct store_run **rows,
                                             size_t *count)
{
    bool more;
    return list(store, pool_borrow(store->readers), RUNS_UNFINISHED, SIZE_MAX, rows, count, &more);
}

enum store_status store_last_run(struct store *store, int64_t *sequence)
{
    struct connection *connection = pool_borrow(store->readers);
    enum store_status status = connection_number(connection, RUN_LAST, sequence);
    pool_return(store->readers, connection);
    return status;
}
