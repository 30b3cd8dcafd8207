#include "nn/math.h"

#define REAL_BITS 64
#define VEC_KIND VEC_PORTABLE
#include "nn/core/elementary.h"

double nn_exp(double x)
{
    return vec_exp(vec_set(x))[0];
}

double nn_log(double x)
{
    return vec_log(vec_set(x))[0];
}

double nn_sigmoid(double x)
{
    return vec_sigmoid(vec_set(x))[0];
}

double nn_tanh(double x)
{
    return vec_tanh(vec_set(x))[0];
}

/* sin(r + low) for |r| <= pi/4 and a small low. The polynomials are tools/minimax.py's: errors
 * below 2^-54. */
static double sin_reduced(double r, double low)
{
    double z = r * r;
    double tail = -0x1.5555555555555p-3;
    tail += z * (0x1.1111111110bb3p-7 +
                 z * (-0x1.a01a019e83c19p-13 +
                      z * (0x1.71de37969e5b3p-19 +
                           z * (-0x1.ae600b107c479p-26 + z * 0x1.5e0b1cce6e9f2p-33))));
    return r + (r * z * tail + low * (1 - z / 2));
}

static double cos_reduced(double r, double low)
{
    double z = r * r;
    double tail = 0x1.5555555555555p-5;
    tail += z * (-0x1.6c16c16c16967p-10 +
                 z * (0x1.a01a019f4eb84p-16 +
                      z * (-0x1.27e4fa17e0a53p-22 +
                           z * (0x1.1eeb68ecd657cp-29 + z * -0x1.907da41c4466cp-37))));
    double sum = 1 - z / 2;
    double lost = (1 - sum) - z / 2;
    return sum + (lost + (z * z * tail - r * low));
}

double nn_cos(double x)
{
    static const double half_pi[3] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54,
                                      -0x1.f1976b7ed8fbcp-110};
    if (!(fabs(x) <= 0x1p20))
        return NAN;
    double shifted = fma(x, 0x1.45f306dc9c883p-1, ROUNDER);
    double k = shifted - ROUNDER;
    /* x - k pi/2 = r + low; only k * half_pi[2] is rounded before it is small. */
    double high = fma(-k, half_pi[0], x);
    double product = k * half_pi[1];
    double r = high - product;
    double part = r - high;
    double low = (high - (r - part)) - (product + part); /* what r lost (Knuth's two-sum) */
    low -= fma(k, half_pi[1], -product) + k * half_pi[2];
    switch (real_bits(shifted) & 3) {
    case 0:
        return cos_reduced(r, low);
    case 1:
        return -sin_reduced(r, low);
    case 2:
        return -cos_reduced(r, low);
    default:
        return sin_reduced(r, low);
    }
}

/* high + low, low being below high's last bit, or 0 where high is not finite. */
struct twofold {
    double high;
    double low;
};

static struct twofold twofold_multiply(struct twofold a, struct twofold b)
{
    double product = a.high * b.high;
    if (!(fabs(product) <= REAL_MAX))
        return (struct twofold){product, 0};
    double lost = fma(a.high, b.high, -product);
    lost += a.high * b.low + a.low * b.high;
    double high = product + lost;
    return (struct twofold){high, lost - (high - product)};
}

double nn_pow_int(double x, uint64_t n)
{
    struct twofold result = {1, 0};
    for (struct twofold square = {x, 0}; n > 0; n >>= 1, square = twofold_multiply(square, square))
        if (n & 1)
            result = twofold_multiply(result, square);
    return result.high;
}
