#ifndef NN_CORE_PART_H
#define NN_CORE_PART_H

#include "nn/core/last.h"
#include "nn/core/pass.h"
#include "nn/core/workspace.h"

/* Samples first .. first + rows - 1. */
INLINE struct real_samples real_samples_part(const struct workspace *ws,
                                             const struct real_samples *samples, size_t first,
                                             size_t rows)
{
    size_t outputs = ws->net->layers[ws->net->layer_count - 1].units;
    return (struct real_samples){
        .rows = rows,
        .inputs = (const real *)samples->inputs + first * ws->net->inputs,
        .targets = (const real *)samples->targets + first * outputs,
        .weights = samples->weights ? (const real *)samples->weights + first : NULL,
    };
}

/* The forward pass of samples of a batch, the first of which has place `first` there; their losses
 * go to ws->totals. */
static bool part_forward(struct workspace *ws, const struct real_samples *part, size_t first,
                         const struct dropout *dropout)
{
    bool finite = core_forward(ws, part->inputs, part->rows, dropout, first);
    core_errors(ws, part, NULL);
    return finite;
}

/* From the nets of the output layer to the samples' losses and its deltas. */
static void part_last(struct workspace *ws, const struct real_samples *part)
{
    size_t last = ws->net->layer_count - 1;
    if (softmax_last_fits(ws->net, part->rows)) {
        softmax_last(ws->net, part, ws->layers[last].net, ws->totals, ws->layers[last].delta);
        return;
    }
    layer_outs(ws, part->rows, last);
    core_errors(ws, part, NULL);
    core_deltas(ws, part, last);
}

/* Forward and backward, without the gradients; false when a net is not finite. */
static bool part_deltas(struct workspace *ws, const struct real_samples *part, size_t first,
                        const struct dropout *dropout)
{
    size_t last = ws->net->layer_count - 1;
    bool finite = true;
    for (size_t l = 0; l < last; l++) {
        finite &= layer_train(ws, part->inputs, part->rows, l);
        if (ws->layers[l].dropout)
            drop_units(ws, part->rows, l, dropout, first);
    }
    finite &= layer_nets(ws, part->inputs, part->rows, last);
    part_last(ws, part);
    for (size_t l = last; l-- > 0;)
        core_deltas(ws, part, l);
    return finite;
}

INLINE void totals_add(const struct workspace *ws, size_t rows, double *total)
{
    for (size_t s = 0; s < rows; s++)
        *total += ws->totals[s];
}

#endif
