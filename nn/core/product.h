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
};

#if VEC_KIND == VEC_AVX512
enum { TILE_ROWS = 4, TILE_VECS = 6, LINE_VECS = 8, SPLIT_ROWS = 4 }; /* of 32 registers */
#else
enum { TILE_ROWS = 4, TILE_VECS = 2, LINE_VECS = 6, SPLIT_ROWS = 2 }; /* of 16 */
#endif

#define UNROLL _Pragma("GCC unroll 16")

INLINE vec bias_load(const struct product *p, size_t j)
{
    return p->bias ? vec_load(p->bias + j) : vec_set(0);
}

/* Stores lanes j .. of a sample's row. */
INLINE void product_store(const struct product *p, size_t s, size_t j, vec x)
{
    if (p->sums - j < LANES)
        x = vec_part(x, p->sums - j);
    vec_store(p->out + s * p->out_stride + j, x);
}

/* Stores lanes j .. of a row of `sums` chains. A zero becomes +0, so that terms that are 0 may be
 * left out of a chain. */
INLINE void chain_store(real *row, size_t sums, size_t j, vec x)
{
    x = x + vec_set(0);
    vec_store(row + j, sums - j < LANES ? vec_part(x, sums - j) : x);
}

/* One chain for each sum: samples s .. s + R - 1, vectors j .. j + V * LANES - 1. */
INLINE void chain_tile(const size_t R, const size_t V, const struct product *p, size_t s, size_t j)
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
        vec x[TILE_ROWS];
        UNROLL
        for (size_t r = 0; r < R; r++)
            x[r] = vec_set(in[r * p->in_stride + i]);
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec weight = vec_load(w + v * LANES);
            UNROLL
            for (size_t r = 0; r < R; r++)
                sum[r][v] = vec_fma(weight, x[r], sum[r][v]);
        }
    }
    UNROLL
    for (size_t v = 0; v < V; v++) {
        UNROLL
        for (size_t r = 0; r < R; r++)
            chain_store(p->out + (s + r) * p->out_stride, p->sums, j + v * LANES, sum[r][v]);
    }
}

/* All samples, for vectors j .. j + V * LANES - 1. */
INLINE void chain_panel(const size_t V, const struct product *p, size_t j)
{
    size_t s = 0;
    if (V <= TILE_VECS)
        for (; s + TILE_ROWS <= p->rows; s += TILE_ROWS)
            chain_tile(TILE_ROWS, V, p, s, j);
    for (; s < p->rows; s++)
        chain_tile(1, V, p, s, j);
}

static void product_chains(const struct product *p)
{
    size_t vecs = (p->sums + LANES - 1) / LANES;
    size_t most = p->rows < TILE_ROWS ? LINE_VECS : TILE_VECS;
    size_t panels = (vecs + most - 1) / most;
    for (size_t n = 0; n < panels; n++) {
        size_t first = n * vecs / panels;
        size_t j = first * LANES;
        switch ((n + 1) * vecs / panels - first) {
        case 1:
            chain_panel(1, p, j);
            break;
        case 2:
            chain_panel(2, p, j);
            break;
        case 3:
            chain_panel(3, p, j);
            break;
        case 4:
            chain_panel(4, p, j);
            break;
        case 5:
            chain_panel(5, p, j);
            break;
        case 6:
            chain_panel(6, p, j);
            break;
#if VEC_KIND == VEC_AVX512
        case 7:
            chain_panel(7, p, j);
            break;
        case 8:
            chain_panel(8, p, j);
            break;
#endif
        }
    }
}

/* PARTS chains for each sum: samples s .. s + R - 1, one vector from j on. */
INLINE void split_tile(const size_t PARTS, const size_t R, const struct product *p, size_t s,
                       size_t j)
{
    vec sum[SUM_MAX_PARTS][SPLIT_ROWS];
    const real *in = p->in + s * p->in_stride;
    const real *w = p->w + j;
    size_t together = p->terms / PARTS; /* each chain has these; some have one term more */
    UNROLL
    for (size_t c = 0; c < PARTS; c++) {
        UNROLL
        for (size_t r = 0; r < R; r++)
            sum[c][r] = c == 0 ? bias_load(p, j) : vec_set(0);
    }
    for (size_t t = 0; t < together; t++) {
        UNROLL
        for (size_t c = 0; c < PARTS; c++) {
            size_t i = sum_part(p->terms, PARTS, c) + t;
            vec weight = vec_load(w + i * p->stride);
            UNROLL
            for (size_t r = 0; r < R; r++)
                sum[c][r] = vec_fma(weight, vec_set(in[r * p->in_stride + i]), sum[c][r]);
        }
    }
    UNROLL
    for (size_t c = 0; c < PARTS; c++) {
        size_t i = sum_part(p->terms, PARTS, c) + together;
        if (i == sum_part(p->terms, PARTS, c + 1))
            continue;
        vec weight = vec_load(w + i * p->stride);
        UNROLL
        for (size_t r = 0; r < R; r++)
            sum[c][r] = vec_fma(weight, vec_set(in[r * p->in_stride + i]), sum[c][r]);
    }
    UNROLL
    for (size_t r = 0; r < R; r++) {
        vec total = sum[0][r];
        if (PARTS >= 2)
            total = total + sum[1][r];
        if (PARTS == 3)
            total = total + sum[2][r];
        if (PARTS == 4)
            total = total + (sum[2][r] + sum[3][r]);
        product_store(p, s + r, j, total);
    }
}

INLINE void split_panel(const size_t PARTS, const struct product *p, size_t j)
{
    size_t s = 0;
    for (; s + SPLIT_ROWS <= p->rows; s += SPLIT_ROWS)
        split_tile(PARTS, SPLIT_ROWS, p, s, j);
    for (; s < p->rows; s++)
        split_tile(PARTS, 1, p, s, j);
}

static void product_run(const struct product *p)
{
    if (p->sums > SUM_SPLIT_AT_MOST) {
        product_chains(p);
        return;
    }
    for (size_t j = 0; j < p->sums; j += LANES) {
        switch (sum_parts(p->sums, p->terms)) {
        case 1:
            split_panel(1, p, j);
            break;
        case 2:
            split_panel(2, p, j);
            break;
        case 3:
            split_panel(3, p, j);
            break;
        case 4:
            split_panel(4, p, j);
            break;
        }
    }
}

#endif
