#include "nn/math.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the high one ends in 21 zero bits, so that k * LN2_HIGH is exact for every
 * exponent k of a double. */
static const double LN2_HIGH = 0x1.62e42feep-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;
static const double LOG2_E = 0x1.71547652b82fep+0;

/* Adding 1.5 * 2^52 to a double below 2^51 leaves its nearest integer in the sum's lowest bits. */
static const double ROUNDER = 0x1.8p+52;

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for -1022 <= k <= 1023. */
static double two_to(int64_t k)
{
    return double_of((uint64_t)(k + 1023) << 52);
}

/* e^x as 2^k * (1 + m), sqrt(1/2) <= 1 + m <= sqrt(2), so that e^x - 1 can be had without
 * cancellation too. */
struct power {
    int64_t k;
    double m;
};

/* (e^r - 1 - r) / r^2 by its Taylor series up to r^11 / 13!; the rest is below 2^-57 for
 * |r| <= ln(2) / 2. The terms are paired so that the chain of dependent operations is short. */
static double exp_tail(double r)
{
    double r2 = r * r;
    double r4 = r2 * r2;
    double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    double c =
        (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
    return (a + r4 * b) + (r4 * r4) * c;
}

/* |x| < 2^20. A NaN comes out as m = NaN with any k. */
static struct power power_of_e(double x)
{
    double shifted = x * LOG2_E + ROUNDER;
    double k = shifted - ROUNDER;
    double high = x - k * LN2_HIGH; /* exact */
    double low = k * LN2_LOW;
    double r = high - low;
    double lost = (high - r) - low; /* x = k ln 2 + r + lost */
    return (struct power){
        .k = (int64_t)(bits_of(shifted) - bits_of(ROUNDER)),
        .m = r + (r * r * exp_tail(r) + lost),
    };
}

double nn_exp(double x)
{
    /* Beyond these the result is 0 or infinite whatever x is; a NaN passes both. */
    x = x > 710 ? 710 : x;
    x = x < -746 ? -746 : x;
    struct power e = power_of_e(x);
    /* In two steps, since 2^k alone may leave the range; only the second can round. */
    int64_t half = e.k / 2;
    return (1.0 + e.m) * two_to(half) * two_to(e.k - half);
}

/* x / (a + b) without the rounding of the sum, which is up to 1 ulp of the result: what the sum
 * lost of b is taken off afterwards. It is exact where b < 2^53 and a is 1 or 2; beyond, it is
 * nothing. */
static double quotient_by_sum(double x, double a, double b)
{
    double sum = a + b;
    double lost = b - (sum - a);
    double quotient = x / sum;
    return quotient - quotient * (lost / sum);
}

double nn_sigmoid(double x)
{
    /* 1 / (1 + e^-x), and e^x / (1 + e^x) below 0, where e^-x would overflow too early. */
    double e = nn_exp(-fabs(x));
    return quotient_by_sum(x < 0 ? e : 1, 1, e);
}

double nn_tanh(double x)
{
    /* tanh x = d / (d + 2) with d = e^2x - 1; 1 to the last bit from 20 on. */
    double size = fabs(x);
    size = size > 20 ? 20 : size;
    struct power e = power_of_e(2 * size);
    double scale = two_to(e.k);
    double d = scale * e.m + (scale - 1);
    return copysign(quotient_by_sum(d, 2, d), x);
}

/* x = 2^k * (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), for normal x > 0. */
static double split(double x, int64_t *k)
{
    int64_t above = (int64_t)(bits_of(x) - bits_of(0x1.6a09e667f3bcdp-1));
    *k = above >> 52;
    return double_of(bits_of(x) - ((uint64_t)*k << 52)) - 1;
}

/* 2 atanh(s) / s - 2 for z = s^2 <= 0.0295, by its series up to z^10; the rest is below 2^-60. */
static double log_tail(double z)
{
    static const double terms[] = {2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                   2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
    double sum = 0;
    for (size_t n = sizeof terms / sizeof *terms; n-- > 0;)
        sum = (sum + terms[n]) * z;
    return sum;
}

double nn_log(double x)
{
    if (!(x > 0 && x <= DBL_MAX))
        return x == 0 ? -INFINITY : x > 0 ? x : NAN;
    int64_t k;
    int64_t subnormal = x < 0x1p-1022;
    double f = split(subnormal ? x * 0x1p+54 : x, &k);
    double exponent = (double)(k - 54 * subnormal);
    /*
     * ln(1 + f) = 2 atanh(s) with s = f / (2 + f), and 2 s = f - f^2/2 + s f^2/2, so that the
     * largest term, f, is exact (the form of fdlibm's e_log.c, Sun Microsystems 1993).
     */
    double s = f / (2 + f);
    double half = 0.5 * f * f;
    double small = s * (half + log_tail(s * s)) + exponent * LN2_LOW;
    return exponent * LN2_HIGH - ((half - small) - f);
}
