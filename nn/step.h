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
    double *state;      /* slots x parameter_count, see struct optimizer_kind; starts at 0 */
    uint64_t optimizer_updates; /* updates taken with this state */
};

/*
 * One training step: forward, backward, update by the mean gradient of the samples (at least 1).
 *
 *   learning_rate  used in place of the optimizer's
 *   pass           UPDATE_LAYERWISE needs room for all rows; UPDATE_SIMULTANEOUS any
 *   outcome        outputs, errors, total_error: those before the update; gradient (required): the
 *                  one that was used
 * Returns NN_OK, or NN_NOT_FINITE when a net, an error, a gradient, a new parameter or a new value
 * of the state is not finite; then `model` is unspecified.
 */
enum nn_status train_step(const struct network *net, struct model *model,
                          const struct samples *samples, double learning_rate,
                          enum update_order order, struct pass *pass, struct outcome *outcome);

/* The same, but looks only whether nets and errors are finite: for training, where the next pass
 * shows what the update did. */
enum nn_status train_update(const struct network *net, struct model *model,
                            const struct samples *samples, double learning_rate,
                            enum update_order order, struct pass *pass, struct outcome *outcome);

/* Whether all parameters and all values of the optimizer's state are finite. */
bool model_finite(const struct network *net, const struct model *model);

#endif
