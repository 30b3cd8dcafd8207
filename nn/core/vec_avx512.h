/* 64 bytes: AVX-512 F, VL, DQ and BW. */

#include <immintrin.h>

#if REAL_BITS == 64
typedef __m512d vec;
typedef __mmask8 mask;
#define OP(name) _mm512_##name##_pd
#define OP_MASK(name) _mm512_##name##_pd_mask
#else
typedef __m512 vec;
typedef __mmask16 mask;
#define OP(name) _mm512_##name##_ps
#define OP_MASK(name) _mm512_##name##_ps_mask
#endif
typedef ureal bits __attribute__((vector_size(64)));
enum { LANES = sizeof(vec) / sizeof(real) };

INLINE vec vec_set(real x)
{
    return OP(set1)(x);
}

INLINE bits bits_set(ureal x)
{
    return x - (bits){0};
}

INLINE vec vec_load(const real *p)
{
    return OP(loadu)(p);
}

INLINE void vec_store(real *p, vec x)
{
    OP(storeu)(p, x);
}

INLINE mask mask_first(size_t count)
{
    return count < LANES ? (mask)((1u << count) - 1) : (mask)-1;
}

/* The first `count` lanes; zeros in the others. */
INLINE vec vec_load_part(const real *p, size_t count)
{
    return OP(maskz_loadu)(mask_first(count), p);
}

INLINE void vec_store_part(real *p, vec x, size_t count)
{
    OP(mask_storeu)(p, mask_first(count), x);
}

/* x with zeros from lane `count` on. */
INLINE vec vec_part(vec x, size_t count)
{
    return OP(maskz_mov)(mask_first(count), x);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return OP(fmadd)(a, b, c);
}

INLINE vec vec_sqrt(vec a)
{
    return OP(sqrt)(a);
}

INLINE bits vec_bits(vec x)
{
    return (bits)x;
}

INLINE vec vec_of(bits x)
{
    return (vec)x;
}

INLINE mask vec_less(vec a, vec b)
{
    return OP_MASK(cmp)(a, b, _CMP_LT_OQ);
}

INLINE mask vec_less_equal(vec a, vec b)
{
    return OP_MASK(cmp)(a, b, _CMP_LE_OQ);
}

INLINE mask vec_equal(vec a, vec b)
{
    return OP_MASK(cmp)(a, b, _CMP_EQ_OQ);
}

INLINE mask mask_and(mask a, mask b)
{
    return a & b;
}

INLINE mask mask_not(mask a)
{
    return (mask)~a;
}

INLINE bool mask_any(mask a)
{
    return a != 0;
}

/* Writes `first` + lane for each lane where it holds, one behind the other, and anything up to
 * LANES places; returns how many. */
INLINE size_t mask_places(mask a, uint32_t first, uint32_t *places)
{
#if REAL_BITS == 64
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i place = _mm256_add_epi32(lane, _mm256_set1_epi32((int)first));
    _mm256_storeu_si256((__m256i *)places, _mm256_maskz_compress_epi32(a, place));
#else
    __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i place = _mm512_add_epi32(lane, _mm512_set1_epi32((int)first));
    _mm512_storeu_si512(places, _mm512_maskz_compress_epi32(a, place));
#endif
    return (size_t)__builtin_popcount(a);
}

/* Lane by lane: a where the condition holds, else b. */
INLINE vec vec_select(mask condition, vec a, vec b)
{
    return OP(mask_blend)(condition, b, a);
}

INLINE vec vec_max(vec a, vec b)
{
    return OP(max)(a, b);
}

INLINE vec vec_min(vec a, vec b)
{
    return OP(min)(a, b);
}

#undef OP
#undef OP_MASK
