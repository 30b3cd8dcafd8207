#ifndef ENGINE_RUN_PRIVATE_H
#define ENGINE_RUN_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/run.h"
#include "engine/run_data.h"

struct live;

enum run_stop { RUN_GOES_ON, RUN_STOPS_KEEPING, RUN_STOPS_WITH_NOTHING };

/* What readers have asked the training thread for. */
enum run_wish { WISH_NEWEST = 1, WISH_CURVE = 2 };

struct run {
    struct engine *engine;
    atomic_size_t references;
    uint64_t number;
    char id[RUN_ID_LENGTH + 1]; /* the number's digits */
    int64_t sequence;           /* 0: it leaves no trace in the store */
    char network[NAME_MAX_LENGTH + 1];
    int64_t network_id;
    struct run_request request;
    char *text;                        /* the request, for the store; NULL: it leaves no trace */
    const struct run_samples *samples; /* NULL before they are read from the store */
    struct run_data *data;             /* its own copy; NULL for one that ends within the call */
    struct live *live;                 /* referenced; NULL for a run that never waits */
    struct commit *ground; /* decides whether the state that it was admitted on stands; or NULL */
    void *point;           /* where it stood when the daemon ended; or NULL */
    size_t point_size;

    /* Guarded by the queue's lock. */
    struct run *next; /* on its network; by live->lock too */
    struct run *ready_next;
    struct run *all_before, *all_after;
    bool taken; /* by a training thread */

    atomic_int stop;   /* enum run_stop */
    atomic_int wishes; /* enum run_wish */

    pthread_mutex_t lock; /* held for moments; guards what follows */
    pthread_cond_t changed;
    struct run_progress progress;
    bool awaited;   /* `finished` is still to be called */
    bool ending;    /* its end is on its way to the disk, or there: nothing else is written */
    size_t storing; /* who is about to submit a write */
    bool stored;    /* it is on disk, with its samples */
    bool over;      /* its end is decided, or the engine has stopped */
    struct run_listener *listeners;
    struct snapshot *newest;             /* what a reader asked for last, and when it was given */
    struct run_progress newest_progress; /* how far it was */
    uint64_t newest_given;               /* counts */
    struct history curve;
    uint64_t curve_given;
};

/* A run for a network's snapshot, not yet admitted. Takes a reference of its own to nothing.
 * NULL when out of memory. */
struct run *run_create(struct engine *engine, const struct run_request *request, uint64_t number);

/* Shows how far it is, unless a reader looks at this very moment; `all` waits for that. */
void run_show(struct run *run, const struct run_progress *progress, bool all);

/* Writes into the journal that it has come to this state. */
void run_announce(const struct run *run, const struct run_progress *progress);

/* Its end is decided, or the engine stops: tells everybody. */
void run_end(struct run *run, const struct run_progress *progress);

/* The same for a run that goes on when the database is served again. */
void run_leave(struct run *run);

/* From now on nothing but its end is written of it. */
void run_begin_end(struct run *run);

/* Calls `finished` where somebody still waits for it; else releases the result's commit. */
void run_tell(struct run *run, struct run_result *result);

#endif
