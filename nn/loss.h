#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stddef.h>

enum loss {
    LOSS_SQUARED_ERROR,      /* 1/2 * sum over outputs of (t - o)^2: the article's */
    LOSS_MEAN_SQUARED_ERROR, /* mean over outputs of (t - o)^2 */
    LOSS_COUNT
};

/* One row of the table of losses; adding one is adding a row. */
struct loss_kind {
    const char *name;
    /* Each output's share of one sample's loss; the shares add up to the loss. Returns their sum,
     * added in index order. errors may be NULL. */
    double (*errors)(const double *targets, const double *out, size_t outputs, double *errors);
    /* d_out[j] = dE/dout of output j, for one sample. */
    void (*gradient)(const double *targets, const double *out, size_t outputs, double *d_out);
};

extern const struct loss_kind loss_kinds[LOSS_COUNT];

#endif
