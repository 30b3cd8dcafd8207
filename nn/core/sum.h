#ifndef NN_CORE_SUM_H
#define NN_CORE_SUM_H

#include <stddef.h>

/*
 * The order of a sum of `terms` products, one of `sums` such sums that a layer takes side by side:
 *
 *   sums > 16   one chain: from the bias (or 0), fma(w[i], x[i], sum) in the order of i,
 *               then + 0: so that terms that are 0 may be left out, a sum that is 0 is +0
 *   sums <= 16  min(4, terms) chains, so that few units need not wait for each other's latency:
 *               chain p takes the terms from p * terms / parts up to (p + 1) * terms / parts;
 *               the first one starts from the bias, the others from 0.
 *               Then (c0 + c1) + (c2 + c3), with three (c0 + c1) + c2, with two c0 + c1.
 *
 * It depends on the sizes of the layer alone.
 */
enum { SUM_SPLIT_AT_MOST = 16, SUM_MAX_PARTS = 4 };

static inline size_t sum_parts(size_t sums, size_t terms)
{
    if (sums > SUM_SPLIT_AT_MOST || terms == 0)
        return 1;
    return terms < SUM_MAX_PARTS ? terms : SUM_MAX_PARTS;
}

/* The first term of part p: p * terms / parts, where parts is 4, terms or 1, without a division. */
static inline size_t sum_part(size_t terms, size_t parts, size_t p)
{
    if (parts == SUM_MAX_PARTS)
        return p * terms / SUM_MAX_PARTS;
    return parts == 1 ? p * terms : p;
}

/* Adds `terms` values up as one sum of such: in double whatever the precision. */
static inline double sum_values(const double *values, size_t terms)
{
    double chain[SUM_MAX_PARTS] = {0};
    size_t parts = sum_parts(1, terms);
    for (size_t p = 0; p < parts; p++)
        for (size_t i = sum_part(terms, parts, p); i < sum_part(terms, parts, p + 1); i++)
            chain[p] += values[i];
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

#endif
