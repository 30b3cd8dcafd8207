#include "storage/schema.h"

#include <stdio.h>

#include "storage/connection.h"

/*
 * Unsigned 64-bit numbers are kept as the signed number of the same bits. `definition` is last,
 * since it may be long and then lies in pages of its own.
 *
 * A block is the chunks of one block_id, seq 0, 1, …; all but the last have CHUNK_SIZE bytes. One
 * that nobody has (being written, or no longer wanted) is listed in loose_blocks.
 */
static const char networks_tables[] =
    "CREATE TABLE networks ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL UNIQUE,"
    "    creation_id INTEGER NOT NULL,"
    "    revision INTEGER NOT NULL,"
    "    steps INTEGER NOT NULL,"
    "    created_at INTEGER NOT NULL," /* microseconds since 1970, UTC */
    "    updated_at INTEGER NOT NULL,"
    "    parameter_count INTEGER NOT NULL,"
    "    block_id INTEGER NOT NULL,"
    "    block_bytes INTEGER NOT NULL,"
    "    start_id INTEGER NOT NULL," /* the values that a reset returns to */
    "    start_bytes INTEGER NOT NULL,"
    "    definition TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE chunks ("
    "    block_id INTEGER NOT NULL,"
    "    seq INTEGER NOT NULL,"
    "    data BLOB NOT NULL,"
    "    PRIMARY KEY (block_id, seq)"
    ") STRICT;"
    "CREATE TABLE loose_blocks (block_id INTEGER PRIMARY KEY) STRICT;";

/* Blocks with id 0 are not there. AUTOINCREMENT: a sequence is never used twice. */
static const char runs_tables[] =
    "CREATE TABLE runs ("
    "    sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    id INTEGER NOT NULL UNIQUE,"
    "    network_id INTEGER NOT NULL,"
    "    ended INTEGER NOT NULL,"
    "    state INTEGER NOT NULL,"
    "    reason INTEGER NOT NULL,"
    "    created_at INTEGER NOT NULL,"
    "    started_at INTEGER NOT NULL,"
    "    finished_at INTEGER NOT NULL,"
    "    epochs INTEGER NOT NULL,"
    "    epoch INTEGER NOT NULL,"
    "    updates INTEGER NOT NULL,"
    "    steps INTEGER NOT NULL,"
    "    revision INTEGER NOT NULL,"
    "    total_error REAL,"
    "    mean_error REAL,"
    "    validation_error REAL,"
    "    learning_rate REAL,"
    "    elapsed REAL NOT NULL,"
    "    samples_id INTEGER NOT NULL,"
    "    samples_bytes INTEGER NOT NULL,"
    "    point_id INTEGER NOT NULL,"
    "    point_bytes INTEGER NOT NULL,"
    "    history_id INTEGER NOT NULL,"
    "    history_bytes INTEGER NOT NULL,"
    "    point BLOB," /* where it stands, beside the block */
    "    request TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX runs_of_network ON runs (network_id, ended, sequence);"
    "CREATE INDEX runs_to_go_on ON runs (sequence) WHERE ended = 0;";

/*
 * A dataset's id is the block_id of its chunks, each of which is a part (part.h). Those of values
 * that are still coming in are listed in staged_blocks.
 */
static const char datasets_tables[] =
    "CREATE TABLE datasets ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL UNIQUE,"
    "    created_at INTEGER NOT NULL," /* microseconds since 1970, UTC */
    "    updated_at INTEGER NOT NULL,"
    "    row_count INTEGER NOT NULL,"
    "    width INTEGER NOT NULL," /* values in each row */
    "    digest BLOB NOT NULL,"
    "    description TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE staged_blocks (block_id INTEGER PRIMARY KEY) STRICT;";

static const char checkpoints_tables[] = "CREATE TABLE checkpoints ("
                                         "    network_id INTEGER NOT NULL,"
                                         "    label TEXT NOT NULL,"
                                         "    created_at INTEGER NOT NULL,"
                                         "    revision INTEGER NOT NULL,"
                                         "    steps INTEGER NOT NULL,"
                                         "    parameter_count INTEGER NOT NULL,"
                                         "    block_id INTEGER NOT NULL,"
                                         "    block_bytes INTEGER NOT NULL,"
                                         "    definition TEXT NOT NULL,"
                                         "    PRIMARY KEY (network_id, label)"
                                         ") STRICT;";

/* migrations[v] leads from version v to v + 1. The array only grows: what a release has shipped
 * stays as it is. */
static const char *const migrations[] = {networks_tables, runs_tables, datasets_tables,
                                         checkpoints_tables};

_Static_assert(sizeof(migrations) / sizeof(migrations[0]) == SCHEMA_VERSION,
               "one migration for each version");

int schema_version(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static enum store_status migrate_from(sqlite3 *db, int version)
{
    char mark[96];
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             SCHEMA_APPLICATION_ID, version + 1);
    const char *const steps[] = {"BEGIN IMMEDIATE", migrations[version], mark};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int rc = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return connection_status_of(rc); /* closing the connection rolls it back */
    }
    return STORE_OK;
}

enum store_status schema_migrate(sqlite3 *db)
{
    int version = schema_version(db);
    if (version < 0 || version > SCHEMA_VERSION)
        return STORE_DAMAGED;
    enum store_status status = STORE_OK;
    for (; version < SCHEMA_VERSION && status == STORE_OK; version++)
        status = migrate_from(db, version);
    return status;
}
