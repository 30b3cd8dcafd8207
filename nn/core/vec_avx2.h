/* 32 bytes: AVX2 and FMA. */

#include <immintrin.h>

#if REAL_BITS == 64
typedef __m256d vec;
#define OP(name) _mm256_##name##_pd
#else
typedef __m256 vec;
#define OP(name) _mm256_##name##_ps
#endif
typedef ureal bits __attribute__((vector_size(32)));
typedef vec mask; /* all ones or zeros */
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

INLINE __m256i lanes_first(size_t count)
{
    bits place;
    for (size_t i = 0; i < LANES; i++)
        place[i] = (ureal)i;
    return (__m256i)(place < bits_set((ureal)(count < LANES ? count : LANES)));
}

/* The first `count` lanes; zeros in the others. */
INLINE vec vec_load_part(const real *p, size_t count)
{
    return OP(maskload)(p, lanes_first(count));
}

INLINE void vec_store_part(real *p, vec x, size_t count)
{
    OP(maskstore)(p, lanes_first(count), x);
}

/* x with zeros from lane `count` on. */
INLINE vec vec_part(vec x, size_t count)
{
    return (vec)((__m256i)x & lanes_first(count));
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
    return OP(cmp)(a, b, _CMP_LT_OQ);
}

INLINE mask vec_less_equal(vec a, vec b)
{
    return OP(cmp)(a, b, _CMP_LE_OQ);
}

INLINE mask vec_equal(vec a, vec b)
{
    return OP(cmp)(a, b, _CMP_EQ_OQ);
}

INLINE mask mask_and(mask a, mask b)
{
    return OP(and)(a, b);
}

INLINE mask mask_not(mask a)
{
    return (mask) ~(bits)a;
}

INLINE bool mask_any(mask a)
{
    return OP(movemask)(a) != 0;
}

/* Lane by lane: a where the condition holds, else b. */
INLINE vec vec_select(mask condition, vec a, vec b)
{
    return OP(blendv)(b, a, condition);
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
