#ifndef ENGINE_RUN_QUEUE_H
#define ENGINE_RUN_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/progress.h"

struct engine;
struct run;

/* The runs of an engine and the threads that train them. Its lock is taken before a network's. */
struct run_queue {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    struct run *first_ready; /* the first run of each network that is not being trained */
    struct run **last_ready;
    struct run *all; /* those that have not ended, the newest first; each a reference */
    size_t count;    /* runs that train or wait */
    size_t networks; /* that have such runs; each trains one at a time */
    int64_t last_sequence;
    bool stopping;
    bool ending;
    size_t thread_count;
    pthread_t *threads;
    atomic_size_t training; /* runs that train at the moment */
    struct bell bell;
};

bool run_queue_is_stopping(struct run_queue *queue);

/* Prepares an empty queue; then starts its training threads: false when out of memory or threads.
 */
void run_queue_init(struct run_queue *queue);
bool run_queue_start(struct engine *engine);

/* Stops all runs and ends the threads. */
void run_queue_stop(struct engine *engine);

/* Frees what is left, once nobody refers to it. */
void run_queue_release(struct engine *engine);

/* Counts a run in and gives it its sequence. `behind` another one of its network it waits;
 * otherwise when no thread is left. ENGINE_QUEUE_FULL, ENGINE_SHUTTING_DOWN or ENGINE_OK; always
 * the last with `again`, for a run that was admitted once. */
enum engine_status run_queue_admit(struct engine *engine, struct run *run, bool behind, bool again);

/* The place in the order of runs for one that does not wait. */
int64_t run_queue_next_sequence(struct engine *engine);

/* Counts one out that was admitted and not added. */
void run_queue_dismiss(struct engine *engine);

/* Puts an admitted run behind those of its network; takes a reference. */
void run_queue_add(struct engine *engine, struct run *run);

/* Takes a run off the queue that no thread has begun yet; false where one has. It is retired. The
 * caller has a reference. */
bool run_queue_withdraw(struct engine *engine, struct run *run);

/* Takes a run off its network and lets the next one there train. */
void run_queue_retire(struct engine *engine, struct run *run);

/* Takes an ended run off the list of all, with its reference. */
void run_queue_forget(struct engine *engine, struct run *run);

#endif
