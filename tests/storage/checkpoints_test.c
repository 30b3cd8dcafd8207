/* Checkpoints on disk: rows and blocks beside their network's, small and large. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

enum { LARGE = 200000 }; /* numbers: more than one chunk */

static enum store_status keep(struct store *store, int64_t network, const char *label,
                              const struct store_block *block)
{
    char name[16], definition[] = "{}";
    snprintf(name, sizeof(name), "%s", label);
    const struct store_checkpoint checkpoint = {.network_id = network,
                                                .label = name,
                                                .created_at = 5,
                                                .revision = 7,
                                                .steps = UINT64_MAX >> 12,
                                                .parameter_count = block->parameter_count,
                                                .definition = definition};
    struct store_change change = {
        .kind = STORE_CHECKPOINT, .block = block, .checkpoint = &checkpoint};
    return fixture_commit(store, &change);
}

static enum store_status forget(struct store *store, int64_t network, const char *label)
{
    char name[16];
    snprintf(name, sizeof(name), "%s", label);
    const struct store_checkpoint checkpoint = {.network_id = network, .label = name};
    struct store_change change = {.kind = STORE_CHECKPOINT_DELETE, .checkpoint = &checkpoint};
    return fixture_commit(store, &change);
}

static bool has(struct store *store, int64_t network, const char *label,
                const struct store_block *block)
{
    struct store_checkpoint row;
    struct store_block_copy copy;
    if (store_read_checkpoint(store, network, label, &row, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, block) && row.network_id == network &&
                strcmp(row.label, label) == 0 && row.created_at == 5 && row.revision == 7 &&
                row.steps == UINT64_MAX >> 12 && strcmp(row.definition, "{}") == 0;
    store_checkpoint_release(&row);
    store_block_release(&copy);
    return same;
}

static void check_rows(struct store *store, int64_t network, struct store_block *const blocks[2])
{
    struct store_checkpoint row;
    tap_ok(keep(store, network, "small", blocks[0]) == STORE_OK &&
               has(store, network, "small", blocks[0]),
           "a small one is read as it was written");
    tap_ok(keep(store, network, "large", blocks[1]) == STORE_OK &&
               has(store, network, "large", blocks[1]),
           "and one of several chunks");
    tap_ok(keep(store, network, "small", blocks[1]) == STORE_STALE &&
               has(store, network, "small", blocks[0]),
           "none is written over");
    tap_ok(keep(store, network + 100, "small", blocks[0]) == STORE_STALE,
           "none is without a network");
    tap_ok(store_read_checkpoint(store, network, "none", &row, NULL) == STORE_NOT_FOUND,
           "what is not there is not found");
    tap_ok(forget(store, network, "none") == STORE_STALE, "nor deleted");
}

static void check_list(struct store *store, int64_t network)
{
    struct store_checkpoint *rows;
    size_t count;
    bool more;
    tap_ok(store_list_checkpoints(store, network, NULL, 1, &rows, &count, &more) == STORE_OK &&
               count == 1 && more && strcmp(rows[0].label, "large") == 0,
           "a list goes by label");
    store_checkpoint_release(&rows[0]);
    free(rows);
    tap_ok(store_list_checkpoints(store, network, "large", 5, &rows, &count, &more) == STORE_OK &&
               count == 1 && !more && strcmp(rows[0].label, "small") == 0,
           "from a label on");
    store_checkpoint_release(&rows[0]);
    free(rows);
}

int main(void)
{
    char *path = fixture_path("checkpoints.db");
    struct store *store = fixture_open(path);
    struct store_block *blocks[2] = {fixture_block(10, 20, 3), fixture_block(LARGE, 0, 4)};
    int64_t network = fixture_network(store, "a", 1);
    int64_t other = fixture_network(store, "b", 2);
    check_rows(store, network, blocks);
    check_list(store, network);
    keep(store, other, "small", blocks[1]);
    store_close(store);
    store = fixture_open(path);
    tap_ok(has(store, network, "large", blocks[1]), "they are there after the store was closed");
    tap_ok(forget(store, network, "large") == STORE_OK && !has(store, network, "large", blocks[1]),
           "one is deleted");
    struct store_change change = fixture_delete(network, 0);
    tap_ok(fixture_commit(store, &change) == STORE_OK && !has(store, network, "small", blocks[0]),
           "they go with their network");
    tap_ok(has(store, other, "small", blocks[1]), "and leave another's alone");
    change = fixture_delete(other, 0);
    fixture_commit(store, &change);
    store_close(store);
    store = fixture_open(path); /* it sweeps */
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 0 &&
               fixture_query(path, "SELECT count(*) FROM checkpoints") == 0,
           "and nothing of them stays");
    for (int i = 0; i < 2; i++)
        fixture_block_free(blocks[i]);
    free(path);
    return tap_done();
}
