/*
 * What each change makes of a network, in memory and in a file; and that it is the same network, to
 * the bit, after it was dropped from the cache and after the database was opened anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/listing.h"
#include "engine/networks.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

/* Which parameters a network has after a change. */
enum values {
    KEPT,    /* those that it had before */
    DRAWN,   /* by its layers' inits and its seed */
    GIVEN,   /* those of VERB_SET */
    TRAINED, /* others */
};

static const struct change_case {
    const char *what;
    enum verb first; /* asked before and not looked at; VERB_CREATE: nothing */
    enum verb verb;
    enum values values;
    bool keeps_state;     /* the optimizer's, with its count of updates */
    long revision;        /* of a network that was at 3 */
    long steps;           /* after the 3 that were taken */
    double learning_rate; /* of 0.5 */
    size_t inputs;        /* 0: INPUTS */
} change_cases[] = {
    {"a replacement of the same sizes", VERB_CREATE, VERB_REPLACE, KEPT, true, 4, 3, 0.25},
    {"a replacement of other sizes", VERB_CREATE, VERB_RESHAPE, DRAWN, false, 4, 0, 0.25,
     RESHAPED_INPUTS},
    {"a patch", VERB_CREATE, VERB_PATCH, KEPT, true, 4, 3, 0.25},
    {"a patch that ends the momentum", VERB_CREATE, VERB_STILL, KEPT, false, 4, 3, 0.5},
    {"new parameters", VERB_CREATE, VERB_SET, GIVEN, false, 4, 3, 0.5},
    {"a reset", VERB_CREATE, VERB_RESET, DRAWN, false, 4, 0, 0.5},
    {"a reset to another seed", VERB_CREATE, VERB_RESEED, DRAWN, false, 4, 0, 0.5},
    {"a reset after one to another seed", VERB_RESEED, VERB_RESET, DRAWN, false, 5, 0, 0.5},
    {"a reset after new parameters", VERB_SET, VERB_RESET, DRAWN, false, 5, 0, 0.5},
    {"a reset after a patch", VERB_PATCH, VERB_RESET, DRAWN, false, 5, 0, 0.25},
    {"a reset after a replacement of other sizes", VERB_RESHAPE, VERB_RESET, DRAWN, false, 5, 0,
     0.25, RESHAPED_INPUTS},
    {"a step", VERB_CREATE, VERB_STEP, TRAINED, false, 4, 4, 0.5},
    {"a run", VERB_CREATE, VERB_TRAIN, TRAINED, false, 4, 15, 0.5},
    {"a long run", VERB_CREATE, VERB_TRAIN_LONG, TRAINED, false, 4, 80003, 0.5},
};

/* "a" after three steps: revision 3, and an optimizer with state. */
static void prepare(struct engine *engine)
{
    ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"});
    for (int i = 0; i < 3; i++)
        ask_and_wait(engine, &(struct wish){VERB_STEP, "a"});
}

static bool has_values(const struct snapshot *snapshot, const struct snapshot *before,
                       enum values values)
{
    const struct network *net = snapshot->definition->net;
    size_t count = snapshot->block->parameter_count;
    double *drawn = calloc(count, sizeof(double));
    network_initialize(net, drawn);
    const double *expected[] = {
        [KEPT] = before->block->parameters,
        [DRAWN] = drawn,
        [GIVEN] = fixture_values(count),
    };
    bool same;
    if (values == TRAINED)
        same = memcmp(snapshot->block->parameters, before->block->parameters,
                      count * sizeof(double)) != 0;
    else
        same = memcmp(snapshot->block->parameters, expected[values], count * sizeof(double)) == 0;
    free(drawn);
    return same && count == net->parameter_count;
}

/* Whether the optimizer's state is that of before; or a fresh one, or of training. */
static bool has_state(const struct snapshot *snapshot, const struct snapshot *before,
                      const struct change_case *row)
{
    const struct block *block = snapshot->block;
    if (row->values == TRAINED)
        return block->optimizer_updates == snapshot->steps;
    if (row->keeps_state)
        return block->state_count == before->block->state_count &&
               block->optimizer_updates == before->block->optimizer_updates &&
               memcmp(block->state, before->block->state, block->state_count * sizeof(double)) == 0;
    for (size_t i = 0; i < block->state_count; i++)
        if (block->state[i] != 0)
            return false;
    size_t slots = row->verb == VERB_STILL ? 0 : 1;
    return block->optimizer_updates == 0 && block->state_count == slots * block->parameter_count;
}

/* Looks at the snapshot that the change answered with, and at what readers see. */
static void check_change(struct engine *engine, const struct change_case *row,
                         const struct snapshot *before, const struct snapshot *answered)
{
    struct snapshot *after = snapshot_of(engine, "a");
    const struct network *net = after->definition->net;
    tap_ok(after->revision == (uint64_t)row->revision && after->steps == (uint64_t)row->steps,
           "%s: revision %ju, steps %ju", row->what, (uintmax_t)after->revision,
           (uintmax_t)after->steps);
    tap_ok(after->creation_id == before->creation_id && after->created_at == before->created_at &&
               after->updated_at >= before->updated_at,
           "%s: it is the same network", row->what);
    tap_ok(net->optimizer.learning_rate == row->learning_rate &&
               net->inputs == (row->inputs ? row->inputs : INPUTS),
           "%s: the definition", row->what);
    tap_ok(has_values(after, before, row->values), "%s: the parameters", row->what);
    tap_ok(has_state(after, before, row), "%s: the optimizer's state", row->what);
    tap_ok(same_model(after, answered), "%s: readers see what was answered", row->what);
    snapshot_release(after);
}

static void test_change(struct store *store, const struct change_case *row)
{
    struct engine *engine = fixture_engine(store, 0, 1); /* all is read from the store each time */
    struct answer answer;
    prepare(engine);
    struct snapshot *before = snapshot_of(engine, "a");
    if (row->first != VERB_CREATE)
        ask_and_wait(engine, &(struct wish){row->first, "a"});
    ask(engine, &(struct wish){row->verb, "a"}, &answer);
    if (tap_ok(answer_wait(&answer) == ENGINE_OK, "%s", row->what))
        check_change(engine, row, before, answer.after);
    answer_release(&answer);
    snapshot_release(before);
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    tap_ok(revision_of(engine, "a") == -1, "%s: deleted", row->what);
    engine_close(engine);
}

/* A clone, and a clone of that: what is one's own. */
static void test_clone(struct store *store)
{
    struct engine *engine = fixture_engine(store, 0, 1);
    prepare(engine);
    ask_and_wait(engine, &(struct wish){VERB_CLONE, "b", "a"});
    struct snapshot *a = snapshot_of(engine, "a");
    struct snapshot *b = snapshot_of(engine, "b");
    tap_ok(same_model(a, b) && b->steps == 3, "a clone has parameters, state and steps");
    tap_ok(b->revision == 0 && b->creation_id != a->creation_id, "a clone is a new network");
    ask_and_wait(engine, &(struct wish){VERB_STEP, "a"});
    ask_and_wait(engine, &(struct wish){VERB_STEP, "b"});
    struct snapshot *a4 = snapshot_of(engine, "a");
    struct snapshot *b1 = snapshot_of(engine, "b");
    tap_ok(same_model(a4, b1), "a clone trains to the same bits");
    ask_and_wait(engine, &(struct wish){VERB_RESET, "b"});
    struct snapshot *reset = snapshot_of(engine, "b");
    tap_ok(has_values(reset, a, KEPT) && reset->steps == 0,
           "a clone is reset to what it was cloned with");
    snapshot_release(a);
    snapshot_release(b);
    snapshot_release(a4);
    snapshot_release(b1);
    snapshot_release(reset);
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "b"});
    engine_close(engine);
}

static void test_rename(struct store *store)
{
    struct engine *engine = fixture_engine(store, 0, 1);
    prepare(engine);
    struct snapshot *before = snapshot_of(engine, "a");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_RENAME, "a", "z"}) == ENGINE_OK &&
               revision_of(engine, "a") == -1,
           "a network that was renamed has left its name");
    struct snapshot *after = snapshot_of(engine, "z");
    tap_ok(same_model(before, after) && after->revision == 4 && strcmp(after->name, "z") == 0 &&
               after->creation_id == before->creation_id,
           "and is the same under the new one");
    ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"});
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_RENAME, "z", "a"}) == ENGINE_EXISTS,
           "which may not be another's");
    snapshot_release(before);
    snapshot_release(after);
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "z"});
    engine_close(engine);
}

/* Dropped and loaded ---------------------------------------------------------------------- */

/* All that can happen to networks, in one go. */
static const struct wish life[] = {
    {VERB_CREATE, "a"},
    {VERB_STEP, "a"},
    {VERB_CREATE, "b"},
    {VERB_TRAIN, "a"},
    {VERB_REPLACE, "a"},
    {VERB_STEP, "a", .sample = 1},
    {VERB_CLONE, "c", "a"},
    {VERB_TRAIN_LONG, "c"},
    {VERB_STEP, "c", .sample = 2},
    {VERB_RESEED, "b"},
    {VERB_STEP, "b"},
    {VERB_STILL, "b"},
    {VERB_STEP, "b"},
    {VERB_SET, "a"},
    {VERB_STEP, "a", .sample = 3},
    {VERB_CREATE, "d"},
    {VERB_RESHAPE, "d"},
    {VERB_STEP, "d", .inputs = RESHAPED_INPUTS},
    {VERB_RENAME, "d", "e"},
    {VERB_CREATE, "d"},
    {VERB_DELETE, "d"},
    {VERB_CLONE, "f", "e"},
    {VERB_RESET, "f"},
    {VERB_PATCH, "f"},
    {VERB_STEP, "f", .inputs = RESHAPED_INPUTS},
};

static const char *const living[] = {"a", "b", "c", "e", "f"};
enum { LIVING = sizeof(living) / sizeof(living[0]) };

static bool live_through(struct engine *engine)
{
    bool all_went_well = true;
    for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++)
        all_went_well &= ask_and_wait(engine, &life[i]) == ENGINE_OK;
    return all_went_well;
}

/* The networks of an engine that keeps everything in memory: what the others are compared with. */
static void live_in_memory(struct snapshot *networks[LIVING])
{
    struct store *store = fixture_store(":memory:");
    struct engine *engine = fixture_engine(store, SIZE_MAX, 1);
    tap_ok(live_through(engine), "networks live in memory");
    for (int i = 0; i < LIVING; i++)
        networks[i] = snapshot_of(engine, living[i]);
    engine_close(engine);
    store_close(store);
}

static void compare(struct engine *engine, struct snapshot *const networks[LIVING],
                    const char *what)
{
    for (int i = 0; i < LIVING; i++) {
        struct snapshot *snapshot = snapshot_of(engine, living[i]);
        tap_ok(same_model(snapshot, networks[i]) && snapshot->revision == networks[i]->revision &&
                   network_same_shape(snapshot->definition->net, networks[i]->definition->net),
               "%s has the same bits %s", living[i], what);
        snapshot_release(snapshot);
    }
}

static void test_cache(struct snapshot *const networks[LIVING], size_t cache_bytes,
                       const char *name)
{
    char what[64];
    struct store *store = fixture_store(name);
    struct engine *engine = fixture_engine(store, cache_bytes, 1);
    snprintf(what, sizeof(what), "with %zu bytes of cache in %s", cache_bytes, name);
    tap_ok(live_through(engine), "networks live %s", what);
    compare(engine, networks, what);
    engine_close(engine);
    store_close(store);
    if (strcmp(name, ":memory:") == 0)
        return;
    store = fixture_store(name);
    engine = fixture_engine(store, SIZE_MAX, 1);
    compare(engine, networks, "in a file that was opened anew");
    engine_close(engine);
    store_close(store);
}

/* Lists and damage ------------------------------------------------------------------------ */

static void test_list(struct store *store)
{
    struct engine *engine = fixture_engine(store, 0, 1);
    static const char *const names[] = {"a", "b1", "b2", "c"};
    for (int i = 3; i >= 0; i--)
        ask_and_wait(engine, &(struct wish){VERB_CREATE, names[i]});
    struct listing listing;
    tap_ok(network_list(engine, NULL, "a", 2, &listing) == ENGINE_OK && listing.count == 2 &&
               strcmp(listing.items[0].name, "b1") == 0 && strcmp(listing.last, "b2") == 0,
           "a page of a list, by name");
    listing_release(&listing);
    tap_ok(network_list(engine, "b", NULL, 2, &listing) == ENGINE_OK && listing.count == 2 &&
               listing.last[0] == '\0',
           "a list by prefix, to its end");
    listing_release(&listing);
    for (int i = 0; i < 4; i++)
        ask_and_wait(engine, &(struct wish){VERB_DELETE, names[i]});
    engine_close(engine);
}

/* One whose definition cannot be read is refused, and can be deleted: at its revision only. */
static void test_damage(struct store *store)
{
    struct engine *engine = fixture_engine(store, 0, 1);
    const struct preconditions other = {.match = {.given = true, .count = 1, .tags = {{1, 1}}}};
    const struct edit_request at_other = {"a", &other, PATIENCE_ENOUGH, false};
    const struct edit_request plain = {"a", NULL, PATIENCE_ENOUGH, false};
    struct proposal proposal = fixture_proposal(INPUTS, HIDDEN, OUTPUTS, 1);
    struct snapshot *snapshot;
    struct commit *commit;
    struct refusal refusal = {0};
    struct listing listing;
    proposal.definition->metadata = strdup("damaged");
    network_create_new(engine, &plain, &proposal, &snapshot, &commit);
    commit_wait(commit);
    commit_release(commit);
    snapshot_release(snapshot);
    engine_close(engine); /* the writer may hold the network for a moment after its answer */
    engine = fixture_engine(store, 0, 1);
    tap_ok(network_read(engine, "a", true, &snapshot) == ENGINE_DAMAGED, "damage is seen");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_DAMAGED &&
               ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"}) == ENGINE_DAMAGED,
           "and refused");
    tap_ok(network_list(engine, NULL, NULL, 5, &listing) == ENGINE_OK && listing.count == 0,
           "and left out of lists");
    listing_release(&listing);
    tap_ok(network_delete(engine, &at_other, &commit, &refusal) == ENGINE_PRECONDITION,
           "a damaged network is not deleted at another revision");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"}) == ENGINE_OK &&
               ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"}) == ENGINE_NOT_FOUND,
           "but otherwise");
    proposal_release(&proposal);
    engine_close(engine);
}

int main(void)
{
    struct snapshot *networks[LIVING];
    static const char *const names[] = {":memory:", "rows.db"};
    for (int i = 0; i < 2; i++) {
        struct store *store = fixture_store(names[i]);
        for (size_t row = 0; row < sizeof(change_cases) / sizeof(change_cases[0]); row++)
            test_change(store, &change_cases[row]);
        test_clone(store);
        test_rename(store);
        test_list(store);
        test_damage(store);
        store_close(store);
    }
    live_in_memory(networks);
    test_cache(networks, 0, ":memory:");
    test_cache(networks, 0, "none.db");
    test_cache(networks, 3000, "some.db");
    test_cache(networks, SIZE_MAX, "all.db");
    for (int i = 0; i < LIVING; i++)
        snapshot_release(networks[i]);
    return tap_done();
}
