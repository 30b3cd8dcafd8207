#ifndef NN_CORE_ELEMENTARY_H
#define NN_CORE_ELEMENTARY_H

/*
 * Elementary functions by vectors. Each lane's result depends on that lane alone. NaN gives NaN,
 * subnormal arguments and results are right, and each is infinite or 0 where mathematics says so.
 *
 *   ulp at most   double  float        measured by tests/nn/elementary_test.c at 10^7 random
 *   exp              0.9    0.9        arguments of each range, and at chosen ones
 *   expm1            1.8    1.6
 *   log              0.9    0.9
 *   log1p            0.95   0.95
 *   sigmoid          2.1    1.8
 *   tanh             2.4    2.0        tanh(-x) = -tanh(x)
 *   erf              1.8    1.8        erf(-x) = -erf(x)
 *   normal_cdf       2.5    2.5        also far to the left
 *   normal_density   1.4    1.3
 */

#include "nn/core/polynomials.h"
#include "nn/core/rows.h"
#include "nn/core/vec.h"

#if REAL_BITS == 64
enum { FRACTION_BITS = 52, EXPONENT_BIAS = 1023 };
#define EXP_LOW (-746.0) /* e^x is 0 below */
#define EXP_HIGH 710.0   /* and infinite above */
#define LN2_HIGH 0x1.62e42fefa39efp-1
#define LN2_LOW 0x1.abc9e3b39803fp-56
#define LOG2_E 0x1.71547652b82fep+0
#define ROUNDER 0x1.8p+52 /* what is added to it loses its fraction, and is in its lowest bits */
#define NORMAL_LOW 39.0   /* Phi(-x) is 0 from here on */
#define ERF_HIGH 6.0      /* erf(x) is 1 from here on */
#else
enum { FRACTION_BITS = 23, EXPONENT_BIAS = 127 };
#define EXP_LOW (-105.0f)
#define EXP_HIGH 89.0f
#define LN2_HIGH 0x1.62e430p-1f
#define LN2_LOW (-0x1.05c610p-29f)
#define LOG2_E 0x1.715476p+0f
#define ROUNDER 0x1.8p+23f
#define NORMAL_LOW 14.5f
#define ERF_HIGH 4.0f
#endif

/* 2^n; n is in two's complement, from 1 - EXPONENT_BIAS to EXPONENT_BIAS. 0 for -EXPONENT_BIAS. */
INLINE vec power_of_two(bits n)
{
    return vec_of((n + bits_set(EXPONENT_BIAS)) << FRACTION_BITS);
}

/* x = k ln 2 + r + low, |r| <= 0.3468. */
struct exp_reduced {
    vec k;
    bits k_bits; /* k in two's complement */
    vec r;
    vec low;
};

/* EXP_LOW <= x <= EXP_HIGH, or NaN: r is NaN then. */
INLINE struct exp_reduced exp_reduce(vec x)
{
    vec shifted = vec_fma(x, vec_set(LOG2_E), vec_set(ROUNDER));
    vec k = shifted - vec_set(ROUNDER);
    vec high = vec_fnma(k, vec_set(LN2_HIGH), x); /* exact */
    vec r = vec_fnma(k, vec_set(LN2_LOW), high);
    return (struct exp_reduced){
        .k = k,
        .k_bits = vec_bits(shifted) - bits_set(real_bits(ROUNDER)),
        .r = r,
        .low = vec_fnma(k, vec_set(LN2_LOW), high - r),
    };
}

/* The same plus y, which is small beside 1. */
INLINE struct exp_reduced exp_reduced_plus(struct exp_reduced x, vec y)
{
    vec low = x.low + y;
    vec r = x.r + low;
    x.low = (x.r - r) + low;
    x.r = r;
    return x;
}

/* e^(r + low) - 1; low is below the last bit of 1. */
INLINE vec exp_minus_1(struct exp_reduced x)
{
    vec r2 = x.r * x.r;
    return x.r + vec_fma(r2, exp_tail(x.r, r2), x.low);
}

/* x 2^k, rounded once; 2^-8 < |x| < 4, |k| < 1.9 EXPONENT_BIAS. */
INLINE vec exp_scale(vec x, struct exp_reduced e)
{
#if VEC_KIND == VEC_AVX512 && REAL_BITS == 64
    return _mm512_scalef_pd(x, e.k);
#elif VEC_KIND == VEC_AVX512
    return _mm512_scalef_ps(x, e.k);
#else
    /* Two factors, since 2^k may be none of the numbers; after the first, x is still exact. */
    bits bias = bits_set(2 * EXPONENT_BIAS + 2);
    bits half = ((e.k_bits + bias + bias) >> 1) - bias;
    return x * power_of_two(half) * power_of_two(e.k_bits - half);
#endif
}

INLINE vec exp_clamp(vec x)
{
    return vec_max(vec_set(EXP_LOW), vec_min(vec_set(EXP_HIGH), x));
}

INLINE vec vec_exp(vec x)
{
    struct exp_reduced e = exp_reduce(exp_clamp(x));
    return exp_scale(vec_set(1) + exp_minus_1(e), e);
}

/* e^x - 1 */
INLINE vec vec_expm1(vec x)
{
    /* -1 to the last bit already far above -50. */
    vec clamped = vec_max(vec_set(-50), vec_min(vec_set(EXP_HIGH), x));
    struct exp_reduced e = exp_reduce(clamped);
    vec m = exp_minus_1(e);
    /* 2^k m + 2^k - 1; half of it, since 2^k may be infinite where this is not. */
    vec half_scale = power_of_two(e.k_bits - bits_set(1));
    vec half = vec_fma(half_scale, m, half_scale - vec_set(REAL(0.5)));
    vec y = vec_select(vec_equal(half_scale, vec_set(REAL(0.5))), m, half + half);
    return vec_copysign(y, x);
}

/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2). */
struct log_split {
    vec k;
    vec f;
    bits k_bits;
};

/* For normal x > 0. */
INLINE struct log_split log_split(vec x)
{
    bits bias = bits_set(2 * EXPONENT_BIAS + 2);
    bits above = vec_bits(x) - bits_set(real_bits(REAL(0x1.6a09e667f3bcdp-1)));
    bits k = (above + (bias << FRACTION_BITS)) >> FRACTION_BITS; /* k + bias */
#if REAL_BITS == 64
    real magic = 0x1p52;
#else
    real magic = 0x1p23f;
#endif
    vec biased = vec_of(k | bits_set(real_bits(magic)));
    k -= bias;
    return (struct log_split){
        .k = biased - vec_set(magic + 2 * EXPONENT_BIAS + 2),
        .f = vec_of(vec_bits(x) - (k << FRACTION_BITS)) - vec_set(1),
        .k_bits = k,
    };
}

/*
 * ln(2^k (1 + f + low)), low being at most the last bit of f. ln(1 + f) = 2 atanh(s) with
 * s = f / (2 + f), and 2 s = f - f^2/2 + s f^2/2, so that the largest term, f, is exact (the form
 * of fdlibm's e_log.c, Sun Microsystems 1993).
 */
INLINE vec log_join(vec k, vec f, vec low)
{
    vec s = f / (vec_set(2) + f);
    vec z = s * s;
    vec half = vec_set(REAL(0.5)) * f * f;
    vec small = vec_fma(s, vec_fma(z, log_tail(z), half), vec_fma(k, vec_set(LN2_LOW), low));
    return vec_fma(k, vec_set(LN2_HIGH), f - (half - small));
}

/* The result of a logarithm of x > 0, or what it is for 0, below, infinity and NaN. */
INLINE vec log_special(vec x, vec y)
{
    y = vec_select(vec_less(x, vec_set(INFINITY)), y, x); /* infinity and NaN */
    y = vec_select(vec_equal(x, vec_set(0)), vec_set(-INFINITY), y);
    return vec_select(vec_less(x, vec_set(0)), vec_set(NAN), y);
}

INLINE vec vec_log(vec x)
{
    real up = REAL_BITS == 64 ? 0x1p54 : 0x1p25;
    mask subnormal = vec_less(x, vec_set(real_of((ureal)1 << FRACTION_BITS)));
    struct log_split a = log_split(vec_select(subnormal, x * vec_set(up), x));
    vec k = a.k - vec_select(subnormal, vec_set(REAL_BITS == 64 ? 54 : 25), vec_set(0));
    return log_special(x, log_join(k, a.f, vec_set(0)));
}

/* ln(1 + x) */
INLINE vec vec_log1p(vec x)
{
    vec sum = vec_set(1) + x;
    struct log_split a = log_split(sum);
    /* What the sum lost, exactly (Knuth's two-sum), and that share of 1 + f. */
    vec part = sum - vec_set(1);
    vec lost = (vec_set(1) - (sum - part)) + (x - part);
    /* 2^(1-k) is 0 for the largest k, where nothing counts that was lost. */
    lost = lost * power_of_two(bits_set(1) - a.k_bits) * vec_set(REAL(0.5));
    vec f = a.f + lost;
    vec low = (a.f - f) + lost;
    vec y = log_special(sum, log_join(a.k, f, low));
    return vec_copysign(y, x);
}

/*
 * The polynomial of a row c at d:
 *
 *   d2 = d d, d4 = d2 d2
 *   p01 = fma(c1, d, c0), p23 = fma(c3, d, c2), p45 = fma(c5, d, c4), p67 = fma(c7, d, c6)
 *   fma(fma(p67, d2, p45), d4, fma(p23, d2, p01)), in float fma(p23, d2, p01)
 */
INLINE vec row_value(const vec c[ROW], vec d)
{
    vec d2 = d * d;
    vec low = vec_fma(vec_fma(c[3], d, c[2]), d2, vec_fma(c[1], d, c[0]));
#if REAL_BITS == 64
    vec high = vec_fma(vec_fma(c[7], d, c[6]), d2, vec_fma(c[5], d, c[4]));
    return vec_fma(high, d2 * d2, low);
#else
    return low;
#endif
}

/*
 * tanh by the row that is nearest to x, of two the even one, so that it is odd.
 * R = 1.5 * 2^52, in float 1.5 * 2^23.
 *
 *   t = fma(x, 32, R + 512)
 *   row = lowest 10 bits of t                     so that none is read outside
 *   d = fma(t - (R + 512), -1/32, x)
 */
INLINE vec tanh_inside(vec x)
{
    real middle = ROUNDER + TABLE_MIDDLE;
    vec t = vec_fma(x, vec_set(TANH_STEPS), vec_set(middle));
    vec c[ROW];
    rows_load(TABLE(tanh_table)[0], (vec_bits(t) & bits_set(TABLE_ROWS - 1)) * ROW_BYTES, c);
    return row_value(c, vec_fma(t - vec_set(middle), vec_set(REAL(-1.0) / TANH_STEPS), x));
}

/*
 * The sigmoid by the shortest way to its row, since the speed of small networks hangs on it. With a
 * row of B = 64 bytes, in float 16, the last bit of r is 1 / (16 B), so that the place of the row
 * in bytes is what the lowest bits of t say.
 *
 *   r = R / (16 B)
 *   t = x + (r + (512 + 1/2) / 16)
 *   place = lowest bits of t, up to 1023 B, the last ones, which are below B, put to 0
 *   d = x - ((t with these last ones put to 0) - (r + 512 / 16)),  |d| <= 1/32 + 1/(32 B)
 */
#define SIGMOID_ROUNDER (ROUNDER / (SIGMOID_STEPS * ROW_BYTES))
#define SIGMOID_MIDDLE (SIGMOID_ROUNDER + REAL(1.0) * TABLE_MIDDLE / SIGMOID_STEPS)

INLINE vec sigmoid_inside(vec x)
{
    bits t = vec_bits(x + vec_set(SIGMOID_MIDDLE + REAL(0.5) / SIGMOID_STEPS));
    vec c[ROW];
    rows_load(TABLE(sigmoid_table)[0], t & bits_set((TABLE_ROWS - 1) * ROW_BYTES), c);
    vec a = vec_of(t & bits_set(~(ureal)(ROW_BYTES - 1))) - vec_set(SIGMOID_MIDDLE);
    return row_value(c, x - a);
}

/* 1 / (1 + e^-x) is 1 - e + e^2 - ... with e = e^-x, and e - e^2 + ... with e = e^x below 0; here
 * e^2 vanishes beside 1. */
INLINE vec sigmoid_far_out(vec x)
{
    vec e = vec_exp(-vec_abs(x));
    return vec_select(vec_less(x, vec_set(0)), vec_fnma(e, e, e), vec_set(1) - e);
}

/* 1 / (1 + e^-x): sigmoid_inside() for |x| <= 31.9, sigmoid_far_out() beyond. */
INLINE vec vec_sigmoid(vec x)
{
    mask inside = vec_less_equal(vec_abs(x), vec_set(REAL(31.9)));
    vec y = sigmoid_inside(x);
    if (mask_any(mask_not(inside)))
        y = vec_select(inside, y, sigmoid_far_out(x));
    return y;
}

/* tanh_inside() for |x| <= 15.9; beyond, (1 - e) / (1 + e) with e = e^-2|x|, whose
 * square vanishes beside 1. */
INLINE vec vec_tanh(vec x)
{
    vec size = vec_abs(x);
    mask inside = vec_less_equal(size, vec_set(REAL(15.9)));
    vec y = tanh_inside(x);
    if (mask_any(mask_not(inside))) {
        vec e = vec_exp(vec_set(-2) * size);
        y = vec_select(inside, y, vec_copysign(vec_set(1) - (e + e), x));
    }
    return y;
}

/* e^(x^2/2) Phi(-x) for 0 <= x <= NORMAL_LOW; anything, but from inside the table, for NaN. */
INLINE vec normal_tail(vec x)
{
    vec t = vec_fma(x, vec_set(TAIL_STEPS), vec_set(ROUNDER));
    /* Not by a minimum: clang 14 merges that with the caller's, and then lets NaN pass. */
    t = vec_select(vec_equal(x, x), t, vec_set(ROUNDER));
    vec c[ROW];
    bits row = vec_bits(t) - bits_set(real_bits(ROUNDER));
    rows_load(TABLE(normal_tail_table)[0], row * ROW_BYTES, c);
    vec d = vec_fma(t - vec_set(ROUNDER), vec_set(REAL(-1.0) / TAIL_STEPS), x);
    /* c0 + d (...), so that what is rounded before the last step is small beside c0. */
#if REAL_BITS == 64
    vec d2 = d * d;
    vec low = vec_fma(vec_fma(c[4], d, c[3]), d2, vec_fma(c[2], d, c[1]));
    vec high = vec_fma(c[7], d2, vec_fma(c[6], d, c[5]));
    return vec_fma(vec_fma(high, d2 * d2, low), d, c[0]);
#else
    return vec_fma(vec_fma(vec_fma(c[3], d, c[2]), d, c[1]), d, c[0]);
#endif
}

/* -x^2 / 2, reduced; 0 <= x <= NORMAL_LOW, or NaN. */
INLINE struct exp_reduced normal_reduce(vec x)
{
    vec half = vec_set(REAL(-0.5)) * x;
    vec product = half * x;
    return exp_reduced_plus(exp_reduce(product), vec_fma(half, x, -product));
}

/* The normal distribution: Phi(x) = (1 + erf(x / sqrt 2)) / 2, with few ulp of error also far to
 * the left. */
INLINE vec vec_normal_cdf(vec x)
{
    vec size = vec_min(vec_set(NORMAL_LOW), vec_abs(x));
    struct exp_reduced e = normal_reduce(size);
    vec m = normal_tail(size);
    vec left = exp_scale(vec_fma(m, exp_minus_1(e), m), e);
    return vec_select(vec_less(vec_set(0), x), vec_set(1) - left, left);
}

/* Its density: e^(-x^2/2) / sqrt(2 pi). */
INLINE vec vec_normal_density(vec x)
{
    vec m = vec_set(REAL(0x1.9884533d43651p-2));
    struct exp_reduced e = normal_reduce(vec_min(vec_set(NORMAL_LOW), vec_abs(x)));
    return exp_scale(vec_fma(m, exp_minus_1(e), m), e);
}

INLINE vec vec_erf(vec x)
{
    vec size = vec_min(vec_set(ERF_HIGH), vec_abs(x));
    vec square = size * size;
    vec near = vec_fma(size, erf_tail(square), size);
    /* 1 - erfc(x), erfc(x) = 2 Phi(-x sqrt(2)). */
    struct exp_reduced e = exp_reduced_plus(exp_reduce(-square), -vec_fma(size, size, -square));
    vec m = normal_tail(size * vec_set(REAL(0x1.6a09e667f3bcdp+0)));
    vec far = vec_fnma(vec_set(2), exp_scale(vec_fma(m, exp_minus_1(e), m), e), vec_set(1));
    return vec_copysign(vec_select(vec_less(square, vec_set(REAL(0.25))), near, far), x);
}

#endif
