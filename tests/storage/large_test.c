/* Blocks above a chunk: written beforehand, published at once, read in parts, swept. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/block.h"
#include "storage/chunks.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

/* Parameters of a block that fills `chunks` chunks and has `more` values beyond. */
#define FILLING(chunks, more) (((chunks)*CHUNK_SIZE - BLOCK_HEADER_SIZE) / sizeof(double) + (more))

static bool holds(struct store *store, const char *name, const struct store_block *block)
{
    struct store_network row;
    struct store_block_copy copy;
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, block) && row.parameter_count == block->parameter_count;
    store_block_release(&copy);
    store_network_release(&row);
    return same;
}

static bool start_has(struct store *store, int64_t id, uint64_t revision,
                      const struct store_block *block)
{
    struct store_block stateless = *block;
    stateless.state = NULL;
    stateless.state_count = stateless.optimizer_updates = 0;
    struct store_block_copy copy;
    if (store_read_start(store, id, revision, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, &stateless);
    store_block_release(&copy);
    return same;
}

/* What lies in a closed database without belonging to a network. */
static int64_t orphans(const char *path)
{
    return fixture_query(
        path, "SELECT (SELECT count(*) FROM loose_blocks) + (SELECT count(*) FROM chunks WHERE "
              "block_id NOT IN (SELECT block_id FROM networks UNION SELECT start_id FROM "
              "networks))");
}

/* Sizes around a chunk's end, one after the other on one network. */
static const struct {
    size_t parameters, state;
    size_t chunks;
    bool floats;
} sizes[] = {
    {10, 0, 1},
    {FILLING(1, -1), 0, 1},
    {FILLING(1, 0), 0, 1},
    {FILLING(1, 1), 0, 2},
    {FILLING(1, 0), FILLING(1, 0), 2},
    {FILLING(2, 0), 1, 3},
    {20, 20, 1},
    {FILLING(9, 0), 0, 9},
    {FILLING(9, 0), 0, 9},
    {FILLING(8, 1), 0, 9},
    {5, 0, 1},
    {2 * FILLING(2, 0), 0, 2, true}, /* as floats */
    {2 * FILLING(2, 0), 1, 3, true},
    {6, 6, 1, true},
};

static void test_sizes(void)
{
    char *path = fixture_path("sizes.db");
    struct store *store = fixture_open(path);
    int64_t id = fixture_network(store, "grows", 1);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct store_block *block = fixture_block(sizes[i].parameters, sizes[i].state, i);
        struct store_change change = fixture_update(id, i, block);
        change.start = block;
        if (sizes[i].floats)
            fixture_block_round(block);
        tap_ok(fixture_commit(store, &change) == STORE_OK, "%zu parameters, %zu of state",
               sizes[i].parameters, sizes[i].state);
        tap_ok(holds(store, "grows", block), "they are there, to the bit");
        tap_ok(start_has(store, id, i + 1, block), "the start too, without its state");
        tap_ok(fixture_query(path, "SELECT count(*) FROM chunks JOIN networks USING (block_id)") ==
                   (int64_t)sizes[i].chunks,
               "in %zu chunks", sizes[i].chunks);
        fixture_block_free(block);
    }
    store_close(store);
    tap_ok(orphans(path) == 0, "nothing is left of the sizes before");
    free(path);
}

/* Refused and deleted ones leave nothing. */
static void test_leftovers(void)
{
    char *path = fixture_path("leftovers.db");
    struct store *store = fixture_open(path);
    struct store_block *block = fixture_block(FILLING(3, 1), 0, 1);
    struct store_change create = fixture_create("large", block);
    tap_ok(fixture_commit(store, &create) == STORE_OK && holds(store, "large", block),
           "create a large network");
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 8, "twice 4 chunks");
    struct store_change again = fixture_create("large", block);
    tap_ok(fixture_commit(store, &again) == STORE_EXISTS, "its name is there once");
    struct store_change remove = fixture_delete(create.id, 0);
    tap_ok(fixture_commit(store, &remove) == STORE_OK, "delete it");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 0 && orphans(path) == 0,
           "nothing is left");
    store = fixture_open(path);
    int64_t small = fixture_network(store, "small", 1); /* after the sweep of the start */
    struct store_change stale = fixture_update(small, 7, block);
    tap_ok(fixture_commit(store, &stale) == STORE_STALE, "a stale update");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 2 && orphans(path) == 0,
           "nothing is left of that");
    fixture_block_free(block);
    free(path);
}

/* What a process left that was killed while it wrote or swept a large block. */
static void test_sweep_at_open(void)
{
    char *path = fixture_path("swept.db");
    struct store *store = fixture_open(path);
    struct store_block *block = fixture_block(FILLING(2, 0), 0, 1);
    struct store_change create = fixture_create("kept", block);
    fixture_commit(store, &create);
    store_close(store);
    fixture_query(path, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        "29) INSERT INTO chunks SELECT 1000, i, zeroblob(1000) FROM n");
    fixture_query(path, "INSERT INTO loose_blocks VALUES (1000), (2000)");
    tap_ok(orphans(path) == 32, "30 chunks of an unfinished block, and one that has none");
    store = fixture_open(path);
    struct store_change update = fixture_update(create.id, 0, block);
    tap_ok(fixture_commit(store, &update) == STORE_OK && holds(store, "kept", block),
           "the store goes on");
    store_close(store);
    tap_ok(orphans(path) == 0, "and has swept them");
    fixture_block_free(block);
    free(path);
}

/* Steps of a large network in one group: only the last one goes to disk. */
static void test_newest_only(void)
{
    enum { STEPS = 10 };
    char *path = fixture_path("newest.db");
    struct store *store = fixture_open(path);
    struct store_block *first = fixture_block(FILLING(4, 0), 0, 0), *blocks[STEPS];
    struct store_change create = fixture_create("stepped", first);
    fixture_commit(store, &create);
    struct awaited changes[STEPS] = {0};
    struct store_chain chain = {0};
    struct hold writer;
    hold(&writer, store);
    for (int i = 0; i < STEPS; i++) {
        blocks[i] = fixture_block(FILLING(4, 0), 0, i + 1);
        changes[i].change = fixture_update(create.id, i, blocks[i]);
        changes[i].change.chain = &chain;
        await_submit(store, &changes[i]);
    }
    release(&writer);
    bool all = true;
    for (int i = 0; i < STEPS; i++)
        all &= await(&changes[i]) == STORE_OK;
    tap_ok(all && holds(store, "stepped", blocks[STEPS - 1]), "ten large steps in one group");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT max(block_id) FROM chunks") == 3,
           "made one block: those of the creation are 1 and 2, the last one is 3");
    for (int i = 0; i < STEPS; i++)
        fixture_block_free(blocks[i]);
    fixture_block_free(first);
    free(path);
}

/* Readers while a large block is replaced again and again: each sees one revision whole. */
enum { REPLACEMENTS = 15, LARGE = FILLING(3, 0) };

struct reader {
    pthread_t thread;
    struct store *store;
    int64_t id;
    atomic_bool *over;
    int reads, torn, failed;
};

static void *read_on(void *argument)
{
    struct reader *reader = argument;
    while (!atomic_load(reader->over)) {
        struct store_network row;
        struct store_block_copy copy;
        if (store_read_network_block(reader->store, "replaced", &row, &copy) != STORE_OK) {
            reader->failed++;
            continue;
        }
        /* The block of revision r was made with seed r; its updates say so as well. */
        struct store_block *expected = fixture_block(LARGE, 0, row.revision);
        reader->torn += !fixture_same_block(&copy, expected);
        reader->reads++;
        fixture_block_free(expected);
        store_block_release(&copy);
        enum store_status status = store_read_start(reader->store, reader->id, row.revision, &copy);
        if (status == STORE_OK)
            store_block_release(&copy);
        reader->failed += status != STORE_OK && status != STORE_STALE;
        store_network_release(&row);
    }
    return NULL;
}

static void test_readers(void)
{
    char *path = fixture_path("readers.db");
    struct store *store = fixture_open(path);
    struct store_block *block = fixture_block(LARGE, 0, 0);
    struct store_change create = fixture_create("replaced", block);
    fixture_commit(store, &create);
    fixture_block_free(block);
    atomic_bool over = false;
    struct reader readers[2] = {0};
    for (int i = 0; i < 2; i++) {
        readers[i] = (struct reader){.store = store, .id = create.id, .over = &over};
        pthread_create(&readers[i].thread, NULL, read_on, &readers[i]);
    }
    bool all = true;
    for (uint64_t revision = 0; revision < REPLACEMENTS; revision++) {
        block = fixture_block(LARGE, 0, revision + 1);
        struct store_change change = fixture_update(create.id, revision, block);
        change.start = block;
        all &= fixture_commit(store, &change) == STORE_OK;
        fixture_block_free(block);
    }
    atomic_store(&over, true);
    tap_ok(all, "replace a large block %d times", REPLACEMENTS);
    for (int i = 0; i < 2; i++) {
        pthread_join(readers[i].thread, NULL);
        tap_ok(readers[i].reads > 0 && !readers[i].torn && !readers[i].failed,
               "reader %d: every read is of one revision (%d reads)", i, readers[i].reads);
    }
    store_close(store);
    tap_ok(orphans(path) == 0, "what was replaced is swept");
    free(path);
}

int main(void)
{
    test_sizes();
    test_leftovers();
    test_sweep_at_open();
    test_newest_only();
    test_readers();
    return tap_done();
}
