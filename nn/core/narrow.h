#ifndef NN_CORE_NARROW_H
#define NN_CORE_NARROW_H

#include "nn/core/columns.h"
#include "nn/core/product.h"

/*
 * Products of at most SUM_SPLIT_AT_MOST sums, by up to SUM_MAX_PARTS chains for each of them. There
 * are few terms, so that what there is to do before and behind them counts: it is done for all
 * samples at once, and what becomes of the sums is known when this is compiled.
 */
enum after { AFTER_NOTHING, AFTER_RELU, AFTER_GATE };

#if VEC_KIND == VEC_AVX512
enum { NARROW_ROWS = 4, NARROW_VECS = 2 };
#else
enum { NARROW_ROWS = 2, NARROW_VECS = 1 };
#endif

/* Rows that V vectors of each sample go to, the last of which has lanes `live`. */
struct narrow_out {
    real *out;
    size_t stride;
    const real *gate;
    mask live;
};

INLINE struct narrow_out narrow_out(const struct product *p, const size_t V, size_t j)
{
    size_t first = j + (V - 1) * LANES;
    size_t count = p->sums - first < LANES ? p->sums - first : LANES;
    return (struct narrow_out){
        .out = p->out + j,
        .stride = p->out_stride,
        .gate = p->gate ? p->gate + j : NULL,
        .live = vec_less(vec_set(0), vec_part(vec_set(1), count)),
    };
}

/* As product_store(), for V vectors of the sample at row offset `s`. */
INLINE vec narrow_store(const size_t V, const enum after AFTER, const struct narrow_out *to,
                        size_t s, const vec x[NARROW_VECS], vec zeros)
{
    UNROLL
    for (size_t v = 0; v < V; v++) {
        vec y = v + 1 == V ? vec_select(to->live, x[v], vec_set(0)) : x[v];
        zeros = zeros_with(zeros, y);
        if (AFTER == AFTER_RELU)
            y = relu_gate(y, y);
        if (AFTER == AFTER_GATE)
            y = relu_gate(vec_load(to->gate + s + v * LANES), y);
        vec_store(to->out + s + v * LANES, y);
    }
    return zeros;
}

/* One term to each chain: the weights stay in registers. */
INLINE vec few_terms(const size_t TERMS, const size_t V, const enum after AFTER,
                     const struct product *p, size_t j)
{
    vec weight[SUM_MAX_PARTS][NARROW_VECS], bias[NARROW_VECS], zeros = vec_set(0);
    struct narrow_out to = narrow_out(p, V, j);
    size_t in_stride = p->in_stride, end = p->rows * to.stride;
    UNROLL
    for (size_t v = 0; v < V; v++) {
        bias[v] = bias_load(p, j + v * LANES);
        UNROLL
        for (size_t i = 0; i < TERMS; i++)
            weight[i][v] = vec_load(p->w + i * p->stride + j + v * LANES);
    }
    const real *in = p->in;
    for (size_t s = 0; s < end; s += to.stride, in += in_stride) {
        vec sum[NARROW_VECS];
        UNROLL
        for (size_t v = 0; v < V; v++) {
            vec chain[SUM_MAX_PARTS];
            UNROLL
            for (size_t i = 0; i < TERMS; i++)
                chain[i] = vec_fma(weight[i][v], vec_set(in[i]), i == 0 ? bias[v] : vec_set(0));
            sum[v] = chains_join(chain, TERMS);
        }
        zeros = narrow_store(V, AFTER, &to, s, sum, zeros);
    }
    return zeros;
}

/* The next term of chain c, of R samples; `w` and `in` are at the first chain's. */
INLINE void some_term(const size_t R, const size_t V, const struct product *p, const real *w,
                      const real *in, vec sum[NARROW_ROWS][NARROW_VECS])
{
    UNROLL
    for (size_t v = 0; v < V; v++) {
        vec weight = vec_load(w + v * LANES);
        UNROLL
        for (size_t r = 0; r < R; r++)
            sum[r][v] = vec_fma(weight, vec_set(in[r * p->in_stride]), sum[r][v]);
    }
}

/* SUM_MAX_PARTS chains of some terms: R samples from s on. */
INLINE vec some_terms(const size_t R, const size_t V, const enum after AFTER,
                      const struct product *p, size_t s, size_t j, const struct narrow_out *to,
                      vec zeros)
{
    enum { C = SUM_MAX_PARTS };
    vec sum[C][NARROW_ROWS][NARROW_VECS];
    size_t first[C + 1], together = p->terms / C;
    const real *w = p->w + j, *in = p->in + s * p->in_stride;
    UNROLL
    for (size_t c = 0; c <= C; c++)
        first[c] = sum_part(p->terms, C, c);
    UNROLL
    for (size_t c = 0; c < C; c++) {
        UNROLL
        for (size_t r = 0; r < R; r++) {
            UNROLL
            for (size_t v = 0; v < V; v++)
                sum[c][r][v] = c == 0 ? bias_load(p, j + v * LANES) : vec_set(0);
        }
    }
    for (size_t t = 0; t < together; t++) {
        UNROLL
        for (size_t c = 0; c < C; c++)
            some_term(R, V, p, w + (first[c] + t) * p->stride, in + first[c] + t, sum[c]);
    }
    UNROLL
    for (size_t c = 0; c < C; c++) {
        size_t i = first[c] + together;
        if (i < first[c + 1])
            some_term(R, V, p, w + i * p->stride, in + i, sum[c]);
    }
    UNROLL
    for (size_t r = 0; r < R; r++) {
        vec total[NARROW_VECS];
        UNROLL
        for (size_t v = 0; v < V; v++)
            total[v] = (sum[0][r][v] + sum[1][r][v]) + (sum[2][r][v] + sum[3][r][v]);
        zeros = narrow_store(V, AFTER, to, (s + r) * to->stride, total, zeros);
    }
    return zeros;
}

INLINE vec some_terms_panel(const size_t V, const enum after AFTER, const struct product *p,
                            size_t j)
{
    const size_t ROWS = NARROW_ROWS / V;
    struct narrow_out to = narrow_out(p, V, j);
    vec zeros = vec_set(0);
    size_t s = 0;
    for (; s + ROWS <= p->rows; s += ROWS)
        zeros = some_terms(ROWS, V, AFTER, p, s, j, &to, zeros);
    for (; s < p->rows; s++)
        zeros = some_terms(1, V, AFTER, p, s, j, &to, zeros);
    return zeros;
}

INLINE vec narrow_panel(const size_t V, const enum after AFTER, const struct product *p, size_t j)
{
    switch (p->terms) {
    case 1:
        return few_terms(1, V, AFTER, p, j);
    case 2:
        return few_terms(2, V, AFTER, p, j);
    case 3:
        return few_terms(3, V, AFTER, p, j);
    case 4:
        return few_terms(4, V, AFTER, p, j);
    default:
        return some_terms_panel(V, AFTER, p, j);
    }
}

INLINE vec narrow_panels(const enum after AFTER, const struct product *p)
{
    vec zeros = vec_set(0);
    size_t j = 0;
    for (; j + (NARROW_VECS - 1) * LANES < p->sums; j += NARROW_VECS * LANES)
        zeros = zeros_with(zeros, narrow_panel(NARROW_VECS, AFTER, p, j));
    for (; j < p->sums; j += LANES)
        zeros = zeros_with(zeros, narrow_panel(1, AFTER, p, j));
    return zeros;
}

/* Returns zeros as product_chains() does. */
static vec product_narrow(const struct product *p)
{
    if (p->relu)
        return narrow_panels(AFTER_RELU, p);
    return p->gate ? narrow_panels(AFTER_GATE, p) : narrow_panels(AFTER_NOTHING, p);
}

#endif
