#ifndef NN_CORE_COLUMNS_H
#define NN_CORE_COLUMNS_H

#include "nn/core/sum.h"
#include "nn/core/vec.h"

/*
 * Two ways through packed rows. By rows: a vec has LANES units of one sample. By columns: a vec has
 * one unit of LANES samples, so that sums over few units need no sum over lanes, and no lanes idle.
 * Every value is computed by the same operations either way.
 */

/* More units are always gone through by rows. */
enum { COLUMNS_AT_MOST = 16 };

/* One unit of LANES rows that are `stride` apart. */
INLINE vec column_load(const real *first, size_t stride)
{
    vec x;
    for (size_t i = 0; i < LANES; i++)
        x[i] = first[i * stride];
    return x;
}

INLINE void column_store(real *first, size_t stride, vec x)
{
    for (size_t i = 0; i < LANES; i++)
        first[i * stride] = x[i];
}

/* How many of `rows` rows to take at once: LANES by columns, or 1. */
INLINE size_t rows_at_once(size_t rows, size_t units)
{
    return rows >= LANES && units <= COLUMNS_AT_MOST ? LANES : 1;
}

INLINE real real_fma(real a, real b, real c)
{
    return REAL_BITS == 64 ? (real)fma(a, b, c) : (real)fmaf((float)a, (float)b, (float)c);
}

/* Adds chains of a sum up, see nn/core/sum.h. */
INLINE vec chains_join(const vec *chain, size_t parts)
{
    switch (parts) {
    case 4:
        return (chain[0] + chain[1]) + (chain[2] + chain[3]);
    case 3:
        return (chain[0] + chain[1]) + chain[2];
    case 2:
        return chain[0] + chain[1];
    default:
        return chain[0];
    }
}

/* Sum of a[i] * b[i] by nn/core/sum.h for one such sum, a[i] alone where b is NULL; by columns. */
INLINE vec sum_columns(const vec *a, const vec *b, size_t terms)
{
    vec chain[SUM_MAX_PARTS];
    size_t parts = sum_parts(1, terms);
    for (size_t p = 0; p < parts; p++) {
        chain[p] = vec_set(0);
        for (size_t i = sum_part(terms, parts, p); i < sum_part(terms, parts, p + 1); i++)
            if (b)
                chain[p] = vec_fma(a[i], b[i], chain[p]);
            else
                chain[p] = chain[p] + a[i];
    }
    return chains_join(chain, parts);
}

INLINE real sum_add(const real *a, const real *b, size_t i, size_t without, real sum)
{
    real value = i == without ? 0 : a[i];
    return b ? real_fma(value, b[i], sum) : sum + value;
}

/* The same of a row; a[without] counts as 0. The chains go side by side. */
INLINE real sum_row(const real *a, const real *b, size_t terms, size_t without)
{
    real chain[SUM_MAX_PARTS] = {0};
    size_t parts = sum_parts(1, terms);
    size_t shortest = terms / parts;
    for (size_t i = 0; i < shortest; i++)
        for (size_t p = 0; p < parts; p++)
            chain[p] = sum_add(a, b, sum_part(terms, parts, p) + i, without, chain[p]);
    for (size_t p = 0; p < parts; p++)
        for (size_t i = sum_part(terms, parts, p) + shortest; i < sum_part(terms, parts, p + 1);
             i++)
            chain[p] = sum_add(a, b, i, without, chain[p]);
    switch (parts) {
    case 4:
        return (chain[0] + chain[1]) + (chain[2] + chain[3]);
    case 3:
        return (chain[0] + chain[1]) + chain[2];
    case 2:
        return chain[0] + chain[1];
    default:
        return chain[0];
    }
}

/* The place of the first of the largest of `units` >= 1 values; any where there is a NaN. */
INLINE size_t row_top(const real *values, size_t units)
{
    size_t top = 0;
    for (size_t j = 1; j < units; j++)
        top = values[j] > values[top] ? j : top;
    return top;
}

#endif
