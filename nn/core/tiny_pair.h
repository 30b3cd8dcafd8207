#ifndef NN_CORE_TINY_PAIR_H
#define NN_CORE_TINY_PAIR_H

#include "nn/core/elementary.h"
#include "nn/core/product.h"
#include "nn/core/rows.h"
#include "nn/core/vec.h"

/*
 * Two reals, or one twice, in 16 bytes: (first, second), in float (first, first, second, second),
 * so that no lane holds what is not wanted: nothing in it could become NaN or need the slow way of
 * the sigmoid for itself.
 */
#if REAL_BITS == 64
typedef __m128d pair;
#define POP(name) _mm_##name##_pd
#else
typedef __m128 pair;
#define POP(name) _mm_##name##_ps
#endif

/* Lane 0. */
INLINE real pair_number(pair x)
{
#if REAL_BITS == 64
    return _mm_cvtsd_f64(x);
#else
    return _mm_cvtss_f32(x);
#endif
}

/* The first one twice. */
INLINE pair pair_first(pair x)
{
    return (pair)_mm_unpacklo_pd((__m128d)x, (__m128d)x);
}

/* The second one twice. */
INLINE pair pair_second(pair x)
{
    return (pair)_mm_unpackhi_pd((__m128d)x, (__m128d)x);
}

/* (first, 0). */
INLINE pair pair_first_zero(pair x)
{
    return (pair)_mm_unpacklo_pd((__m128d)x, _mm_setzero_pd());
}

INLINE pair pair_load(const real p[2])
{
#if REAL_BITS == 64
    return _mm_loadu_pd(p);
#else
    __m128 x = (__m128)_mm_loadu_si64(p);
    return _mm_unpacklo_ps(x, x);
#endif
}

INLINE void pair_store(real p[2], pair x)
{
    p[0] = pair_number(x);
    p[1] = pair_number(pair_second(x));
}

/* t of the sigmoid (nn/core/elementary.h) in each lane. */
INLINE __m128i sigmoid_place(pair x)
{
    return (__m128i)(x + POP(set1)(SIGMOID_MIDDLE + REAL(0.5) / SIGMOID_STEPS));
}

/* The row of the table that the lowest bits of `place` say. */
INLINE const real *sigmoid_row(uint64_t place)
{
    place &= (TABLE_ROWS - 1) * ROW_BYTES;
    return (const real *)((const char *)TABLE(sigmoid_table) + place);
}

/* The sigmoid of each lane, as vec_sigmoid() has it, by the rows of the table for the place t: lane
 * i of c[n] is term n of lane i's row. */
INLINE pair sigmoid_by_rows(pair x, __m128i t, const pair c[ROW])
{
#if REAL_BITS == 64
    const __m128i row = _mm_set1_epi64x(~(int64_t)(ROW_BYTES - 1));
#else
    const __m128i row = _mm_set1_epi32(~(ROW_BYTES - 1));
#endif
    pair d = x - ((pair)(t & row) - POP(set1)(SIGMOID_MIDDLE));
    pair d2 = d * d;
    pair y = POP(fmadd)(POP(fmadd)(c[3], d, c[2]), d2, POP(fmadd)(c[1], d, c[0]));
#if REAL_BITS == 64
    pair high = POP(fmadd)(POP(fmadd)(c[7], d, c[6]), d2, POP(fmadd)(c[5], d, c[4]));
    y = POP(fmadd)(high, d2 * d2, y);
#endif
    pair size = POP(andnot)(POP(set1)(REAL(-0.0)), x);
    pair outside = POP(cmp)(size, POP(set1)(REAL(31.9)), _CMP_NLE_UQ);
    if (__builtin_expect(POP(movemask)(outside), 0)) {
        real lanes[LANES] = {0};
        POP(storeu)(lanes, x);
        vec_store(lanes, vec_sigmoid(vec_load(lanes)));
        y = POP(loadu)(lanes);
    }
    return y;
}

INLINE pair pair_sigmoid(pair x)
{
    __m128i t = sigmoid_place(x);
    const real *a = sigmoid_row((uint64_t)_mm_cvtsi128_si64(t));
    const real *b = sigmoid_row((uint64_t)_mm_extract_epi64(t, 1));
    pair c[ROW];
#if REAL_BITS == 64
    UNROLL
    for (size_t n = 0; n < ROW; n += 2) {
        pair from_a = _mm_load_pd(a + n), from_b = _mm_load_pd(b + n);
        c[n] = _mm_unpacklo_pd(from_a, from_b);
        c[n + 1] = _mm_unpackhi_pd(from_a, from_b);
    }
#else
    pair from_a = _mm_load_ps(a), from_b = _mm_load_ps(b);
    c[0] = _mm_shuffle_ps(from_a, from_b, _MM_SHUFFLE(0, 0, 0, 0));
    c[1] = _mm_shuffle_ps(from_a, from_b, _MM_SHUFFLE(1, 1, 1, 1));
    c[2] = _mm_shuffle_ps(from_a, from_b, _MM_SHUFFLE(2, 2, 2, 2));
    c[3] = _mm_shuffle_ps(from_a, from_b, _MM_SHUFFLE(3, 3, 3, 3));
#endif
    return sigmoid_by_rows(x, t, c);
}

#if REAL_BITS == 32
/* Of four lanes that are not pairs. */
INLINE __m128 quad_sigmoid(__m128 x)
{
    __m128i t = sigmoid_place(x);
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(t), high = (uint64_t)_mm_extract_epi64(t, 1);
    __m128 c[ROW] = {_mm_load_ps(sigmoid_row(low)), _mm_load_ps(sigmoid_row(low >> 32)),
                     _mm_load_ps(sigmoid_row(high)), _mm_load_ps(sigmoid_row(high >> 32))};
    _MM_TRANSPOSE4_PS(c[0], c[1], c[2], c[3]);
    return sigmoid_by_rows(x, t, c);
}
#endif

#endif
