#include "engine/run_queue.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/run_private.h"
#include "engine/state.h"
#include "engine/training.h"

/* Called with the lock. */
static void make_ready(struct run_queue *queue, struct run *run)
{
    run->ready_next = NULL;
    *queue->last_ready = run;
    queue->last_ready = &run->ready_next;
    pthread_cond_signal(&queue->changed);
}

/* Takes a run out of those that are ready; false where it is not among them. Called with the lock.
 */
static bool unready(struct run_queue *queue, struct run *run)
{
    struct run **place = &queue->first_ready;
    while (*place && *place != run)
        place = &(*place)->ready_next;
    if (!*place)
        return false;
    *place = run->ready_next;
    if (!*place)
        queue->last_ready = place;
    return true;
}

/* The next run to train, or NULL when the threads are to end and none is left. */
static struct run *take_ready(struct run_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->first_ready && !queue->ending)
        pthread_cond_wait(&queue->changed, &queue->lock);
    struct run *run = queue->first_ready;
    if (run) {
        unready(queue, run);
        run->taken = true;
    }
    pthread_mutex_unlock(&queue->lock);
    return run;
}

static void *run_trainer(void *argument)
{
    struct engine *engine = argument;
    /* Requests keep their latency on few cores: training gives way to them. No fault where the
     * system forbids it. */
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
    struct run *run;
    while ((run = take_ready(&engine->runs)) != NULL)
        train_queued(engine, run);
    return NULL;
}

bool run_queue_is_stopping(struct run_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool stopping = queue->stopping;
    pthread_mutex_unlock(&queue->lock);
    return stopping;
}

void run_queue_init(struct run_queue *queue)
{
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    bell_init(&queue->bell);
    queue->last_ready = &queue->first_ready;
}

bool run_queue_start(struct engine *engine)
{
    struct run_queue *queue = &engine->runs;
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
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    queue->ending = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < queue->thread_count; i++)
        pthread_join(queue->threads[i], NULL);
    free(queue->threads);
    queue->threads = NULL;
    queue->thread_count = 0;
}

void run_queue_release(struct engine *engine)
{
    struct run_queue *queue = &engine->runs;
    while (queue->all)
        run_queue_forget(engine, queue->all);
    bell_release(&queue->bell);
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->changed);
}

enum engine_status run_queue_admit(struct engine *engine, struct run *run, bool behind, bool again)
{
    struct run_queue *queue = &engine->runs;
    enum engine_status status = ENGINE_OK;
    pthread_mutex_lock(&queue->lock);
    bool threads_left = queue->networks < queue->thread_count;
    size_t trained = threads_left ? queue->networks : queue->thread_count;
    if (again)
        queue->count++;
    else if (queue->stopping)
        status = ENGINE_SHUTTING_DOWN;
    else if ((behind || !threads_left) && queue->count - trained >= engine->options.max_queued_runs)
        status = ENGINE_QUEUE_FULL;
    else
        queue->count++;
    if (status == ENGINE_OK && !again)
        run->sequence = ++queue->last_sequence;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

int64_t run_queue_next_sequence(struct engine *engine)
{
    pthread_mutex_lock(&engine->runs.lock);
    int64_t sequence = ++engine->runs.last_sequence;
    pthread_mutex_unlock(&engine->runs.lock);
    return sequence;
}

void run_queue_dismiss(struct engine *engine)
{
    pthread_mutex_lock(&engine->runs.lock);
    engine->runs.count--;
    pthread_mutex_unlock(&engine->runs.lock);
}

/* Called with the lock. */
static void remember(struct run_queue *queue, struct run *run)
{
    run->all_after = queue->all;
    if (queue->all)
        queue->all->all_before = run;
    queue->all = run;
}

void run_queue_add(struct engine *engine, struct run *run)
{
    struct run_queue *queue = &engine->runs;
    struct live *live = run->live;
    run_reference(run);
    pthread_mutex_lock(&queue->lock);
    remember(queue, run_reference(run));
    pthread_mutex_lock(&live->lock);
    struct run **last = &live->runs;
    while (*last)
        last = &(*last)->next;
    *last = run;
    bool first = live->runs == run;
    pthread_mutex_unlock(&live->lock);
    if (first) {
        queue->networks++;
        make_ready(queue, run); /* no thread takes it before the lock is free */
    }
    run_announce(run, &run->progress);
    pthread_mutex_unlock(&queue->lock);
}

/* Takes a run off its network and the count. Called with the lock. */
static void take_off(struct run_queue *queue, struct run *run)
{
    struct live *live = run->live;
    pthread_mutex_lock(&live->lock);
    bool first = live->runs == run;
    struct run **place = &live->runs;
    while (*place != run)
        place = &(*place)->next;
    *place = run->next;
    run->next = NULL;
    struct run *next = live->runs;
    pthread_mutex_unlock(&live->lock);
    queue->count--;
    if (first && next)
        make_ready(queue, next);
    else if (first)
        queue->networks--;
}

bool run_queue_withdraw(struct engine *engine, struct run *run)
{
    struct run_queue *queue = &engine->runs;
    pthread_mutex_lock(&queue->lock);
    bool waits = !run->taken;
    if (waits) {
        run->taken = true;
        unready(queue, run);
        take_off(queue, run);
    }
    pthread_mutex_unlock(&queue->lock);
    if (waits)
        run_release(run);
    return waits;
}

void run_queue_retire(struct engine *engine, struct run *run)
{
    pthread_mutex_lock(&engine->runs.lock);
    take_off(&engine->runs, run);
    pthread_mutex_unlock(&engine->runs.lock);
}

void run_queue_forget(struct engine *engine, struct run *run)
{
    struct run_queue *queue = &engine->runs;
    pthread_mutex_lock(&queue->lock);
    bool is_there = queue->all == run || run->all_before;
    if (is_there) {
        *(run->all_before ? &run->all_before->all_after : &queue->all) = run->all_after;
        if (run->all_after)
            run->all_after->all_before = run->all_before;
        run->all_before = run->all_after = NULL;
    }
    pthread_mutex_unlock(&queue->lock);
    if (is_there)
        run_release(run);
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

struct bell *engine_bell(struct engine *engine)
{
    return &engine->runs.bell;
}

/* Finding ------------------------------------------------------------------------------ */

struct run *run_find(struct engine *engine, const char *id)
{
    struct run_queue *queue = &engine->runs;
    pthread_mutex_lock(&queue->lock);
    struct run *run = queue->all;
    while (run && strcmp(run->id, id) != 0)
        run = run->all_after;
    if (run)
        run_reference(run);
    pthread_mutex_unlock(&queue->lock);
    return run;
}

struct run *run_of_network(struct engine *engine, const char *network)
{
    struct run_queue *queue = &engine->runs;
    struct run *oldest = NULL;
    pthread_mutex_lock(&queue->lock);
    for (struct run *run = queue->all; run; run = run->all_after)
        if (strcmp(run->network, network) == 0)
            oldest = run;
    if (oldest)
        run_reference(oldest);
    pthread_mutex_unlock(&queue->lock);
    return oldest;
}

size_t runs_in_training(struct engine *engine, struct run **out, size_t limit)
{
    struct run_queue *queue = &engine->runs;
    size_t count = 0;
    pthread_mutex_lock(&queue->lock);
    for (struct run *run = queue->all; run && count < limit; run = run->all_after) {
        if (run->taken && run->text)
            out[count++] = run_reference(run);
    }
    pthread_mutex_unlock(&queue->lock);
    return count;
}
