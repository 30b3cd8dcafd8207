#ifndef NN_TRAINER_H
#define NN_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/early_stopping.h"
#include "nn/history.h"
#include "nn/network.h"
#include "nn/pass.h"
#include "nn/schedule.h"
#include "nn/step.h"
#include "nn/team.h"

struct train_options {
    uint64_t epochs;   /* >= 1 */
    size_t batch_size; /* >= 1; more than there are samples: all of them */
    bool shuffle;      /* a new order of the samples each epoch, by (seed, steps, epoch from 1) */
    uint64_t seed;
    uint64_t steps; /* the network's updates before this run: part of the counter of its random
                       numbers */
    double learning_rate; /* of the first epoch */
    struct schedule schedule;
    enum update_order order;
    double clip_norm;  /* as in struct step_options; 0: none */
    double stop_below; /* stop after an epoch whose mean error is below this; 0: never */
    struct early_stopping early_stopping;
    struct samples validation; /* its mean error is watched in place of the training mean error, by
                                  early_stopping and by the plateau; rows 0: none */
};

enum trainer_state {
    TRAINER_RUNNING,
    TRAINER_ENDED_EPOCHS,     /* all epochs are done */
    TRAINER_ENDED_STOP_BELOW, /* by options.stop_below, be it in the last epoch */
    TRAINER_ENDED_EARLY,      /* by options.early_stopping, be it in the last epoch */
    TRAINER_STOPPED,          /* by trainer_stop() */
    TRAINER_DIVERGED,         /* a number left the finite numbers; the model is unspecified */
};

struct trainer; /* a training run in progress; one thread at a time */

/*
 * Each epoch takes the samples in order (or in its shuffled one), batch_size at a time; the last
 * batch of an epoch may be smaller. An epoch's error is the sum of its batches' total errors, each
 * before its update, added in their order.
 * The validation error is measured after the epoch's last update, without dropout. Then the epoch
 * is judged: early_stopping first, the schedule last.
 *
 * Borrows everything but `options` until trainer_free(); trains `model` in place.
 * N train_step()s over single samples give the same bits as one epoch over them, unshuffled, with
 * batch_size 1. NULL when out of memory.
 */
struct trainer *trainer_create(const struct network *net, const struct train_options *options,
                               const struct samples *samples, struct model *model);

/* How many of at most `most` a team should be of; 1: none is worth it. It is when the updates are
 * work enough, not clipped and simultaneous, of some samples each, and when the first of at least
 * two layers is wide enough and nothing is frozen. */
size_t trainer_team(const struct trainer *trainer, size_t most);

/* Gives a run a team, whose work is in `members` parts, as trainer_team() says or fewer; results
 * depend neither on them nor on how many do them. Before the first trainer_advance(). Borrows the
 * team. False when out of memory. */
bool trainer_share(struct trainer *trainer, struct team *team, size_t members);

/* NULL is allowed. */
void trainer_free(struct trainer *trainer);

/*
 * Trains on for about `seconds` of work (at least one update; 0: exactly one epoch to its end), or
 * to the end of the run; a budget may end inside an epoch. Allocates nothing. The clock is read at
 * the start, at the end and once per some 50 us of work between, and never influences a result.
 *
 * Diverged is: a net or an error that is not finite, found at once (the validation's too), and so
 * every parameter that is not, found by the next pass; a learning rate that is not; at the end of
 * the run the parameters and the optimizer's state that it ends with.
 */
enum trainer_state trainer_advance(struct trainer *trainer, double seconds);

/* The same, but while it runs the model is left as it was: what trainer_write_model() gives the
 * owner of the model is as much work as copying parameters and state some times. */
enum trainer_state trainer_continue(struct trainer *trainer, double seconds);
void trainer_write_model(struct trainer *trainer);

/* The same into another model's arrays, while the run goes on. */
void trainer_copy_model(const struct trainer *trainer, struct model *model);

/* Ends a run here, be it inside an epoch: the model is what has been trained so far, or where
 * early_stopping restores the best what the best epoch ended with. Returns the state:
 * TRAINER_STOPPED or TRAINER_DIVERGED, or how it had ended before. */
enum trainer_state trainer_stop(struct trainer *trainer);

enum trainer_state trainer_state(const struct trainer *trainer);
uint64_t trainer_epoch(const struct trainer *trainer); /* epochs done, be they taken back or not */
double trainer_elapsed(const struct trainer *trainer); /* seconds of training so far */

/* Updates done in this run that the model has: fewer than were done where the best epoch was
 * restored. */
uint64_t trainer_updates(const struct trainer *trainer);

/* Of the epoch that is in progress. */
double trainer_learning_rate(const struct trainer *trainer);

/* The curve so far; borrowed, valid until the next trainer_advance(). */
const struct history *trainer_history(const struct trainer *trainer);

#endif
