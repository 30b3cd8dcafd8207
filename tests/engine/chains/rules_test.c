/*
 * What holds while changes are on their way to the disk: the store keeps each of them back until a
 * scene says how it ends.
 */
#include <pthread.h>
#include <time.h>

#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/fake_store.h"
#include "tests/harness/tap.h"

/* Scenes begin with the networks "a" and "b", both at revision 0, and a store that holds. */
struct move {
    enum { NOTHING, ASK, ASK_ASIDE, STORE, HEAR, SEE, AWAIT, LULL, TAMPER } kind;
    struct wish wish;           /* ASK; ASK_ASIDE: on a thread of its own, since it blocks */
    enum store_status decision; /* STORE: of the change that waits longest */
    enum store_status outcome;  /* what comes of it there */
    int who;                    /* HEAR: whose answer, by the order of asking */
    int what;                   /* an engine_status, or PENDING */
    const char *name;           /* SEE, TAMPER */
    long revision;              /* SEE: as readers see it; -1: not there */
    size_t count;               /* AWAIT: until so many changes wait */
};

enum { PENDING = -1, MAX_MOVES = 24, MAX_ASKED = 8 };

#define ASKS(verb, ...)                                                                            \
    {                                                                                              \
        .kind = ASK, .wish = { VERB_##verb, __VA_ARGS__ }                                          \
    }
#define ASKS_ASIDE(verb, ...)                                                                      \
    {                                                                                              \
        .kind = ASK_ASIDE, .wish = { VERB_##verb, __VA_ARGS__ }                                    \
    }
#define KEPT                                                                                       \
    {                                                                                              \
        .kind = STORE, .decision = STORE_OK, .outcome = STORE_OK                                   \
    }
#define FALLS                                                                                      \
    {                                                                                              \
        .kind = STORE, .decision = STORE_OK, .outcome = STORE_STALE                                \
    }
#define FAILS(status)                                                                              \
    {                                                                                              \
        .kind = STORE, .decision = STORE_##status, .outcome = STORE_##status                       \
    }
#define PASSED KEPT /* a barrier */
#define HEARS(asked, status)                                                                       \
    {                                                                                              \
        .kind = HEAR, .who = asked, .what = status                                                 \
    }
#define SEES(network, at)                                                                          \
    {                                                                                              \
        .kind = SEE, .name = network, .revision = at                                               \
    }
#define AWAITS(changes)                                                                            \
    {                                                                                              \
        .kind = AWAIT, .count = changes                                                            \
    }
#define LULL_FOR_THREADS                                                                           \
    {                                                                                              \
        .kind = LULL                                                                               \
    }
#define TAMPERS(network)                                                                           \
    {                                                                                              \
        .kind = TAMPER, .name = network                                                            \
    }

static struct store *store; /* the scene's; set before its first move */

static void fail_first(void)
{
    fake_store_decide(store, STORE_FULL);
}

static const struct scene {
    const char *what;
    struct move moves[MAX_MOVES];
} scenes[] = {
    {"readers and answers follow the commits",
     {ASKS(STEP, "a"), ASKS(STEP, "a"), SEES("a", 0), HEARS(0, PENDING), KEPT, SEES("a", 1),
      HEARS(0, ENGINE_OK), HEARS(1, PENDING), KEPT, SEES("a", 2), HEARS(1, ENGINE_OK)}},
    {"a failed change takes those along that stand on it",
     {ASKS(STEP, "a"), ASKS(STEP, "a"), ASKS(STEP, "a"), ASKS(STEP, "b"), KEPT, FAILS(FULL),
      HEARS(1, ENGINE_DISK_FULL), FALLS, HEARS(2, ENGINE_AGAIN), KEPT, HEARS(3, ENGINE_OK),
      SEES("a", 1), SEES("b", 1)}},
    {"the next change stands on what was committed",
     {ASKS(STEP, "a"), FAILS(FULL), ASKS(STEP, "a"), KEPT, HEARS(1, ENGINE_OK), SEES("a", 1)}},
    {"what falls later leaves the new chain alone",
     {ASKS(STEP, "a"), ASKS(STEP, "a"), ASKS(STEP, "a"), FAILS(FAILED), ASKS(STEP, "a"), FALLS,
      FALLS, ASKS(STEP, "a"), HEARS(2, ENGINE_AGAIN), KEPT, KEPT, HEARS(3, ENGINE_OK),
      HEARS(4, ENGINE_OK), SEES("a", 2)}},

    {"a change fails while the next one is computed",
     {ASKS(STEP, "a"), ASKS(STEP, "a", .meanwhile = fail_first), HEARS(0, ENGINE_DISK_FULL),
      HEARS(1, ENGINE_AGAIN), SEES("a", 0), ASKS(STEP, "a"), KEPT, HEARS(2, ENGINE_OK),
      SEES("a", 1)}},

    /* Failures of the store. */
    {"another process holds the database",
     {ASKS(STEP, "a"), FAILS(BUSY), HEARS(0, ENGINE_UNAVAILABLE), SEES("a", 0)}},
    {"a write fails", {ASKS(STEP, "a"), FAILS(FAILED), HEARS(0, ENGINE_UNAVAILABLE)}},
    {"a sync fails",
     {ASKS(STEP, "a"), FAILS(OUTCOME_UNKNOWN), HEARS(0, ENGINE_OUTCOME_UNKNOWN), SEES("a", 0)}},
    {"the writer has no memory", {ASKS(STEP, "a"), FAILS(NO_MEMORY), HEARS(0, ENGINE_NO_MEMORY)}},
    {"a store that knows better is read again",
     {TAMPERS("a"), ASKS(STEP, "a"), FALLS, HEARS(0, ENGINE_AGAIN), SEES("a", 100), ASKS(STEP, "a"),
      KEPT, HEARS(1, ENGINE_OK), SEES("a", 101)}},
    {"also for a delete",
     {TAMPERS("a"), ASKS(DELETE, "a"), FALLS, HEARS(0, ENGINE_AGAIN), ASKS(DELETE, "a"), KEPT,
      HEARS(1, ENGINE_OK), SEES("a", -1)}},
    {"also for a reset",
     {TAMPERS("a"), ASKS(RESET, "a"), PASSED, HEARS(0, ENGINE_AGAIN), ASKS(RESET, "a"), KEPT,
      HEARS(1, ENGINE_OK), SEES("a", 101)}},

    {"also for who waits for the network's lock",
     {TAMPERS("a"), ASKS(STEP, "a"), ASKS_ASIDE(RESET, "a"), AWAITS(2), ASKS_ASIDE(STEP, "a"),
      LULL_FOR_THREADS, FALLS, PASSED, AWAITS(2), PASSED, KEPT, HEARS(1, ENGINE_AGAIN),
      HEARS(2, ENGINE_OK), SEES("a", 101)}},

    /* Refusals that rest on a change wait for it, and are judged again when it fails. */
    {"412 by a change that is kept",
     {ASKS(STEP, "a"), ASKS(PATCH, "a", .if_match = true, .match = 0), HEARS(1, PENDING), KEPT,
      HEARS(1, PENDING), PASSED, HEARS(1, ENGINE_PRECONDITION)}},
    {"412 by a change that fails",
     {ASKS(STEP, "a"), ASKS(PATCH, "a", .if_match = true, .match = 0), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN), ASKS(PATCH, "a", .if_match = true, .match = 0), KEPT,
      HEARS(2, ENGINE_OK)}},
    {"412 in a chain that begins after a failure",
     {ASKS(STEP, "a"), FAILS(FULL), ASKS(STEP, "a"), ASKS(PATCH, "a", .if_match = true, .match = 0),
      KEPT, PASSED, HEARS(2, ENGINE_PRECONDITION)}},
    {"412 by what is on disk is told at once",
     {ASKS(PATCH, "a", .if_match = true, .match = 7), HEARS(0, ENGINE_PRECONDITION)}},
    {"a precondition that a failed change met",
     {ASKS(STEP, "a"), ASKS(STEP, "a", .if_match = true, .match = 1), FAILS(FULL), FALLS,
      HEARS(1, ENGINE_AGAIN), ASKS(STEP, "a", .if_match = true, .match = 1),
      HEARS(2, ENGINE_PRECONDITION)}},
    {"a step that does not fit what was put",
     {ASKS(RESHAPE, "a"), ASKS(STEP, "a"), HEARS(1, PENDING), KEPT, PASSED,
      HEARS(1, ENGINE_INVALID)}},
    {"a step that does not fit what was put in vain",
     {ASKS(RESHAPE, "a"), ASKS(STEP, "a"), FAILS(FULL), PASSED, HEARS(1, ENGINE_AGAIN)}},
    {"parameters that do not fit what was put",
     {ASKS(RESHAPE, "a"), ASKS(SET, "a"), HEARS(1, PENDING), KEPT, PASSED,
      HEARS(1, ENGINE_INVALID)}},
    {"samples of a run that do not fit what was put",
     {ASKS(RESHAPE, "a"), ASKS(TRAIN, "a"), HEARS(1, PENDING), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN)}},
    {"a step that diverges", {ASKS(STEP, "a", .diverges = true), HEARS(0, ENGINE_DIVERGED)}},
    {"a step that diverges from a change that is kept",
     {ASKS(STEP, "a"), ASKS(STEP, "a", .diverges = true), HEARS(1, PENDING), KEPT, PASSED,
      HEARS(1, ENGINE_DIVERGED), SEES("a", 1)}},
    {"a step that diverges from a change that fails",
     {ASKS(STEP, "a"), ASKS(STEP, "a", .diverges = true), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN)}},
    {"a short run that diverges from a change that fails",
     {ASKS(STEP, "a"), ASKS(TRAIN, "a", .diverges = true), HEARS(1, PENDING), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN)}},
    {"a name that is taken, seen by a change that fails",
     {ASKS(STEP, "a"), ASKS(RENAME, "a", "b"), HEARS(1, PENDING), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN)}},

    /* Deletes and renames: what comes later waits for them. */
    {"a delete hides nothing before its commit",
     {ASKS(DELETE, "a"), SEES("a", 0), ASKS(STEP, "a"), HEARS(1, PENDING), KEPT, PASSED,
      HEARS(1, ENGINE_AGAIN), SEES("a", -1), ASKS(STEP, "a"), HEARS(2, ENGINE_NOT_FOUND)}},
    {"a delete that fails",
     {ASKS(DELETE, "a"), ASKS(STEP, "a"), FAILS(FULL), PASSED, HEARS(0, ENGINE_DISK_FULL),
      HEARS(1, ENGINE_AGAIN), SEES("a", 0), ASKS(STEP, "a"), KEPT, HEARS(2, ENGINE_OK)}},
    {"a delete on a change that fails",
     {ASKS(STEP, "a"), ASKS(DELETE, "a"), FAILS(FULL), ASKS(STEP, "a"), FALLS,
      HEARS(1, ENGINE_AGAIN), KEPT, HEARS(2, ENGINE_OK), SEES("a", 1)}},
    {"a name that is being freed is not taken yet",
     {ASKS(DELETE, "a"), ASKS(CREATE, "a"), HEARS(1, ENGINE_AGAIN), KEPT, ASKS(CREATE, "a"), KEPT,
      HEARS(2, ENGINE_OK), SEES("a", 0)}},
    {"a second delete",
     {ASKS(DELETE, "a"), ASKS(DELETE, "a"), HEARS(1, PENDING), KEPT, PASSED, ASKS(DELETE, "a"),
      HEARS(2, ENGINE_NOT_FOUND)}},
    {"a rename shows under one name only",
     {ASKS(RENAME, "a", "c"), SEES("a", 0), SEES("c", -1), ASKS(STEP, "a"), HEARS(1, PENDING),
      ASKS(STEP, "c"), HEARS(2, ENGINE_NOT_FOUND), KEPT, SEES("a", -1), SEES("c", 1), PASSED,
      HEARS(1, ENGINE_AGAIN), ASKS(STEP, "c"), KEPT, HEARS(3, ENGINE_OK), SEES("c", 2)}},
    {"a rename that fails frees the name",
     {ASKS(RENAME, "a", "c"), FAILS(FULL), HEARS(0, ENGINE_DISK_FULL), SEES("a", 0), SEES("c", -1),
      ASKS(CREATE, "c"), ASKS(STEP, "a"), KEPT, KEPT, SEES("a", 1), SEES("c", 0)}},
    {"a rename onto a name that is taken",
     {ASKS(RENAME, "a", "b"), HEARS(0, ENGINE_EXISTS), SEES("a", 0), ASKS(STEP, "a"), KEPT,
      HEARS(1, ENGINE_OK)}},
    {"a rename onto a name that is being made",
     {ASKS(CREATE, "c"), ASKS(RENAME, "a", "c"), HEARS(1, PENDING), KEPT, PASSED,
      HEARS(1, ENGINE_AGAIN), ASKS(RENAME, "a", "c"), HEARS(2, ENGINE_EXISTS)}},
    {"a rename onto a name that is being freed",
     {ASKS(DELETE, "b"), ASKS(RENAME, "a", "b"), KEPT, PASSED, HEARS(1, ENGINE_AGAIN),
      ASKS(RENAME, "a", "b"), KEPT, HEARS(2, ENGINE_OK), SEES("a", -1), SEES("b", 1)}},
    {"a rename to its own name", {ASKS(RENAME, "a", "a"), KEPT, HEARS(0, ENGINE_OK), SEES("a", 1)}},
    {"both names during a rename",
     {ASKS(RENAME, "a", "c"), ASKS(CREATE, "a"), ASKS(CREATE, "c"), HEARS(1, ENGINE_AGAIN),
      HEARS(2, ENGINE_AGAIN), KEPT, ASKS(CREATE, "a"), ASKS(CREATE, "c"), HEARS(4, ENGINE_EXISTS),
      KEPT, HEARS(3, ENGINE_OK), SEES("a", 0), SEES("c", 1)}},

    /* Creations. */
    {"a creation reserves its name",
     {ASKS(CREATE, "c"), SEES("c", -1), ASKS(CREATE, "c"), HEARS(1, ENGINE_AGAIN),
      HEARS(0, PENDING), KEPT, HEARS(0, ENGINE_OK), SEES("c", 0), ASKS(CREATE, "c"),
      HEARS(2, ENGINE_EXISTS)}},
    {"a creation that fails frees its name",
     {ASKS(CREATE, "c"), FAILS(FULL), HEARS(0, ENGINE_DISK_FULL), SEES("c", -1), ASKS(CREATE, "c"),
      KEPT, HEARS(1, ENGINE_OK)}},
    {"a network is there for changes once it is stored",
     {ASKS(CREATE, "c"), ASKS(STEP, "c"), HEARS(1, ENGINE_NOT_FOUND), KEPT, ASKS(STEP, "c"), KEPT,
      HEARS(2, ENGINE_OK), SEES("c", 1)}},
    {"a clone copies what is committed",
     {ASKS(STEP, "a"), ASKS(CLONE, "c", "a"), KEPT, KEPT, SEES("a", 1), SEES("c", 0)}},

    /* Resets read the store, so they wait for what they stand on, and for no more. */
    {"a reset behind a step that is kept",
     {ASKS(STEP, "a"), ASKS_ASIDE(RESET, "a"), AWAITS(2), KEPT, PASSED, KEPT, HEARS(1, ENGINE_OK),
      SEES("a", 2)}},
    {"a reset behind a step that fails",
     {ASKS(STEP, "a"), ASKS_ASIDE(RESET, "a"), AWAITS(2), FAILS(FULL), PASSED, PASSED,
      HEARS(1, ENGINE_AGAIN), SEES("a", 0)}},

    /* Runs. */
    {"a run is committed once, at its end",
     {ASKS(TRAIN_LONG, "a"), PASSED, AWAITS(1), SEES("a", 0), HEARS(0, PENDING), KEPT,
      HEARS(0, ENGINE_OK), SEES("a", 1)}},
    {"a run whose commit fails",
     {ASKS(TRAIN_LONG, "a"), PASSED, FAILS(FULL), HEARS(0, ENGINE_DISK_FULL), SEES("a", 0),
      ASKS(STEP, "a"), KEPT, HEARS(1, ENGINE_OK), SEES("a", 1)}},
    {"a network that is trained is busy",
     {ASKS(TRAIN_LONG, "a"), ASKS(STEP, "a"), HEARS(1, ENGINE_BUSY), ASKS(DELETE, "a"),
      HEARS(2, ENGINE_BUSY), ASKS(STEP, "b"), PASSED, KEPT, HEARS(3, ENGINE_OK), KEPT,
      HEARS(0, ENGINE_OK), SEES("a", 1)}},
    {"busy on a change that fails",
     {ASKS(STEP, "a"), ASKS(TRAIN_LONG, "a"), ASKS(PATCH, "a"), HEARS(2, PENDING), FAILS(FULL),
      PASSED, PASSED, HEARS(1, ENGINE_AGAIN), HEARS(2, ENGINE_AGAIN)}},
    {"a run on a change that is kept",
     {ASKS(RESHAPE, "a"), ASKS(TRAIN_LONG, "a", .inputs = RESHAPED_INPUTS), AWAITS(2), KEPT, PASSED,
      PASSED, KEPT, HEARS(1, ENGINE_OK), SEES("a", 2)}},
    {"a run on a change that fails", /* its samples are for another network */
     {ASKS(RESHAPE, "a"), ASKS(TRAIN_LONG, "a", .inputs = RESHAPED_INPUTS), AWAITS(2), FAILS(FULL),
      PASSED, HEARS(1, ENGINE_AGAIN), SEES("a", 0)}},
    {"a run at a revision that did not come to be",
     {ASKS(STEP, "a"), ASKS(TRAIN_LONG, "a", .if_match = true, .match = 1), FAILS(FULL), PASSED,
      HEARS(1, ENGINE_AGAIN), ASKS(TRAIN_LONG, "a", .if_match = true, .match = 1),
      HEARS(2, ENGINE_PRECONDITION)}},
    {"a run behind one whose commit fails keeps its place",
     {ASKS(TRAIN_LONG, "a"), ASKS(TRAIN_LONG, "a"), PASSED, FAILS(FULL), HEARS(0, ENGINE_DISK_FULL),
      PASSED, KEPT, HEARS(1, ENGINE_OK), SEES("a", 1)}},
    {"a run behind another goes on from what that one trained",
     {ASKS(TRAIN_LONG, "a"), ASKS(TRAIN_LONG, "a"), PASSED, KEPT, HEARS(0, ENGINE_OK), PASSED, KEPT,
      HEARS(1, ENGINE_OK), SEES("a", 2)}},
    {"a short run is a change like a step",
     {ASKS(TRAIN, "a"), ASKS(STEP, "a"), SEES("a", 0), FAILS(FULL), FALLS,
      HEARS(0, ENGINE_DISK_FULL), HEARS(1, ENGINE_AGAIN)}},
};

/* Playing ------------------------------------------------------------------------------- */

struct asked {
    struct engine *engine;
    struct wish wish;
    struct answer answer;
    pthread_t thread;
    bool aside;
};

struct stage {
    struct engine *engine;
    struct asked asked[MAX_ASKED];
    int count;
};

static void stage_set(struct stage *stage)
{
    store = fixture_store(":memory:");
    *stage = (struct stage){.engine = fixture_engine(store, 1 << 20, 4)};
    ask_and_wait(stage->engine, &(struct wish){VERB_CREATE, "a"});
    ask_and_wait(stage->engine, &(struct wish){VERB_CREATE, "b"});
    fake_store_hold(store);
}

/* Waits until what was asked on a thread of its own is answered. */
static void join(struct asked *asked)
{
    if (asked->aside)
        pthread_join(asked->thread, NULL);
    asked->aside = false;
}

static void stage_strike(struct stage *stage)
{
    fake_store_release(store);
    for (int i = 0; i < stage->count; i++) {
        join(&stage->asked[i]);
        answer_wait(&stage->asked[i].answer);
        answer_release(&stage->asked[i].answer);
    }
    engine_close(stage->engine);
    store_close(store);
}

static void *ask_aside(void *argument)
{
    struct asked *asked = argument;
    ask(asked->engine, &asked->wish, &asked->answer);
    return NULL;
}

/* A run ends on another thread: an answer that is to come gets some seconds. */
static int hear(struct asked *asked, int expected)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    enum engine_status status;
    for (int i = 0; i < 5000; i++) {
        if (answer_decided(&asked->answer, &status))
            return (int)status;
        if (expected == PENDING)
            break;
        nanosleep(&moment, NULL);
    }
    return PENDING;
}

/* Whether the move comes out as it says. */
static bool play(struct stage *stage, const struct move *move)
{
    struct asked *asked = &stage->asked[stage->count];
    switch (move->kind) {
    case ASK:
    case ASK_ASIDE:
        *asked = (struct asked){.engine = stage->engine, .wish = move->wish};
        asked->aside = move->kind == ASK_ASIDE;
        stage->count++;
        if (asked->aside)
            return pthread_create(&asked->thread, NULL, ask_aside, asked) == 0;
        ask_aside(asked);
        return true;
    case STORE:
        return fake_store_await(store, 1) &&
               fake_store_decide(store, move->decision) == move->outcome;
    case HEAR:
        join(&stage->asked[move->who]);
        return hear(&stage->asked[move->who], move->what) == move->what;
    case SEE:
        return revision_of(stage->engine, move->name) == move->revision;
    case AWAIT:
        return fake_store_await(store, move->count);
    case LULL:
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        return true;
    case TAMPER:
        fake_store_tamper(store, move->name);
        return true;
    case NOTHING:
        break;
    }
    return false;
}

static void play_scene(const struct scene *scene)
{
    struct stage stage;
    stage_set(&stage);
    int failed = 0;
    for (int i = 0; i < MAX_MOVES && scene->moves[i].kind != NOTHING && !failed; i++)
        failed = play(&stage, &scene->moves[i]) ? 0 : i + 1;
    bool nothing_waits = failed || fake_store_waiting(store) == 0;
    if (!tap_ok(!failed && nothing_waits, "%s", scene->what)) {
        if (failed)
            tap_note("move %d comes out otherwise", failed);
        else
            tap_note("the scene leaves changes undecided");
    }
    stage_strike(&stage);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        play_scene(&scenes[i]);
    return tap_done();
}
