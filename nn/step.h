#ifndef NN_STEP_H
#define NN_STEP_H

#include <stdint.h>

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
    double
        *state; /* slots x parameter_count, see optimizer_slots(); starts as model_start() says */
    uint64_t optimizer_updates; /* updates taken with this state */
};

/* Puts the optimizer's state to what it is before the first update. */
void model_start(const struct network *net, struct model *model);

struct step_options {
    double learning_rate; /* used in place of the optimizer's */
    enum update_order order;
    double clip_norm; /* > 0: a gradient of a larger Euclidean norm is scaled down to it, as
                         torch.nn.utils.clip_grad_norm_ does; simultaneous order only. 0: none */
    uint64_t seed;    /* with `steps`: which units are dropped */
    uint64_t steps;   /* the network's updates before this one */
};

/*
 * One training step: forward, backward, update by the mean gradient of the samples (at least 1).
 *
 *   pass     UPDATE_LAYERWISE needs room for all rows; UPDATE_SIMULTANEOUS any
 *   outcome  outputs, errors, total_error: those before the update, units dropped; gradient
 *            (required): the one that was used, before clipping and weight_decay
 * Returns NN_OK, or NN_NOT_FINITE when a net, an error, a gradient, a new parameter or a new value
 * of the state is not finite; then `model` is unspecified.
 */
enum nn_status train_step(const struct network *net, struct model *model,
                          const struct samples *samples, const struct step_options *options,
                          struct pass *pass, struct outcome *outcome);

/* Whether all parameters and all values of the optimizer's state are finite. */
bool model_finite(const struct network *net, const struct model *model);

#endif
