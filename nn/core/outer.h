#ifndef NN_CORE_OUTER_H
#define NN_CORE_OUTER_H

#include "nn/core/product.h"
#include "nn/core/vec.h"

/*
 * The gradient of a layer's weights over a block of samples:
 *
 *   gradient[i][j] = sum over s of delta[s][j] * in[s][i]
 *
 * One chain in the order of s: fma(delta, in, sum), from 0. A batch that comes in several blocks
 * goes on with the chain, so that where it is cut does not matter. A tile keeps the sums of some
 * inputs and vectors of units in registers.
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
    bool more; /* the chain goes on from what is there */
};

/* Lanes j .. of input i's row. A row that is shorter than a vector ends with its units: what
 * follows may be another member's. */
INLINE vec outer_load(const struct outer *o, size_t i, size_t j)
{
    const real *place = o->gradient + i * o->stride + j;
    size_t lanes = o->stride - j;
    if (!o->more)
        return vec_set(0);
    return lanes >= LANES ? vec_load(place) : vec_load_part(place, lanes);
}

INLINE void outer_store(const struct outer *o, size_t i, size_t j, vec sum)
{
    real *place = o->gradient + i * o->stride + j;
    size_t lanes = o->stride - j;
    if (lanes >= LANES)
        vec_store(place, sum);
    else
        vec_store_part(place, sum, lanes);
}

/* Inputs i .. i + R - 1, vectors j .. j + V * LANES - 1. */
INLINE void outer_tile(const size_t R, const size_t V, const struct outer *o, size_t i, size_t j)
{
    vec sum[TILE_ROWS][TILE_VECS];
    const real *in = o->in + i;
    const real *delta = o->delta + j;
    UNROLL
    for (size_t r = 0; r < R; r++) {
        UNROLL
        for (size_t v = 0; v < V; v++)
            sum[r][v] = outer_load(o, i + r, j + v * LANES);
    }
    for (size_t s = 0; s < o->rows; s++, in += o->in_stride, delta += o->row) {
        vec x[TILE_ROWS];
        UNROLL
        for (size_t r = 0; r < R; r++)
            x[r] = vec_set(in[r]);
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec d = vec_load(delta + v * LANES);
            UNROLL
            for (size_t r = 0; r < R; r++)
                sum[r][v] = vec_fma(d, x[r], sum[r][v]);
        }
    }
    UNROLL
    for (size_t r = 0; r < R; r++) {
        UNROLL
        for (size_t v = 0; v < V; v++)
            outer_store(o, i + r, j + v * LANES, sum[r][v]);
    }
}

INLINE void outer_panel(const size_t V, const struct outer *o, size_t j)
{
    size_t i = 0;
    for (; i + TILE_ROWS <= o->inputs; i += TILE_ROWS)
        outer_tile(TILE_ROWS, V, o, i, j);
    for (; i < o->inputs; i++)
        outer_tile(1, V, o, i, j);
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
#if VEC_KIND == VEC_AVX512
        case 3:
            outer_panel(3, o, j);
            break;
        case 4:
            outer_panel(4, o, j);
            break;
        case 5:
            outer_panel(5, o, j);
            break;
        case 6:
            outer_panel(6, o, j);
            break;
#endif
        }
    }
}

#endif
