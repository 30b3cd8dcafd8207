#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stdbool.h>

#include "nn/activation.h"

/* The loss of one sample, with t its targets and o its outputs; nn/core/loss.h computes them. */
enum loss {
    LOSS_SQUARED_ERROR,       /* 1/2 * sum over outputs of (t - o)^2: the article's */
    LOSS_MEAN_SQUARED_ERROR,  /* mean over outputs of (t - o)^2 */
    LOSS_MEAN_ABSOLUTE_ERROR, /* mean over outputs of |t - o| */
    LOSS_HUBER, /* mean over outputs of (d^2 / 2, beyond delta: delta (|d| - delta / 2)),
                   d = t - o */
    LOSS_BINARY_CROSS_ENTROPY, /* mean over outputs of -t ln o - (1 - t) ln(1 - o), from net;
                                  sigmoid outputs only */
    LOSS_CROSS_ENTROPY,        /* -sum over outputs of t ln o, from net; softmax outputs only */
    LOSS_COUNT
};

extern const char *const loss_names[LOSS_COUNT]; /* "squared_error", ... */

/* Whether a loss may stand on outputs of this activation. */
bool loss_takes(enum loss loss, enum activation output);

/* Whether a loss and its delta are computed from net, without dE/dout. */
bool loss_from_net(enum loss loss);

#endif
