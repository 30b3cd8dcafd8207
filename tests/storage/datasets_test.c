/* Datasets: staged part by part, put in place at once, read in parts, swept. */
#include "storage/store_datasets.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "storage/part.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

/* A value of a dataset by its place. */
static double value_at(uint64_t seed, uint64_t place)
{
    return (double)(place * 3 + seed) / 7;
}

/* Stages `count` values; the status of the last part. */
static enum store_status stage(struct store *store, struct store_chain *chain, int64_t *staged,
                               uint64_t seed, size_t count)
{
    double *values = calloc(STORE_PART_VALUES, sizeof(*values));
    enum store_status status = STORE_OK;
    for (size_t first = 0; first < count && status == STORE_OK; first += STORE_PART_VALUES) {
        size_t some = count - first < STORE_PART_VALUES ? count - first : STORE_PART_VALUES;
        for (size_t i = 0; i < some; i++)
            values[i] = value_at(seed, first + i);
        struct store_change change = {.kind = STORE_STAGE,
                                      .chain = chain,
                                      .staged = staged,
                                      .part = first / STORE_PART_VALUES,
                                      .values = values,
                                      .value_count = some};
        status = fixture_commit(store, &change);
    }
    free(values);
    return status;
}

static struct store_dataset row(const char *name, uint64_t count)
{
    return (struct store_dataset){.name = (char *)name,
                                  .created_at = 11,
                                  .updated_at = 12,
                                  .rows = count,
                                  .width = 1,
                                  .digest = {1, 2, 3},
                                  .description = (char *)"{}"};
}

static enum store_status put(struct store *store, int64_t *staged, const char *name, uint64_t count,
                             int64_t parent)
{
    struct store_dataset dataset = row(name, count);
    struct store_change change = {
        .kind = STORE_DATASET_PUT, .staged = staged, .dataset = &dataset, .id = parent};
    return fixture_commit(store, &change);
}

static int64_t make(struct store *store, const char *name, uint64_t seed, size_t count,
                    int64_t parent)
{
    int64_t staged = 0;
    struct store_chain chain = {0};
    if (stage(store, &chain, &staged, seed, count) != STORE_OK ||
        put(store, &staged, name, count, parent) != STORE_OK)
        return 0;
    return staged;
}

/* Whether `count` values from `first` on are those of the seed. */
static bool holds(struct store *store, const struct store_dataset *dataset, uint64_t seed,
                  uint64_t first, size_t count)
{
    double *values = calloc(count, sizeof(*values));
    bool same = store_read_values(store, dataset, first, count, values) == STORE_OK;
    for (size_t i = 0; i < count && same; i++)
        same = values[i] == value_at(seed, first + i);
    free(values);
    return same;
}

static int64_t orphans(const char *path)
{
    return fixture_query(path, "SELECT (SELECT count(*) FROM loose_blocks) + (SELECT count(*) FROM "
                               "staged_blocks) + (SELECT count(*) FROM chunks WHERE block_id NOT "
                               "IN (SELECT id FROM datasets))");
}

static void test_values(void)
{
    static const size_t counts[] = {1, STORE_PART_VALUES - 1, STORE_PART_VALUES,
                                    STORE_PART_VALUES + 1, 3 * STORE_PART_VALUES + 5};
    char *path = fixture_path("values.db");
    struct store *store = fixture_open(path);
    int64_t id = 0;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct store_dataset dataset = {0};
        size_t count = counts[i];
        id = make(store, "a", i, count, id);
        tap_ok(id && store_read_dataset(store, "a", &dataset) == STORE_OK && dataset.id == id &&
                   dataset.rows == count && dataset.digest[2] == 3 && dataset.created_at == 11 &&
                   strcmp(dataset.description, "{}") == 0,
               "the row of %zu values", count);
        tap_ok(holds(store, &dataset, i, 0, count), "all values");
        tap_ok(holds(store, &dataset, i, count - 1, 1), "the last value");
        if (count > STORE_PART_VALUES)
            tap_ok(holds(store, &dataset, i, STORE_PART_VALUES - 1, 2), "across two parts");
        store_dataset_release(&dataset);
    }
    store_close(store);
    tap_ok(orphans(path) == 0, "what was replaced is gone");
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 4, "what is there is there once");
    free(path);
}

static void test_parents(void)
{
    struct store *store = fixture_open(":memory:");
    int64_t staged = 0, first = make(store, "a", 1, 10, 0);
    struct store_chain chain = {0};
    stage(store, &chain, &staged, 2, 10);
    tap_ok(put(store, &staged, "a", 10, 0) == STORE_STALE, "a name that is taken meanwhile");
    tap_ok(put(store, &staged, "a", 10, first + 77) == STORE_STALE, "another one than was seen");
    tap_ok(put(store, &staged, "b", 10, first) == STORE_STALE, "one that is gone");
    tap_ok(put(store, &staged, "a", 10, first) == STORE_OK, "then the right one");

    struct store_dataset dataset = {.id = first};
    double value;
    enum store_status status = STORE_OK;
    for (int i = 0; i < 5000 && status == STORE_OK; i++) { /* the sweep comes after the answer */
        status = store_read_values(store, &dataset, 0, 1, &value);
        usleep(1000);
    }
    tap_ok(status == STORE_STALE, "what was replaced cannot be read on for long");
    struct store_change gone = {.kind = STORE_DATASET_DELETE, .id = first};
    tap_ok(fixture_commit(store, &gone) == STORE_STALE, "nor deleted");
    gone.id = staged;
    tap_ok(fixture_commit(store, &gone) == STORE_OK, "a deletion");
    tap_ok(store_read_dataset(store, "a", &dataset) == STORE_NOT_FOUND, "is one");
    store_close(store);
}

/* Parts of which one was refused make no dataset. */
static void test_chain(void)
{
    struct store *store = fixture_open(":memory:");
    int64_t staged = 0;
    double value = 1;
    struct store_chain chain = {0};
    struct store_dataset dataset = row("a", 2);
    struct awaited changes[3] = {
        {.change = {.kind = STORE_STAGE, .staged = &staged, .values = &value, .value_count = 1}},
        {.change = {.kind = STORE_STAGE,
                    .staged = &staged,
                    .part = 1,
                    .values = &value,
                    .value_count = 1,
                    .generation = 1}}, /* of no generation that there is */
        {.change = {.kind = STORE_DATASET_PUT, .staged = &staged, .dataset = &dataset}},
    };
    struct hold held;
    hold(&held, store);
    atomic_store(&chain.generation, 0);
    for (int i = 0; i < 3; i++) {
        changes[i].change.chain = &chain;
        await_submit(store, &changes[i]);
    }
    atomic_store(&chain.generation, 1);
    release(&held);
    tap_ok(await(&changes[0]) == STORE_STALE, "the owner gave it up");
    tap_ok(await(&changes[1]) == STORE_OK, "not so what came after that");
    tap_ok(await(&changes[2]) == STORE_STALE, "but the dataset");
    struct store_change forget = {.kind = STORE_UNSTAGE, .staged = &staged};
    tap_ok(fixture_commit(store, &forget) == STORE_OK, "which is forgotten");
    store_close(store);
}

static void test_leftovers(void)
{
    char *path = fixture_path("left.db");
    struct store *store = fixture_open(path);
    int64_t staged = 0, forgotten = 0;
    struct store_chain chain = {0};
    stage(store, &chain, &staged, 1, 2 * STORE_PART_VALUES);
    make(store, "other", 1, 10, 0); /* a group that is tidied up after */
    stage(store, &chain, &forgotten, 1, 2 * STORE_PART_VALUES);
    struct store_change forget = {.kind = STORE_UNSTAGE, .staged = &forgotten};
    tap_ok(fixture_commit(store, &forget) == STORE_OK, "forgets what is staged");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 3,
           "what is forgotten is swept, what is staged is not");
    store = fixture_open(path);
    store_close(store);
    tap_ok(orphans(path) == 0, "the next start sweeps what nobody goes on with");
    free(path);
}

/* What is given up while the disk is full is swept once there is room again. */
static void test_full_disk(void)
{
    char *path = fixture_path("full.db");
    struct store *store = fixture_open(path);
    struct store_chain chain = {0};
    struct rlimit unlimited, limit = {6 << 20, RLIM_INFINITY};
    int64_t staged = 0;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limit.rlim_max = unlimited.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    tap_ok(stage(store, &chain, &staged, 1, 30 * (size_t)STORE_PART_VALUES) == STORE_FULL,
           "30 MiB where there is room for 6");
    struct store_change forget = {.kind = STORE_UNSTAGE, .staged = &staged};
    tap_ok(fixture_commit(store, &forget) == STORE_OK, "are given up");
    setrlimit(RLIMIT_FSIZE, &unlimited);
    tap_ok(make(store, "small", 1, 10, 0) != 0, "with room again another one is taken");
    store_close(store);
    tap_ok(orphans(path) == 0, "and nothing of the first is left: %d", (int)orphans(path));
    free(path);
}

static void test_list(void)
{
    static const char *const names[] = {"a", "ab", "b"};
    struct store *store = fixture_open(":memory:");
    for (int i = 2; i >= 0; i--)
        make(store, names[i], 1, 3, 0);
    struct store_dataset *rows;
    size_t count;
    bool more;
    tap_ok(store_list_datasets(store, "", NULL, 2, &rows, &count, &more) == STORE_OK &&
               count == 2 && more && strcmp(rows[0].name, "a") == 0 &&
               strcmp(rows[1].name, "ab") == 0,
           "a page");
    for (size_t i = 0; i < count; i++)
        store_dataset_release(&rows[i]);
    free(rows);
    tap_ok(store_list_datasets(store, "", "ab", 2, &rows, &count, &more) == STORE_OK &&
               count == 1 && !more && strcmp(rows[0].name, "b") == 0,
           "the next one");
    store_dataset_release(&rows[0]);
    free(rows);
    tap_ok(store_list_datasets(store, "a", NULL, 9, &rows, &count, &more) == STORE_OK && count == 2,
           "by their beginning");
    for (size_t i = 0; i < count; i++)
        store_dataset_release(&rows[i]);
    free(rows);
    store_close(store);
}

static void test_part(void)
{
    double values[3] = {1.5, -0.0, 3}, copy[3];
    unsigned char bytes[PART_HEADER_SIZE + sizeof(values)];
    part_encode(values, 3, bytes);
    tap_ok(part_decode(bytes, sizeof(bytes), 1, 2, copy) && memcmp(copy, values + 1, 16) == 0,
           "a part");
    tap_ok(!part_decode(bytes, sizeof(bytes), 1, 3, copy), "has no more than it has");
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] ^= 0x40;
        if (!tap_ok(!part_decode(bytes, sizeof(bytes), 0, 3, copy), "damage of byte %zu shows", i))
            break;
        bytes[i] ^= 0x40;
    }
    tap_ok(!part_decode(bytes, sizeof(bytes) - 8, 0, 2, copy), "a part that is cut off");
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
}

static void test_damage(void)
{
    char *path = fixture_path("damage.db");
    struct store *store = fixture_open(path);
    make(store, "a", 1, STORE_PART_VALUES + 10, 0);
    store_close(store);
    run_sql(path, "DELETE FROM chunks WHERE seq = 1");
    store = fixture_open(path);
    struct store_dataset dataset;
    double value;
    tap_ok(store_read_dataset(store, "a", &dataset) == STORE_OK &&
               store_read_values(store, &dataset, 0, 1, &value) == STORE_OK,
           "a part that is there");
    tap_ok(store_read_values(store, &dataset, STORE_PART_VALUES, 1, &value) == STORE_DAMAGED,
           "one that is not");
    store_dataset_release(&dataset);
    store_close(store);
    free(path);
}

/* A database of version 2: what version 3 added is taken away. */
static void test_migration(void)
{
    char *path = fixture_path("old.db");
    struct store *store = fixture_open(path);
    fixture_network(store, "net", 1);
    store_close(store);
    run_sql(path, "DROP TABLE datasets; DROP TABLE checkpoints; DROP TABLE staged_blocks; PRAGMA "
                  "user_version = 2");
    store = fixture_open(path);
    struct store_network network;
    tap_ok(!store_is_new(store) && store_read_network(store, "net", &network) == STORE_OK,
           "a database of version 2 keeps its networks");
    store_network_release(&network);
    tap_ok(make(store, "a", 1, 10, 0) != 0, "and takes datasets");
    store_close(store);
    free(path);
}

int main(void)
{
    test_part();
    test_values();
    test_parents();
    test_chain();
    test_leftovers();
    test_full_disk();
    test_list();
    test_damage();
    test_migration();
    return tap_done();
}
