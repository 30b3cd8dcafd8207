#ifndef NN_CORE_VEC_H
#define NN_CORE_VEC_H

/*
 * Vectors of `real` for the kernels of nn/core, which are compiled once for each precision and each
 * vector width. The build sets
 *
 *   REAL_BITS  64 (double) or 32 (float)
 *   VEC_KIND   VEC_PORTABLE, VEC_AVX2 or VEC_AVX512
 *
 * A `vec` is LANES reals. `+ - * /` and unary minus work on it lane by lane. Every operation here
 * is one IEEE operation on each lane, so a result never depends on the width; NaN payloads and
 * signs apart, which no answer shows. -ffp-contract=off: a fused operation is written vec_fma().
 *
 *   vec_fma(a, b, c)    a * b + c, rounded once
 *   vec_max, vec_min    the second where either is NaN, or where both are zeros
 *   mask                a condition for each lane, made by vec_less() and its kin, for vec_select()
 *   bits                an unsigned integer as wide as a real for each lane
 */

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_PORTABLE 0
#define VEC_AVX2 1
#define VEC_AVX512 2

#if REAL_BITS == 64
typedef double real;
typedef uint64_t ureal; /* its bits */
typedef int64_t ireal;
#define REAL(constant) constant
#define REAL_MAX 0x1.fffffffffffffp+1023
#else
typedef float real;
typedef uint32_t ureal;
typedef int32_t ireal;
#define REAL(constant) constant##f
#define REAL_MAX 0x1.fffffep+127f
#endif

/* Rows of packed arrays are padded to 64 bytes, whatever the vector width: to PAD reals. */
enum { PAD = 64 / sizeof(real) };

static inline size_t padded(size_t count)
{
    return (count + PAD - 1) / PAD * PAD;
}

static inline ureal real_bits(real x)
{
    ureal bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline real real_of(ureal bits)
{
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define INLINE static inline __attribute__((always_inline, unused))

#if VEC_KIND == VEC_AVX512
#include "nn/core/vec_avx512.h"
#elif VEC_KIND == VEC_AVX2
#include "nn/core/vec_avx2.h"
#else
#include "nn/core/vec_portable.h"
#endif

/* c - a * b, rounded once. */
INLINE vec vec_fnma(vec a, vec b, vec c)
{
    return vec_fma(-a, b, c);
}

INLINE vec vec_abs(vec x)
{
    return vec_of(vec_bits(x) & bits_set((ureal)-1 >> 1));
}

/* size's magnitude with sign's sign. */
INLINE vec vec_copysign(vec size, vec sign)
{
    bits top = bits_set((ureal)1 << (REAL_BITS - 1));
    return vec_of((vec_bits(size) & ~top) | (vec_bits(sign) & top));
}

/* 1 above 0, -1 below; x itself where it is a zero or NaN. */
INLINE vec vec_sign(vec x)
{
    vec zero = vec_set(0);
    return vec_select(vec_less(zero, x), vec_set(1), vec_select(vec_less(x, zero), vec_set(-1), x));
}

#endif
