#ifndef NN_CORE_PASS_H
#define NN_CORE_PASS_H

#include "nn/core/activation.h"
#include "nn/core/loss.h"
#include "nn/core/narrow.h"
#include "nn/core/outer.h"
#include "nn/core/product.h"
#include "nn/core/vec.h"
#include "nn/core/workspace.h"
#include "nn/random.h"

/* What layer l takes, and how long its rows are. */
INLINE const real *layer_in(const struct workspace *ws, const real *inputs, size_t l)
{
    return l == 0 ? inputs : ws->layers[l - 1].passed;
}

INLINE size_t layer_in_stride(const struct workspace *ws, size_t l)
{
    return l == 0 ? ws->net->inputs : ws->layers[l - 1].row;
}

/* False when a sum is not finite. */
INLINE bool product_run(const struct product *p)
{
    return zeros_hold(p->sums > SUM_SPLIT_AT_MOST ? product_chains(p) : product_narrow(p));
}

INLINE struct product nets_product(const struct workspace *ws, const real *inputs, size_t rows,
                                   size_t l)
{
    const struct layer *layer = &ws->net->layers[l];
    const struct packed_layer *packed = &ws->layers[l];
    const real *parameters = ws->parameters;
    return (struct product){
        .w = parameters + packed->weights,
        .stride = packed->stride,
        .terms = layer->inputs,
        .sums = layer->units,
        .bias = parameters + packed->biases,
        .in = layer_in(ws, inputs, l),
        .in_stride = layer_in_stride(ws, l),
        .rows = rows,
        .out = packed->net,
        .out_stride = packed->row,
    };
}

/* False when a net is not finite. */
INLINE bool layer_nets(const struct workspace *ws, const real *inputs, size_t rows, size_t l)
{
    struct product product = nets_product(ws, inputs, rows, l);
    return product_run(&product);
}

INLINE void layer_outs(struct workspace *ws, size_t rows, size_t l)
{
    struct packed_layer *packed = &ws->layers[l];
    packed->passed = packed->out;
    core_activation_forward(ws->net->layers[l].activation, packed->net, packed->out, rows,
                            ws->net->layers[l].units);
}

INLINE bool reals_finite(const real *values, size_t count)
{
    vec zeros = vec_set(0);
    for (size_t c = 0; c < count; c += LANES)
        zeros = zeros_with(zeros, vec_load(values + c));
    return zeros_hold(zeros);
}

INLINE bool layer_deltas_finite(const struct workspace *ws, size_t rows, size_t l)
{
    return reals_finite(ws->layers[l].delta, rows * ws->layers[l].row);
}

/* Puts units of layer l to 0; `first` is the place of the first sample in its batch. */
static void drop_units(struct workspace *ws, size_t rows, size_t l, const struct dropout *dropout,
                       size_t first)
{
    const struct layer *layer = &ws->net->layers[l];
    struct packed_layer *packed = &ws->layers[l];
    const real *out = packed->out;
    real *factor = packed->dropout;
    real *dropped = packed->dropped;
    uint64_t key = random_dropout_key(dropout->seed, dropout->steps, (uint32_t)l);
    for (size_t s = 0; s < rows; s++) {
        random_dropout(key, (uint32_t)(first + s), layer->dropout, layer->units, ws->factors);
        for (size_t j = 0; j < packed->row; j++)
            factor[s * packed->row + j] = j < layer->units ? (real)ws->factors[j] : 0;
    }
    for (size_t c = 0; c < rows * packed->row; c += LANES)
        vec_store(dropped + c, vec_load(out + c) * vec_load(factor + c));
    packed->passed = dropped;
}

/* Whether a layer's relu is done by the products before and behind it. */
INLINE bool layer_gates(const struct workspace *ws, size_t l)
{
    return ws->net->layers[l].activation == ACTIVATION_RELU && !ws->layers[l].dropout;
}

/* The outs of a hidden layer, and no nets where it can do without; false when a net is not finite.
 */
INLINE bool layer_train(struct workspace *ws, const void *inputs, size_t rows, size_t l)
{
    struct packed_layer *packed = &ws->layers[l];
    if (!layer_gates(ws, l)) {
        bool finite = layer_nets(ws, inputs, rows, l);
        layer_outs(ws, rows, l);
        return finite;
    }
    struct product product = nets_product(ws, inputs, rows, l);
    product.out = packed->passed = packed->out;
    product.relu = true;
    return product_run(&product);
}

/* With `dropout` (or NULL) units are dropped of the samples from place `first` of their batch on,
 * in the layers that have it. */
static bool core_forward(struct workspace *ws, const void *inputs, size_t rows,
                         const struct dropout *dropout, size_t first)
{
    bool finite = true;
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        finite &= layer_nets(ws, inputs, rows, l);
        layer_outs(ws, rows, l);
        if (dropout && ws->layers[l].dropout)
            drop_units(ws, rows, l, dropout, first);
    }
    return finite;
}

/* Each sample's loss into ws->totals, and (or NULL) each output's share. */
INLINE void core_errors(struct workspace *ws, const struct real_samples *samples, double *errors)
{
    const struct packed_layer *last = &ws->layers[ws->net->layer_count - 1];
    core_loss_errors(ws->net, samples->targets, samples->weights, last->net, last->out,
                     samples->rows, errors, ws->totals);
}

/* Deltas of layer l, after those of layer l + 1. */
INLINE void core_deltas(struct workspace *ws, const struct real_samples *samples, size_t l)
{
    const struct packed_layer *packed = &ws->layers[l];
    if (l == ws->net->layer_count - 1) {
        core_loss_deltas(ws->net, samples->targets, samples->weights, packed->net, packed->out,
                         samples->rows, packed->delta);
        return;
    }
    const struct layer *next = &ws->net->layers[l + 1];
    const struct packed_layer *packed_next = &ws->layers[l + 1];
    struct product product = {
        .w = (const real *)ws->transposed + packed_next->transposed,
        .stride = packed_next->back_stride,
        .terms = next->units,
        .sums = next->inputs,
        .in = packed_next->delta,
        .in_stride = packed_next->row,
        .rows = samples->rows,
        .out = packed->delta,
        .out_stride = packed->row,
        .gate = layer_gates(ws, l) ? packed->out : NULL,
    };
    product_run(&product);
    if (product.gate)
        return;
    if (packed->passed != packed->out) {
        real *delta = packed->delta;
        for (size_t c = 0; c < samples->rows * packed->row; c += LANES)
            vec_store(delta + c, vec_load(delta + c) * vec_load((real *)packed->dropout + c));
    }
    core_activation_backward(ws->net->layers[l].activation, packed->net, packed->out, packed->delta,
                             samples->rows, ws->net->layers[l].units);
}

static void shared_bias_gradient(const struct layer *layer, const real *delta, size_t row,
                                 size_t rows, real *gradient, bool more)
{
    real sum = more ? gradient[0] : 0;
    for (size_t s = 0; s < rows; s++)
        sum = sum + sum_row(delta + s * row, NULL, layer->units, layer->units);
    for (size_t j = 0; j < layer->units; j++)
        gradient[j] = sum;
}

static void bias_gradient(const struct layer *layer, const real *delta, size_t row, size_t rows,
                          real *gradient, bool more)
{
    if (layer->bias == BIAS_SHARED) {
        shared_bias_gradient(layer, delta, row, rows, gradient, more);
        return;
    }
    if (layer->bias == BIAS_NONE)
        return;
    for (size_t j = 0; j < row; j += LANES) {
        vec sum = more ? vec_load(gradient + j) : vec_set(0);
        for (size_t s = 0; s < rows; s++)
            sum = sum + vec_load(delta + s * row + j);
        vec_store(gradient + j, sum);
    }
}

/* The gradient of layer l's weights over the samples; goes on from ws->gradient where `more`. Of
 * inputs first .. end - 1 alone. */
INLINE struct outer weights_outer(struct workspace *ws, const struct real_samples *samples,
                                  size_t l, bool more, size_t first, size_t end)
{
    const struct packed_layer *packed = &ws->layers[l];
    size_t place = packed->weights + first * packed->stride;
    return (struct outer){
        .in = layer_in(ws, samples->inputs, l) + first,
        .in_stride = layer_in_stride(ws, l),
        .inputs = end - first,
        .delta = packed->delta,
        .row = packed->row,
        .units = ws->net->layers[l].units,
        .rows = samples->rows,
        .gradient = (real *)ws->gradient + place,
        .stride = packed->stride,
        .more = more,
        .w = (real *)ws->parameters + place,
    };
}

INLINE void biases_gradient(struct workspace *ws, size_t rows, size_t l, bool more)
{
    const struct packed_layer *packed = &ws->layers[l];
    bias_gradient(&ws->net->layers[l], packed->delta, packed->row, rows,
                  (real *)ws->gradient + packed->biases, more);
}

/* Adds the samples' gradients of layer l to ws->gradient, in their order; without `more` from 0.
 * With `descent` (or NULL) moves the layer's weights and its units' own biases at once. */
static void layer_gradient(struct workspace *ws, const struct real_samples *samples, size_t l,
                           bool more, const struct descent *descent)
{
    struct outer outer = weights_outer(ws, samples, l, more, 0, ws->net->layers[l].inputs);
    outer.descent = descent;
    if (ws->net->layers[l].bias == BIAS_PER_UNIT) {
        outer.biases = (real *)ws->gradient + ws->layers[l].biases;
        outer.b = (real *)ws->parameters + ws->layers[l].biases;
    } else {
        biases_gradient(ws, samples->rows, l, more);
    }
    outer_run(&outer);
}

static void core_gradient(struct workspace *ws, const struct real_samples *samples, size_t l,
                          bool more)
{
    layer_gradient(ws, samples, l, more, NULL);
}

/* Makes `count` sums the gradient of the mean objective over `rows` samples: times 1 / rows, and
 * for weights w, where there is a regularization, + l2 * w + l1 * sign w. */
static void finish_range(const struct regularization *regularization, size_t rows, real *gradient,
                         const real *w, size_t count)
{
    if (rows > 1) {
        vec share = vec_set((real)(1.0 / (double)rows));
        for (size_t c = 0; c < count; c += LANES)
            vec_store(gradient + c, vec_load(gradient + c) * share);
    }
    if (!regularization || (regularization->l1 == 0 && regularization->l2 == 0))
        return;
    vec l1 = vec_set((real)regularization->l1);
    vec l2 = vec_set((real)regularization->l2);
    for (size_t c = 0; c < count; c += LANES) {
        vec weight = vec_load(w + c);
        vec sign = vec_select(vec_equal(weight, vec_set(0)), vec_set(0), vec_copysign(l1, weight));
        vec_store(gradient + c, vec_fma(l2, weight, vec_load(gradient + c)) + sign);
    }
}

static void core_gradient_finish(struct workspace *ws, size_t rows, size_t l)
{
    const struct packed_layer *packed = &ws->layers[l];
    real *gradient = ws->gradient;
    const real *parameters = ws->parameters;
    finish_range(&ws->net->regularization, rows, gradient + packed->weights,
                 parameters + packed->weights, packed->biases - packed->weights);
    finish_range(NULL, rows, gradient + packed->biases, NULL, packed->end - packed->biases);
}

#endif
