/*
 * Networks that another arithmetic trained: they are read as they are, and which arithmetic it was
 * stays visible until they have values that do not come from it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/networks.h"
#include "nn/numerics.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

enum { OLD = 1 };

static atomic_int stored;

static void note_stored(struct store_change *change, enum store_status status)
{
    (void)change;
    atomic_store(&stored, status == STORE_OK ? 1 : -1);
}

/* Puts a network into the store as an older daemon left it. */
static bool store_old(struct store *store, const char *name)
{
    struct proposal proposal = fixture_proposal(INPUTS, HIDDEN, OUTPUTS, 1);
    struct block *block = block_create(proposal.definition->net);
    network_initialize(proposal.definition->net, block->parameters);
    block->numerics = OLD;
    struct store_block values = block_for_store(block);
    char *definition = plain_codec.encode(proposal.definition);
    struct store_change change = {.kind = STORE_CREATE,
                                  .name = name,
                                  .definition = definition,
                                  .block = &values,
                                  .done = note_stored};
    atomic_store(&stored, 0);
    store_submit(store, &change);
    while (!atomic_load(&stored))
        usleep(1000);
    free(definition);
    block_release(block);
    proposal_release(&proposal);
    return atomic_load(&stored) == 1;
}

static const struct numerics_case {
    const char *what;
    enum verb verb; /* VERB_CREATE: nothing */
    uint32_t numerics;
} cases[] = {
    {"as it was stored", VERB_CREATE, OLD},
    {"trained on", VERB_STEP, OLD},
    {"after a run", VERB_TRAIN, OLD},
    {"patched, with the same parameters", VERB_PATCH, OLD},
    {"back at the values that it began with", VERB_RESET, OLD},
    {"with given parameters", VERB_SET, NN_NUMERICS},
    {"with drawn ones", VERB_RESEED, NN_NUMERICS},
    {"replaced by another shape", VERB_RESHAPE, NN_NUMERICS},
};

static void check(struct store *store, const struct numerics_case *row, const char *name)
{
    tap_ok(store_old(store, name), "an old network is stored");
    struct engine *engine = fixture_engine(store, 1 << 20, 10);
    if (row->verb != VERB_CREATE)
        tap_ok(ask_and_wait(engine, &(struct wish){row->verb, name}) == ENGINE_OK, "%s", row->what);
    for (int opened = 0; opened < 2; opened++) {
        struct snapshot *snapshot = snapshot_of(engine, name);
        tap_ok(snapshot->block->numerics == row->numerics, "%s: %u%s", row->what,
               snapshot->block->numerics, opened ? ", from the disk too" : "");
        snapshot_release(snapshot);
        engine_close(engine);
        engine = fixture_engine(store, 1 << 20, 10);
    }
    engine_close(engine);
}

int main(void)
{
    struct store *store = fixture_store("old.db");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[] = {(char)('a' + i), '\0'};
        check(store, &cases[i], name);
    }
    store_close(store);
    return tap_done();
}
