#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/edit.h"
#include "nn/trainer.h"

struct run; /* a training run, from its admission to its end */

/* What a run trains on. */
struct run_samples {
    struct samples training;
    struct samples validation; /* rows 0: none */
};

/* How a run ended. Everything is borrowed for the time of the callback, but `commit`. */
struct run_result {
    enum engine_status status; /* ENGINE_OK: trained, and on disk once `commit` says so */
    bool within_call;          /* the run was so short that it ended within network_train() */
    const char *id;
    const struct snapshot *before;
    const struct snapshot *after;
    const struct trainer *trainer; /* state, epochs, updates, history, elapsed time */
    struct outcome outcome;        /* after the last update, over all training samples */
    struct commit
        *commit; /* what the answer waits for, NULL for nothing; the callback releases it */
};

struct run_request {
    struct train_options options; /* steps and validation are the engine's business */
    bool has_seed;                /* else options.seed is the network's */
    bool has_learning_rate;       /* else options.learning_rate is the optimizer's */
    bool want_outputs;            /* in the outcome; its total_error is always there */
    bool want_gradient;
    /* Called with the network on arrival: gives the samples (borrowed until `finished`), or NULL to
     * refuse (ENGINE_INVALID). */
    const struct run_samples *(*check)(void *argument, const struct network *net);
    /* Called once for an admitted run, on whatever thread it ended. */
    void (*finished)(void *argument, struct run_result *result);
    void *argument;
};

/*
 * Admits a run. Short ones train right here; others on a training thread, one at a time per network
 * in the order of admission. ENGINE_OK: `finished` has been or will be called; with ENGINE_AGAIN
 * when the state that the run was admitted on has failed. Anything else: it will not;
 * ENGINE_QUEUE_FULL when too many wait. The preconditions are judged now.
 */
enum engine_status network_train(struct engine *engine, const struct edit_request *request,
                                 const struct run_request *run, struct refusal *refusal);

/* The rest is the engine's own. */

struct run {
    char id[RUN_ID_LENGTH + 1];
    struct run_request request;
    const struct run_samples *samples;
    struct live *live;      /* referenced; NULL for a run that never waits */
    struct commit *ground;  /* decides whether the state that it was admitted on stands; or NULL */
    struct run *next;       /* on its network; guarded by live->lock */
    struct run *ready_next; /* among those that may train; guarded by the queue's lock */
};

struct run_queue {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    struct run *first_ready; /* the first run of each network that is not being trained */
    struct run **last_ready;
    size_t count;    /* runs that train or wait */
    size_t networks; /* that have such runs; each trains one at a time */
    bool stopping;
    bool ending;
    size_t thread_count;
    pthread_t *threads;
    atomic_size_t training; /* runs that train at the moment */
};

bool run_queue_is_stopping(struct run_queue *queue);

/* Starts the training threads. False when out of memory or threads. */
bool run_queue_start(struct engine *engine);

/* Stops all runs and ends the threads. */
void run_queue_stop(struct engine *engine);

#endif
