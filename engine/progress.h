#ifndef ENGINE_PROGRESS_H
#define ENGINE_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The numbers of states and reasons are on disk: they stay as they are. */
enum run_state {
    RUN_QUEUED,
    RUN_RUNNING,
    RUN_SUCCEEDED,
    RUN_FAILED,
    RUN_CANCELLED,
    RUN_STATE_COUNT
};

/* Why a run ended. */
enum run_reason {
    RUN_NO_REASON, /* it has not */
    RUN_ALL_EPOCHS,
    RUN_STOPPED_BELOW,
    RUN_STOPPED_EARLY,
    RUN_WAS_CANCELLED,
    RUN_DIVERGED,
    RUN_HAD_NO_MEMORY,
    RUN_NOT_KEPT,       /* its end could not be written */
    RUN_DAMAGED,        /* what was stored of it does not pass its checks */
    RUN_OTHER_NUMERICS, /* it was begun with another arithmetic: nn/numerics.h */
    RUN_REASON_COUNT
};

/* How far a run is: a copy, as of one moment. Errors are NaN where there are none yet. */
struct run_progress {
    enum run_state state;
    enum run_reason reason;
    uint64_t epochs;         /* that were asked for */
    uint64_t epoch;          /* done */
    uint64_t updates;        /* in this run */
    double total_error;      /* of the last epoch, each sample before its update; once it has */
    double mean_error;       /* ended well: of all, after the last update */
    double validation_error; /* of the last epoch */
    double learning_rate;
    double elapsed; /* seconds of training */
    double eta;     /* seconds to the end if nothing stops it before; NaN where it is not known */
    uint64_t steps; /* of the network once it has ended */
    uint64_t revision;
    int64_t created_at; /* microseconds since 1970, UTC; these: 0 before it happens */
    int64_t started_at;
    int64_t finished_at;
};

/* Whether a state is one that a run ends in. */
bool run_state_is_end(enum run_state state);

/*
 * Who wants to hear that something about any run has changed. Ringing never waits: not for
 * listeners, and where nobody listens it is one addition.
 */
struct bell {
    atomic_uint_least64_t rings;
    atomic_size_t listeners;
    pthread_mutex_t lock; /* to sleep by */
    pthread_cond_t rung;
};

void bell_init(struct bell *bell);
void bell_release(struct bell *bell);
void bell_ring(struct bell *bell);

/* Waits until it has rung since `seen` (0 at first), or for so many seconds. Returns what to pass
 * the next time. */
uint64_t bell_wait(struct bell *bell, uint64_t seen, double seconds);

struct engine;

/* The engine's: rung at most some 50 times a second for each run that trains, and when one is
 * admitted, begins or ends. */
struct bell *engine_bell(struct engine *engine);

#endif
