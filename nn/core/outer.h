#ifndef NN_CORE_OUTER_H
#define NN_CORE_OUTER_H

#include "nn/core/product.h"
#include "nn/core/vec.h"

#if VEC_KIND == VEC_AVX512
enum { BIASES_ROWS = TILE_ROWS };
#else
enum { BIASES_ROWS = TILE_ROWS / 2 };
#endif

/*
 * The gradient of a layer's weights, and of its units' own biases, over a block of samples:
 *
 *   gradient[i][j] = sum over s of delta[s][j] * in[s][i]
 *   biases[j]      = sum over s of delta[s][j]
 *
 * One chain in the order of s: fma(delta, in, sum), from 0. A batch that comes in several blocks
 * goes on with the chain, so that where it is cut does not matter. A tile keeps the sums of some
 * inputs and vectors of units in registers.
 *
 * With `descent` the layer takes a step of plain SGD at once, and the gradient is not stored.
 */
struct outer {
    const real *in;
    size_t in_stride;
    size_t inputs;
    const real *delta;
    size_t row; /* of delta */
    size_t units;
    size_t rows;
    real *gradient;
    size_t stride;
    bool more;    /* the chain goes on from what is there */
    real *biases; /* a padded row, or NULL: not asked for */
    const struct descent *descent;
    real *w; /* with it: where the weights and the biases are, laid out as their gradients */
    real *b;
};

/* w - rate * (share * gradient), as nn/core/pass.h and nn/core/optimizer.h have it. */
struct descent {
    vec rate;
    vec share; /* 1 / samples of the batch */
};

/* A row that is shorter than a vector ends with its units: what follows may be another member's. */
INLINE vec row_load(const real *row, size_t length, size_t j)
{
    return length - j >= LANES ? vec_load(row + j) : vec_load_part(row + j, length - j);
}

INLINE void row_store(real *row, size_t length, size_t j, vec x)
{
    if (length - j >= LANES)
        vec_store(row + j, x);
    else
        vec_store_part(row + j, x, length - j);
}

/* The ends of R chains: lanes j .. of rows of the gradient, and of the parameters `w`. All rows are
 * read before one is written: a read waits for a write of part of a vector next to it. */
INLINE void outer_store(const size_t R, const struct outer *o, real *gradient, real *w,
                        size_t stride, size_t j, vec *sum)
{
    if (!o->descent) {
        UNROLL
        for (size_t r = 0; r < R; r++)
            row_store(gradient + r * stride, stride, j, sum[r]);
        return;
    }
    vec rate = o->descent->rate, share = o->descent->share;
    UNROLL
    for (size_t r = 0; r < R; r++)
        sum[r] = vec_fnma(rate, sum[r] * share, row_load(w + r * stride, stride, j));
    UNROLL
    for (size_t r = 0; r < R; r++)
        row_store(w + r * stride, stride, j, sum[r]);
}

/* Inputs i .. i + R - 1, vectors j .. j + V * LANES - 1; BIASES: theirs with them. */
INLINE void outer_tile(const size_t R, const size_t V, const bool BIASES, const struct outer *o,
                       size_t i, size_t j)
{
    vec sum[TILE_VECS][TILE_ROWS], bias[TILE_VECS];
    const real *in = o->in + i;
    const real *delta = o->delta + j;
    real *gradient = o->gradient + i * o->stride;
    UNROLL
    for (size_t v = 0; v < V; v++) {
        size_t at = j + v * LANES;
        UNROLL
        for (size_t r = 0; r < R; r++)
            sum[v][r] = o->more ? row_load(gradient + r * o->stride, o->stride, at) : vec_set(0);
        bias[v] = BIASES && o->more ? vec_load(o->biases + at) : vec_set(0);
    }
    for (size_t s = 0; s < o->rows; s++, in += o->in_stride, delta += o->row) {
        vec d[TILE_VECS];
        UNROLL
        for (size_t v = 0; v < V; v++) {
            d[v] = vec_load(delta + v * LANES);
            if (BIASES)
                bias[v] = bias[v] + d[v];
        }
        UNROLL
        for (size_t r = 0; r < R; r++) {
            vec x = vec_set(in[r]);
            UNROLL
            for (size_t v = 0; v < V; v++)
                sum[v][r] = vec_fma(d[v], x, sum[v][r]);
        }
    }
    UNROLL
    for (size_t v = 0; v < V; v++) {
        size_t at = j + v * LANES;
        outer_store(R, o, gradient, o->w + i * o->stride, o->stride, at, sum[v]);
        if (BIASES)
            outer_store(1, o, o->biases, o->b, o->row, at, &bias[v]);
    }
}

/* The first inputs, together with the biases; returns how many. */
INLINE size_t outer_biases(const size_t V, const struct outer *o, size_t j)
{
    if (o->inputs >= BIASES_ROWS) {
        outer_tile(BIASES_ROWS, V, true, o, 0, j);
        return BIASES_ROWS;
    }
    if (VEC_KIND == VEC_AVX512 && o->inputs >= TILE_ROWS / 2) {
        outer_tile(TILE_ROWS / 2, V, true, o, 0, j);
        return TILE_ROWS / 2;
    }
    outer_tile(1, V, true, o, 0, j);
    return 1;
}

INLINE void outer_panel(const size_t V, const struct outer *o, size_t j)
{
    size_t i = o->biases ? outer_biases(V, o, j) : 0;
    for (; i + TILE_ROWS <= o->inputs; i += TILE_ROWS)
        outer_tile(TILE_ROWS, V, false, o, i, j);
    for (; i + TILE_ROWS / 2 <= o->inputs; i += TILE_ROWS / 2)
        outer_tile(TILE_ROWS / 2, V, false, o, i, j);
    for (; i < o->inputs; i++)
        outer_tile(1, V, false, o, i, j);
}

static void outer_run(const struct outer *o)
{
    size_t vecs = (o->units + LANES - 1) / LANES;
    size_t panels = (vecs + TILE_VECS - 1) / TILE_VECS;
    for (size_t n = 0; n < panels; n++) {
        size_t first = n * vecs / panels;
        size_t j = first * LANES;
        switch ((n + 1) * vecs / panels - first) {
        case 1:
            outer_panel(1, o, j);
            break;
        case 2:
            outer_panel(2, o, j);
            break;
        case 3:
            outer_panel(3, o, j);
            break;
        }
    }
}

#endif
