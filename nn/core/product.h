#ifndef NN_CORE_PRODUCT_H
#define NN_CORE_PRODUCT_H

#include "nn/core/sum.h"
#include "nn/core/vec.h"

/*
 * Sums of products of a layer with each sample, forward and backward:
 *
 *   out[s][j] = bias[j] + sum over i < terms of w[i][j] * in[s][i],  j < sums, each in the order of
 *   nn/core/sum.h
 *
 * Vectors lie across j, so that each sum is one lane's, and a sample's are its own: a tile of ROWS
 * samples and V vectors keeps ROWS x V sums in registers and reads each weight once for its
 * samples.
 */
struct product {
    const real *w;
    size_t stride; /* of w */
    size_t terms;
    size_t sums;
    const real *bias; /* a packed row, or NULL: 0 */
    const real *in;
    size_t in_stride;
    size_t rows;
    real *out;
    size_t out_stride; /* `sums` padded to 64 bytes; the further lanes that are written become 0 */
    bool relu;         /* out is relu of the sums */
    const real *gate;  /* rows as those of out, or NULL: sums become 0 where it is <= 0 */
};

#if VEC_KIND == VEC_AVX512
enum { TILE_ROWS = 8, TILE_VECS = 3, LINE_VECS = 8 }; /* of 32 registers */
#else
enum { TILE_ROWS = 4, TILE_VECS = 3, LINE_VECS = 6 }; /* of 16 */
#endif

#define UNROLL _Pragma("GCC unroll 16")

INLINE vec bias_load(const struct product *p, size_t j)
{
    return p->bias ? vec_load(p->bias + j) : vec_set(0);
}

/* What is 0 below a unit's kink: x where `of`, net or out of a relu, is above 0 or NaN. */
INLINE vec relu_gate(vec of, vec x)
{
    return vec_select(vec_less_equal(of, vec_set(0)), vec_set(0), x);
}

/* `zeros`, of which a lane becomes NaN, for good, when one of x is not finite. */
INLINE vec zeros_with(vec zeros, vec x)
{
    return vec_of(vec_bits(zeros) | vec_bits(x - x));
}

/* Stores sums j .. of a sample's row; returns zeros with them. */
INLINE vec product_store(const struct product *p, size_t s, size_t j, vec x, vec zeros)
{
    size_t place = s * p->out_stride + j;
    if (p->sums - j < LANES)
        x = vec_part(x, p->sums - j);
    zeros = zeros_with(zeros, x);
    if (p->relu)
        x = relu_gate(x, x);
    if (p->gate)
        x = relu_gate(vec_load(p->gate + place), x);
    vec_store(p->out + place, x);
    return zeros;
}

/* A chain's sum: a zero becomes +0, so that terms that are 0 may be left out. */
INLINE vec chain_end(vec sum)
{
    return sum + vec_set(0);
}

/* One chain for each sum: samples s .. s + R - 1, vectors j .. j + V * LANES - 1. */
INLINE vec chain_tile(const size_t R, const size_t V, const struct product *p, size_t s, size_t j,
                      vec zeros)
{
    vec sum[TILE_ROWS][LINE_VECS];
    const real *in = p->in + s * p->in_stride;
    const real *w = p->w + j;
    UNROLL
    for (size_t v = 0; v < V; v++) {
        UNROLL
        for (size_t r = 0; r < R; r++)
            sum[r][v] = bias_load(p, j + v * LANES);
    }
    for (size_t i = 0; i < p->terms; i++, w += p->stride) {
        vec weight[LINE_VECS];
        UNROLL
        for (size_t v = 0; v < V; v++)
            weight[v] = vec_load(w + v * LANES);
        UNROLL
        for (size_t r = 0; r < R; r++) {
            vec x = vec_set(in[r * p->in_stride + i]);
            UNROLL
            for (size_t v = 0; v < V; v++)
                sum[r][v] = vec_fma(weight[v], x, sum[r][v]);
        }
    }
    UNROLL
    for (size_t r = 0; r < R; r++) {
        UNROLL
        for (size_t v = 0; v < V; v++)
            zeros = product_store(p, s + r, j + v * LANES, chain_end(sum[r][v]), zeros);
    }
    return zeros;
}

/* All samples, for vectors j .. j + V * LANES - 1. */
INLINE vec chain_panel(const size_t V, const struct product *p, size_t j, vec zeros)
{
    size_t s = 0;
    if (V <= TILE_VECS) {
        for (; s + TILE_ROWS <= p->rows; s += TILE_ROWS)
            zeros = chain_tile(TILE_ROWS, V, p, s, j, zeros);
        for (; s + TILE_ROWS / 2 <= p->rows; s += TILE_ROWS / 2)
            zeros = chain_tile(TILE_ROWS / 2, V, p, s, j, zeros);
    }
    for (; s < p->rows; s++)
        zeros = chain_tile(1, V, p, s, j, zeros);
    return zeros;
}

static vec product_chains(const struct product *p)
{
    size_t vecs = (p->sums + LANES - 1) / LANES;
    size_t most = p->rows < TILE_ROWS / 2 ? LINE_VECS : TILE_VECS;
    size_t panels = (vecs + most - 1) / most;
    vec zeros = vec_set(0);
    for (size_t n = 0; n < panels; n++) {
        size_t first = n * vecs / panels;
        size_t j = first * LANES;
        switch ((n + 1) * vecs / panels - first) {
        case 1:
            zeros = chain_panel(1, p, j, zeros);
            break;
        case 2:
            zeros = chain_panel(2, p, j, zeros);
            break;
        case 3:
            zeros = chain_panel(3, p, j, zeros);
            break;
        case 4:
            zeros = chain_panel(4, p, j, zeros);
            break;
        case 5:
            zeros = chain_panel(5, p, j, zeros);
            break;
        case 6:
            zeros = chain_panel(6, p, j, zeros);
            break;
#if VEC_KIND == VEC_AVX512
        case 7:
            zeros = chain_panel(7, p, j, zeros);
            break;
        case 8:
            zeros = chain_panel(8, p, j, zeros);
            break;
#endif
        }
    }
    return zeros;
}

/* Whether all of these were finite. */
INLINE bool zeros_hold(vec zeros)
{
    return !mask_any(mask_not(vec_equal(zeros, vec_set(0))));
}

#endif
