#ifndef NN_CORE_TOGETHER_H
#define NN_CORE_TOGETHER_H

#include "nn/core/part.h"
#include "nn/core/update.h"
#include "nn/core/workspace.h"
#include "nn/team.h"

/*
 * Updates by a team. What moves between the members' caches is what costs, so each of them has some
 * units of the first layer, which is most often the largest, in memory of its own for a whole
 * burst:
 *
 *   1  the first layer's nets and outs             each its units
 *   2  all other layers, forward and backward      each some of the samples
 *   3  the first layer's deltas, gradient, update  each its units; the other layers' by inputs;
 *      and 1 for the samples that come next, where they are known
 *
 * No sum is split, so that it does not matter how many they are, nor how many of them work at once.
 */
struct together {
    struct workspace *ws;
    const struct burst *burst;
    const struct dropout *dropout;
    struct real_samples part;
    struct real_samples next;      /* the part after it; rows 0: not known */
    size_t first;                  /* place of the part's first sample in the batch */
    size_t rows;                   /* of the batch */
    const struct descent *descent; /* NULL: not for nn/core/outer.h */
};

/* Copies the first layer between the workspace and the members' blocks. */
static void block_copy(const struct workspace *ws, const struct block *block, real *packed_values,
                       real *values, bool to_block)
{
    const struct packed_layer *packed = &ws->layers[0];
    real *rows = packed_values + packed->weights + block->first;
    size_t bytes = block->stride * sizeof(real);
    for (size_t i = 0; i < ws->net->layers[0].inputs; i++) {
        real *row = rows + i * packed->stride;
        real *own = values + i * block->stride;
        memcpy(to_block ? own : row, to_block ? row : own, bytes);
    }
}

static void blocks_copy(struct workspace *ws, bool to_blocks)
{
    for (size_t n = 0; n < ws->members; n++) {
        struct block *block = &ws->blocks[n];
        block_copy(ws, block, ws->parameters, block->w, to_blocks);
        for (size_t slot = 0; slot < ws->slots; slot++)
            block_copy(ws, block, (real *)ws->state + slot * ws->packed,
                       (real *)block->state + slot * block->size, to_blocks);
    }
}

/* Where member n's share of `count` begins: a multiple of `step`, or the end. */
INLINE size_t share_of(size_t count, size_t members, size_t n, size_t step)
{
    return n == members ? count : count * n / members / step * step;
}

static void block_forward(const struct together *it, struct block *block,
                          const struct real_samples *samples)
{
    const struct packed_layer *packed = &it->ws->layers[0];
    const struct layer *layer = &it->ws->net->layers[0];
    const real *own = block->out;
    real *out = (real *)packed->out + block->first;
    bool relu = layer_gates(it->ws, 0);
    vec zeros = product_chains(&(struct product){
        .w = block->w,
        .stride = block->stride,
        .terms = layer->inputs,
        .sums = block->count,
        .bias = (const real *)it->ws->parameters + packed->biases + block->first,
        .in = samples->inputs,
        .in_stride = layer->inputs,
        .rows = samples->rows,
        .out = relu ? block->out : block->net,
        .out_stride = block->stride,
        .relu = relu,
    });
    block->finite = zeros_hold(zeros);
    if (!relu)
        core_activation_forward(layer->activation, block->net, block->out, 1,
                                samples->rows * block->stride);
    for (size_t s = 0; s < samples->rows; s++)
        memcpy(out + s * packed->row, own + s * block->stride, block->stride * sizeof *out);
}

/* 1: forward through the first layer. */
static void together_begin(void *argument, size_t n)
{
    const struct together *it = argument;
    block_forward(it, &it->ws->blocks[n], &it->part);
}

/* 2: from there forward, and backward to there. */
static void together_samples(void *argument, size_t n)
{
    const struct together *it = argument;
    size_t first = share_of(it->part.rows, it->ws->members, n, PAD);
    size_t rows = share_of(it->part.rows, it->ws->members, n + 1, PAD) - first;
    if (rows == 0)
        return;
    struct workspace *view = workspace_view(it->ws, first, n);
    struct real_samples samples = real_samples_part(it->ws, &it->part, first, rows);
    size_t last = it->ws->net->layer_count - 1;
    bool finite = true;
    view->layers[0].passed = view->layers[0].out;
    for (size_t l = 0; l < last; l++) {
        finite &= l == 0 || layer_train(view, NULL, rows, l);
        if (view->layers[l].dropout)
            drop_units(view, rows, l, it->dropout, it->first + first);
    }
    finite &= layer_nets(view, NULL, rows, last);
    part_last(view, &samples);
    for (size_t l = last; l-- > 1;)
        core_deltas(view, &samples, l);
    it->ws->blocks[n].finite &= finite;
}

/* The first layer's deltas. */
static void block_deltas(const struct together *it, const struct block *block)
{
    const struct packed_layer *packed = &it->ws->layers[0], *next = &it->ws->layers[1];
    size_t stride = block->stride;
    real *delta = block->delta;
    product_chains(&(struct product){
        .w = (const real *)it->ws->transposed + next->transposed + block->first,
        .stride = next->back_stride,
        .terms = it->ws->net->layers[1].units,
        .sums = block->count,
        .in = next->delta,
        .in_stride = next->row,
        .rows = it->part.rows,
        .out = delta,
        .out_stride = stride,
        .gate = layer_gates(it->ws, 0) ? block->out : NULL,
    });
    if (layer_gates(it->ws, 0))
        return;
    for (size_t s = 0; s < it->part.rows && packed->passed != packed->out; s++) {
        const real *factor = (const real *)packed->dropout + s * packed->row + block->first;
        for (size_t j = 0; j < stride; j += LANES)
            vec_store(delta + s * stride + j,
                      vec_load(delta + s * stride + j) * vec_load(factor + j));
    }
    core_activation_backward(it->ws->net->layers[0].activation, block->net, block->out, delta, 1,
                             it->part.rows * stride);
}

/* Turns sums into the gradient, and moves parameters by it. */
static void move(const struct together *it, real *gradient, real *parameters, real *state,
                 size_t state_stride, size_t count, bool weights)
{
    finish_range(weights ? &it->ws->net->regularization : NULL, it->rows, gradient, parameters,
                 count);
    core_optimizer_update(&it->ws->net->optimizer, it->burst->options.learning_rate,
                          it->burst->optimizer_updates, gradient, parameters, state, state_stride,
                          count);
}

static void block_weights(const struct together *it, struct block *block, bool last)
{
    const struct layer *layer = &it->ws->net->layers[0];
    outer_run(&(struct outer){
        .in = it->part.inputs,
        .in_stride = layer->inputs,
        .inputs = layer->inputs,
        .delta = block->delta,
        .row = block->stride,
        .units = block->count,
        .rows = it->part.rows,
        .gradient = block->gradient,
        .stride = block->stride,
        .more = it->first > 0,
        .w = block->w,
        .descent = last ? it->descent : NULL,
    });
    if (last && !it->descent)
        move(it, block->gradient, block->w, block->state, block->size, block->size, true);
}

/* Parameters from .. to - 1 of the workspace. */
static void move_range(const struct together *it, size_t from, size_t to, bool weights)
{
    struct workspace *ws = it->ws;
    move(it, (real *)ws->gradient + from, (real *)ws->parameters + from, (real *)ws->state + from,
         ws->packed, to - from, weights);
}

static void block_biases(const struct together *it, const struct block *block, bool last)
{
    const struct layer *layer = &it->ws->net->layers[0];
    size_t from = it->ws->layers[0].biases + block->first;
    if (layer->bias == BIAS_NONE)
        return;
    bias_gradient(layer, block->delta, block->stride, it->part.rows,
                  (real *)it->ws->gradient + from, it->first > 0);
    if (last)
        move_range(it, from, from + block->stride, false);
}

/* Layer l's weights of inputs first .. end - 1. */
static void together_weights(const struct together *it, size_t l, size_t first, size_t end,
                             bool last)
{
    const struct packed_layer *packed = &it->ws->layers[l];
    if (first == end)
        return;
    struct outer outer = weights_outer(it->ws, &it->part, l, it->first > 0, first, end);
    outer.descent = last ? it->descent : NULL;
    outer_run(&outer);
    if (!last)
        return;
    bool all = end == it->ws->net->layers[l].inputs; /* with the padding behind them */
    if (!it->descent)
        move_range(it, packed->weights + first * packed->stride,
                   all ? packed->biases : packed->weights + end * packed->stride, true);
    refresh_inputs(it->ws, l, first, end);
}

static void together_biases(const struct together *it, size_t l, bool last)
{
    const struct layer *layer = &it->ws->net->layers[l];
    if (layer->bias == BIAS_NONE)
        return;
    biases_gradient(it->ws, it->part.rows, l, it->first > 0);
    if (last)
        move_range(it, it->ws->layers[l].biases, it->ws->layers[l].end, false);
}

/* 3. Of the second layer each takes the inputs that are its units of the first: nobody else has
 * read the transposed weights that it refreshes. */
static void together_end(void *argument, size_t n)
{
    const struct together *it = argument;
    struct block *block = &it->ws->blocks[n];
    size_t members = it->ws->members;
    bool last = it->first + it->part.rows == it->rows;
    block_deltas(it, block);
    block_weights(it, block, last);
    block_biases(it, block, last);
    together_weights(it, 1, block->first, block->first + block->count, last);
    for (size_t l = 1; l < it->ws->net->layer_count; l++) {
        size_t inputs = it->ws->net->layers[l].inputs;
        if (l > 1) /* PAD rows of whatever length begin and end with a vector */
            together_weights(it, l, share_of(inputs, members, n, PAD),
                             share_of(inputs, members, n + 1, PAD), last);
        if (n == l % members)
            together_biases(it, l, last);
    }
    if (it->next.rows > 0)
        block_forward(it, block, &it->next);
}

static void together_do(struct together *it, void (*part)(void *argument, size_t n))
{
    struct team *team = it->ws->team;
    size_t members = it->ws->members;
    if (team_members(team) > 1)
        team->run(team, members, part, it);
    else
        for (size_t n = 0; n < members; n++)
            part(it, n);
}

/* The part of the batch that begins at its sample `first`. */
static struct real_samples together_part(const struct workspace *ws,
                                         const struct real_samples *batch, size_t first)
{
    size_t left = batch->rows - first;
    return real_samples_part(ws, batch, first, left < ws->rows ? left : ws->rows);
}

/* The part after the one that begins at `first`: of the same batch, or of the next one where that
 * is not put together first. */
static struct real_samples together_next(const struct workspace *ws, const struct burst *burst,
                                         const struct real_samples *batch, size_t first)
{
    if (first + ws->rows < batch->rows)
        return together_part(ws, batch, first + ws->rows);
    size_t position = burst->position + batch->rows;
    if (position == burst->samples.rows)
        position = 0;
    if (burst->order || burst->updates_done + 1 == burst->updates)
        return (struct real_samples){0};
    size_t left = burst->samples.rows - position;
    struct real_samples next = real_samples_part(
        ws, &burst->samples, position, left < burst->batch_size ? left : burst->batch_size);
    return together_part(ws, &next, 0);
}

static bool update_together(struct workspace *ws, const struct burst *burst,
                            const struct real_samples *batch, const struct dropout *dropout,
                            double *total)
{
    bool finite = true;
    bool descends = descent_fits(ws, burst);
    struct descent descent = descent_of(burst, batch->rows);
    for (size_t l = 0; l < ws->net->layer_count; l++)
        ws->layers[l].passed = ws->layers[l].dropout ? ws->layers[l].dropped : ws->layers[l].out;
    for (size_t first = 0; first < batch->rows; first += ws->rows) {
        struct together it = {
            .ws = ws,
            .burst = burst,
            .dropout = dropout,
            .part = together_part(ws, batch, first),
            .next = together_next(ws, burst, batch, first),
            .first = first,
            .rows = batch->rows,
            .descent = descends ? &descent : NULL,
        };
        if (!ws->begun)
            together_do(&it, together_begin);
        together_do(&it, together_samples);
        for (size_t n = 0; n < ws->members; n++)
            finite &= ws->blocks[n].finite;
        totals_add(ws, it.part.rows, total);
        together_do(&it, together_end);
        ws->begun = it.next.rows > 0;
    }
    return finite;
}

#endif
