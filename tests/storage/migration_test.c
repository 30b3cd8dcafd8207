/* A database of an older schema is brought up to date, and loses nothing. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

/* The schemas as they were, never to be changed. */
static const char schema_1[] =
    "CREATE TABLE networks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
    "creation_id INTEGER NOT NULL, revision INTEGER NOT NULL, steps INTEGER NOT NULL, "
    "created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, parameter_count INTEGER NOT NULL, "
    "block_id INTEGER NOT NULL, block_bytes INTEGER NOT NULL, start_id INTEGER NOT NULL, "
    "start_bytes INTEGER NOT NULL, definition TEXT NOT NULL) STRICT;"
    "CREATE TABLE chunks (block_id INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, "
    "PRIMARY KEY (block_id, seq)) STRICT;"
    "CREATE TABLE loose_blocks (block_id INTEGER PRIMARY KEY) STRICT;"
    "PRAGMA application_id = 1651532898; PRAGMA user_version = 1;";
#define ADDED_2                                                                                    \
    "CREATE TABLE runs ( sequence INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL "         \
    "UNIQUE, network_id INTEGER NOT NULL, ended INTEGER NOT NULL, state INTEGER NOT NULL, "        \
    "reason INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER NOT NULL, "          \
    "finished_at INTEGER NOT NULL, epochs INTEGER NOT NULL, epoch INTEGER NOT NULL, "              \
    "updates INTEGER NOT NULL, steps INTEGER NOT NULL, revision INTEGER NOT NULL, "                \
    "total_error REAL, mean_error REAL, validation_error REAL, learning_rate REAL, "               \
    "elapsed REAL NOT NULL, samples_id INTEGER NOT NULL, samples_bytes INTEGER NOT NULL, "         \
    "point_id INTEGER NOT NULL, point_bytes INTEGER NOT NULL, history_id INTEGER NOT "             \
    "NULL, history_bytes INTEGER NOT NULL, point BLOB, request TEXT NOT NULL) "                    \
    "STRICT;CREATE INDEX runs_of_network ON runs (network_id, ended, sequence);CREATE "            \
    "INDEX runs_to_go_on ON runs (sequence) WHERE ended = 0;"
static const char added_2[] = ADDED_2 "PRAGMA user_version = 2;";
static const char added_3[] =
    ADDED_2 "CREATE TABLE datasets ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
            "created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, row_count INTEGER NOT "
            "NULL, width INTEGER NOT NULL, digest BLOB NOT NULL, description TEXT NOT NULL) "
            "STRICT;CREATE TABLE staged_blocks (block_id INTEGER PRIMARY KEY) STRICT; "
            "PRAGMA user_version = 3;";

static const struct {
    int version;
    const char *added; /* to version 1 */
} versions[] = {{1, ""}, {2, added_2}, {3, added_3}};

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    exit(2);
}

/* A database of that schema, with the networks of a new one in it. */
static void make_old(const char *path, const char *added, const char *new_path)
{
    sqlite3 *db;
    char attach[512];
    if (sqlite3_open(path, &db) != SQLITE_OK)
        abort();
    run(db, schema_1);
    run(db, added);
    snprintf(attach, sizeof(attach), "ATTACH '%s' AS new", new_path);
    run(db, attach);
    run(db, "INSERT INTO networks SELECT * FROM new.networks");
    run(db, "INSERT INTO chunks SELECT block_id, seq, data FROM new.chunks");
    sqlite3_close(db);
}

static void test_version(int version, const char *added)
{
    char name[32];
    snprintf(name, sizeof(name), "version-%d.db", version);
    char *path = fixture_path(name), *new_path = fixture_path("new.db");
    struct store *store = fixture_open(new_path);
    struct store_block *block = fixture_block(300, 300, 7);
    struct store_change change = fixture_create("kept", block);
    fixture_commit(store, &change);
    store_close(store);
    make_old(path, added, new_path);
    tap_ok(fixture_query(path, "PRAGMA user_version") == version, "a database of version %d",
           version);

    store = fixture_open(path);
    struct store_network row;
    struct store_block_copy copy;
    struct store_run *rows = NULL;
    size_t count = 1;
    bool more;
    tap_ok(store_read_network_block(store, "kept", &row, &copy) == STORE_OK &&
               fixture_same_block(&copy, block),
           "its networks are there");
    store_block_release(&copy);
    store_network_release(&row);
    tap_ok(store_list_runs(store, 0, INT64_MAX, 10, &rows, &count, &more) == STORE_OK && count == 0,
           "and room for what is new");
    free(rows);
    store_close(store);
    tap_ok(fixture_query(path, "PRAGMA user_version") == 4, "it says that it is up to date");
    int64_t tables = fixture_query(path, "SELECT count(*) FROM sqlite_schema");
    tap_ok(tables == fixture_query(new_path, "SELECT count(*) FROM sqlite_schema"),
           "and has what a new one has");
    store = fixture_open(path);
    tap_ok(fixture_network(store, "more", 1), "it takes changes");
    store_close(store);
    fixture_block_free(block);
    free(path);
    free(new_path);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        test_version(versions[i].version, versions[i].added);
    return tap_done();
}
