/*
 * Training runs: one at a time on a network, in order; networks beside each other; limits and ends.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

enum { MAX_WAITING = 2 };
static const uint64_t endless = UINT64_C(1) << 50; /* epochs */

static struct engine *start(struct store *store)
{
    static const char *const names[] = {"a", "b", "c"};
    struct engine *engine = fixture_engine(store, 0, MAX_WAITING);
    for (int i = 0; i < 3; i++)
        ask_until_judged(engine, &(struct wish){VERB_CREATE, names[i]});
    return engine;
}

/* In memory, for what is not about the disk. */
static struct engine *start_alone(struct store **store)
{
    *store = fixture_store(":memory:");
    return start(*store);
}

static void end(struct engine *engine, struct store *store)
{
    engine_close(engine);
    store_close(store);
}

static void test_order(void)
{
    struct store *store;
    struct engine *engine = start_alone(&store);
    struct answer runs[3];
    for (int i = 0; i < 3; i++)
        ask(engine, &(struct wish){VERB_TRAIN_LONG, "a"}, &runs[i]);
    bool well = true, in_order = true, apart = true;
    for (int i = 0; i < 3; i++) {
        well &= answer_wait(&runs[i]) == ENGINE_OK;
        in_order &= runs[i].after && runs[i].after->revision == (uint64_t)i + 1;
        apart &= i == 0 || strcmp(runs[i].run, runs[i - 1].run) != 0;
    }
    tap_ok(well, "runs of one network all end well");
    tap_ok(in_order, "each on top of the one before it");
    tap_ok(apart && strlen(runs[0].run) == RUN_ID_LENGTH, "under names of their own");
    struct snapshot *last = snapshot_of(engine, "a");
    tap_ok(same_model(last, runs[2].after) && last->steps == 3 * 80000, "nothing is left out");
    snapshot_release(last);
    for (int i = 0; i < 3; i++)
        answer_release(&runs[i]);
    end(engine, store);
}

/* N steps, N epochs of a short run, and those of a run on a thread: the same bits. */
static void test_same_bits(void)
{
    enum { EPOCHS = 60 };
    struct store *store;
    struct engine *engine = start_alone(&store);
    struct answer before, on_thread, within_call;
    ask(engine, &(struct wish){VERB_TRAIN_LONG, "a"}, &before);
    ask(engine, &(struct wish){VERB_TRAIN, "a", .epochs = EPOCHS}, &on_thread);
    tap_ok(!on_thread.ended || answer_wait(&before) == ENGINE_OK, "a run waits for another");
    answer_wait(&on_thread);
    ask_and_wait(engine, &(struct wish){VERB_TRAIN_LONG, "b"});
    ask(engine, &(struct wish){VERB_TRAIN, "b", .epochs = EPOCHS}, &within_call);
    tap_ok(within_call.ended, "a short run ends within the call");
    answer_wait(&within_call);
    ask_and_wait(engine, &(struct wish){VERB_TRAIN_LONG, "c"});
    for (size_t i = 0; i < EPOCHS * SAMPLES; i++)
        ask_and_wait(engine, &(struct wish){VERB_STEP, "c", .sample = i % SAMPLES});
    struct snapshot *stepped = snapshot_of(engine, "c");
    tap_ok(on_thread.updates == EPOCHS * SAMPLES && same_model(on_thread.after, within_call.after),
           "a run has the same bits on a thread and within the call");
    tap_ok(on_thread.total_error == within_call.total_error, "and the same error");
    tap_ok(same_model(stepped, within_call.after), "and those of as many steps");
    snapshot_release(stepped);
    answer_release(&before);
    answer_release(&on_thread);
    answer_release(&within_call);
    end(engine, store);
}

static void test_beside(void)
{
    struct store *store;
    struct engine *engine = start_alone(&store);
    struct answer run, refused;
    ask(engine, &(struct wish){VERB_TRAIN_LONG, "a", .epochs = endless}, &run);
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_TRAIN_LONG, "b"}) == ENGINE_OK,
           "another network's run ends beside one without end");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "b"}) == ENGINE_OK, "and it steps");
    tap_ok(revision_of(engine, "a") == 0 && revision_of(engine, "b") == 2, "and readers read");
    static const enum verb changes[] = {VERB_STEP,   VERB_SET,    VERB_REPLACE, VERB_PATCH,
                                        VERB_RENAME, VERB_RESEED, VERB_RESET,   VERB_DELETE};
    bool all_busy = true, all_name_it = true;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        ask(engine, &(struct wish){changes[i], "a", "z"}, &refused);
        all_busy &= answer_wait(&refused) == ENGINE_BUSY;
        all_name_it &= strlen(refused.run) == RUN_ID_LENGTH;
        answer_release(&refused);
    }
    tap_ok(all_busy && all_name_it, "changes of a network that is trained are refused");
    ask(engine, &(struct wish){VERB_STEP, "a"}, &refused);
    engine_stop_runs(engine);
    tap_ok(answer_wait(&run) == ENGINE_SHUTTING_DOWN && revision_of(engine, "a") == 0,
           "a run that is stopped changes nothing");
    tap_text(refused.run, run.run, "the refusal named it");
    answer_release(&run);
    answer_release(&refused);
    end(engine, store);
}

static void test_limits(void)
{
    struct store *store;
    struct engine *engine = start_alone(&store);
    struct answer runs[MAX_WAITING + 2], refused;
    const struct wish on_a = {VERB_TRAIN_LONG, "a", .epochs = endless};
    const struct wish on_b = {VERB_TRAIN_LONG, "b", .epochs = endless};
    const struct wish on_c = {VERB_TRAIN_LONG, "c", .epochs = endless};
    ask(engine, &on_a, &runs[0]);
    for (int i = 1; i < 1 + MAX_WAITING; i++) /* short, but the other thread cannot help them */
        ask(engine, &(struct wish){VERB_TRAIN, "a"}, &runs[i]);
    tap_ok(ask_and_wait(engine, &on_a) == ENGINE_QUEUE_FULL, "so many runs wait, and no more");
    ask(engine, &on_b, &runs[MAX_WAITING + 1]);
    tap_ok(engine_run_count(engine) == 1 + MAX_WAITING + 1, "where a thread is free nobody waits");
    tap_ok(ask_and_wait(engine, &on_c) == ENGINE_QUEUE_FULL, "where none is, one would have to");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_TRAIN, "c"}) == ENGINE_OK,
           "a short run needs no thread");
    engine_stop_runs(engine);
    bool all_stop = true;
    for (int i = 0; i < MAX_WAITING + 2; i++)
        all_stop &= answer_wait(&runs[i]) == ENGINE_SHUTTING_DOWN && runs[i].ends == 1;
    tap_ok(all_stop, "all runs are told once that it ends");
    tap_ok(engine_run_count(engine) == 0 && revision_of(engine, "a") == 0,
           "none is left, and none has changed anything");
    ask(engine, &on_c, &refused);
    tap_ok(answer_wait(&refused) == ENGINE_SHUTTING_DOWN && refused.ends == 0,
           "no other one begins");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_OK,
           "the network is free again");
    for (int i = 0; i < MAX_WAITING + 2; i++)
        answer_release(&runs[i]);
    answer_release(&refused);
    end(engine, store);
}

/* The engine is closed in the middle of everything; nobody waits for the step. */
static void test_close(void)
{
    struct store *store = fixture_store("close.db");
    struct engine *engine = start(store);
    struct answer runs[1 + MAX_WAITING], step;
    for (int i = 0; i < 1 + MAX_WAITING; i++)
        ask(engine, &(struct wish){VERB_TRAIN_LONG, "a", .epochs = endless}, &runs[i]);
    ask(engine, &(struct wish){VERB_STEP, "b"}, &step);
    answer_release(&step);
    engine_close(engine);
    bool all_stop = true;
    for (int i = 0; i < 1 + MAX_WAITING; i++) {
        all_stop &= runs[i].ended && runs[i].ends == 1 && runs[i].status == ENGINE_SHUTTING_DOWN;
        answer_release(&runs[i]);
    }
    tap_ok(all_stop, "closing ends the runs that train and wait, each once");
    engine = fixture_engine(store, 0, 1);
    tap_ok(revision_of(engine, "a") == 0 && revision_of(engine, "b") == 1,
           "and commits what was under way");
    end(engine, store);
}

static void test_ends(void)
{
    struct store *store;
    engine_close(start_alone(&store));
    struct engine *engine = fixture_engine(store, SIZE_MAX, MAX_WAITING);
    static const struct {
        const char *what;
        struct wish wish;
        enum engine_status status;
    } rows[] = {
        {"a run that may not load its network",
         {VERB_TRAIN, "a", .hurried = true},
         ENGINE_NEEDS_WORKER},
        {"a short run that diverges", {VERB_TRAIN, "a", .diverges = true}, ENGINE_DIVERGED},
        {"a long run that diverges", {VERB_TRAIN_LONG, "a", .diverges = true}, ENGINE_DIVERGED},
        {"a run on samples that do not fit", {VERB_TRAIN_LONG, "a", .inputs = 3}, ENGINE_INVALID},
        {"a run of a network that is not there", {VERB_TRAIN, "z"}, ENGINE_NOT_FOUND},
        {"a run at another revision",
         {VERB_TRAIN_LONG, "a", .if_match = true, .match = 5},
         ENGINE_PRECONDITION},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tap_ok(ask_and_wait(engine, &rows[i].wish) == rows[i].status, "%s", rows[i].what);
    tap_ok(revision_of(engine, "a") == 0 && engine_run_count(engine) == 0, "nothing has changed");
    end(engine, store);
}

int main(void)
{
    test_order();
    test_same_bits();
    test_beside();
    test_limits();
    test_close();
    test_ends();
    return tap_done();
}
