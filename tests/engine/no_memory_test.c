/*
 * The n-th allocation of a change fails, for every n that there is: the change is refused and
 * nothing is changed, the network can be used on, nothing is left behind. The program's own
 * malloc() stands in for libc's, for SQLite too.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/listing.h"
#include "engine/networks.h"
#include "engine/run.h"
#include "engine/step.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

/* glibc's own, under the names that it keeps for those who replace malloc(). */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static _Thread_local long until_failure = -1; /* allocations that succeed before one fails */
static _Thread_local bool failed;
static atomic_long blocks; /* allocated and not freed, by all threads */

static bool fails(void)
{
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    if (fails())
        return NULL;
    blocks++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (fails())
        return NULL;
    blocks++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    blocks += !block;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (fails())
        return NULL;
    blocks++;
    return __libc_memalign(alignment, size);
}

void free(void *block)
{
    blocks -= block != NULL;
    __libc_free(block);
}

/* What all attempts share. */
struct stage {
    struct engine *engine;
    struct proposal same;    /* sizes as "a" has them */
    struct proposal another; /* other sizes */
    const struct edit_request *a, *z;
    struct snapshot *source; /* "a" */

    struct snapshot *after; /* of the attempt */
    struct commit *commit;
    struct refusal refusal;
};

static const double numbers[OUTPUTS + INPUTS] = {0.1, 0.9, 0.5, -0.5};
static const struct run_samples sample = {
    .training = {.rows = 1, .inputs = numbers + 2, .targets = numbers}};

static const struct samples *check_sample(void *argument, const struct network *net)
{
    (void)argument;
    (void)net;
    return &sample.training;
}

static const struct run_samples *check_run_samples(void *argument, const struct network *net)
{
    (void)argument;
    (void)net;
    return &sample;
}

static const double *check_values(void *argument, const struct network *net)
{
    (void)argument;
    (void)net;
    static const double values[INPUTS * HIDDEN + HIDDEN + HIDDEN * OUTPUTS + OUTPUTS];
    return values;
}

static struct definition *copy_definition(void *argument, const struct definition *base)
{
    (void)argument;
    return definition_copy(base);
}

static enum engine_status create(struct stage *stage)
{
    return network_create_new(stage->engine, stage->z, &stage->same, &stage->after, &stage->commit);
}

static enum engine_status create_copy(struct stage *stage)
{
    return network_clone_as(stage->engine, stage->z, stage->source, NULL, &stage->after,
                            &stage->commit);
}

static enum engine_status replace(struct stage *stage)
{
    return network_replace(stage->engine, stage->a, &stage->same, &stage->after, &stage->commit,
                           &stage->refusal);
}

static enum engine_status reshape(struct stage *stage)
{
    return network_replace(stage->engine, stage->a, &stage->another, &stage->after, &stage->commit,
                           &stage->refusal);
}

static enum engine_status rename_network(struct stage *stage)
{
    const struct patch patch = {copy_definition, NULL, "z"};
    return network_patch(stage->engine, stage->a, &patch, &stage->after, &stage->commit,
                         &stage->refusal);
}

static enum engine_status set_parameters(struct stage *stage)
{
    const struct new_parameters parameters = {check_values, NULL};
    return network_set_parameters(stage->engine, stage->a, &parameters, &stage->after,
                                  &stage->commit, &stage->refusal);
}

static enum engine_status reset(struct stage *stage)
{
    return network_reset(stage->engine, stage->a, NULL, &stage->after, &stage->commit,
                         &stage->refusal);
}

static enum engine_status reseed(struct stage *stage)
{
    static const uint64_t seed = 5;
    return network_reset(stage->engine, stage->a, &seed, &stage->after, &stage->commit,
                         &stage->refusal);
}

static enum engine_status step(struct stage *stage)
{
    const struct step_request wanted = {.check = check_sample};
    struct step_result result;
    enum engine_status status =
        network_step(stage->engine, stage->a, &wanted, &result, &stage->commit, &stage->refusal);
    if (status == ENGINE_OK)
        step_result_release(&result);
    return status;
}

/* How a short run ended; out of memory is said by its end, or by its refusal. */
struct short_run {
    enum engine_status status;
    struct commit *commit;
};

static void take_end(void *argument, struct run_result *result)
{
    *(struct short_run *)argument = (struct short_run){result->status, result->commit};
}

static enum engine_status train(struct stage *stage)
{
    struct short_run end = {0};
    const struct run_request run = {.options = {.epochs = 2, .batch_size = 1},
                                    .want_outputs = true,
                                    .want_gradient = true,
                                    .check = check_run_samples,
                                    .finished = take_end,
                                    .argument = &end};
    struct admission admission;
    enum engine_status status =
        network_train(stage->engine, stage->a, &run, &admission, &stage->refusal);
    stage->commit = end.commit;
    return status == ENGINE_OK ? end.status : status;
}

static enum engine_status delete_network(struct stage *stage)
{
    return network_delete(stage->engine, stage->a, &stage->commit, &stage->refusal);
}

static enum engine_status read(struct stage *stage)
{
    return network_read(stage->engine, "b", true, &stage->after);
}

static enum engine_status list(struct stage *stage)
{
    struct listing listing;
    enum engine_status status = network_list(stage->engine, NULL, NULL, 10, &listing);
    if (status == ENGINE_OK)
        listing_release(&listing);
    return status;
}

static const struct {
    const char *name;
    enum engine_status (*work)(struct stage *stage);
} works[] = {
    {"a creation", create},
    {"a clone", create_copy},
    {"a replacement", replace},
    {"a replacement of other sizes", reshape},
    {"a rename", rename_network},
    {"new parameters", set_parameters},
    {"a reset", reset},
    {"a reset to another seed", reseed},
    {"a step", step},
    {"a short run", train},
    {"a delete", delete_network},
    {"a read", read},
    {"a list", list},
};

/* "a" with a few steps, and nothing else; all of them loaded or to be loaded. */
static void prepare(struct stage *stage)
{
    ask_and_wait(stage->engine, &(struct wish){VERB_DELETE, "a"});
    ask_and_wait(stage->engine, &(struct wish){VERB_DELETE, "z"});
    ask_and_wait(stage->engine, &(struct wish){VERB_CREATE, "a"});
    ask_and_wait(stage->engine, &(struct wish){VERB_STEP, "a"});
    stage->source = snapshot_of(stage->engine, "a");
}

/* One attempt, with the n-th allocation failing. Returns whether it came out as it may. */
static bool attempt(struct stage *stage, enum engine_status (*work)(struct stage *stage), long n)
{
    prepare(stage);
    stage->after = NULL;
    stage->commit = NULL;
    stage->refusal = (struct refusal){0};
    failed = false;
    until_failure = n;
    enum engine_status status = work(stage);
    until_failure = -1;
    struct commit *commit = stage->commit ? stage->commit : stage->refusal.commit;
    bool right = status == ENGINE_OK || failed;
    if (commit)
        right &= commit_wait(commit) == ENGINE_OK;
    if (status != ENGINE_OK) /* nothing has changed, and it can be changed again */
        right &= revision_of(stage->engine, "a") == 1 && revision_of(stage->engine, "z") == -1 &&
                 ask_and_wait(stage->engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_OK;
    commit_release(commit);
    snapshot_release(stage->after);
    snapshot_release(stage->source);
    return right;
}

static void test_all(void)
{
    struct store *store = fixture_store(":memory:");
    const struct edit_request a = {"a", NULL, PATIENCE_ENOUGH, false};
    const struct edit_request z = {"z", NULL, PATIENCE_ENOUGH, false};
    struct stage stage = {
        .engine = fixture_engine(store, 0, 1),
        .same = fixture_proposal(INPUTS, HIDDEN, OUTPUTS, 2),
        .another = fixture_proposal(INPUTS, HIDDEN + 1, OUTPUTS, 2),
        .a = &a,
        .z = &z,
    };
    ask_and_wait(stage.engine, &(struct wish){VERB_CREATE, "b"});
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        long n = 0;
        int wrong = 0;
        do
            wrong += !attempt(&stage, works[i].work, n++);
        while (failed);
        tap_ok(wrong == 0 && n > 1, "%s: each of %ld allocations fails", works[i].name, n - 1);
    }
    proposal_release(&stage.same);
    proposal_release(&stage.another);
    engine_close(stage.engine);
    store_close(store);
}

/* An engine that cannot have all that it needs does not open, and leaves nothing. */
static void test_open(void)
{
    static const struct engine_options options = {
        .request_workers = 2, .train_workers = 2, .cache_bytes = 0, .max_queued_runs = 1};
    struct store *store = fixture_store(":memory:");
    long n = 0;
    int wrong = 0;
    do {
        failed = false;
        until_failure = n++;
        struct engine *engine = engine_open(store, &plain_codec, &options);
        until_failure = -1;
        wrong += !engine && !failed;
        engine_close(engine);
    } while (failed);
    tap_ok(wrong == 0 && n > 1, "opening: each of %ld allocations fails", n - 1);
    store_close(store);
}

int main(void)
{
    test_open();
    test_all();
    long before = blocks; /* what libraries keep for good is there by now */
    test_open();
    test_all();
    tap_ok(blocks == before, "nothing is left behind (%ld blocks)", blocks - before);
    return tap_done();
}
