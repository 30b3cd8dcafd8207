#ifndef NN_CORE_ONLINE_H
#define NN_CORE_ONLINE_H

#include "nn/core/pass.h"
#include "nn/core/train.h"
#include "nn/core/workspace.h"

/*
 * Plain SGD on one sample at a time: each weight is moved as soon as its gradient is known, which
 * is never written down, and the first layer's weights are gone through once for two samples: moved
 * for one, and multiplied with the next. The same operations on each number as in nn/core/train.h.
 */

/* One row of weights, moved: w[c] - learning_rate * (delta[c] * in). */
struct line {
    vec rate; /* - learning_rate */
    real *w;
    size_t stride;
    const real *in;
    size_t inputs;
    const real *delta;
};

INLINE vec moved(vec rate, vec delta, vec in, vec w)
{
    return vec_fma(rate, vec_fma(delta, in, vec_set(0)), w);
}

INLINE void line_update(const struct line *line)
{
    for (size_t i = 0; i < line->inputs; i++) {
        vec x = vec_set(line->in[i]);
        real *w = line->w + i * line->stride;
        size_t j = 0;
        for (; j + LANES <= line->stride; j += LANES)
            vec_store(w + j, moved(line->rate, vec_load(line->delta + j), x, vec_load(w + j)));
        if (j < line->stride)
            vec_store_part(w + j, moved(line->rate, vec_load(line->delta + j), x, vec_load(w + j)),
                           line->stride - j);
    }
}

/* R rows from i on that are shorter than a vector: all of them are read before one is written, as a
 * read waits for a write of part of a vector next to it. */
INLINE void short_lines(const size_t R, const struct line *line, size_t i)
{
    enum { MOST = 8 };
    vec delta = vec_load(line->delta), row[MOST];
    real *w = line->w + i * line->stride;
    UNROLL
    for (size_t r = 0; r < R; r++)
        row[r] = moved(line->rate, delta, vec_set(line->in[i + r]),
                       vec_load_part(w + r * line->stride, line->stride));
    UNROLL
    for (size_t r = 0; r < R; r++)
        vec_store_part(w + r * line->stride, row[r], line->stride);
}

static void lines_update(struct line line) /* by value: no store is to one of its fields */
{
    if (line.stride >= LANES) {
        line_update(&line);
        return;
    }
    size_t i = 0;
    for (; i + 8 <= line.inputs; i += 8)
        short_lines(8, &line, i);
    for (; i < line.inputs; i++)
        short_lines(1, &line, i);
}

/* Weights of layer l >= 1, in both their copies. */
static void online_update_weights(struct workspace *ws, vec rate, size_t l)
{
    const struct layer *layer = &ws->net->layers[l];
    const struct packed_layer *packed = &ws->layers[l];
    struct line line = {
        .rate = rate,
        .w = (real *)ws->parameters + packed->weights,
        .stride = packed->stride,
        .in = ws->layers[l - 1].out,
        .inputs = layer->inputs,
        .delta = packed->delta,
    };
    struct line back = {
        .rate = rate,
        .w = (real *)ws->transposed + packed->transposed,
        .stride = packed->back_stride,
        .in = packed->delta,
        .inputs = layer->units,
        .delta = ws->layers[l - 1].out,
    };
    lines_update(line);
    lines_update(back);
}

static void online_update_biases(struct workspace *ws, vec rate, size_t l)
{
    const struct layer *layer = &ws->net->layers[l];
    const struct packed_layer *packed = &ws->layers[l];
    if (layer->frozen_biases || layer->bias == BIAS_NONE)
        return;
    real *gradient = (real *)ws->gradient + packed->biases;
    real *biases = (real *)ws->parameters + packed->biases;
    bias_gradient(layer, packed->delta, packed->row, 1, gradient, false);
    for (size_t j = 0; j < packed->row; j += LANES)
        vec_store(biases + j, vec_fma(rate, vec_load(gradient + j), vec_load(biases + j)));
}

/* Moves the first layer's weights by sample x, and adds up the nets of sample `next`: for vectors
 * j .. j + V * LANES - 1, over the inputs that are not 0 in both. */
struct first_layer {
    vec rate;
    real *w;
    const real *delta;
    const real *x;
    struct product nets;    /* of the next sample */
    const real *later;      /* the sample after that, which is fetched from memory meanwhile */
    const uint32_t *inputs; /* which are not 0 in both */
    size_t input_count;
};

INLINE vec first_layer_panel(const size_t V, const struct first_layer *f, size_t j, vec zeros)
{
    vec sum[LINE_VECS], delta[LINE_VECS];
    UNROLL
    for (size_t v = 0; v < V; v++) {
        sum[v] = bias_load(&f->nets, j + v * LANES);
        delta[v] = vec_load(f->delta + j + v * LANES);
    }
    for (size_t n = 0; n < f->input_count; n++) {
        size_t i = f->inputs[n];
        vec x = vec_set(f->x[i]), next = vec_set(f->nets.in[i]);
        real *w = f->w + i * f->nets.stride + j;
        if (j == 0 && n * PAD < f->nets.terms)
            __builtin_prefetch(f->later + n * PAD);
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec weight = moved(f->rate, delta[v], x, vec_load(w + v * LANES));
            vec_store(w + v * LANES, weight);
            sum[v] = vec_fma(weight, next, sum[v]);
        }
    }
    UNROLL
    for (size_t v = 0; v < V; v++)
        zeros = product_store(&f->nets, 0, j + v * LANES, chain_end(sum[v]), zeros);
    return zeros;
}

/* False when a net is not finite. */
static bool first_layer_run(const struct first_layer *f)
{
    size_t vecs = (f->nets.sums + LANES - 1) / LANES;
    size_t panels = (vecs + LINE_VECS - 1) / LINE_VECS;
    vec zeros = vec_set(0);
    for (size_t n = 0; n < panels; n++) {
        size_t first = n * vecs / panels;
        size_t j = first * LANES;
        switch ((n + 1) * vecs / panels - first) {
        case 1:
            zeros = first_layer_panel(1, f, j, zeros);
            break;
        case 2:
            zeros = first_layer_panel(2, f, j, zeros);
            break;
        case 3:
            zeros = first_layer_panel(3, f, j, zeros);
            break;
        case 4:
            zeros = first_layer_panel(4, f, j, zeros);
            break;
        case 5:
            zeros = first_layer_panel(5, f, j, zeros);
            break;
        case 6:
            zeros = first_layer_panel(6, f, j, zeros);
            break;
#if VEC_KIND == VEC_AVX512
        case 7:
            zeros = first_layer_panel(7, f, j, zeros);
            break;
        case 8:
            zeros = first_layer_panel(8, f, j, zeros);
            break;
#endif
        }
    }
    return zeros_hold(zeros);
}

/* The inputs that are not 0 in both samples; returns how many. `inputs` has room for LANES more. */
static size_t inputs_in_use(const real *x, const real *next, size_t count, uint32_t *inputs)
{
    size_t used = 0, i = 0;
#if VEC_KIND == VEC_AVX512
    vec zero = vec_set(0);
    for (; i + LANES <= count; i += LANES) {
        mask zeros =
            mask_and(vec_equal(vec_load(x + i), zero), vec_equal(vec_load(next + i), zero));
        used += mask_places(mask_not(zeros), (uint32_t)i, inputs + used);
    }
#endif
    for (; i < count; i++) {
        inputs[used] = (uint32_t)i;
        used += (x[i] != 0) | (next[i] != 0);
    }
    return used;
}

/* Whether the first layer's nets are single chains, which may leave out terms that are 0. */
INLINE bool first_layer_is_wide(const struct workspace *ws)
{
    return ws->net->layers[0].units > SUM_SPLIT_AT_MOST;
}

/* Moves the first layer by sample x and, where there is one, takes the nets of the next; false when
 * one of those is not finite. */
static bool online_first_layer(struct workspace *ws, vec rate, const real *x, const real *next,
                               const real *later)
{
    const struct layer *layer = &ws->net->layers[0];
    const struct packed_layer *packed = &ws->layers[0];
    real *w = (real *)ws->parameters + packed->weights;
    online_update_biases(ws, rate, 0);
    if (next && first_layer_is_wide(ws))
        return first_layer_run(&(struct first_layer){
            .rate = rate,
            .w = w,
            .delta = packed->delta,
            .x = x,
            .nets = nets_product(ws, next, 1, 0),
            .later = later,
            .inputs = ws->inputs_in_use,
            .input_count = inputs_in_use(x, next, layer->inputs, ws->inputs_in_use),
        });
    lines_update((struct line){rate, w, packed->stride, x, layer->inputs, packed->delta});
    return !next || layer_nets(ws, next, 1, 0);
}

/* Everything between the first layer's nets and the update of the first layer; false when a net of
 * another layer or a delta is not finite. A delta that is not makes its gradients so, whatever the
 * inputs are, and nothing else may show it: here inputs of 0 and frozen biases have no gradient. */
static bool online_between(struct workspace *ws, const struct real_samples *sample, vec rate)
{
    size_t layers = ws->net->layer_count;
    bool finite = true;
    layer_outs(ws, 1, 0);
    for (size_t l = 1; l < layers; l++) {
        finite &= layer_nets(ws, NULL, 1, l);
        layer_outs(ws, 1, l);
    }
    core_errors(ws, sample, NULL);
    for (size_t l = layers; l-- > 0;) {
        core_deltas(ws, sample, l);
        finite &= layer_deltas_finite(ws, 1, l);
    }
    for (size_t l = 1; l < layers; l++) {
        online_update_weights(ws, rate, l);
        online_update_biases(ws, rate, l);
    }
    return finite;
}

/* The sample `ahead` places from where the burst is; in the order of this epoch. */
static struct real_samples online_sample(const struct workspace *ws, const struct burst *burst,
                                         size_t ahead)
{
    size_t place = burst->position + ahead;
    if (place >= burst->samples.rows)
        place = 0;
    return real_samples_part(ws, &burst->samples, burst->order ? burst->order[place] : place, 1);
}

/* Whether this is what the burst asks for. Frozen weights have a gradient that is looked at: they
 * are left to nn/core/train.h. */
static bool online_fits(const struct workspace *ws, const struct burst *burst)
{
    bool fits = burst->batch_size == 1 && plain_sgd(ws, burst);
    for (size_t l = 0; l < ws->net->layer_count; l++)
        fits &= !ws->layers[l].dropout && !ws->net->layers[l].frozen_weights;
    return fits;
}

/* Whether the deltas show what is not finite in the gradient of frozen biases: not in the sum that
 * is a shared one's. */
static bool deltas_show(const struct workspace *ws)
{
    bool show = true;
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        const struct layer *layer = &ws->net->layers[l];
        show &= !layer->frozen_biases || layer->bias != BIAS_SHARED;
    }
    return show;
}

static bool online_train(struct workspace *ws, struct burst *burst)
{
    vec rate = vec_set(-(real)burst->options.learning_rate);
    struct real_samples sample = online_sample(ws, burst, 0);
    bool finite = true, more = burst->updates > 0;
    if (more)
        finite = layer_nets(ws, sample.inputs, 1, 0);
    while (more) {
        finite &= online_between(ws, &sample, rate);
        burst->epoch_error += ws->totals[0];
        burst->optimizer_updates++;
        burst->options.steps++;
        burst->position++;
        more = finite && isfinite(burst->epoch_error);
        finite = more;
        more &= ++burst->updates_done < burst->updates;
        if (burst->position == burst->samples.rows)
            more &= burst_epoch(burst);
        struct real_samples next = {0};
        if (more)
            next = online_sample(ws, burst, 0);
        const real *later = online_sample(ws, burst, 1).inputs;
        finite &= online_first_layer(ws, rate, sample.inputs, next.inputs, later);
        sample = next;
    }
    return finite;
}

#endif
