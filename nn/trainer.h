#ifndef NN_TRAINER_H
#define NN_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/history.h"
#include "nn/network.h"
#include "nn/pass.h"

enum update_order {
    UPDATE_SIMULTANEOUS, /* all gradients from the old weights: gradient descent */
    UPDATE_LAYERWISE,    /* the output layer moves first; lower deltas use the moved weights */
    UPDATE_ORDER_COUNT
};

extern const char *const update_order_names[UPDATE_ORDER_COUNT]; /* "simultaneous", "layerwise" */

/* What training changes. The arrays are the owner's; state may be NULL where no slots are needed.
 */
struct model {
    double *parameters; /* parameter_count */
    double *state;      /* slots x parameter_count, see struct optimizer_kind; starts at 0 */
    uint64_t optimizer_updates; /* updates taken with this state */
};

/*
 * One training step: forward, backward, update by the mean gradient of the samples.
 *
 *   learning_rate  used in place of the optimizer's
 *   pass           UPDATE_LAYERWISE needs room for all rows; UPDATE_SIMULTANEOUS any
 *   outcome        outputs, errors, total_error: those before the update; gradient (required): the
 *                  one that was used
 * Returns NN_OK, or NN_NOT_FINITE when an output, error, gradient or new parameter is not finite;
 * then `model` is unspecified.
 */
enum nn_status train_step(const struct network *net, struct model *model,
                          const struct samples *samples, double learning_rate,
                          enum update_order order, struct pass *pass, struct outcome *outcome);

struct train_options {
    uint64_t epochs;   /* >= 1 */
    size_t batch_size; /* >= 1; more than there are samples: all of them */
    bool shuffle;      /* a new order of the samples each epoch, by (seed, steps, epoch) */
    uint64_t seed;
    uint64_t steps; /* the network's updates before this run: part of the shuffle's counter */
    double learning_rate;
    enum update_order order;
    double stop_below; /* stop after an epoch whose mean error is below this; 0: never */
};

enum trainer_state {
    TRAINER_RUNNING,
    TRAINER_ENDED_EPOCHS,     /* all epochs are done */
    TRAINER_ENDED_STOP_BELOW, /* by options.stop_below */
    TRAINER_DIVERGED,         /* a number left the finite doubles; the model is unspecified */
};

struct trainer; /* a training run in progress; one thread at a time */

/*
 * Borrows everything but `options` until trainer_free(); trains `model` in place.
 * N train_step()s over single samples give the same bits as one epoch over them, unshuffled, with
 * batch_size 1. NULL when out of memory.
 */
struct trainer *trainer_create(const struct network *net, const struct train_options *options,
                               const struct samples *samples, struct model *model);

/* NULL is allowed. */
void trainer_free(struct trainer *trainer);

/*
 * Trains on for about `seconds` of work (at least one update; 0: exactly one epoch to its end), or
 * to the end of the run. Allocates nothing but the history's bounded growth. The clock is read at
 * most once per some 50 us of work, and never influences a result.
 */
enum trainer_state trainer_advance(struct trainer *trainer, double seconds);

enum trainer_state trainer_state(const struct trainer *trainer);
uint64_t trainer_epoch(const struct trainer *trainer);   /* epochs done */
uint64_t trainer_updates(const struct trainer *trainer); /* updates done in this run */
double trainer_elapsed(const struct trainer *trainer);   /* seconds of training so far */

/* The curve so far; borrowed, valid until the next trainer_advance(). */
const struct history *trainer_history(const struct trainer *trainer);

#endif
