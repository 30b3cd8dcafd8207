#ifndef NN_CORE_LAST_H
#define NN_CORE_LAST_H

#include "nn/core/activation.h"
#include "nn/core/columns.h"
#include "nn/core/loss.h"
#include "nn/core/rows.h"
#include "nn/core/workspace.h"

/*
 * An output layer of softmax with cross_entropy in training: from its nets to the samples' errors
 * and the deltas at once, by columns. Every value is computed by the operations of
 * softmax_columns(), cross_entropy_terms_columns() and cross_entropy_deltas_columns(), so that it
 * has the bits that a pass, which takes one of them after the other, has. Nothing reads such a
 * layer's outputs while it is trained: they are not stored.
 */

/* How many sums softmax_last() takes; more are left to the ways by rows. */
enum { LAST_AT_MOST = PAD };

/* c[j], lane i: column j of row i. Reads whole pieces of ROW reals. */
INLINE void columns_load(const real *const row[LANES], size_t columns, vec *c)
{
    for (size_t n = 0; n < columns; n += ROW) {
        const real *at[LANES];
        vec piece[ROW];
        for (size_t i = 0; i < LANES; i++)
            at[i] = row[i] + n;
        rows_transpose(at, piece);
        for (size_t j = n; j < columns && j < n + ROW; j++)
            c[j] = piece[j - n];
    }
}

/* The nets of the first `rows` of LANES samples; the lanes behind them repeat the last one. */
INLINE void last_nets(const struct last *last, const size_t outputs, size_t rows, vec *net)
{
    const real *row[LANES];
    for (size_t i = 0; i < LANES; i++)
        row[i] = last->net + (i < rows ? i : rows - 1) * last->stride;
    columns_load(row, outputs, net);
}

/* Likewise the targets, 0 in the lanes behind. Rows that a piece of ROW reals might run over the
 * end of are copied before. */
INLINE void last_targets(const struct last *last, const size_t outputs, size_t rows, vec *target)
{
    real copy[LANES * LAST_AT_MOST + ROW];
    const real *from = last->targets;
    if (last->rows * outputs < LANES * outputs + ROW) {
        for (size_t j = 0; j < LANES * outputs; j++)
            copy[j] = j < rows * outputs ? from[j] : 0;
        for (size_t j = 0; j < ROW; j++)
            copy[LANES * outputs + j] = 0;
        from = copy;
    }
    const real *row[LANES];
    for (size_t i = 0; i < LANES; i++)
        row[i] = from + i * outputs;
    columns_load(row, outputs, target);
}

/* The shares of the samples' errors go to `shares`, the deltas to `delta`, both before the
 * samples' weights. */
INLINE void softmax_cross_entropy_columns(const vec *net, const vec *target, const size_t outputs,
                                          vec *shares, vec *delta)
{
    struct loss_terms terms;
    vec out[LAST_AT_MOST];
    vec place = top_columns(net, outputs, &terms.top);
    for (size_t j = 0; j < outputs; j++)
        out[j] = vec_exp(net[j] - terms.top);
    vec powers = sum_columns(out, NULL, outputs);
    vec largest = vec_set(0);
    for (size_t j = 0; j < outputs; j++) {
        out[j] = out[j] / powers;
        largest = vec_select(vec_equal(place, vec_set((real)j)), out[j], largest);
    }
    vec rest = rest_columns(out, place, outputs);
    vec far = rest_columns(target, place, outputs);
    vec sum = sum_columns(target, NULL, outputs);
    terms.log_sum = vec_log1p(rest / largest);
    for (size_t j = 0; j < outputs; j++) {
        vec of_top = vec_fnma(target[j], rest, out[j] * far);
        shares[j] = cross_entropy_share(&terms, net[j], target[j]);
        delta[j] = vec_select(vec_equal(place, vec_set((real)j)), of_top,
                              vec_fma(out[j], sum, -target[j]));
    }
}

/* The first `rows` of LANES samples. */
INLINE void last_block(const struct last *last, const size_t outputs, size_t rows, double *totals,
                       real *delta)
{
    vec net[LAST_AT_MOST], target[LAST_AT_MOST], share[LAST_AT_MOST], d[LAST_AT_MOST];
    last_nets(last, outputs, rows, net);
    last_targets(last, outputs, rows, target);
    softmax_cross_entropy_columns(net, target, outputs, share, d);
    vec weight = !last->weights  ? vec_set(1)
                 : rows == LANES ? vec_load(last->weights)
                                 : vec_load_part(last->weights, rows);
    real shares[LAST_AT_MOST][LANES], deltas[LAST_AT_MOST][LANES];
    for (size_t j = 0; j < outputs; j++) {
        vec_store(shares[j], weight * share[j]);
        vec_store(deltas[j], weight * d[j]);
    }
    double block[LANES];
    totals_columns(shares, outputs, block);
    for (size_t i = 0; i < rows; i++) {
        totals[i] = block[i];
        for (size_t j = 0; j < outputs; j++)
            delta[i * last->stride + j] = deltas[j][i];
    }
}

INLINE void last_blocks(struct last last, const size_t outputs, double *totals, real *delta)
{
    for (size_t some; last.rows > 0; totals += some, delta += some * last.stride) {
        some = last.rows < LANES ? last.rows : LANES;
        if (some == LANES)
            last_block(&last, outputs, LANES, totals, delta);
        else
            last_block(&last, outputs, some, totals, delta);
        last_skip(&last, some);
    }
}

/* Whether the output layer is one for softmax_last(). */
INLINE bool softmax_last_fits(const struct network *net, size_t rows)
{
    const struct layer *layer = &net->layers[net->layer_count - 1];
    return net->loss == LOSS_CROSS_ENTROPY && layer->activation == ACTIVATION_SOFTMAX &&
           layer->dropout == 0 && layer->units <= LAST_AT_MOST && rows > 1;
}

/* From the nets of the output layer to the samples' errors and the deltas, whose further lanes stay
 * as they are. */
static void softmax_last(const struct network *net, const struct real_samples *samples,
                         const void *nets, double *totals, void *delta)
{
    struct last last =
        last_begin(net, samples->targets, samples->weights, nets, nets, samples->rows);
    switch (last.outputs) {
    case 2:
        last_blocks(last, 2, totals, delta);
        break;
    case 3:
        last_blocks(last, 3, totals, delta);
        break;
    case 4:
        last_blocks(last, 4, totals, delta);
        break;
    default:
        last_blocks(last, last.outputs, totals, delta);
        break;
    }
}

#endif
