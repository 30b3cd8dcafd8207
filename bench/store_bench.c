/*
 * Durable updates per second of the store beside bare SQLite, in turn, on one disk: SQLite updates
 * a row of its own in each transaction (or 64 of them) with the same settings and the same bytes of
 * values; the store updates networks of 10 parameters with 1 or 64 changes outstanding.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "storage/block.h"
#include "storage/store.h"

enum { ROUNDS = 5, NETWORKS = 64, PARAMETERS = 10 };
static const double seconds_per_round = 0.5;

/* A definition of the length that the article's network has. */
static char definition[600];
static double parameters[PARAMETERS];
static const struct store_block block = {.parameters = parameters, .parameter_count = PARAMETERS};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "store_bench: %s\n", what);
    exit(1);
}

/* ---- bare SQLite ---- */

static sqlite3 *bare_open(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA wal_autocheckpoint = 4096;"
                     "CREATE TABLE rows (id INTEGER PRIMARY KEY, revision INTEGER, data BLOB);"
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64)"
                     "INSERT INTO rows SELECT i, 0, zeroblob(128) FROM n",
                     NULL, NULL, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    return db;
}

/* Rows per second, `group` of them in each transaction. */
static double bare_rate(sqlite3 *db, int group)
{
    static const char *const sql[] = {
        "BEGIN IMMEDIATE",
        "UPDATE rows SET revision = revision + 1, data = ?2 WHERE id = ?1",
        "COMMIT",
    };
    sqlite3_stmt *statements[3];
    unsigned char bytes[BLOCK_HEADER_SIZE + PARAMETERS * sizeof(double)] = {0};
    for (int i = 0; i < 3; i++)
        sqlite3_prepare_v2(db, sql[i], -1, &statements[i], NULL);
    size_t rows = 0;
    double start = now();
    while (now() < start + seconds_per_round) {
        sqlite3_step(statements[0]);
        sqlite3_reset(statements[0]);
        for (int i = 1; i <= group; i++, rows++) {
            bytes[0]++;
            sqlite3_bind_int(statements[1], 1, i);
            sqlite3_bind_blob(statements[1], 2, bytes, sizeof(bytes), SQLITE_STATIC);
            sqlite3_step(statements[1]);
            sqlite3_reset(statements[1]);
        }
        if (sqlite3_step(statements[2]) != SQLITE_DONE)
            fail(sqlite3_errmsg(db));
        sqlite3_reset(statements[2]);
    }
    double rate = rows / (now() - start);
    for (int i = 0; i < 3; i++)
        sqlite3_finalize(statements[i]);
    return rate;
}

/* ---- the store ---- */

/* A network whose changes follow one another. */
struct client {
    struct store_change change;
    struct store_chain chain;
    struct load *load;
};

struct load {
    struct store *store;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t outstanding;
    size_t answers;
    bool by_thread; /* a waiting thread submits the next change, not the answer to the last one */
    double end;
};

static void submit_next(struct client *client)
{
    struct store_change *change = &client->change;
    change->parent_revision = change->revision++;
    change->steps++;
    store_submit(client->load->store, change);
}

static void answered(struct store_change *change, enum store_status status)
{
    struct client *client = (struct client *)change;
    struct load *load = client->load;
    if (status != STORE_OK)
        fail("an update failed");
    load->answers++;
    if (!load->by_thread && now() < load->end) {
        submit_next(client);
        return;
    }
    pthread_mutex_lock(&load->mutex);
    load->outstanding--;
    pthread_cond_signal(&load->answered);
    pthread_mutex_unlock(&load->mutex);
}

static void wait_for_all(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    while (load->outstanding)
        pthread_cond_wait(&load->answered, &load->mutex);
    pthread_mutex_unlock(&load->mutex);
}

static double store_rate(struct store *store, struct client *clients, size_t count, bool by_thread)
{
    double start = now();
    struct load load = {store,     PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0,
                        by_thread, start + seconds_per_round};
    do {
        load.outstanding = count;
        for (size_t i = 0; i < count; i++) {
            clients[i].load = &load;
            submit_next(&clients[i]);
        }
        wait_for_all(&load);
    } while (by_thread && now() < load.end);
    return load.answers / (now() - start);
}

static void created(struct store_change *change, enum store_status status)
{
    (void)change;
    if (status != STORE_OK)
        fail("a network was not created");
}

static void create_networks(struct store *store, struct client *clients)
{
    char names[NETWORKS][16];
    for (int i = 0; i < NETWORKS; i++) {
        snprintf(names[i], sizeof(names[i]), "network-%d", i);
        clients[i].change = (struct store_change){.kind = STORE_CREATE,
                                                  .name = names[i],
                                                  .definition = definition,
                                                  .block = &block,
                                                  .done = created};
        store_submit(store, &clients[i].change);
    }
    struct load load = {.outstanding = 1, .by_thread = true};
    pthread_mutex_init(&load.mutex, NULL);
    pthread_cond_init(&load.answered, NULL);
    struct client barrier = {.change = {.kind = STORE_BARRIER, .done = answered}, .load = &load};
    store_submit(store, &barrier.change);
    wait_for_all(&load);
    for (int i = 0; i < NETWORKS; i++) {
        clients[i].change.kind = STORE_UPDATE;
        clients[i].change.name = clients[i].change.definition = NULL;
        clients[i].change.chain = &clients[i].chain;
        clients[i].change.done = answered;
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_size);
    return values[ROUNDS / 2];
}

int main(void)
{
    char folder[] = "bench-store-XXXXXX", path[64];
    if (!mkdtemp(folder) || chdir(folder) != 0)
        fail("no folder for the databases");
    memset(definition, '-', sizeof(definition) - 1);
    sqlite3 *bare = bare_open("bare.db");
    struct store *store;
    struct store_error error;
    if (store_open("store.db", &store, &error) != STORE_OK)
        fail(error.message);
    static struct client clients[NETWORKS];
    create_networks(store, clients);

    static const struct {
        const char *name;
        size_t outstanding;
        bool by_thread;
    } loads[] = {
        {"1 outstanding", 1, false},
        {"1 outstanding, by a waiting thread", 1, true},
        {"64 outstanding", NETWORKS, false},
    };
    printf("%-36s %12s %12s %8s\n", "updates/s, median of 5 rounds", "bare SQLite", "store",
           "ratio");
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
        double bare_rates[ROUNDS], rates[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            bare_rates[round] = bare_rate(bare, (int)loads[i].outstanding);
            rates[round] = store_rate(store, clients, loads[i].outstanding, loads[i].by_thread);
        }
        double bare_median = median(bare_rates), store_median = median(rates);
        printf("%-36s %12.0f %12.0f %8.2f\n", loads[i].name, bare_median, store_median,
               store_median / bare_median);
    }
    store_close(store);
    sqlite3_close(bare);
    snprintf(path, sizeof(path), "rm -r ../%s", folder);
    return system(path);
}
