#ifndef ENGINE_RUN_RECORD_H
#define ENGINE_RUN_RECORD_H

#include "engine/run_private.h"
#include "nn/trainer_point.h"

struct commit;

/* Where restart points are put together: one after the other, so that the system gives the memory
 * once. Shared by the run that trains and by the write that is on its way. */
struct point_memory {
    atomic_size_t references;
    double values[];
};

void point_memory_release(struct point_memory *memory); /* NULL is allowed */

/* Something about a run on its way to the disk; part of a commit, which frees it. */
struct run_write {
    struct run *run;      /* referenced; NULL for the deletion of one that has ended */
    struct store_run row; /* its texts are the run's; `point` is its own */
    struct store_run_change change;
    struct store_block blocks[STORE_RUN_BLOCKS];
    double *values[STORE_RUN_BLOCKS]; /* memory of blocks; NULL where it is not its own */
    struct point_memory *memory;      /* of the point's block; referenced, or NULL */
    bool with_samples;
    bool ends; /* the run's end: `row` is what it ends with */
    struct run_progress progress;
};

/* The row of a run with this progress, which is an end or not. NULL when out of memory. */
struct run_write *run_write_create(struct run *run, const struct run_progress *progress);
void run_write_free(struct run_write *write); /* NULL is allowed */

/* What is written along; false when out of memory. The samples, unless they are on disk: */
void run_write_samples(struct run_write *write);
bool run_write_history(struct run_write *write, const struct history *history);
/* Where it stands, put together in *memory: made where it is NULL; to be passed again for the next
 * point, once this one is decided. */
bool run_write_point(struct run_write *write, const struct trainer *trainer,
                     const struct network *net, struct point_memory **memory);

/* Hands it to the writer alone. Takes it over. NULL when out of memory. */
struct commit *run_write_submit(struct run_write *write, struct store_chain *chain,
                                uint64_t generation);

/* Sends the deletion of a run's row on its way: ENGINE_AGAIN where there is none. NULL when out of
 * memory. */
struct commit *run_write_delete(struct engine *engine, uint64_t number);

/* What the store says to it: on the writer's thread. */
void run_write_decided(struct run_write *write, enum store_status status);

/* Where a run stood, as it was stored. */
struct run_restart {
    struct trainer_point point;
    struct store_block_copy model; /* parameters and state, and behind them the best ones */
    struct history history;
};

/* Reads what is stored of a run's place (ENGINE_NOT_FOUND: nothing), and checks it against the
 * network. ENGINE_DAMAGED, ENGINE_NUMERICS, ENGINE_NO_MEMORY. */
enum engine_status run_restart_read(struct run *run, const struct network *net,
                                    struct run_restart *out);
void run_restart_release(struct run_restart *restart);

/* Whether the model has a best one behind it, and where that is. */
bool run_restart_best(const struct run_restart *restart, const struct network *net,
                      struct model *best);

/* A stored history. ENGINE_NOT_FOUND where there is none. */
enum engine_status run_history_read(struct engine *engine, uint64_t number, struct history *out);

#endif
