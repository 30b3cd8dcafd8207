#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edit.h"
#include "engine/progress.h"
#include "nn/trainer.h"

struct run; /* a training run, from its admission to its end; shared by reference */

/* What a run trains on. */
struct run_samples {
    struct samples training;
    struct samples validation; /* rows 0: none */
};

/* FNV-1a, 64 bits, over the bytes of all numbers as little-endian doubles: training inputs,
 * targets and weights, then those of the validation. */
uint64_t run_samples_hash(const struct network *net, const struct run_samples *samples);

/* How a run ended. Everything is borrowed for the time of the callback, but `commit`. */
struct run_result {
    /* ENGINE_OK: trained (or cancelled), and on disk once `commit` says so. ENGINE_SHUTTING_DOWN
     * with `goes_on`: it is kept and goes on when the database is served again. */
    enum engine_status status;
    bool within_call; /* the run was so short that it ended within network_train() */
    bool goes_on;
    const char *id;
    struct run_progress progress; /* as it is once `commit` is decided */
    const struct snapshot *before;
    const struct snapshot *after;  /* `before` where nothing was kept */
    const struct history *history; /* NULL: it never began */
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
    bool apart; /* never within the call, and on disk before network_train()'s commit is decided */
    /* Called with the network on arrival: gives the samples (borrowed until the run copies them, or
     * until `finished`), or NULL to refuse (ENGINE_INVALID). */
    const struct run_samples *(*check)(void *argument, const struct network *net);
    /* Called after it: the request as text (malloc'ed, taken over) that the codec's decode_run()
     * reads; NULL: no memory. Where there is no such function the run leaves no trace in the store.
     */
    char *(*describe)(void *argument, const struct network *net, const struct run_samples *samples);
    /* Called once for an admitted run, on whatever thread it ended, unless run_forgo() came first.
     * May be NULL. */
    void (*finished)(void *argument, struct run_result *result);
    void *argument;
};

/* What became of an admitted run that does not end within the call. */
struct admission {
    struct run *run;       /* a reference for run_release(), or NULL where it has ended */
    struct commit *stored; /* `apart`: when the run is on disk; the caller releases it */
};

/*
 * Admits a run. Short ones train right here; others on a training thread, one at a time per network
 * in the order of admission. ENGINE_OK: `finished` has been or will be called; with ENGINE_AGAIN
 * when the state that the run was admitted on has failed. Anything else: it will not;
 * ENGINE_QUEUE_FULL when too many wait. The preconditions are judged now.
 */
enum engine_status network_train(struct engine *engine, const struct edit_request *request,
                                 const struct run_request *run, struct admission *admission,
                                 struct refusal *refusal);

/* The id of a run: RUN_ID_LENGTH digits. */
const char *run_id(const struct run *run);

/* The network that it trains. */
const char *run_network(const struct run *run);

/* References to up to `limit` runs that train, the newest first. Returns how many. */
size_t runs_in_training(struct engine *engine, struct run **out, size_t limit);

/* A reference to a run that waits or trains, or NULL. */
struct run *run_find(struct engine *engine, const char *id);
/* The one that a network's next trained state comes from; NULL where none trains or waits. */
struct run *run_of_network(struct engine *engine, const char *network);
struct run *run_reference(struct run *run);
void run_release(struct run *run); /* NULL is allowed */

/* Nobody waits for the run any more: true when `finished` has not been and will not be called. */
bool run_forgo(struct run *run);

/* Calls look(argument) while `finished` cannot be called; false, and nothing is called, where it
 * has been or is being. `look` must be quick, and must not ask anything of the run. */
bool run_while_awaited(struct run *run, void (*look)(void *argument), void *argument);

/* Sees to it that an admitted run is on disk. *stored is NULL when it is; else a commit for the
 * caller. ENGINE_NO_MEMORY, or ENGINE_OK. Not for runs that may have ended. */
enum engine_status run_store(struct run *run, struct commit **stored);

/*
 * Ends a run soon: with what it has trained so far as a revision (`keep`), or with nothing. One
 * that waits for its turn ends within the call, and has nothing. Without effect on one that has
 * ended.
 */
void run_cancel(struct run *run, bool keep);

/* Calls heard(argument), on any thread, once the run's end is decided on disk (or the engine stops:
 * then it has not ended). False, and nothing is called, when that has been so. The listener is kept
 * by the caller until then. */
struct run_listener {
    void (*heard)(void *argument);
    void *argument;
    struct run_listener *next;
};
bool run_listen(struct run *run, struct run_listener *listener);

/* Blocks until that. */
void run_wait(struct run *run);

/* How far it is. Never waits for the run. */
void run_look(struct run *run, struct run_progress *progress);

/*
 * The newest state of a run, asked of the training thread, which gives it between two bursts:
 * waits for that, some milliseconds. Not for event threads.
 *
 * run_newest()  a snapshot with the parameters so far, in place of the network's; ENGINE_NOT_FOUND
 *               while it has not begun to train. *epoch is the number of epochs that it has done.
 * run_curve()   the history so far, for history_release(); empty while it has not begun.
 */
enum engine_status run_newest(struct run *run, struct snapshot **out, uint64_t *epoch);
enum engine_status run_curve(struct run *run, struct history *out);

/* The state that run_newest() was given last, or this at an earlier call, with how far the run was
 * then; asks for a newer one and never waits for it. False where there is none yet. */
bool run_glance(struct run *run, struct snapshot **out, struct run_progress *progress);

/* Cancels all runs of a network, keeping nothing, and waits for their ends. Blocks. */
enum engine_status network_cancel_runs(struct engine *engine, const char *name);

#endif
