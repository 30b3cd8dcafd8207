#ifndef NN_CORE_UPDATE_H
#define NN_CORE_UPDATE_H

#include "nn/core/optimizer.h"
#include "nn/core/outer.h"
#include "nn/core/pack.h"
#include "nn/core/vec.h"
#include "nn/core/workspace.h"

/* The sum of squares of `count` values in double: value c goes to chain c % 8, each chain in order.
 */
static void add_squares(const real *values, size_t count, double chain[8])
{
    for (size_t c = 0; c < count; c++)
        chain[c % 8] = fma((double)values[c], (double)values[c], chain[c % 8]);
}

/* The Euclidean norm of the gradient of all that is not frozen: input by input, then the biases. */
static double gradient_norm(const struct workspace *ws)
{
    double chain[8] = {0};
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        const struct layer *layer = &ws->net->layers[l];
        const struct packed_layer *packed = &ws->layers[l];
        const real *gradient = ws->gradient;
        for (size_t i = 0; i < layer->inputs && !layer->frozen_weights; i++)
            add_squares(gradient + packed->weights + i * packed->stride, layer->units, chain);
        if (!layer->frozen_biases)
            add_squares(gradient + packed->biases, layer->bias_count, chain);
    }
    return sqrt(((chain[0] + chain[1]) + (chain[2] + chain[3])) +
                ((chain[4] + chain[5]) + (chain[6] + chain[7])));
}

/* As torch.nn.utils.clip_grad_norm_: times min(1, most / (norm + 1e-6)). */
static void core_clip(struct workspace *ws, double most)
{
    double factor = most / (gradient_norm(ws) + 1e-6);
    if (!(factor < 1))
        return;
    real *gradient = ws->gradient;
    for (size_t c = 0; c < ws->packed; c += LANES)
        vec_store(gradient + c, vec_load(gradient + c) * vec_set((real)factor));
}

/* Whether a burst's updates are of plain SGD: a weight needs nothing but its own gradient. */
INLINE bool plain_sgd(const struct workspace *ws, const struct burst *burst)
{
    const struct optimizer *optimizer = &ws->net->optimizer;
    return burst->options.order == UPDATE_SIMULTANEOUS && burst->options.clip_norm == 0 &&
           optimizer->type == OPTIMIZER_SGD && optimizer->momentum == 0 &&
           optimizer->weight_decay == 0 && ws->net->regularization.l1 == 0 &&
           ws->net->regularization.l2 == 0;
}

/* Whether nn/core/outer.h may take them. */
static bool descent_fits(const struct workspace *ws, const struct burst *burst)
{
    bool fits = plain_sgd(ws, burst);
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        const struct layer *layer = &ws->net->layers[l];
        fits &= !layer->frozen_weights && !layer->frozen_biases && layer->bias != BIAS_SHARED;
    }
    return fits;
}

INLINE struct descent descent_of(const struct burst *burst, size_t rows)
{
    return (struct descent){
        .rate = vec_set((real)burst->options.learning_rate),
        .share = vec_set((real)(1.0 / (double)rows)),
    };
}

/* Moves the packed reals first .. end - 1. */
INLINE void update_range(struct workspace *ws, double learning_rate, uint64_t optimizer_updates,
                         size_t first, size_t end)
{
    core_optimizer_update(&ws->net->optimizer, learning_rate, optimizer_updates,
                          (const real *)ws->gradient + first, (real *)ws->parameters + first,
                          (real *)ws->state + first, ws->packed, end - first);
}

/* What is not frozen of layers first .. end - 1, in as few ranges as there are. */
static void core_update(struct workspace *ws, double learning_rate, uint64_t optimizer_updates,
                        size_t first, size_t end)
{
    size_t from = ws->layers[first].weights;
    for (size_t l = first; l < end; l++) {
        const struct layer *layer = &ws->net->layers[l];
        const struct packed_layer *packed = &ws->layers[l];
        if (layer->frozen_weights) {
            if (packed->weights > from)
                update_range(ws, learning_rate, optimizer_updates, from, packed->weights);
            from = packed->biases;
        }
        if (layer->frozen_biases || layer->bias == BIAS_NONE) {
            if (packed->biases > from)
                update_range(ws, learning_rate, optimizer_updates, from, packed->biases);
            from = packed->end;
        }
    }
    size_t behind = ws->layers[end - 1].end;
    if (behind > from)
        update_range(ws, learning_rate, optimizer_updates, from, behind);
    for (size_t l = first; l < end; l++)
        refresh_transposed(ws, l);
}

#endif
