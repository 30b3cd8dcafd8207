#ifndef NN_CORE_LOSS_H
#define NN_CORE_LOSS_H

#include <stddef.h>

#include "nn/core/activation.h"
#include "nn/core/columns.h"
#include "nn/core/sum.h"
#include "nn/core/vec.h"
#include "nn/loss.h"
#include "nn/network.h"

/*
 * Each output's share of its sample's loss and the deltas, in the network's precision. A sample's
 * loss is the sum of its shares in double, in the order of nn/core/sum.h.
 */

/* What the formulas have beside net, out and target. */
struct loss_terms {
    vec scale;   /* 1 / outputs; squared_error: 1/2 */
    vec bound;   /* huber's delta */
    vec top;     /* cross_entropy: the largest net of the sample */
    vec log_sum; /* cross_entropy: ln of the sum of e^(net - top) */
};

static struct loss_terms loss_terms(const struct network *net)
{
    double outputs = (double)network_outputs(net);
    return (struct loss_terms){
        .scale = vec_set(net->loss == LOSS_SQUARED_ERROR ? REAL(0.5) : (real)(1 / outputs)),
        .bound = vec_set((real)net->huber_delta),
    };
}

/* d^2 / 2, beyond bound: bound (|d| - bound / 2) */
INLINE vec huber_share(vec distance, vec bound)
{
    vec half = vec_set(REAL(0.5));
    return vec_select(vec_less_equal(distance, bound), half * (distance * distance),
                      bound * (distance - half * bound));
}

/*
 * -t ln o - (1 - t) ln(1 - o), o = sigmoid x, is |x| times (1 - t, below 0: t), and ln(1 + e^-|x|):
 * nothing cancels for targets in [0, 1].
 */
INLINE vec binary_cross_entropy_share(vec net, vec target)
{
    vec size = vec_abs(net);
    vec far = vec_select(vec_less(net, vec_set(0)), target, vec_set(1) - target);
    return vec_fma(size, far, vec_log1p(vec_exp(-size)));
}

/* dE/dnet = o - t. Where o is near 1 that is (1 - t) - (1 - o), and 1 - o is sigmoid(-x). */
INLINE vec binary_cross_entropy_delta(vec net, vec target)
{
    vec tail = vec_sigmoid(-vec_abs(net));
    return vec_select(vec_less(net, vec_set(0)), tail - target, (vec_set(1) - target) - tail);
}

/* t (ln sum of e^(net_k - top) - (net - top)); exactly 0 for t = 0, whatever net is */
INLINE vec cross_entropy_share(const struct loss_terms *terms, vec net, vec target)
{
    vec share = target * (terms->log_sum - (net - terms->top));
    return vec_select(vec_equal(target, vec_set(0)), vec_set(0), share);
}

/* An output's share, before the sample's weight. */
INLINE vec loss_share(enum loss loss, const struct loss_terms *terms, vec net, vec out, vec target)
{
    vec difference = target - out;
    switch (loss) {
    case LOSS_SQUARED_ERROR:
    case LOSS_MEAN_SQUARED_ERROR:
        return terms->scale * (difference * difference);
    case LOSS_MEAN_ABSOLUTE_ERROR:
        return terms->scale * vec_abs(difference);
    case LOSS_HUBER:
        return terms->scale * huber_share(vec_abs(difference), terms->bound);
    case LOSS_BINARY_CROSS_ENTROPY:
        return terms->scale * binary_cross_entropy_share(net, target);
    case LOSS_CROSS_ENTROPY:
        return cross_entropy_share(terms, net, target);
    case LOSS_COUNT:
        break;
    }
    return vec_set(0);
}

/* dE/dout, of binary_cross_entropy dE/dnet; before the sample's weight. cross_entropy has its own.
 */
INLINE vec loss_slope(enum loss loss, const struct loss_terms *terms, vec net, vec out, vec target)
{
    vec difference = out - target;
    switch (loss) {
    case LOSS_SQUARED_ERROR:
        return difference;
    case LOSS_MEAN_SQUARED_ERROR:
        return (terms->scale + terms->scale) * difference;
    case LOSS_MEAN_ABSOLUTE_ERROR:
        return terms->scale * vec_sign(difference);
    case LOSS_HUBER:
        return terms->scale * vec_min(terms->bound, vec_max(-terms->bound, difference));
    case LOSS_BINARY_CROSS_ENTROPY:
        return terms->scale * binary_cross_entropy_delta(net, target);
    case LOSS_CROSS_ENTROPY:
    case LOSS_COUNT:
        break;
    }
    return vec_set(0);
}

/*
 * cross_entropy. Its sums leave the largest output o out (of several the first), so that nothing
 * cancels where it is near 1:
 *
 *   rest     sum of the other outputs, which is 1 - o
 *   log_sum  ln(1 + rest / o), as o is 1 / sum of e^(net_k - top)
 *   delta    o * (sum of the other targets) - t * rest; of the others o_j * (sum of targets) - t_j
 */

/* By columns: where the largest net is; it goes to *top. */
INLINE vec top_columns(const vec *net, size_t outputs, vec *top)
{
    vec place = vec_set(0);
    *top = vec_set(-INFINITY);
    for (size_t j = 0; j < outputs; j++) {
        mask above = vec_less(*top, net[j]);
        *top = vec_select(above, net[j], *top);
        place = vec_select(above, vec_set((real)j), place);
    }
    return place;
}

/* The sum of all but the value at `place`. */
INLINE vec rest_columns(const vec *values, vec place, size_t outputs)
{
    vec others[COLUMNS_AT_MOST];
    for (size_t j = 0; j < outputs; j++)
        others[j] = vec_select(vec_equal(place, vec_set((real)j)), vec_set(0), values[j]);
    return sum_columns(others, NULL, outputs);
}

INLINE void cross_entropy_terms_columns(const vec *net, const vec *out, size_t outputs,
                                        struct loss_terms *terms)
{
    vec place = top_columns(net, outputs, &terms->top);
    vec largest = vec_set(0);
    for (size_t j = 0; j < outputs; j++)
        largest = vec_select(vec_equal(place, vec_set((real)j)), out[j], largest);
    terms->log_sum = vec_log1p(rest_columns(out, place, outputs) / largest);
}

INLINE void cross_entropy_deltas_columns(const vec *net, const vec *out, const vec *target,
                                         size_t outputs, vec *delta)
{
    vec top;
    vec place = top_columns(net, outputs, &top);
    vec rest = rest_columns(out, place, outputs);
    vec far = rest_columns(target, place, outputs);
    vec sum = sum_columns(target, NULL, outputs);
    for (size_t j = 0; j < outputs; j++) {
        vec of_top = vec_fnma(target[j], rest, out[j] * far);
        delta[j] = vec_select(vec_equal(place, vec_set((real)j)), of_top,
                              vec_fma(out[j], sum, -target[j]));
    }
}

/* By rows. Where there is a NaN, all outputs are NaN, and the place does not matter. */
INLINE void cross_entropy_terms_row(const real *net, const real *out, size_t outputs,
                                    struct loss_terms *terms)
{
    real top = row_largest(net, outputs);
    size_t place = row_find(net, outputs, top);
    terms->top = vec_set(top);
    terms->log_sum = vec_log1p(vec_set(sum_row(out, NULL, outputs, place) / out[place]));
}

/* The output layer of some samples. */
struct last {
    size_t rows;
    size_t outputs;
    size_t stride;       /* of net and out */
    const real *targets; /* rows x outputs */
    const real *weights; /* NULL: all 1 */
    const real *net;
    const real *out;
};

static struct last last_begin(const struct network *net, const void *targets, const void *weights,
                              const void *last_net, const void *last_out, size_t rows)
{
    size_t outputs = network_outputs(net);
    return (struct last){rows, outputs, padded(outputs), targets, weights, last_net, last_out};
}

INLINE void last_skip(struct last *last, size_t rows)
{
    last->rows -= rows;
    last->targets += rows * last->outputs;
    last->net += rows * last->stride;
    last->out += rows * last->stride;
    if (last->weights)
        last->weights += rows;
}

INLINE bool takes_net(enum loss loss)
{
    return loss == LOSS_BINARY_CROSS_ENTROPY || loss == LOSS_CROSS_ENTROPY;
}

INLINE bool takes_out(enum loss loss)
{
    return loss != LOSS_BINARY_CROSS_ENTROPY;
}

/* Each of LANES samples' sums of its shares, as sum_values() takes them. */
INLINE void totals_columns(real shares[][LANES], size_t outputs, double *totals)
{
    double chain[SUM_MAX_PARTS][LANES] = {0};
    size_t parts = sum_parts(1, outputs);
    for (size_t p = 0; p < parts; p++)
        for (size_t j = sum_part(outputs, parts, p); j < sum_part(outputs, parts, p + 1); j++)
            for (size_t i = 0; i < LANES; i++)
                chain[p][i] += (double)shares[j][i];
    for (size_t i = 0; i < LANES; i++)
        totals[i] = parts == 4   ? (chain[0][i] + chain[1][i]) + (chain[2][i] + chain[3][i])
                    : parts == 3 ? (chain[0][i] + chain[1][i]) + chain[2][i]
                    : parts == 2 ? chain[0][i] + chain[1][i]
                                 : chain[0][i];
}

/* Of LANES samples. */
static void errors_columns(enum loss loss, struct loss_terms *terms, const struct last *last,
                           double *errors, double *totals)
{
    size_t outputs = last->outputs;
    vec net[COLUMNS_AT_MOST], out[COLUMNS_AT_MOST];
    for (size_t j = 0; j < outputs; j++) {
        net[j] = takes_net(loss) ? column_load(last->net + j, last->stride) : vec_set(0);
        out[j] = takes_out(loss) ? column_load(last->out + j, last->stride) : vec_set(0);
    }
    if (loss == LOSS_CROSS_ENTROPY)
        cross_entropy_terms_columns(net, out, outputs, terms);
    vec weight = last->weights ? vec_load(last->weights) : vec_set(1);
    real shares[COLUMNS_AT_MOST][LANES];
    for (size_t j = 0; j < outputs; j++) {
        vec target = column_load(last->targets + j, outputs);
        vec_store(shares[j], weight * loss_share(loss, terms, net[j], out[j], target));
    }
    totals_columns(shares, outputs, totals);
    for (size_t i = 0; i < LANES && errors; i++)
        for (size_t j = 0; j < outputs; j++)
            errors[i * outputs + j] = (double)shares[j][i];
}

/* Shares of one sample are taken so many at a time, from each of the chains of their sum. */
enum { SHARES = 64 };

static void shares_row(enum loss loss, const struct loss_terms *terms, const struct last *last,
                       size_t first, size_t count, double *shares)
{
    vec weight = vec_set(last->weights ? *last->weights : 1);
    real values[SHARES];
    for (size_t j = 0; j < count; j += LANES) {
        size_t some = count - j;
        vec net = vec_load_part(last->net + first + j, some);
        vec out = vec_load_part(last->out + first + j, some);
        vec target = vec_load_part(last->targets + first + j, some);
        vec_store(values + j, weight * loss_share(loss, terms, net, out, target));
    }
    for (size_t j = 0; j < count; j++)
        shares[j] = (double)values[j];
}

/* A sample with many outputs: its sum's chains side by side. */
static double errors_long_row(enum loss loss, const struct loss_terms *terms,
                              const struct last *last, double *errors)
{
    double chain[SUM_MAX_PARTS] = {0};
    double shares[SUM_MAX_PARTS][SHARES];
    size_t longest = (last->outputs + SUM_MAX_PARTS - 1) / SUM_MAX_PARTS;
    for (size_t done = 0; done < longest; done += SHARES) {
        for (size_t p = 0; p < SUM_MAX_PARTS; p++) {
            size_t first = sum_part(last->outputs, SUM_MAX_PARTS, p) + done;
            size_t end = sum_part(last->outputs, SUM_MAX_PARTS, p + 1);
            size_t left = end > first ? end - first : 0;
            size_t count = left < SHARES ? left : SHARES;
            shares_row(loss, terms, last, first, count, shares[p]);
            for (size_t j = 0; j < count && errors; j++)
                errors[first + j] = shares[p][j];
            for (size_t j = count; j < SHARES; j++)
                shares[p][j] = 0; /* changes nothing */
        }
        for (size_t j = 0; j < SHARES; j++)
            for (size_t p = 0; p < SUM_MAX_PARTS; p++)
                chain[p] += shares[p][j];
    }
    return (chain[0] + chain[1]) + (chain[2] + chain[3]);
}

static void errors_row(enum loss loss, struct loss_terms *terms, const struct last *last,
                       double *errors, double *total)
{
    if (loss == LOSS_CROSS_ENTROPY)
        cross_entropy_terms_row(last->net, last->out, last->outputs, terms);
    if (last->outputs > SHARES) {
        *total = errors_long_row(loss, terms, last, errors);
        return;
    }
    double shares[SHARES];
    shares_row(loss, terms, last, 0, last->outputs, shares);
    for (size_t j = 0; j < last->outputs && errors; j++)
        errors[j] = shares[j];
    *total = sum_values(shares, last->outputs);
}

static void core_loss_errors(const struct network *net, const void *targets, const void *weights,
                             const void *last_net, const void *last_out, size_t rows,
                             double *errors, double *totals)
{
    struct loss_terms terms = loss_terms(net);
    struct last last = last_begin(net, targets, weights, last_net, last_out, rows);
    while (last.rows > 0) {
        size_t some = rows_at_once(last.rows, last.outputs);
        if (some == 1)
            errors_row(net->loss, &terms, &last, errors, totals);
        else
            errors_columns(net->loss, &terms, &last, errors, totals);
        last_skip(&last, some);
        totals += some;
        errors = errors ? errors + some * last.outputs : NULL;
    }
}

INLINE void zeros_behind(real *delta, size_t outputs, size_t stride)
{
    for (size_t j = (outputs + LANES - 1) / LANES * LANES; j < stride; j += LANES)
        vec_store(delta + j, vec_set(0));
}

static void slopes_row(enum loss loss, const struct loss_terms *terms, const struct last *last,
                       real *delta)
{
    vec weight = vec_set(last->weights ? *last->weights : 1);
    for (size_t j = 0; j < last->outputs; j += LANES) {
        size_t some = last->outputs - j;
        vec target = vec_load_part(last->targets + j, some);
        vec slope =
            loss_slope(loss, terms, vec_load(last->net + j), vec_load(last->out + j), target);
        vec_store(delta + j, vec_part(weight * slope, some));
    }
    zeros_behind(delta, last->outputs, last->stride);
}

static void cross_entropy_columns(const struct last *last, real *delta)
{
    size_t outputs = last->outputs;
    vec net[COLUMNS_AT_MOST], out[COLUMNS_AT_MOST];
    vec target[COLUMNS_AT_MOST], d[COLUMNS_AT_MOST];
    for (size_t j = 0; j < outputs; j++) {
        net[j] = column_load(last->net + j, last->stride);
        out[j] = column_load(last->out + j, last->stride);
        target[j] = column_load(last->targets + j, outputs);
    }
    cross_entropy_deltas_columns(net, out, target, outputs, d);
    for (size_t j = 0; j < LANES * last->stride; j += LANES)
        vec_store(delta + j, vec_set(0));
    vec weight = last->weights ? vec_load(last->weights) : vec_set(1);
    for (size_t j = 0; j < outputs; j++)
        column_store(delta + j, last->stride, weight * d[j]);
}

static void cross_entropy_row(const struct last *last, real *delta)
{
    size_t outputs = last->outputs;
    size_t place = row_find(last->net, outputs, row_largest(last->net, outputs));
    real weight = last->weights ? *last->weights : 1;
    vec sum = vec_set(sum_row(last->targets, NULL, outputs, outputs));
    for (size_t j = 0; j < outputs; j += LANES) {
        vec target = vec_load_part(last->targets + j, outputs - j);
        vec d = vec_set(weight) * vec_fma(vec_load(last->out + j), sum, -target);
        vec_store(delta + j, vec_part(d, outputs - j));
    }
    real rest = sum_row(last->out, NULL, outputs, place);
    real far = sum_row(last->targets, NULL, outputs, place);
    delta[place] = weight * real_fma(-last->targets[place], rest, last->out[place] * far);
    zeros_behind(delta, outputs, last->stride);
}

static void core_loss_deltas(const struct network *net, const void *targets, const void *weights,
                             const void *last_net, const void *last_out, size_t rows, void *delta)
{
    struct loss_terms terms = loss_terms(net);
    struct last last = last_begin(net, targets, weights, last_net, last_out, rows);
    real *deltas = delta;
    while (last.rows > 0) {
        bool softmax = net->loss == LOSS_CROSS_ENTROPY;
        size_t some = softmax ? rows_at_once(last.rows, last.outputs) : 1;
        if (!softmax)
            slopes_row(net->loss, &terms, &last, deltas);
        else if (some == 1)
            cross_entropy_row(&last, deltas);
        else
            cross_entropy_columns(&last, deltas);
        last_skip(&last, some);
        deltas += some * last.stride;
    }
    if (!takes_net(net->loss))
        core_activation_backward(net->layers[net->layer_count - 1].activation, last_net, last_out,
                                 delta, rows, last.outputs);
}

#endif
