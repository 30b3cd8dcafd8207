#include "engine/commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal.h"
#include "engine/run_record.h"
#include "engine/state.h"

static const size_t max_pending_bytes = 256 << 20; /* and one change more, however large */

enum commit_state { COMMIT_PENDING, COMMIT_AWAITED, COMMIT_DECIDED };

enum engine_status engine_status_of(enum store_status status)
{
    switch (status) {
    case STORE_OK:
        return ENGINE_OK;
    case STORE_NOT_FOUND:
        return ENGINE_NOT_FOUND;
    case STORE_EXISTS:
        return ENGINE_EXISTS;
    case STORE_STALE:
        return ENGINE_AGAIN;
    case STORE_DAMAGED:
        return ENGINE_DAMAGED;
    case STORE_FULL:
        return ENGINE_DISK_FULL;
    case STORE_BUSY:
    case STORE_FAILED:
        return ENGINE_UNAVAILABLE;
    case STORE_OUTCOME_UNKNOWN:
        return ENGINE_OUTCOME_UNKNOWN;
    case STORE_NO_MEMORY:
        return ENGINE_NO_MEMORY;
    }
    abort(); /* every status is listed */
}

bool changes_pile_up(struct engine *engine)
{
    return atomic_load(&engine->pending_bytes) >= max_pending_bytes;
}

static size_t block_bytes(const struct store_block *block)
{
    return block ? (block->parameter_count + block->state_count) * sizeof(double) : 0;
}

static size_t commit_bytes(const struct commit *commit)
{
    size_t bytes = block_bytes(commit->change.block) + block_bytes(commit->change.start);
    for (int which = 0; commit->change.run && which < STORE_RUN_BLOCKS; which++)
        bytes += block_bytes(commit->change.run->blocks[which]);
    return bytes;
}

/* Whether the chain that a barrier waits for has failed before it. */
static bool ground_is_gone(const struct commit *commit)
{
    return commit->change.kind == STORE_BARRIER && commit->live &&
           atomic_load(&commit->live->chain.generation) != commit->change.generation;
}

/* Writes into the journal what the commit has made of networks. */
static void announce(const struct commit *commit)
{
    struct journal *journal = commit->engine->journal;
    const struct snapshot *next = commit->next;
    struct news news = {.kind = NEWS_NETWORK_DELETED};
    if (commit->gone[0]) {
        memcpy(news.network, commit->gone, sizeof(news.network));
        journal_write(journal, &news);
    }
    if (!next || commit->change.kind == STORE_CHECKPOINT)
        return;
    bool is_new = commit->change.kind == STORE_CREATE || commit->renamed;
    news.kind = is_new ? NEWS_NETWORK_CREATED : NEWS_NETWORK_CHANGED;
    news.revision = next->revision;
    news.steps = next->steps;
    memcpy(news.network, next->name, sizeof(news.network));
    journal_write(journal, &news);
}

static void decide(struct store_change *change, enum store_status status)
{
    /* `change` is the first member: the commit and its change have one address. */
    struct commit *commit = (struct commit *)change;
    if (commit->apply)
        commit->apply(commit, status);
    if (ground_is_gone(commit))
        status = STORE_STALE;
    if (status == STORE_OK)
        announce(commit);
    if (commit->write)
        run_write_decided(commit->write, status);
    commit->status = engine_status_of(status);
    atomic_fetch_sub(&commit->engine->pending_bytes, commit_bytes(commit));
    if (atomic_exchange(&commit->state, COMMIT_DECIDED) == COMMIT_AWAITED)
        commit->waiting(commit->argument);
    commit_release(commit);
}

struct commit *commit_create(struct engine *engine)
{
    struct commit *commit = calloc(1, sizeof(*commit));
    if (!commit)
        return NULL;
    atomic_init(&commit->references, 1);
    atomic_init(&commit->state, COMMIT_PENDING);
    commit->engine = engine;
    commit->change.kind = STORE_BARRIER;
    commit->change.done = decide;
    return commit;
}

void commit_submit(struct commit *commit)
{
    atomic_fetch_add(&commit->engine->pending_bytes, commit_bytes(commit));
    atomic_fetch_add(&commit->references, 1); /* the writer's, released by decide() */
    store_submit(commit->engine->store, &commit->change);
}

struct commit *commit_barrier(struct engine *engine)
{
    struct commit *commit = commit_create(engine);
    if (commit)
        commit_submit(commit);
    return commit;
}

bool commit_decided(struct commit *commit, enum engine_status *status)
{
    if (atomic_load(&commit->state) != COMMIT_DECIDED)
        return false;
    *status = commit->status;
    return true;
}

bool commit_notify(struct commit *commit, void (*waiting)(void *argument), void *argument)
{
    commit->waiting = waiting;
    commit->argument = argument;
    int expected = COMMIT_PENDING;
    return atomic_compare_exchange_strong(&commit->state, &expected, COMMIT_AWAITED);
}

struct wait {
    pthread_mutex_t lock;
    pthread_cond_t decided;
    bool over;
};

static void end_wait(void *argument)
{
    struct wait *wait = argument;
    pthread_mutex_lock(&wait->lock);
    wait->over = true;
    pthread_cond_signal(&wait->decided);
    pthread_mutex_unlock(&wait->lock);
}

enum engine_status commit_wait(struct commit *commit)
{
    struct wait wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    if (commit_notify(commit, end_wait, &wait)) {
        pthread_mutex_lock(&wait.lock);
        while (!wait.over)
            pthread_cond_wait(&wait.decided, &wait.lock);
        pthread_mutex_unlock(&wait.lock);
    }
    pthread_mutex_destroy(&wait.lock);
    pthread_cond_destroy(&wait.decided);
    return commit->status;
}

void commit_release(struct commit *commit)
{
    if (!commit || atomic_fetch_sub(&commit->references, 1) != 1)
        return;
    if (commit->live)
        live_release(commit->engine, commit->live);
    if (commit->renamed)
        live_release(commit->engine, commit->renamed);
    snapshot_release(commit->next);
    block_release(commit->start_values);
    free(commit->checkpoint.label);
    free(commit->definition);
    run_write_free(commit->write);
    free(commit);
}
