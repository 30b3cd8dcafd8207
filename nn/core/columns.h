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

/* LANES values that are `stride` apart, as an initializer: gcc joins these in pairs, where it puts
 * one lane after the other into a vec that is there. */
#define APART_2(i) first[(i)*stride], first[((i) + 1) * stride]
#define APART_4(i) APART_2(i), APART_2((i) + 2)
#define APART_8(i) APART_4(i), APART_4((i) + 4)
#define APART_16(i) APART_8(i), APART_8((i) + 8)

/* One unit of LANES rows that are `stride` apart. */
INLINE vec column_load(const real *first, size_t stride)
{
#if VEC_KIND == VEC_AVX512 && REAL_BITS == 32
    return (vec){APART_16(0)};
#elif VEC_KIND == VEC_AVX512 || (VEC_KIND == VEC_AVX2 && REAL_BITS == 32)
    return (vec){APART_8(0)};
#elif VEC_KIND == VEC_AVX2 || REAL_BITS == 32
    return (vec){APART_4(0)};
#else
    return (vec){APART_2(0)};
#endif
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
    for (size_t p = 0; p < SUM_MAX_PARTS; p++)
        chain[p] = vec_set(0);
    for (size_t p = 0; p < parts; p++) {
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
    if (terms < SUM_MAX_PARTS) {
        real sum = 0;
        for (size_t i = 0; i < terms; i++)
            sum = sum + sum_add(a, b, i, without, 0);
        return sum;
    }
    real chain[SUM_MAX_PARTS] = {0};
    size_t first[SUM_MAX_PARTS + 1];
    for (size_t p = 0; p <= SUM_MAX_PARTS; p++)
        first[p] = sum_part(terms, SUM_MAX_PARTS, p);
    size_t shortest = terms / SUM_MAX_PARTS;
    for (size_t i = 0; i < shortest; i++)
        for (size_t p = 0; p < SUM_MAX_PARTS; p++)
            chain[p] = sum_add(a, b, first[p] + i, without, chain[p]);
    for (size_t p = 0; p < SUM_MAX_PARTS; p++)
        if (first[p] + shortest < first[p + 1])
            chain[p] = sum_add(a, b, first[p] + shortest, without, chain[p]);
    return (chain[0] + chain[1]) + (chain[2] + chain[3]);
}

INLINE real larger(real a, real b)
{
    return a > b ? a : b;
}

/* The largest of `count` >= 1 values; any where one of them is NaN. */
INLINE real few_largest(const real *values, size_t count)
{
    real a = values[0], b = a, c = a, d = a;
    size_t j = 1;
    for (; j + 4 <= count; j += 4) {
        a = larger(values[j], a);
        b = larger(values[j + 1], b);
        c = larger(values[j + 2], c);
        d = larger(values[j + 3], d);
    }
    for (; j < count; j++)
        a = larger(values[j], a);
    return larger(larger(a, b), larger(c, d));
}

INLINE real row_largest(const real *values, size_t count)
{
    if (count < 4 * LANES)
        return few_largest(values, count);
    real lane[LANES];
    vec largest = vec_load(values);
    size_t j = LANES;
    for (; j + LANES <= count; j += LANES)
        largest = vec_max(vec_load(values + j), largest);
    if (j < count)
        largest = vec_max(vec_load(values + count - LANES), largest);
    vec_store(lane, largest);
    return few_largest(lane, LANES);
}

/* The place of the first value that is `value`; 0 where there is none. */
INLINE size_t row_find(const real *values, size_t count, real value)
{
    size_t place = 0;
    for (size_t j = count; j-- > 0;)
        place = values[j] == value ? j : place;
    return place;
}

#endif
