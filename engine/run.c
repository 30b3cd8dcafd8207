#include "engine/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/journal.h"
#include "engine/run_record.h"
#include "engine/state.h"

static const double patience = 2; /* seconds for what a reader asks of a training thread */

struct run *run_create(struct engine *engine, const struct run_request *request, uint64_t number)
{
    struct run *run = calloc(1, sizeof(*run));
    if (!run)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_init(&run->references, 1);
    run->engine = engine;
    run->number = number;
    snprintf(run->id, sizeof(run->id), "%016" PRIx64, number);
    run->request = *request;
    run->awaited = request->finished != NULL;
    history_init(&run->curve);
    run->progress = (struct run_progress){
        .epochs = request->options.epochs,
        .total_error = NAN,
        .mean_error = NAN,
        .validation_error = NAN,
        .learning_rate = NAN,
        .eta = NAN,
        .created_at = microseconds_now(),
    };
    return run;
}

struct run *run_reference(struct run *run)
{
    atomic_fetch_add_explicit(&run->references, 1, memory_order_relaxed);
    return run;
}

void run_release(struct run *run)
{
    if (!run || atomic_fetch_sub_explicit(&run->references, 1, memory_order_acq_rel) != 1)
        return;
    commit_release(run->ground);
    if (run->live)
        live_release(run->engine, run->live);
    snapshot_release(run->newest);
    history_release(&run->curve);
    pthread_mutex_destroy(&run->lock);
    pthread_cond_destroy(&run->changed);
    free(run->data);
    free(run->text);
    free(run->point);
    free(run);
}

const char *run_id(const struct run *run)
{
    return run->id;
}

const char *run_network(const struct run *run)
{
    return run->network;
}

/* Telling ------------------------------------------------------------------------------ */

void run_show(struct run *run, const struct run_progress *progress, bool all)
{
    if (all)
        pthread_mutex_lock(&run->lock);
    else if (pthread_mutex_trylock(&run->lock) != 0)
        return;
    run->progress = *progress;
    pthread_mutex_unlock(&run->lock);
    bell_ring(&run->engine->runs.bell);
}

void run_announce(const struct run *run, const struct run_progress *progress)
{
    struct news news = {.kind = NEWS_RUN_BEGUN, .progress = *progress};
    if (!run->text)
        return;
    if (progress->state == RUN_QUEUED)
        news.kind = NEWS_RUN_QUEUED;
    else if (run_state_is_end(progress->state))
        news.kind = NEWS_RUN_ENDED;
    memcpy(news.network, run->network, sizeof(news.network));
    memcpy(news.run, run->id, sizeof(news.run));
    journal_write(run->engine->journal, &news);
}

/* Nothing more will happen: tells those who listen. */
static void run_over(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    struct run_listener *listeners = run->listeners;
    run->listeners = NULL;
    run->over = true;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    while (listeners) {
        struct run_listener *listener = listeners;
        listeners = listener->next; /* the call may free it */
        listener->heard(listener->argument);
    }
    bell_ring(&run->engine->runs.bell);
}

void run_end(struct run *run, const struct run_progress *progress)
{
    run_show(run, progress, true);
    run_announce(run, progress);
    run_queue_forget(run->engine, run);
    run_over(run);
}

void run_leave(struct run *run)
{
    run_over(run);
}

/* Whether somebody waited for `finished`, who does no longer. */
static bool take_wait(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool awaited = run->awaited;
    run->awaited = false;
    pthread_mutex_unlock(&run->lock);
    return awaited;
}

bool run_forgo(struct run *run)
{
    return take_wait(run);
}

bool run_while_awaited(struct run *run, void (*look)(void *argument), void *argument)
{
    pthread_mutex_lock(&run->lock);
    bool awaited = run->awaited;
    if (awaited)
        look(argument);
    pthread_mutex_unlock(&run->lock);
    return awaited;
}

void run_tell(struct run *run, struct run_result *result)
{
    if (take_wait(run))
        run->request.finished(run->request.argument, result);
    else
        commit_release(result->commit);
}

bool run_listen(struct run *run, struct run_listener *listener)
{
    pthread_mutex_lock(&run->lock);
    bool over = run->over;
    if (!over) {
        listener->next = run->listeners;
        run->listeners = listener;
    }
    pthread_mutex_unlock(&run->lock);
    return !over;
}

void run_wait(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    while (!run->over)
        pthread_cond_wait(&run->changed, &run->lock);
    pthread_mutex_unlock(&run->lock);
}

void run_look(struct run *run, struct run_progress *progress)
{
    pthread_mutex_lock(&run->lock);
    *progress = run->progress;
    pthread_mutex_unlock(&run->lock);
}

/* What readers ask for ------------------------------------------------------------------ */

/* Waits until a count of the run's has moved on, for so long as it trains. Called with its lock. */
static void ask(struct run *run, enum run_wish wish, const uint64_t *given)
{
    uint64_t before = *given;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)patience;
    atomic_fetch_or(&run->wishes, wish);
    while (*given == before && !run->over && run->progress.state == RUN_RUNNING && !run->ending &&
           pthread_cond_timedwait(&run->changed, &run->lock, &until) == 0)
        continue;
}

enum engine_status run_newest(struct run *run, struct snapshot **out, uint64_t *epoch)
{
    pthread_mutex_lock(&run->lock);
    ask(run, WISH_NEWEST, &run->newest_given);
    enum engine_status status = run->newest ? ENGINE_OK : ENGINE_NOT_FOUND;
    if (run->newest) {
        *out = snapshot_reference(run->newest);
        *epoch = run->newest_progress.epoch;
    }
    pthread_mutex_unlock(&run->lock);
    return status;
}

enum engine_status run_curve(struct run *run, struct history *out)
{
    enum engine_status status = ENGINE_OK;
    history_init(out);
    pthread_mutex_lock(&run->lock);
    ask(run, WISH_CURVE, &run->curve_given);
    if (!history_copy(out, &run->curve))
        status = ENGINE_NO_MEMORY;
    pthread_mutex_unlock(&run->lock);
    return status;
}

bool run_glance(struct run *run, struct snapshot **out, struct run_progress *progress)
{
    atomic_fetch_or(&run->wishes, WISH_NEWEST);
    pthread_mutex_lock(&run->lock);
    bool has = run->newest != NULL;
    if (has) {
        *out = snapshot_reference(run->newest);
        *progress = run->newest_progress;
    }
    pthread_mutex_unlock(&run->lock);
    return has;
}

/* Storing and ending --------------------------------------------------------------------- */

/* Announces a write that must not come after the run's end; false where that is on its way. */
static bool begin_storing(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool may = !run->ending;
    run->storing += may;
    pthread_mutex_unlock(&run->lock);
    return may;
}

static void end_storing(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->storing--;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

void run_begin_end(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->ending = true;
    pthread_cond_broadcast(&run->changed);
    while (run->storing > 0)
        pthread_cond_wait(&run->changed, &run->lock);
    pthread_mutex_unlock(&run->lock);
}

static bool is_stored(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    bool stored = run->stored;
    pthread_mutex_unlock(&run->lock);
    return stored;
}

enum engine_status run_store(struct run *run, struct commit **stored)
{
    *stored = NULL;
    if (!run->text || is_stored(run))
        return ENGINE_OK;
    if (!begin_storing(run)) { /* its end is in the queue of the writer, and comes before this: */
        *stored = commit_barrier(run->engine);
        return *stored ? ENGINE_OK : ENGINE_NO_MEMORY;
    }
    struct run_progress progress;
    run_look(run, &progress);
    struct run_write *write = run_write_create(run, &progress);
    if (write) {
        run_write_samples(write);
        *stored = run_write_submit(write, NULL, 0);
    }
    end_storing(run);
    return *stored ? ENGINE_OK : ENGINE_NO_MEMORY;
}

/* Ends a run that no thread has begun. */
static void end_waiting(struct run *run)
{
    struct run_progress progress;
    run_begin_end(run);
    run_look(run, &progress);
    progress.state = RUN_CANCELLED;
    progress.reason = RUN_WAS_CANCELLED;
    progress.finished_at = microseconds_now();
    struct run_write *write = run_write_create(run, &progress);
    struct commit *commit = write ? run_write_submit(write, NULL, 0) : NULL;
    struct snapshot *base = live_committed(run->live);
    struct run_result result = {.status = commit ? ENGINE_OK : ENGINE_NO_MEMORY,
                                .id = run->id,
                                .progress = progress,
                                .before = base,
                                .after = base,
                                .commit = commit};
    run_tell(run, &result);
    snapshot_release(base);
    if (!commit)
        run_end(run, &progress);
}

void run_cancel(struct run *run, bool keep)
{
    int goes_on = RUN_GOES_ON;
    atomic_compare_exchange_strong(&run->stop, &goes_on,
                                   keep ? RUN_STOPS_KEEPING : RUN_STOPS_WITH_NOTHING);
    if (run_queue_withdraw(run->engine, run))
        end_waiting(run);
}

/* The last run on a network, or NULL. */
static struct run *last_run(struct engine *engine, struct live *live)
{
    pthread_mutex_lock(&engine->runs.lock);
    pthread_mutex_lock(&live->lock);
    struct run *last = live->runs;
    while (last && last->next)
        last = last->next;
    if (last)
        run_reference(last);
    pthread_mutex_unlock(&live->lock);
    pthread_mutex_unlock(&engine->runs.lock);
    return last;
}

enum engine_status network_cancel_runs(struct engine *engine, const char *name)
{
    struct live *live;
    struct run *run;
    enum engine_status status = live_acquire(engine, name, true, &live);
    if (status != ENGINE_OK)
        return status;
    /* The last first, so that none begins only to be cancelled. */
    while ((run = last_run(engine, live)) != NULL) {
        run_cancel(run, false);
        run_wait(run);
        run_release(run);
    }
    live_release(engine, live);
    return ENGINE_OK;
}
