/* Damage that shows when it is read, and logs that were cut off. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/chunks.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

enum { PARAMETERS = 50, LARGE = 300 * 1000 };

static enum store_status read_block(struct store *store, const char *name)
{
    struct store_network row;
    struct store_block_copy copy;
    enum store_status status = store_read_network_block(store, name, &row, &copy);
    if (status != STORE_OK)
        return status;
    store_network_release(&row);
    store_block_release(&copy);
    return status;
}

static int64_t create(struct store *store, const char *name, size_t parameters, uint64_t seed)
{
    struct store_block *block = fixture_block(parameters, parameters, seed);
    struct store_change change = fixture_create(name, block);
    enum store_status status = fixture_commit(store, &change);
    fixture_block_free(block);
    return status == STORE_OK ? change.id : 0;
}

/* Networks "good", "bad" and "fine", closed. */
static void make_three(const char *path, size_t parameters)
{
    struct store *store = fixture_open(path);
    create(store, "good", parameters, 1);
    create(store, "bad", parameters, 2);
    create(store, "fine", parameters, 3);
    store_close(store);
}

/* Turns one bit of the bad network's values, where the file has them. */
static void flip_bit(const char *path)
{
    size_t size;
    unsigned char *file = fixture_read(path, &size);
    struct store_block *block = fixture_block(PARAMETERS, PARAMETERS, 2);
    unsigned char *found = memmem(file, size, block->state, PARAMETERS * sizeof(double));
    if (!found)
        abort();
    found[100] ^= 0x10;
    fixture_write(path, file, size);
    fixture_block_free(block);
    free(file);
}

static const struct damage {
    const char *what;
    const char *sql; /* how it is done; NULL: flip_bit() */
    size_t parameters;
    bool start; /* it hits the start values */
} damages[] = {
    {"a bit of a block", NULL, PARAMETERS, false},
    {"a chunk gone", "DELETE FROM chunks WHERE block_id = 3", PARAMETERS, false},
    {"a start gone", "DELETE FROM chunks WHERE block_id = 4", PARAMETERS, true},
    {"a chunk shorter", "UPDATE chunks SET data = substr(data, 1, 100) WHERE block_id = 3",
     PARAMETERS, false},
    {"an empty chunk", "UPDATE chunks SET data = x'' WHERE block_id = 3", PARAMETERS, false},
    {"another block's values",
     "UPDATE chunks SET data = (SELECT data FROM chunks WHERE block_id = 2) WHERE block_id = 3",
     PARAMETERS, false},
    {"another parameter count", "UPDATE networks SET parameter_count = 51 WHERE name = 'bad'",
     PARAMETERS, false},
    {"an absurd size", "UPDATE networks SET block_bytes = -1 WHERE name = 'bad'", PARAMETERS,
     false},
    {"a chunk of many gone", "DELETE FROM chunks WHERE block_id = 3 AND seq = 2", LARGE, false},
    {"the last chunk shorter",
     "UPDATE chunks SET data = substr(data, 9) WHERE block_id = 3 AND seq = 4", LARGE, false},
    {"one chunk of a start gone", "DELETE FROM chunks WHERE block_id = 4 AND seq = 1", LARGE, true},
};

static void test_damage(const struct damage *c)
{
    char *path = fixture_path("damaged.db");
    remove(path);
    make_three(path, c->parameters);
    if (c->sql)
        fixture_query(path, c->sql);
    else
        flip_bit(path);

    struct store *store = fixture_open(path);
    struct store_network row;
    struct store_block_copy copy = {0};
    enum store_status start = store_read_start(store, 2, 0, &copy);
    store_block_release(&copy);
    tap_ok(read_block(store, "bad") == (c->start ? STORE_OK : STORE_DAMAGED),
           "%s: its block is%s refused", c->what, c->start ? " not" : "");
    tap_ok(start == (c->start ? STORE_DAMAGED : STORE_OK), "%s: its start is%s refused", c->what,
           c->start ? "" : " not");
    tap_ok(read_block(store, "good") == STORE_OK && read_block(store, "fine") == STORE_OK,
           "%s: the others can be read", c->what);
    tap_ok(store_read_network(store, "bad", &row) == STORE_OK, "%s: its row too", c->what);
    store_network_release(&row);

    struct store_block *block = fixture_block(20, 0, 4);
    struct store_change change = fixture_update(2, 0, block);
    change.start = block;
    tap_ok(fixture_commit(store, &change) == STORE_OK && read_block(store, "bad") == STORE_OK &&
               store_read_start(store, 2, 1, &copy) == STORE_OK,
           "%s: new values make it whole", c->what);
    store_block_release(&copy);
    fixture_block_free(block);
    store_close(store);
    free(path);
}

/* ---- a log cut off ---- */

/* SQLite's log: a header, then frames of a header and a page each. */
enum { LOG_HEADER = 32, FRAME = 24 + 4096, STEPS = 6 };

/* The revision at which the network is found, whole; -1 when it is not. */
static int64_t revision_found(const char *path)
{
    struct store *store;
    struct store_error error;
    struct store_network row;
    struct store_block_copy copy;
    int64_t revision = -1;
    if (store_open(path, &store, &error) != STORE_OK) {
        tap_note("%s", error.message);
        return -1;
    }
    if (store_read_network_block(store, "logged", &row, &copy) == STORE_OK) {
        struct store_block *block = fixture_block(PARAMETERS, PARAMETERS, row.revision);
        if (fixture_same_block(&copy, block))
            revision = (int64_t)row.revision;
        fixture_block_free(block);
        store_block_release(&copy);
        store_network_release(&row);
    }
    store_close(store);
    return revision;
}

/* Commits whose last frame lies before `cut`: that frame's header says how many pages there are. */
static int64_t commits_before(const unsigned char *log, size_t cut)
{
    static const unsigned char no_commit[4];
    int64_t count = 0;
    for (size_t at = LOG_HEADER; at + FRAME <= cut; at += FRAME)
        count += memcmp(log + at + 4, no_commit, sizeof(no_commit)) != 0;
    return count;
}

static void test_cut_log(void)
{
    char *path = fixture_path("logged.db"), *log = fixture_path("logged.db-wal");
    char *copy = fixture_path("copy.db"), *copy_log = fixture_path("copy.db-wal");
    struct store *store = fixture_open(path);
    int64_t id = create(store, "logged", PARAMETERS, 0);
    store_close(store);
    store = fixture_open(path);
    for (uint64_t revision = 0; revision < STEPS; revision++) {
        struct store_block *block = fixture_block(PARAMETERS, PARAMETERS, revision + 1);
        struct store_change change = fixture_update(id, revision, block);
        fixture_commit(store, &change);
        fixture_block_free(block);
    }
    size_t size, log_size;
    unsigned char *bytes = fixture_read(path, &size), *log_bytes = fixture_read(log, &log_size);
    store_close(store);

    const size_t frames = (log_size - LOG_HEADER) / FRAME;
    tap_ok(commits_before(log_bytes, log_size) == STEPS, "%d steps in %zu frames of the log", STEPS,
           frames);
    for (size_t half = 0; half <= 2 * frames; half++) {
        size_t cut = half == 0 ? 0 : LOG_HEADER + half * FRAME / 2;
        remove(copy);
        fixture_write(copy, bytes, size);
        fixture_write(copy_log, log_bytes, cut);
        int64_t expected = commits_before(log_bytes, cut);
        tap_ok(revision_found(copy) == expected, "cut after %g frames: revision %d, and whole",
               half / 2.0, (int)expected);
    }
    remove(copy);
    remove(copy_log);
    fixture_write(copy, bytes, size);
    tap_ok(revision_found(copy) == 0, "the log lost: what was copied back from it");
    free(bytes);
    free(log_bytes);
    free(path);
    free(log);
    free(copy);
    free(copy_log);
}

/* A log whose bytes were changed ends where they were. */
static void test_spoilt_log(void)
{
    char *path = fixture_path("logged.db"), *log = fixture_path("logged.db-wal");
    struct store *store = fixture_open(path);
    struct store_network row;
    store_read_network(store, "logged", &row);
    struct store_block *block = fixture_block(PARAMETERS, PARAMETERS, row.revision + 1);
    struct store_change change = fixture_update(row.id, row.revision, block);
    fixture_commit(store, &change);
    size_t size, log_size;
    unsigned char *bytes = fixture_read(path, &size), *log_bytes = fixture_read(log, &log_size);
    store_close(store);
    log_bytes[LOG_HEADER + 1000] ^= 1;
    fixture_write(path, bytes, size);
    fixture_write(log, log_bytes, log_size);
    tap_ok(revision_found(path) == (int64_t)row.revision, "a bit of the log: what was before it");
    store_network_release(&row);
    fixture_block_free(block);
    free(bytes);
    free(log_bytes);
    free(path);
    free(log);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
        test_damage(&damages[i]);
    test_cut_log();
    test_spoilt_log();
    return tap_done();
}
