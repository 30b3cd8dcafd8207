/* The writer: order, groups, chains that fail together, and many threads at once. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/group.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

static uint64_t revision_of(struct store *store, const char *name)
{
    struct store_network row;
    if (store_read_network(store, name, &row) != STORE_OK)
        return UINT64_MAX;
    uint64_t revision = row.revision;
    store_network_release(&row);
    return revision;
}

static bool holds(struct store *store, const char *name, const struct store_block *block)
{
    struct store_network row;
    struct store_block_copy copy;
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, block);
    store_block_release(&copy);
    store_network_release(&row);
    return same;
}

/*
 * Groups of changes on the networks a, b and c, each of them new and at revision 0. A change of
 * kind 'u' is an update with a block, 'm' one without (metadata), 'd' a delete, 'c' creates
 * `name`, '|' is a barrier. `parent` is what it stands on; `old` marks the generation before.
 */
struct step {
    char kind;
    char network;
    uint64_t parent;
    const char *name;
    bool old;
    enum store_status expected;
};

static const struct group_case {
    const char *what;
    struct step steps[8];
    /* Revisions of a, b and c afterwards; -1: gone. */
    int revisions[3];
    /* Whose block a and b hold afterwards: a step's (from 1), or the one that a network was created
     * with (its letter). */
    const char *blocks;
} group_cases[] = {
    {"a chain in one group",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'u', 'a', 1, NULL, false, STORE_OK},
      {'u', 'a', 2, NULL, false, STORE_OK}},
     {3, 0, 0},
     "3b"},
    {"two chains in turn",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'u', 'b', 0, NULL, false, STORE_OK},
      {'m', 'a', 1, NULL, false, STORE_OK},
      {'u', 'b', 1, NULL, false, STORE_OK}},
     {2, 2, 0},
     "14"},
    {"a stale change takes its chain along, and no other",
     {{'u', 'a', 5, NULL, false, STORE_STALE},
      {'u', 'b', 0, NULL, false, STORE_OK},
      {'u', 'a', 0, NULL, false, STORE_STALE},
      {'d', 'a', 0, NULL, false, STORE_STALE},
      {'|', 0, 0, NULL, false, STORE_OK}},
     {0, 1, 0},
     "a2"},
    {"what was left to a change that is refused is written after all",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'u', 'a', 1, "b", false, STORE_EXISTS},
      {'u', 'a', 2, NULL, false, STORE_STALE},
      {'u', 'b', 0, NULL, false, STORE_OK}},
     {1, 1, 0},
     "14"},
    {"also when it is refused behind one that carries no block",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'m', 'a', 1, "c", false, STORE_EXISTS},
      {'u', 'a', 2, NULL, false, STORE_STALE}},
     {1, 0, 0},
     "1b"},
    {"an old generation is refused before it can take over a block",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'u', 'a', 1, NULL, true, STORE_STALE},
      {'u', 'a', 1, NULL, false, STORE_OK}},
     {2, 0, 0},
     "3b"},
    {"a refused creation takes nobody along",
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'c', 0, 0, "b", false, STORE_EXISTS},
      {'u', 'a', 1, NULL, false, STORE_OK},
      {'c', 0, 0, "d", false, STORE_OK},
      {'c', 0, 0, "d", false, STORE_EXISTS}},
     {2, 0, 0},
     "3b"},
    {"a name given up is free in the same group",
     {{'m', 'b', 0, "e", false, STORE_OK},
      {'m', 'a', 0, "b", false, STORE_OK},
      {'d', 'c', 0, NULL, false, STORE_OK},
      {'c', 0, 0, "c", false, STORE_OK},
      {'d', 'c', 0, NULL, false, STORE_STALE}},
     {-1, 1, 0},
     "-a"},
    {"steps, then a delete", /* the blocks of both steps are nowhere */
     {{'u', 'a', 0, NULL, false, STORE_OK},
      {'u', 'a', 1, NULL, false, STORE_OK},
      {'d', 'a', 2, NULL, false, STORE_OK},
      {'u', 'a', 3, NULL, false, STORE_STALE}},
     {-1, 0, 0},
     "-b"},
};
enum { MAX_STEPS = sizeof(group_cases[0].steps) / sizeof(group_cases[0].steps[0]) };

static struct store_change change_of(const struct step *step, const int64_t *ids,
                                     struct store_chain *chains, const struct store_block *block)
{
    int network = step->network ? step->network - 'a' : 0;
    struct store_change change;
    switch (step->kind) {
    case 'c':
        return fixture_create(step->name, block);
    case '|':
        return (struct store_change){.kind = STORE_BARRIER};
    case 'd':
        change = fixture_delete(ids[network], step->parent);
        break;
    default:
        change = fixture_update(ids[network], step->parent, step->kind == 'u' ? block : NULL);
        change.name = step->name;
    }
    change.chain = &chains[network];
    change.generation = step->old ? 6 : 7;
    return change;
}

static void check_network(struct store *store, const struct group_case *c, int network,
                          struct store_block *const *blocks)
{
    char name[] = {(char)('a' + network), '\0'};
    tap_ok(revision_of(store, name) == (uint64_t)c->revisions[network], "%s: revision of %s",
           c->what, name);
    if (network == 2 || c->revisions[network] < 0)
        return;
    char whose = c->blocks[network];
    struct store_block *created = fixture_block(10, 0, whose - 'a');
    tap_ok(holds(store, name, whose >= 'a' ? created : blocks[whose - '1']), "%s: block of %s",
           c->what, name);
    fixture_block_free(created);
}

static void test_group(struct store *store, const struct group_case *c)
{
    struct store_chain chains[3] = {{.generation = 7}, {.generation = 7}, {.generation = 7}};
    int64_t ids[3];
    for (int network = 0; network < 3; network++)
        ids[network] = fixture_network(store, (char[]){(char)('a' + network), '\0'}, network);

    struct awaited changes[MAX_STEPS] = {0};
    struct store_block *blocks[MAX_STEPS];
    struct hold writer;
    hold(&writer, store);
    size_t count = 0;
    for (; count < MAX_STEPS && c->steps[count].kind; count++) {
        blocks[count] = fixture_block(10 + count, count, 100 + count);
        changes[count].change = change_of(&c->steps[count], ids, chains, blocks[count]);
        await_submit(store, &changes[count]);
    }
    release(&writer);
    unsigned order = 0;
    for (size_t i = 0; i < count; i++) {
        enum store_status status = await(&changes[i]);
        tap_ok(status == c->steps[i].expected, "%s: change %zu ends as it should (%d)", c->what,
               i + 1, status);
        tap_ok(i == 0 || changes[i].order == order + 1, "%s: change %zu is answered in order",
               c->what, i + 1);
        order = changes[i].order;
    }
    for (int network = 0; network < 3; network++)
        check_network(store, c, network, blocks);
    for (size_t i = 0; i < count; i++)
        fixture_block_free(blocks[i]);
}

static void test_groups(void)
{
    for (size_t i = 0; i < sizeof(group_cases) / sizeof(group_cases[0]); i++) {
        struct store *store = fixture_open(":memory:");
        test_group(store, &group_cases[i]);
        store_close(store);
    }
}

/*
 * Which blocks of a group are left to later changes: SQLite writes a page once in a transaction
 * however often it changes, so that only the time of a group would show it. One letter for each
 * change: what becomes of its block and of its start, 'w' written, 's' superseded, '-' not given.
 */
static const struct supersede_case {
    const char *blocks, *starts;
} supersede_cases[] = {
    {"w", "-"},     {"ssw", "---"},   {"s-w", "---"},           {"sw-", "---"},
    {"ssw", "sw-"}, {"s-sw", "w---"}, {"sssssssw", "--s--w--"},
};

/* Makes the case's changes on one network; with `apart` each one on a network of its own. */
static void test_superseded(const struct supersede_case *c, bool apart)
{
    struct connection connection;
    struct chunks chunks;
    struct store_error error;
    struct group *group = calloc(1, sizeof(*group));
    connection_open_writer(&connection, ":memory:", &error);
    chunks_init(&chunks, &connection);
    struct store_block *block = fixture_block(10, 0, 1);
    struct store_change changes[MAX_STEPS], creates[MAX_STEPS];
    struct store_chain chains[MAX_STEPS] = {0};
    char names[MAX_STEPS][2];
    const int count = (int)strlen(c->blocks);

    group_clear(group);
    for (int i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), "%d", i);
        creates[i] = fixture_create(names[i], block);
        creates[i].id = i + 1;
        group_add(group, &creates[i]);
    }
    group_commit(group, &chunks);
    group_clear(group);
    for (int i = 0; i < count; i++) {
        changes[i] = fixture_update(apart ? i + 1 : 1, apart ? 0 : i, NULL);
        changes[i].block = c->blocks[i] == '-' ? NULL : block;
        changes[i].start = c->starts[i] == '-' ? NULL : block;
        changes[i].chain = &chains[apart ? i : 0];
        group_add(group, &changes[i]);
    }
    group_commit(group, &chunks);
    bool right = true;
    for (int i = 0; i < count; i++) {
        const struct pending_change *pending = &group->changes[i];
        right &= pending->status == STORE_OK;
        right &= pending->blocks[STORE_CURRENT].superseded == (!apart && c->blocks[i] == 's');
        right &= pending->blocks[STORE_START].superseded == (!apart && c->starts[i] == 's');
    }
    tap_ok(right, "%d changes of %s: blocks %s, starts %s", count,
           apart ? "as many networks" : "one network", c->blocks, c->starts);
    fixture_block_free(block);
    chunks_release(&chunks);
    connection_close(&connection);
    free(group);
}

static void test_newest_block_only(void)
{
    for (size_t i = 0; i < sizeof(supersede_cases) / sizeof(supersede_cases[0]); i++) {
        test_superseded(&supersede_cases[i], false);
        test_superseded(&supersede_cases[i], true);
    }
}

/* More changes than one group takes: in order all the same. */
static void test_many(void)
{
    enum { CHANGES = 5000 };
    struct store *store = fixture_open(":memory:");
    int64_t id = fixture_network(store, "many", 1);
    struct awaited *changes = calloc(CHANGES, sizeof(*changes));
    struct store_chain chain = {0};
    struct store_block *block = fixture_block(10, 0, 2);
    struct hold writer;
    hold(&writer, store);
    for (int i = 0; i < CHANGES; i++) {
        changes[i].change = fixture_update(id, i, block);
        changes[i].change.chain = &chain;
        await_submit(store, &changes[i]);
    }
    release(&writer);
    bool all = true;
    for (int i = 0; i < CHANGES; i++) {
        all &= await(&changes[i]) == STORE_OK;
        all &= i == 0 || changes[i].order == changes[i - 1].order + 1;
    }
    tap_ok(all && revision_of(store, "many") == CHANGES, "5,000 changes queued at once");
    store_close(store);
    free(changes);
    fixture_block_free(block);
}

/* An owner that does what the header asks: raises the generation when a change fails. */
struct owner {
    struct store_change changes[3];
    struct store_chain chain;
    enum store_status statuses[3];
    struct store *store;
    struct awaited again; /* submitted from `done` of the failed change */
    struct store_block *block;
};

static void owner_decide(struct owner *owner, int index, enum store_status status)
{
    owner->statuses[index] = status;
    if (index != 0)
        return;
    atomic_fetch_add(&owner->chain.generation, 1);
    owner->again.change = fixture_update(owner->changes[0].id, 0, owner->block);
    owner->again.change.chain = &owner->chain;
    owner->again.change.generation = atomic_load(&owner->chain.generation);
    await_submit(owner->store, &owner->again);
}

static struct owner owner;

static void decided_0(struct store_change *change, enum store_status status)
{
    (void)change;
    owner_decide(&owner, 0, status);
}

static void decided_1(struct store_change *change, enum store_status status)
{
    (void)change;
    owner_decide(&owner, 1, status);
}

static void decided_2(struct store_change *change, enum store_status status)
{
    (void)change;
    owner_decide(&owner, 2, status);
}

/* A group's limit is 1024 changes: the third one comes in the next group, where only the raised
 * generation can refuse it. */
static void test_generation(void)
{
    enum { BETWEEN = 1023 };
    static void (*const decided[])(struct store_change *,
                                   enum store_status) = {decided_0, decided_1, decided_2};
    owner.store = fixture_open(":memory:");
    owner.block = fixture_block(10, 0, 1);
    int64_t id = fixture_network(owner.store, "owned", 0);
    struct awaited *barriers = calloc(BETWEEN, sizeof(*barriers));
    struct hold writer;
    hold(&writer, owner.store);
    for (int i = 0; i < 3; i++) {
        owner.changes[i] = fixture_update(id, i == 0 ? 9 : i - 1, owner.block);
        owner.changes[i].chain = &owner.chain;
        owner.changes[i].done = decided[i];
        store_submit(owner.store, &owner.changes[i]);
        for (int b = 0; i == 1 && b < BETWEEN; b++) {
            barriers[b].change.kind = STORE_BARRIER;
            await_submit(owner.store, &barriers[b]);
        }
    }
    release(&writer);
    for (int b = 0; b < BETWEEN; b++)
        await(&barriers[b]);
    tap_ok(await(&owner.again) == STORE_OK, "a change of the new generation, submitted in done");
    tap_ok(owner.statuses[0] == STORE_STALE && owner.statuses[1] == STORE_STALE,
           "a failed change takes along what its group has of the chain");
    tap_ok(owner.statuses[2] == STORE_STALE, "and, by its generation, what comes later");
    tap_ok(revision_of(owner.store, "owned") == 1, "only the new generation's change is there");
    store_close(owner.store);
    fixture_block_free(owner.block);
    free(barriers);
}

/* Threads that step networks of their own, delete and create, and read those of others. */
enum { THREADS = 4, STEPS = 300 };

struct client {
    pthread_t thread;
    struct store *store;
    int number;
    int failures;
};

static void read_someone(struct store *store, int number)
{
    struct store_network row;
    struct store_block_copy copy;
    char name[] = {'t', (char)('0' + number), '\0'};
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return;
    store_network_release(&row);
    store_block_release(&copy);
}

static void *run_client(void *argument)
{
    struct client *client = argument;
    char name[] = {'t', (char)('0' + client->number), '\0'};
    int64_t id = fixture_network(client->store, name, client->number);
    struct store_chain chain = {0};
    for (uint64_t step = 0; step < STEPS; step++) {
        struct store_block *block = fixture_block(10, 10, step);
        struct store_change change = fixture_update(id, step, block);
        change.chain = &chain;
        client->failures += fixture_commit(client->store, &change) != STORE_OK;
        client->failures += revision_of(client->store, name) != step + 1;
        client->failures += !holds(client->store, name, block);
        fixture_block_free(block);
        read_someone(client->store, (client->number + 1) % THREADS);
    }
    return NULL;
}

static void test_threads(const char *path)
{
    struct store *store = fixture_open(path);
    struct client clients[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (struct client){.store = store, .number = i};
        pthread_create(&clients[i].thread, NULL, run_client, &clients[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(clients[i].thread, NULL);
        tap_ok(clients[i].failures == 0, "%s: thread %d reads what it was promised", path, i);
    }
    store_close(store);
}

/* What was queued when the store is closed is written; nothing that failed is. */
static void test_close_finishes(void)
{
    char *path = fixture_path("close.db");
    struct store *store = fixture_open(path);
    int64_t id = fixture_network(store, "closed", 1);
    static struct awaited changes[50];
    struct store_block *block = fixture_block(10, 0, 2);
    for (int i = 0; i < 50; i++) {
        changes[i].change = fixture_update(id, i, block);
        await_submit(store, &changes[i]);
    }
    store_close(store);
    bool decided = true;
    for (int i = 0; i < 50; i++)
        decided &= changes[i].is_decided && await(&changes[i]) == STORE_OK;
    tap_ok(decided, "store_close() finishes what was queued");
    store = fixture_open(path);
    tap_ok(revision_of(store, "closed") == 50 && holds(store, "closed", block),
           "and it is there afterwards");
    store_close(store);
    fixture_block_free(block);
    free(path);
}

int main(void)
{
    test_groups();
    test_newest_block_only();
    test_many();
    test_generation();
    char *path = fixture_path("threads.db");
    test_threads(path);
    test_threads(":memory:");
    test_close_finishes();
    free(path);
    return tap_done();
}
