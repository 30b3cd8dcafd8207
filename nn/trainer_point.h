#ifndef NN_TRAINER_POINT_H
#define NN_TRAINER_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/trainer.h"

/*
 * Where a run stands between two updates, so that it can be broken off and gone on with: it then
 * ends with the same bits, elapsed times apart. The random numbers need no place of their own: they
 * are functions of the seed and of these counts. To be kept beside it: the model
 * (trainer_write_model()), the best model, and the history's points.
 */
struct trainer_point {
    uint64_t epoch;     /* epochs done */
    uint64_t position;  /* samples done of the next one */
    double epoch_error; /* of those */
    uint64_t updates;   /* in this run */
    uint64_t steps;     /* the network's, these included */
    double elapsed;     /* seconds of training */
    struct schedule_state schedule;
    struct early_stopping_state stopping;
    uint64_t best_updates;           /* `updates` when the best epoch ended */
    uint64_t best_optimizer_updates; /* likewise */
    uint64_t history_stride;         /* of the points that are kept beside it */
    bool history_last_extra;
};

/* Whether there is a best model, which the end of the run may go back to. */
bool trainer_has_best(const struct trainer *trainer);

/* Writes where a run that is not over stands; with trainer_has_best() the best model too, into
 * arrays of parameter_count and slots x parameter_count doubles (`best` may be NULL otherwise). */
void trainer_save(const struct trainer *trainer, struct trainer_point *point, struct model *best);

/*
 * Puts a new trainer, made with the same network, options and samples, and with the model as it was
 * saved, to where the other one stood. `history` has the points that were saved; `best` as
 * trainer_save() wrote it, or NULL where there was none. False when the point does not fit the run,
 * or when out of memory; the trainer is then only to be freed.
 */
bool trainer_resume(struct trainer *trainer, const struct trainer_point *point,
                    const struct model *best, const struct history *history);

#endif
