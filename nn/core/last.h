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

/*
 * LANES samples on their way. What is done to one sample waits for itself again and again: top,
 * e^x, their sum, a division, ln. So that the processor has something to do meanwhile, each part of
 * the way is gone by some blocks of samples one after the other.
 */
struct softmax_block {
    size_t rows; /* samples in it */
    vec net[LAST_AT_MOST];
    vec out[LAST_AT_MOST];
    vec place; /* of the largest net */
    vec rest;  /* sum of the other outs */
    struct loss_terms terms;
};

enum { SOFTMAX_BLOCKS = 4 };

INLINE void softmax_powers(struct softmax_block *block, const struct last *last,
                           const size_t outputs)
{
    last_nets(last, outputs, block->rows, block->net);
    block->place = top_columns(block->net, outputs, &block->terms.top);
    for (size_t j = 0; j < outputs; j++)
        block->out[j] = vec_exp(block->net[j] - block->terms.top);
}

INLINE void softmax_outs(struct softmax_block *block, const size_t outputs)
{
    vec powers = sum_columns(block->out, NULL, outputs);
    vec largest = vec_set(0);
    for (size_t j = 0; j < outputs; j++) {
        block->out[j] = block->out[j] / powers;
        largest = vec_select(vec_equal(block->place, vec_set((real)j)), block->out[j], largest);
    }
    block->rest = rest_columns(block->out, block->place, outputs);
    block->terms.log_sum = vec_log1p(block->rest / largest);
}

INLINE void softmax_ends(const struct softmax_block *block, const struct last *last,
                         const size_t outputs, double *totals, real *delta)
{
    vec target[LAST_AT_MOST];
    real shares[LAST_AT_MOST][LANES], deltas[LAST_AT_MOST][LANES];
    double errors[LANES];
    last_targets(last, outputs, block->rows, target);
    vec weight = !last->weights         ? vec_set(1)
                 : block->rows == LANES ? vec_load(last->weights)
                                        : vec_load_part(last->weights, block->rows);
    vec far = rest_columns(target, block->place, outputs);
    vec sum = sum_columns(target, NULL, outputs);
    for (size_t j = 0; j < outputs; j++) {
        vec of_top = vec_fnma(target[j], block->rest, block->out[j] * far);
        vec of_rest = vec_fma(block->out[j], sum, -target[j]);
        vec d = vec_select(vec_equal(block->place, vec_set((real)j)), of_top, of_rest);
        vec share = cross_entropy_share(&block->terms, block->net[j], target[j]);
        vec_store(shares[j], weight * share);
        vec_store(deltas[j], weight * d);
    }
    totals_columns(shares, outputs, errors);
    for (size_t i = 0; i < block->rows; i++) {
        totals[i] = errors[i];
        for (size_t j = 0; j < outputs; j++)
            delta[i * last->stride + j] = deltas[j][i];
    }
}

INLINE void last_blocks(struct last last, const size_t outputs, double *totals, real *delta)
{
    struct softmax_block blocks[SOFTMAX_BLOCKS];
    while (last.rows > 0) {
        struct last from = last;
        size_t count = 0;
        for (; count < SOFTMAX_BLOCKS && last.rows > 0; count++) {
            blocks[count].rows = last.rows < LANES ? last.rows : LANES;
            softmax_powers(&blocks[count], &last, outputs);
            last_skip(&last, blocks[count].rows);
        }
        for (size_t n = 0; n < count; n++)
            softmax_outs(&blocks[n], outputs);
        for (size_t n = 0; n < count; n++) {
            softmax_ends(&blocks[n], &from, outputs, totals, delta);
            totals += blocks[n].rows;
            delta += blocks[n].rows * last.stride;
            last_skip(&from, blocks[n].rows);
        }
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
