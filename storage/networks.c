#include <stdlib.h>
#include <string.h>

#include "storage/chunks.h"
#include "storage/store_internal.h"

/* Times that a large block may be replaced while it is read, before the reader gives up. */
enum { READ_ATTEMPTS = 20 };

void store_network_release(struct store_network *row)
{
    free(row->name);
    free(row->definition);
    *row = (struct store_network){0};
}

/* Copies the row that a statement is at. */
static enum store_status copy_row(sqlite3_stmt *row, struct store_network *out)
{
    const char *name = (const char *)sqlite3_column_text(row, COLUMN_NAME);
    const char *definition = (const char *)sqlite3_column_text(row, COLUMN_DEFINITION);
    struct store_network network = {
        .id = sqlite3_column_int64(row, COLUMN_ID),
        .name = name ? strdup(name) : NULL,
        .creation_id = (uint64_t)sqlite3_column_int64(row, COLUMN_CREATION_ID),
        .revision = (uint64_t)sqlite3_column_int64(row, COLUMN_REVISION),
        .steps = (uint64_t)sqlite3_column_int64(row, COLUMN_STEPS),
        .created_at = sqlite3_column_int64(row, COLUMN_CREATED_AT),
        .updated_at = sqlite3_column_int64(row, COLUMN_UPDATED_AT),
        .definition = definition ? strdup(definition) : NULL,
        .parameter_count = (size_t)sqlite3_column_int64(row, COLUMN_PARAMETER_COUNT),
    };
    /* Neither column can be NULL: SQLite or strdup() found no memory, or the page is damaged. */
    if (!network.name || !network.definition) {
        int rc = sqlite3_errcode(sqlite3_db_handle(row));
        store_network_release(&network);
        return rc == SQLITE_CORRUPT ? STORE_DAMAGED : STORE_NO_MEMORY;
    }
    *out = network;
    return STORE_OK;
}

/* Goes to the row of one network. */
static enum store_status find_network(struct connection *connection, enum statement statement,
                                      const char *name)
{
    sqlite3_bind_text(connection->statements[statement], 1, name, -1, SQLITE_STATIC);
    return connection_step(connection, statement);
}

enum store_status store_read_network(struct store *store, const char *name,
                                     struct store_network *out)
{
    struct connection *connection = pool_borrow(store->readers);
    enum store_status status = find_network(connection, NETWORK_BY_NAME, name);
    if (status == STORE_OK)
        status = copy_row(connection->statements[NETWORK_BY_NAME], out);
    connection_reset(connection, NETWORK_BY_NAME);
    pool_return(store->readers, connection);
    return status;
}

/* One attempt; STORE_STALE when the block at `place` was replaced while it was read. */
static enum store_status read_with_block(struct connection *connection, const char *name,
                                         struct store_network *out, struct place *place,
                                         struct store_block_copy *block)
{
    sqlite3_stmt *row = connection->statements[NETWORK_WITH_BLOCK];
    struct store_network network = {0};
    enum store_status status = find_network(connection, NETWORK_WITH_BLOCK, name);
    if (status == STORE_OK)
        status = copy_row(row, &network);
    if (status == STORE_OK) {
        place->id = sqlite3_column_int64(row, COLUMN_BLOCK_ID);
        place->bytes = sqlite3_column_int64(row, COLUMN_BLOCK_BYTES);
        status = chunks_read(connection, NETWORK_WITH_BLOCK, COLUMN_BLOCK_DATA, *place, block);
    }
    connection_reset(connection, NETWORK_WITH_BLOCK);
    if (status == STORE_OK && block->parameter_count != network.parameter_count) {
        store_block_release(block);
        status = STORE_DAMAGED;
    }
    if (status == STORE_OK)
        *out = network;
    else
        store_network_release(&network);
    return status;
}

enum store_status store_read_network_block(struct store *store, const char *name,
                                           struct store_network *out,
                                           struct store_block_copy *block)
{
    struct connection *connection = pool_borrow(store->readers);
    struct place place = {0}, before;
    enum store_status status = STORE_STALE;
    for (int attempt = 0; status == STORE_STALE && attempt < READ_ATTEMPTS; attempt++) {
        before = place;
        status = read_with_block(connection, name, out, &place, block);
        /* The row still leads to the same block, but a chunk of it is not there. */
        if (status == STORE_STALE && place.id == before.id)
            status = STORE_DAMAGED;
    }
    pool_return(store->readers, connection);
    return status == STORE_STALE ? STORE_BUSY : status;
}

/* One attempt; STORE_STALE with `place` written when the block was replaced while it was read. */
static enum store_status read_start(struct connection *connection, int64_t id, uint64_t revision,
                                    struct place *place, struct store_block_copy *block)
{
    sqlite3_stmt *row = connection->statements[NETWORK_START];
    sqlite3_bind_int64(row, 1, id);
    enum store_status status = connection_step(connection, NETWORK_START);
    if (status == STORE_OK && (uint64_t)sqlite3_column_int64(row, 0) != revision)
        status = STORE_STALE;
    if (status == STORE_OK) {
        *place = (struct place){sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2)};
        status = chunks_read(connection, NETWORK_START, 3, *place, block);
    }
    connection_reset(connection, NETWORK_START);
    return status;
}

enum store_status store_read_start(struct store *store, int64_t id, uint64_t revision,
                                   struct store_block_copy *block)
{
    struct connection *connection = pool_borrow(store->readers);
    struct place place = {0}, again = {0};
    enum store_status status = read_start(connection, id, revision, &place, block);
    /* Where a chunk is missing, either the revision has changed or the database is damaged. */
    if (status == STORE_STALE && place.id)
        status = read_start(connection, id, revision, &again, block);
    if (status == STORE_STALE && again.id)
        status = STORE_DAMAGED;
    pool_return(store->readers, connection);
    return status;
}

/* A growing array of rows. */
struct rows {
    struct store_network *items;
    size_t count;
    size_t room;
};

static void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        store_network_release(&rows->items[i]);
    free(rows->items);
}

static enum store_status rows_add(struct rows *rows, sqlite3_stmt *row)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? 2 * rows->room : 16;
        struct store_network *items = reallocarray(rows->items, room, sizeof(*items));
        if (!items)
            return STORE_NO_MEMORY;
        rows->items = items;
        rows->room = room;
    }
    enum store_status status = copy_row(row, &rows->items[rows->count]);
    rows->count += status == STORE_OK;
    return status;
}

/*
 * Adds the rows from a statement that goes by name: those with the prefix, but `after`, up to
 * `limit`. They lie together, so the first name without the prefix ends the search.
 */
static enum store_status collect(struct connection *connection, const char *prefix,
                                 const char *after, size_t limit, struct rows *rows, bool *more)
{
    sqlite3_stmt *row = connection->statements[NETWORKS_FROM_NAME];
    const size_t prefix_length = strlen(prefix);
    enum store_status status;
    while ((status = connection_step(connection, NETWORKS_FROM_NAME)) == STORE_OK) {
        const char *name = (const char *)sqlite3_column_text(row, COLUMN_NAME);
        if (!name)
            return STORE_NO_MEMORY;
        if (strncmp(name, prefix, prefix_length) != 0)
            return STORE_OK;
        if (after && strcmp(name, after) == 0)
            continue;
        *more = rows->count == limit;
        if (*more)
            return STORE_OK;
        status = rows_add(rows, row);
        if (status != STORE_OK)
            return status;
    }
    return status == STORE_NOT_FOUND ? STORE_OK : status;
}

enum store_status store_list_networks(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_network **rows, size_t *count,
                                      bool *more)
{
    struct rows found = {0};
    bool found_more = false;
    prefix = prefix ? prefix : "";
    const char *from = after && strcmp(after, prefix) > 0 ? after : prefix;

    struct connection *connection = pool_borrow(store->readers);
    sqlite3_bind_text(connection->statements[NETWORKS_FROM_NAME], 1, from, -1, SQLITE_STATIC);
    enum store_status status = collect(connection, prefix, after, limit, &found, &found_more);
    connection_reset(connection, NETWORKS_FROM_NAME);
    pool_return(store->readers, connection);

    if (status != STORE_OK) {
        rows_release(&found);
        return status;
    }
    *rows = found.items;
    *count = found.count;
    *more = found_more;
    return STORE_OK;
}

enum store_status store_count_networks(struct store *store, uint64_t *count)
{
    int64_t number;
    struct connection *connection = pool_borrow(store->readers);
    enum store_status status = connection_number(connection, NETWORK_COUNT, &number);
    pool_return(store->readers, connection);
    if (status == STORE_OK)
        *count = (uint64_t)number;
    return status;
}
