/*
 * Many threads on few networks. What is told to the clients must be what happened: a network's
 * revision is the number of changes that were answered with success.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/live.h"
#include "engine/state.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

enum { THREADS = 8 };

static unsigned draw(uint64_t *bits, unsigned count)
{
    *bits = *bits * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
    return (unsigned)(*bits >> 33) % count;
}

static void run_threads(void *(*work)(void *argument), void *arguments, size_t size, int count)
{
    pthread_t threads[2 * THREADS];
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, (char *)arguments + i * size) != 0)
            abort();
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* As an event thread does: first without blocking, then, where that is not possible, on a worker.
 */
static enum engine_status ask_as_server(struct engine *engine, struct wish wish)
{
    wish.hurried = true;
    enum engine_status status = ask_and_wait(engine, &wish);
    wish.hurried = false;
    while (status == ENGINE_NEEDS_WORKER || status == ENGINE_AGAIN)
        status = ask_and_wait(engine, &wish);
    return status;
}

/* One network, stepped by all ----------------------------------------------------------- */

enum { STEPS = 100 }; /* of each thread */

struct stepper {
    struct engine *engine;
    int failures;
};

static void *step_often(void *argument)
{
    struct stepper *stepper = argument;
    for (int i = 0; i < STEPS; i++)
        stepper->failures +=
            ask_as_server(stepper->engine, (struct wish){VERB_STEP, "a"}) != ENGINE_OK;
    return NULL;
}

/* What one thread makes of a network by as many steps. */
static struct snapshot *step_alone(struct store *store)
{
    struct engine *engine = fixture_engine(store, SIZE_MAX, 1);
    ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"});
    for (int i = 0; i < THREADS * STEPS; i++)
        ask_and_wait(engine, &(struct wish){VERB_STEP, "a"});
    struct snapshot *snapshot = snapshot_of(engine, "a");
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    engine_close(engine);
    return snapshot;
}

static void test_steps(struct store *store, size_t cache_bytes, const struct snapshot *alone,
                       const char *what)
{
    struct engine *engine = fixture_engine(store, cache_bytes, 1);
    struct stepper steppers[THREADS];
    int failures = 0;
    ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"});
    for (int i = 0; i < THREADS; i++)
        steppers[i] = (struct stepper){engine, 0};
    run_threads(step_often, steppers, sizeof(steppers[0]), THREADS);
    for (int i = 0; i < THREADS; i++)
        failures += steppers[i].failures;
    struct snapshot *together = snapshot_of(engine, "a");
    tap_ok(failures == 0 && together->revision == THREADS * STEPS,
           "%s: every step of %d threads is one revision", what, THREADS);
    tap_ok(same_model(together, alone), "%s: and the bits are those of one thread", what);
    snapshot_release(together);
    engine_close(engine);
    engine = fixture_engine(store, 0, 1);
    tap_ok(revision_of(engine, "a") == THREADS * STEPS, "%s: on disk too", what);
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    engine_close(engine);
}

/* While a step computes ------------------------------------------------------------------ */

static struct engine *beside; /* set by test_patience() */

static void *ask_beside(void *argument)
{
    (void)argument;
    tap_ok(ask_and_wait(beside, &(struct wish){VERB_STEP, "a", .hurried = true}) ==
               ENGINE_NEEDS_WORKER,
           "while a network steps, an event thread does not wait for it");
    tap_ok(ask_and_wait(beside, &(struct wish){VERB_STEP, "a", .impatient = true}) ==
               ENGINE_NEEDS_WORKER,
           "nor does one that has others to serve");
    tap_ok(ask_and_wait(beside, &(struct wish){VERB_STEP, "b", .hurried = true}) == ENGINE_OK,
           "another network steps beside it");
    tap_ok(revision_of(beside, "a") == 0, "and readers read");
    return NULL;
}

static void stay_locked(void)
{
    run_threads(ask_beside, NULL, 0, 1);
}

static void test_patience(struct store *store)
{
    beside = fixture_engine(store, SIZE_MAX, 1);
    ask_and_wait(beside, &(struct wish){VERB_CREATE, "a"});
    ask_and_wait(beside, &(struct wish){VERB_CREATE, "b"});
    ask_and_wait(beside, &(struct wish){VERB_STEP, "a", .meanwhile = stay_locked});
    tap_ok(ask_and_wait(beside, &(struct wish){VERB_STEP, "a", .hurried = true}) == ENGINE_OK,
           "afterwards it steps at once");
    ask_and_wait(beside, &(struct wish){VERB_DELETE, "a"});
    ask_and_wait(beside, &(struct wish){VERB_DELETE, "b"});
    engine_close(beside);
}

/* With more on its way to the disk than may be kept in memory: as if it were so. */
static void test_pile(struct store *store)
{
    struct engine *engine = fixture_engine(store, SIZE_MAX, 1);
    ask_and_wait(engine, &(struct wish){VERB_CREATE, "a"});
    tap_ok(atomic_load(&engine->pending_bytes) == 0, "nothing is on its way to the disk");
    atomic_store(&engine->pending_bytes, SIZE_MAX / 2);
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_AGAIN &&
               ask_and_wait(engine, &(struct wish){VERB_CREATE, "b"}) == ENGINE_AGAIN,
           "where changes pile up others wait for them");
    tap_ok(revision_of(engine, "a") == 0, "and readers read");
    atomic_store(&engine->pending_bytes, 0);
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_OK &&
               ask_and_wait(engine, &(struct wish){VERB_CREATE, "b"}) == ENGINE_OK,
           "afterwards they go on");
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"});
    ask_and_wait(engine, &(struct wish){VERB_DELETE, "b"});
    engine_close(engine);
}

/* Everything at once -------------------------------------------------------------------- */

static const char *const names[] = {"w", "x", "y", "z"};
enum { NAMES = sizeof(names) / sizeof(names[0]), REQUESTS = 250, CREATIONS = 4096 };

/* What was answered: how many changes of each creation, and which one ended it. */
struct ledger {
    pthread_mutex_t lock;
    struct entry {
        uint64_t creation_id;
        uint64_t changes;
    } entries[CREATIONS];
    size_t count;
};

struct rioter {
    struct engine *engine;
    struct ledger *ledger;
    uint64_t bits;
    atomic_bool *over;
    int faults;
};

/* With the lock: the entry of a creation, made where it is the first time. */
static struct entry *entry_of(struct ledger *ledger, uint64_t creation_id)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].creation_id == creation_id)
            return &ledger->entries[i];
    if (ledger->count == CREATIONS)
        abort();
    ledger->entries[ledger->count].creation_id = creation_id;
    return &ledger->entries[ledger->count++];
}

static void note(struct ledger *ledger, const struct snapshot *after, enum verb verb)
{
    pthread_mutex_lock(&ledger->lock);
    struct entry *entry = entry_of(ledger, after->creation_id);
    entry->changes += verb != VERB_CREATE && verb != VERB_CLONE;
    pthread_mutex_unlock(&ledger->lock);
}

static uint64_t changes_of(struct ledger *ledger, uint64_t creation_id)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t changes = entry_of(ledger, creation_id)->changes;
    pthread_mutex_unlock(&ledger->lock);
    return changes;
}

/* Whether a request may end so. */
static bool is_defined(enum verb verb, enum engine_status status)
{
    switch (status) {
    case ENGINE_OK:
    case ENGINE_NOT_FOUND:
        return true;
    case ENGINE_EXISTS:
        return verb == VERB_CREATE || verb == VERB_CLONE || verb == VERB_RENAME;
    case ENGINE_BUSY:
        return true;
    case ENGINE_INVALID:
        return verb == VERB_STEP || verb == VERB_SET || verb == VERB_TRAIN ||
               verb == VERB_TRAIN_LONG;
    case ENGINE_QUEUE_FULL:
        return verb == VERB_TRAIN_LONG || verb == VERB_TRAIN;
    default:
        return false;
    }
}

static void *riot(void *argument)
{
    static const enum verb verbs[] = {
        VERB_CREATE,  VERB_CREATE, VERB_CLONE,      VERB_REPLACE, VERB_RESHAPE,
        VERB_REPLACE, VERB_PATCH,  VERB_STILL,      VERB_RENAME,  VERB_SET,
        VERB_RESET,   VERB_RESEED, VERB_STEP,       VERB_STEP,    VERB_STEP,
        VERB_STEP,    VERB_TRAIN,  VERB_TRAIN_LONG, VERB_DELETE,
    };
    struct rioter *rioter = argument;
    for (int i = 0; i < REQUESTS; i++) {
        struct wish wish = {
            .verb = verbs[draw(&rioter->bits, sizeof(verbs) / sizeof(verbs[0]))],
            .name = names[draw(&rioter->bits, NAMES)],
            .to = names[draw(&rioter->bits, NAMES)],
            .epochs = 40,
        };
        if (wish.verb == VERB_TRAIN_LONG)
            wish.epochs = 100;
        struct answer answer;
        enum engine_status status;
        for (;;) {
            ask(rioter->engine, &wish, &answer);
            status = answer_wait(&answer);
            if (status != ENGINE_AGAIN)
                break;
            answer_release(&answer);
        }
        rioter->faults += !is_defined(wish.verb, status);
        if (status == ENGINE_OK && answer.after)
            note(rioter->ledger, answer.after, wish.verb);
        answer_release(&answer);
    }
    return NULL;
}

/* A reader never sees half a change, another name's network, or a revision go back. */
static void *read_often(void *argument)
{
    struct rioter *reader = argument;
    uint64_t creation_ids[NAMES] = {0}, revisions[NAMES] = {0};
    while (!atomic_load(reader->over)) {
        unsigned which = draw(&reader->bits, NAMES);
        struct snapshot *snapshot;
        enum engine_status status = network_read(reader->engine, names[which], true, &snapshot);
        if (status != ENGINE_OK) {
            reader->faults += status != ENGINE_NOT_FOUND;
            continue;
        }
        const struct network *net = snapshot->definition->net;
        reader->faults += strcmp(snapshot->name, names[which]) != 0;
        reader->faults += net->parameter_count != snapshot->block->parameter_count;
        reader->faults +=
            snapshot->creation_id == creation_ids[which] && snapshot->revision < revisions[which];
        creation_ids[which] = snapshot->creation_id;
        revisions[which] = snapshot->revision;
        snapshot_release(snapshot);
    }
    return NULL;
}

static void *all_riots(void *argument)
{
    struct rioter *rioters = argument;
    run_threads(riot, rioters, sizeof(rioters[0]), THREADS);
    atomic_store(rioters->over, true);
    return NULL;
}

/* The engine's memory, read anew, is what it was; and as many changes as were answered. */
static void check_names(struct engine *engine, struct engine *anew, struct ledger *ledger)
{
    bool same = true, counted = true;
    for (int i = 0; i < NAMES; i++) {
        long revision = revision_of(engine, names[i]);
        same &= revision == revision_of(anew, names[i]);
        if (revision < 0 || !same)
            continue;
        struct snapshot *here = snapshot_of(engine, names[i]);
        struct snapshot *there = snapshot_of(anew, names[i]);
        same &= same_model(here, there) && here->creation_id == there->creation_id;
        counted &= changes_of(ledger, here->creation_id) == here->revision;
        snapshot_release(here);
        snapshot_release(there);
    }
    tap_ok(same, "what is in memory is what is on disk");
    tap_ok(counted, "every change that was answered is a revision, and no other");
}

/* Idle networks are counted in, each with its size, within the limit; no other ones. */
static void check_idle(struct engine *engine, size_t limit)
{
    size_t bytes = 0;
    bool idle = true;
    const struct live *before = NULL;
    pthread_mutex_lock(&engine->cache.lock);
    for (const struct live *live = engine->cache.idle_oldest; live; live = live->idle_after) {
        idle &= live->references == 0 && live->idle_before == before;
        bytes += live->charged;
        before = live;
    }
    tap_ok(idle && before == engine->cache.idle_newest, "the list of idle networks holds together");
    tap_ok(bytes == engine->cache.idle_bytes && bytes <= limit,
           "%zu bytes of idle networks are counted, of at most %zu", bytes, limit);
    pthread_mutex_unlock(&engine->cache.lock);
    tap_ok(atomic_load(&engine->pending_bytes) == 0, "nothing is on its way to the disk");
}

static void test_riot(struct store *store, size_t cache_bytes, const char *what)
{
    static struct ledger ledger;
    ledger = (struct ledger){.lock = PTHREAD_MUTEX_INITIALIZER};
    atomic_bool over = false;
    struct engine *engine = fixture_engine(store, cache_bytes, 100);
    struct rioter rioters[THREADS], readers[2];
    pthread_t riots;
    int faults = 0;
    for (int i = 0; i < THREADS; i++)
        rioters[i] = (struct rioter){engine, &ledger, (uint64_t)i + 1, &over, 0};
    for (int i = 0; i < 2; i++)
        readers[i] = (struct rioter){engine, &ledger, (uint64_t)i + 101, &over, 0};
    pthread_create(&riots, NULL, all_riots, rioters);
    run_threads(read_often, readers, sizeof(readers[0]), 2);
    pthread_join(riots, NULL);
    for (int i = 0; i < THREADS; i++)
        faults += rioters[i].faults;
    tap_ok(faults == 0, "%s: %d requests end as they may (%d do not)", what, THREADS * REQUESTS,
           faults);
    faults = readers[0].faults + readers[1].faults;
    tap_ok(faults == 0, "%s: readers see whole networks (%d faults)", what, faults);
    tap_ok(ledger.count > 20, "%s: %zu networks came and went", what, ledger.count);
    struct engine *anew = fixture_engine(store, 0, 1);
    check_names(engine, anew, &ledger);
    check_idle(engine, cache_bytes);
    engine_close(anew);
    for (int i = 0; i < NAMES; i++)
        ask_and_wait(engine, &(struct wish){VERB_DELETE, names[i]});
    engine_close(engine);
}

int main(void)
{
    struct store *memory = fixture_store(":memory:");
    struct store *file = fixture_store("races.db");
    struct snapshot *alone = step_alone(memory);
    test_steps(memory, SIZE_MAX, alone, "in memory");
    test_steps(file, SIZE_MAX, alone, "in a file");
    test_steps(file, 0, alone, "in a file, without a cache");
    snapshot_release(alone);
    test_patience(memory);
    test_pile(memory);
    test_riot(memory, SIZE_MAX, "in memory");
    test_riot(file, 3000, "in a file, with a small cache");
    test_riot(file, 0, "in a file, without a cache");
    store_close(memory);
    store_close(file);
    return tap_done();
}
