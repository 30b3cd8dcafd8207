#ifndef NN_CORE_POLYNOMIALS_H
#define NN_CORE_POLYNOMIALS_H

/* Polynomials by vectors, pairwise (G. Estrin's scheme), so that the chain of dependent operations
 * is short; and the coefficients that tools/minimax.py found. */

#include "nn/core/vec.h"

INLINE vec polynomial2(const real *c, vec x)
{
    return vec_fma(vec_set(c[1]), x, vec_set(c[0]));
}

INLINE vec polynomial4(const real *c, vec x, vec x2)
{
    return vec_fma(polynomial2(c + 2, x), x2, polynomial2(c, x));
}

INLINE vec polynomial8(const real *c, vec x, vec x2, vec x4)
{
    return vec_fma(polynomial4(c + 4, x, x2), x4, polynomial4(c, x, x2));
}

/* (e^r - 1 - r) / r^2 for |r| <= 0.3468; error below 2^-58, in float 2^-27. */
INLINE vec exp_tail(vec r, vec r2)
{
    vec r4 = r2 * r2;
#if REAL_BITS == 64
    static const real c[] = {
        0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555558p-5,  0x1.11111111100c9p-7,
        0x1.6c16c16c151dfp-10, 0x1.a01a01abf22d8p-13, 0x1.a01a01ad05449p-16, 0x1.71de02115ae24p-19,
        0x1.27e4ccb510548p-22, 0x1.af4e2c7191d7bp-26, 0x1.1f8b76020d20ap-29,
    };
    vec last = vec_fma(vec_set(c[10]), r2, polynomial2(c + 8, r));
    vec middle = vec_fma(last, r4, polynomial4(c + 4, r, r2));
    return vec_fma(middle, r4, polynomial4(c, r, r2));
#else
    static const real c[] = {
        0x1p-1f, 0x1.555556p-3f, 0x1.5554e8p-5f, 0x1.1110acp-7f, 0x1.6d437ep-10f, 0x1.a17e6cp-13f,
    };
    return vec_fma(polynomial2(c + 4, r), r4, polynomial4(c, r, r2));
#endif
}

/* (2 atanh(s) / s - 2) / z with z = s^2 <= 0.02945; error below 2^-54, in float 2^-25. */
INLINE vec log_tail(vec z)
{
    vec z2 = z * z;
#if REAL_BITS == 64
    static const real c[] = {
        0x1.5555555555555p-1, 0x1.9999999999a3ap-2, 0x1.249249247681dp-2, 0x1.c71c7201d3bf7p-3,
        0x1.745cf8d4c7524p-3, 0x1.3b1c3ee6010d6p-3, 0x1.0fbda3f5f3910p-3, 0x1.0c0d02b0f3a00p-3,
    };
    return polynomial8(c, z, z2, z2 * z2);
#else
    static const real c[] = {0x1.555556p-1f, 0x1.9999ecp-2f, 0x1.245c02p-2f, 0x1.dddae4p-3f};
    return polynomial4(c, z, z2);
#endif
}

/* erf(x) / x - 1 with z = x^2 <= 1/4; error below 2^-55, in float 2^-29. */
INLINE vec erf_tail(vec z)
{
    vec z2 = z * z;
    vec z4 = z2 * z2;
#if REAL_BITS == 64
    static const real c[] = {
        0x1.06eba8214db69p-3,   -0x1.812746b0379e6p-2,  0x1.ce2f21a042b2ap-4,
        -0x1.b82ce3127f806p-6,  0x1.565bcd0aaa4eep-8,   -0x1.c02db23ebc2d2p-11,
        0x1.f9a2a6b3c1ff3p-14,  -0x1.f4bba96220247p-17, 0x1.b776edab6ab97p-20,
        -0x1.3a00073fe21cdp-23,
    };
    vec last = vec_fma(polynomial2(c + 8, z), z4, polynomial4(c + 4, z, z2));
    return vec_fma(last, z4, polynomial4(c, z, z2));
#else
    static const real c[] = {
        0x1.06eba8p-3f, -0x1.812746p-2f, 0x1.ce2ef2p-4f,
        -0x1.b8204p-6f, 0x1.54d19p-8f,   -0x1.93784ep-11f,
    };
    return vec_fma(polynomial2(c + 4, z), z4, polynomial4(c, z, z2));
#endif
}

#endif
