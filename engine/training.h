#ifndef ENGINE_TRAINING_H
#define ENGINE_TRAINING_H

#include "engine/edit.h"
#include "engine/run_private.h"

struct point_memory;

/* What a run trains, on its thread, before it is committed. */
struct training {
    struct engine *engine;
    struct run *run;
    struct snapshot *base;
    struct block *block; /* a private copy */
    struct model model;  /* the block's arrays */
    struct trainer *trainer;
    uint64_t all_updates;   /* if nothing stops it before */
    struct snapshot *next;  /* NULL unless it ended well, with something to keep */
    struct outcome outcome; /* after the last update, over all training samples */

    struct point_memory *memory; /* of restart points; NULL before the first one */
    struct commit *saving;       /* the restart point on its way to the disk, or the last one */
    double saved_at;             /* these: by trainer_elapsed() */
    double newest_at;
    double save_after; /* seconds of training from one restart point to the next */
};

/* Trains a private copy of `base` to the run's end. ENGINE_OK, ENGINE_DIVERGED, ENGINE_NO_MEMORY,
 * ENGINE_DAMAGED, ENGINE_NUMERICS, or ENGINE_SHUTTING_DOWN when runs are stopped. Released with
 * training_release() either way. */
enum engine_status training_run(struct engine *engine, struct run *run, struct snapshot *base,
                                struct training *out);

/* How far it is, in what a run shows. */
void training_look(const struct training *training, struct run_progress *progress);

void training_release(struct training *training);

/* From the beginning of a run to the telling of its end: run_end.c. */

/* Trains at once, within the edit, which it ends, and tells how it ended. */
void train_here(struct edit *edit, struct run *run, struct refusal *refusal);

/* Trains a run that the queue has handed out, on the training thread that calls; or, when runs are
 * to stop, sees to it that it goes on later. Releases it. */
void train_queued(struct engine *engine, struct run *run);

#endif
