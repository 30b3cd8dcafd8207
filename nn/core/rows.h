#ifndef NN_CORE_ROWS_H
#define NN_CORE_ROWS_H

/* Rows of a table (nn/core/tables.h), one for each lane, as vectors of their first, second, ...
 * terms. Whole rows are loaded and transposed, which is two to four times as fast as to gather
 * terms. */

#include "nn/core/tables.h"
#include "nn/core/vec.h"

#if REAL_BITS == 64
enum { ROW = ROW_F64 };
#define TABLE(name) name##_f64
#else
enum { ROW = ROW_F32 };
#define TABLE(name) name##_f32
#endif
enum { ROW_BYTES = ROW * sizeof(real) };

/* rows_transpose(): c[n], lane i = row[i][n]. */

#if VEC_KIND == VEC_PORTABLE

INLINE void rows_transpose(const real *const row[LANES], vec c[ROW])
{
    for (size_t n = 0; n < ROW; n++)
#if REAL_BITS == 64
        c[n] = (vec){row[0][n], row[1][n]};
#else
        c[n] = (vec){row[0][n], row[1][n], row[2][n], row[3][n]};
#endif
}

#elif REAL_BITS == 64 && VEC_KIND == VEC_AVX2

INLINE void rows_transpose(const real *const row[LANES], vec c[ROW])
{
    for (size_t n = 0; n < ROW; n += 4) {
        vec a = vec_load(row[0] + n);
        vec b = vec_load(row[1] + n);
        vec c_ = vec_load(row[2] + n);
        vec d = vec_load(row[3] + n);
        vec ab = _mm256_unpacklo_pd(a, b); /* terms n and n + 2 */
        vec cd = _mm256_unpacklo_pd(c_, d);
        c[n] = _mm256_permute2f128_pd(ab, cd, 0x20);
        c[n + 2] = _mm256_permute2f128_pd(ab, cd, 0x31);
        ab = _mm256_unpackhi_pd(a, b);
        cd = _mm256_unpackhi_pd(c_, d);
        c[n + 1] = _mm256_permute2f128_pd(ab, cd, 0x20);
        c[n + 3] = _mm256_permute2f128_pd(ab, cd, 0x31);
    }
}

#elif REAL_BITS == 64 && VEC_KIND == VEC_AVX512

/* pair[j] has terms n, n + 2, n + 4, n + 6 of rows 2 j and 2 j + 1. */
INLINE void rows_transpose_pairs(const vec pair[4], size_t n, vec c[ROW])
{
    enum { EVEN = 0x88, ODD = 0xdd }; /* pieces of 16 bytes: 0, 2 of both; 1, 3 of both */
    vec low = _mm512_shuffle_f64x2(pair[0], pair[1], EVEN);
    vec high = _mm512_shuffle_f64x2(pair[2], pair[3], EVEN);
    c[n] = _mm512_shuffle_f64x2(low, high, EVEN);
    c[n + 4] = _mm512_shuffle_f64x2(low, high, ODD);
    low = _mm512_shuffle_f64x2(pair[0], pair[1], ODD);
    high = _mm512_shuffle_f64x2(pair[2], pair[3], ODD);
    c[n + 2] = _mm512_shuffle_f64x2(low, high, EVEN);
    c[n + 6] = _mm512_shuffle_f64x2(low, high, ODD);
}

INLINE void rows_transpose(const real *const row[LANES], vec c[ROW])
{
    vec even[4];
    vec odd[4];
    for (size_t j = 0; j < 4; j++) {
        vec a = vec_load(row[2 * j]);
        vec b = vec_load(row[2 * j + 1]);
        even[j] = _mm512_unpacklo_pd(a, b);
        odd[j] = _mm512_unpackhi_pd(a, b);
    }
    rows_transpose_pairs(even, 0, c);
    rows_transpose_pairs(odd, 1, c);
}

#else

#if VEC_KIND == VEC_AVX512
#define OP(name) _mm512_##name
typedef __m512d vec_pairs;

/* Rows j, j + 4, j + 8 and j + 12. */
INLINE vec rows_quarter(const real *const row[LANES], size_t j)
{
    __m256 low = _mm256_set_m128(_mm_loadu_ps(row[j + 4]), _mm_loadu_ps(row[j]));
    __m256 high = _mm256_set_m128(_mm_loadu_ps(row[j + 12]), _mm_loadu_ps(row[j + 8]));
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
#else
#define OP(name) _mm256_##name
typedef __m256d vec_pairs;

/* Rows j and j + 4. */
INLINE vec rows_quarter(const real *const row[LANES], size_t j)
{
    return _mm256_set_m128(_mm_loadu_ps(row[j + 4]), _mm_loadu_ps(row[j]));
}
#endif

/* Four rows of four at a time, in each 16 bytes. */
INLINE void rows_transpose(const real *const row[LANES], vec c[ROW])
{
    vec a = rows_quarter(row, 0);
    vec b = rows_quarter(row, 1);
    vec c_ = rows_quarter(row, 2);
    vec d = rows_quarter(row, 3);
    vec_pairs ab = (vec_pairs)OP(unpacklo_ps)(a, b); /* terms 0 and 1 */
    vec_pairs cd = (vec_pairs)OP(unpacklo_ps)(c_, d);
    c[0] = (vec)OP(unpacklo_pd)(ab, cd);
    c[1] = (vec)OP(unpackhi_pd)(ab, cd);
    ab = (vec_pairs)OP(unpackhi_ps)(a, b);
    cd = (vec_pairs)OP(unpackhi_ps)(c_, d);
    c[2] = (vec)OP(unpacklo_pd)(ab, cd);
    c[3] = (vec)OP(unpackhi_pd)(ab, cd);
}
#undef OP

#endif

/* c[n], lane i: term n of the row that begins offset[i] bytes into the table. */
INLINE void rows_load(const real *table, bits offset, vec c[ROW])
{
    const real *row[LANES];
    for (size_t i = 0; i < LANES; i++)
        row[i] = (const real *)((const char *)table + offset[i]);
    rows_transpose(row, c);
}

#endif
