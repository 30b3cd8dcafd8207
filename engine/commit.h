#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/snapshot.h"
#include "engine/status.h"
#include "storage/store.h"

struct live;
struct engine;
struct run_write;

/*
 * A change on its way to the disk (or a barrier: the wait for those before it), shared by the
 * writer and by whoever waits for it.
 */
struct commit {
    struct store_change change;
    atomic_int references;
    atomic_int state; /* enum commit_state in commit.c */
    enum engine_status status;
    void (*waiting)(void *argument); /* called once it is decided */
    void *argument;

    struct engine *engine;
    struct live *live; /* referenced; NULL where the change is of no live network. With a barrier:
                        * the one whose chain decides it */
    struct snapshot *next; /* what the change makes of it; NULL for a delete and a barrier */
    struct live *renamed;  /* the place that a rename keeps for the new name, or NULL */
    /* Applies the outcome to the live network, on the writer's thread. */
    void (*apply)(struct commit *commit, enum store_status status);

    struct store_chain chain; /* of a change without a live network */
    struct store_block block;
    struct store_block start;
    struct block *start_values;         /* referenced; NULL where start values do not change */
    struct store_checkpoint checkpoint; /* its label is the commit's; or nothing */
    char *definition;                   /* text for the store */
    char gone[NAME_MAX_LENGTH + 1];     /* the name that it takes away; "" for none */
    struct run_write *write;            /* what it writes of a run: engine/run_record.h; or NULL */
};

/* A commit for one owner beside the writer. NULL when out of memory. */
struct commit *commit_create(struct engine *engine);

/* Gives the change to the writer. From now on the commit is decided by it. */
void commit_submit(struct commit *commit);

/* Submits a barrier: decided when everything queued before it is. NULL when out of memory. */
struct commit *commit_barrier(struct engine *engine);

/* Whether it is decided; then `status` says how (ENGINE_OK: on disk; ENGINE_AGAIN: it stood on a
 * change that failed, judge again). */
bool commit_decided(struct commit *commit, enum engine_status *status);

/* Has `waiting(argument)` called, on the writer's thread, once it is decided. Returns false, and
 * calls nothing, when it is decided already. At most once per commit. */
bool commit_notify(struct commit *commit, void (*waiting)(void *argument), void *argument);

/* Blocks until it is decided: for worker threads only. */
enum engine_status commit_wait(struct commit *commit);

void commit_release(struct commit *commit); /* NULL is allowed */

#endif
