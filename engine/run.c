#include "engine/run.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/state.h"
#include "engine/training.h"
#include "engine/work.h"

static void make_ready(struct run_queue *queue, struct run *run)
{
    run->ready_next = NULL;
    *queue->last_ready = run;
    queue->last_ready = &run->ready_next;
    pthread_cond_signal(&queue->changed);
}

/* The next run to train, or NULL when the threads are to end and none is left. */
static struct run *take_ready(struct run_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->first_ready && !queue->ending)
        pthread_cond_wait(&queue->changed, &queue->lock);
    struct run *run = queue->first_ready;
    if (run) {
        queue->first_ready = run->ready_next;
        if (!queue->first_ready)
            queue->last_ready = &queue->first_ready;
    }
    pthread_mutex_unlock(&queue->lock);
    return run;
}

/* Takes an ended run off its network and lets the next one there train. */
static void retire(struct engine *engine, struct run *run)
{
    struct live *live = run->live;
    pthread_mutex_lock(&live->lock);
    live->runs = run->next;
    struct run *next = live->runs;
    pthread_mutex_unlock(&live->lock);
    pthread_mutex_lock(&engine->runs.lock);
    engine->runs.count--;
    if (next)
        make_ready(&engine->runs, next);
    else
        engine->runs.networks--;
    pthread_mutex_unlock(&engine->runs.lock);
}

static void release(struct engine *engine, struct run *run)
{
    commit_release(run->ground);
    live_release(engine, run->live);
    free(run);
}

/* Waits until the network's newest state is on disk, and gives it: what the run trains.
 * ENGINE_AGAIN when the one that it was admitted on failed: its samples may not even fit any more.
 */
static enum engine_status settled_state(struct engine *engine, const struct run *run,
                                        struct snapshot **out)
{
    if (run->ground) {
        enum engine_status status = commit_wait(run->ground);
        if (status != ENGINE_OK)
            return status;
    }
    struct commit *barrier = commit_barrier(engine); /* behind what the run before it trained */
    if (!barrier)
        return ENGINE_NO_MEMORY;
    commit_wait(barrier);
    commit_release(barrier);
    *out = live_committed(run->live);
    return ENGINE_OK;
}

static void tell(const struct run *run, enum engine_status status, const struct training *training,
                 struct commit *commit)
{
    struct run_result result = {
        .status = status, .within_call = !run->live, .id = run->id, .commit = commit};
    if (training) {
        result.before = training->base;
        result.after = training->next;
        result.trainer = training->trainer;
        result.outcome = training->outcome;
    }
    run->request.finished(run->request.argument, &result);
}

/* Commits what a run trained outside of its network's write lock; nobody else changes the network
 * meanwhile. */
static enum engine_status commit_training(struct engine *engine, struct run *run,
                                          const struct training *training, struct commit **commit)
{
    struct live *live = run->live;
    struct edit edit = {.engine = engine, .live = live_reference(engine, live)};
    pthread_mutex_lock(&live->write_lock);
    pthread_mutex_lock(&live->lock);
    edit.generation = atomic_load(&live->chain.generation);
    edit.base = snapshot_reference(live->newest);
    pthread_mutex_unlock(&live->lock);
    return edit_commit(&edit, snapshot_reference(training->next),
                       &(struct edit_extent){.block = true}, commit);
}

static void train_queued(struct engine *engine, struct run *run)
{
    struct training training = {0};
    struct commit *commit = NULL;
    struct snapshot *base = NULL;
    enum engine_status status = settled_state(engine, run, &base);
    if (status == ENGINE_OK)
        status = training_run(engine, run, base, &training);
    if (status == ENGINE_OK)
        status = commit_training(engine, run, &training, &commit);
    retire(engine, run); /* before the answer: who has read it finds the network free */
    tell(run, status, base ? &training : NULL, commit);
    training_release(&training);
    snapshot_release(base);
    release(engine, run);
}

static void refuse_queued(struct engine *engine, struct run *run)
{
    retire(engine, run);
    tell(run, ENGINE_SHUTTING_DOWN, NULL, NULL);
    release(engine, run);
}

static void *run_trainer(void *argument)
{
    struct engine *engine = argument;
    /* Requests keep their latency on few cores: training gives way to them. No fault where the
     * system forbids it. */
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
    struct run *run;
    while ((run = take_ready(&engine->runs)) != NULL) {
        if (run_queue_is_stopping(&engine->runs))
            refuse_queued(engine, run);
        else
            train_queued(engine, run);
    }
    return NULL;
}

bool run_queue_is_stopping(struct run_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool stopping = queue->stopping;
    pthread_mutex_unlock(&queue->lock);
    return stopping;
}

bool run_queue_start(struct engine *engine)
{
    struct run_queue *queue = &engine->runs;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    queue->last_ready = &queue->first_ready;
    size_t count = engine->options.train_workers;
    queue->threads = calloc(count, sizeof(*queue->threads));
    while (queue->threads && queue->thread_count < count &&
           pthread_create(&queue->threads[queue->thread_count], NULL, run_trainer, engine) == 0)
        queue->thread_count++;
    return queue->thread_count > 0;
}

void run_queue_stop(struct engine *engine)
{
    struct run_queue *queue = &engine->runs;
    if (!queue->threads)
        return; /* never started */
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    queue->ending = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < queue->thread_count; i++)
        pthread_join(queue->threads[i], NULL);
    free(queue->threads);
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->changed);
}

void engine_stop_runs(struct engine *engine)
{
    pthread_mutex_lock(&engine->runs.lock);
    engine->runs.stopping = true;
    pthread_mutex_unlock(&engine->runs.lock);
}

size_t engine_run_count(struct engine *engine)
{
    pthread_mutex_lock(&engine->runs.lock);
    size_t count = engine->runs.count;
    pthread_mutex_unlock(&engine->runs.lock);
    return count;
}

/* Admission ---------------------------------------------------------------------------- */

static bool is_short(const struct run *run, const struct network *net)
{
    const struct train_options *options = &run->request.options;
    double rows = (double)run->samples->training.rows;
    double batch = (double)options->batch_size < rows ? (double)options->batch_size : rows;
    double epoch = work_of_pass(net, rows + (double)run->samples->validation.rows) +
                   work_of_update(net) * (rows / batch + 1);
    return epoch * (double)options->epochs <= inline_work;
}

/* Trains at once, within the edit, which it ends; frees the run. */
static void train_here(struct edit *edit, struct run *run, struct refusal *refusal)
{
    struct training training;
    struct commit *commit = NULL;
    enum engine_status status = training_run(edit->engine, run, edit->base, &training);
    if (status == ENGINE_OK)
        status = edit_commit(edit, snapshot_reference(training.next),
                             &(struct edit_extent){.block = true}, &commit);
    else
        status = edit_refuse(edit, status, refusal);
    tell(run, status, &training, status == ENGINE_OK ? commit : refusal->commit);
    refusal->commit = NULL; /* the callback's now */
    training_release(&training);
    free(run);
}

static bool has_runs(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    bool has = live->runs != NULL;
    pthread_mutex_unlock(&live->lock);
    return has;
}

/* Counts a run in. `behind` another one of its network it waits; otherwise when no thread is left.
 */
static enum engine_status admit(struct engine *engine, bool behind)
{
    struct run_queue *queue = &engine->runs;
    enum engine_status status = ENGINE_OK;
    pthread_mutex_lock(&queue->lock);
    bool threads_left = queue->networks < queue->thread_count;
    size_t trained = threads_left ? queue->networks : queue->thread_count;
    if (queue->stopping)
        status = ENGINE_SHUTTING_DOWN;
    else if ((behind || !threads_left) && queue->count - trained >= engine->options.max_queued_runs)
        status = ENGINE_QUEUE_FULL;
    else
        queue->count++;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

/* Puts a run behind those of its network. */
static void enqueue(struct engine *engine, struct run *run)
{
    struct live *live = run->live;
    pthread_mutex_lock(&live->lock);
    struct run **last = &live->runs;
    while (*last)
        last = &(*last)->next;
    *last = run;
    bool first = live->runs == run;
    pthread_mutex_unlock(&live->lock);
    if (!first)
        return;
    pthread_mutex_lock(&engine->runs.lock);
    engine->runs.networks++;
    make_ready(&engine->runs, run);
    pthread_mutex_unlock(&engine->runs.lock);
}

/* Queues a run that is too long to be trained here, and ends the edit. Takes over the run unless it
 * is refused. */
static enum engine_status queue_run(struct edit *edit, struct run *run, bool behind)
{
    enum engine_status status = edit_ground(edit, &run->ground);
    if (status == ENGINE_OK)
        status = admit(edit->engine, behind);
    if (status == ENGINE_OK) {
        run->live = live_reference(edit->engine, edit->live);
        enqueue(edit->engine, run);
    } else {
        commit_release(run->ground);
        free(run);
    }
    edit_abort(edit);
    return status;
}

enum engine_status network_train(struct engine *engine, const struct edit_request *request,
                                 const struct run_request *run_request, struct refusal *refusal)
{
    struct edit_request beside = *request;
    beside.beside_runs = true;
    struct edit edit;
    enum engine_status status = edit_begin(engine, &beside, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    const struct network *net = edit.base->definition->net;
    const struct run_samples *samples = run_request->check(run_request->argument, net);
    if (!samples)
        return edit_refuse(&edit, ENGINE_INVALID, refusal);
    struct run *run = calloc(1, sizeof(*run));
    if (!run)
        return edit_refuse(&edit, ENGINE_NO_MEMORY, refusal);
    snprintf(run->id, sizeof(run->id), "%016" PRIx64, random_identity());
    run->request = *run_request;
    run->samples = samples;
    bool behind = has_runs(edit.live);
    if (!is_short(run, net) || behind)
        return queue_run(&edit, run, behind);
    train_here(&edit, run, refusal);
    return ENGINE_OK;
}
