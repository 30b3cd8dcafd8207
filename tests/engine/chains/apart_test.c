/* A run that is answered once it is on disk: what becomes of it when it does not come there. */
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/fake_store.h"
#include "tests/harness/tap.h"

static const uint64_t endless = UINT64_C(1) << 50; /* epochs */

static struct store *store;
static struct engine *engine;

static void begin_scene(void)
{
    store = fixture_store(":memory:");
    engine = fixture_engine(store, 0, 10);
    ask_until_judged(engine, &(struct wish){VERB_CREATE, "a"});
    fake_store_hold(store);
}

/* The run ends without having changed anything, and leaves its network free. */
static void end_scene(struct answer *run)
{
    fake_store_release(store);
    run_wait(run->handle);
    answer_wait(run);
    tap_ok(revision_of(engine, "a") == 0 && engine_run_count(engine) == 0,
           "the run ends, and has changed nothing");
    tap_ok(ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_OK,
           "the network is free");
    answer_release(run);
    engine_close(engine);
    store_close(store);
}

static void test_disk_full(void)
{
    struct answer run;
    enum engine_status status;
    begin_scene();
    ask(engine, &(struct wish){VERB_TRAIN_APART, "a", .epochs = endless}, &run);
    tap_ok(run.handle && !commit_decided(run.stored, &status), "the answer waits for the disk");
    fake_store_decide(store, STORE_FULL);
    tap_ok(commit_wait(run.stored) == ENGINE_DISK_FULL, "which is full");
    end_scene(&run);
}

static void test_ground_fails(void)
{
    struct answer step, run;
    begin_scene();
    ask(engine, &(struct wish){VERB_STEP, "a"}, &step);
    ask(engine, &(struct wish){VERB_TRAIN_APART, "a", .epochs = endless}, &run);
    fake_store_decide(store, STORE_FULL);
    tap_ok(answer_wait(&step) == ENGINE_DISK_FULL, "a step fails");
    fake_store_decide(store, STORE_OK); /* a barrier: the run waits for the step */
    fake_store_decide(store, STORE_OK);
    tap_ok(commit_wait(run.stored) == ENGINE_AGAIN,
           "a run that stands on it is to be judged again");
    answer_release(&step);
    end_scene(&run);
}

static void test_stored(void)
{
    struct answer run;
    begin_scene();
    ask(engine, &(struct wish){VERB_TRAIN_APART, "a", .epochs = endless}, &run);
    fake_store_decide(store, STORE_OK);
    tap_ok(commit_wait(run.stored) == ENGINE_OK, "otherwise it is there");
    run_cancel(run.handle, false);
    end_scene(&run);
}

int main(void)
{
    test_disk_full();
    test_ground_fails();
    test_stored();
    return tap_done();
}
