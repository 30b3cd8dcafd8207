#ifndef ENGINE_TRAINING_H
#define ENGINE_TRAINING_H

#include "engine/run.h"

/* What a run trained, before it is committed. */
struct training {
    struct snapshot *base;
    struct snapshot *next;   /* NULL unless it ended well */
    struct trainer *trainer; /* its model is gone; for state, counts, history */
    uint64_t updates;
    struct outcome outcome; /* after the last update, over all training samples */
};

/* Trains a private copy of `base` to the run's end. ENGINE_OK, ENGINE_DIVERGED, ENGINE_NO_MEMORY,
 * or ENGINE_SHUTTING_DOWN when runs are stopped. Released with training_release() either way. */
enum engine_status training_run(struct engine *engine, const struct run *run, struct snapshot *base,
                                struct training *out);

void training_release(struct training *training);

#endif
