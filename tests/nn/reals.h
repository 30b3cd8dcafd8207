#ifndef TESTS_NN_REALS_H
#define TESTS_NN_REALS_H

/* Arrays of doubles or of floats, and how far a result is from what it should be. */

#include <math.h>
#include <stdint.h>

#include "nn/core/core.h"
#include "nn/simd.h"

enum { F64 = PRECISION_FLOAT64, F32 = PRECISION_FLOAT32 };

enum { CHUNK = 4096 };
union reals {
    double f64[CHUNK];
    float f32[CHUNK];
    uint64_t bits64[CHUNK];
    uint32_t bits32[CHUNK];
};

static inline void real_set(union reals *values, int precision, size_t i, double x)
{
    if (precision == F64)
        values->f64[i] = x;
    else
        values->f32[i] = (float)x;
}

static inline double real_get(const union reals *values, int precision, size_t i)
{
    return precision == F64 ? values->f64[i] : values->f32[i];
}

/* f(x) alone, in the first lane. */
static inline double compute_one(int f, int precision, int simd, double x)
{
    union reals in;
    union reals out;
    real_set(&in, precision, 0, x);
    core_of_simd(precision, simd)->elementary(f, &in, &out, 1);
    return real_get(&out, precision, 0);
}

/* The unit in the last place, that of subnormal numbers for 0. */
static inline double unit_of(int precision, double value)
{
    if (precision == F32)
        return (double)nextafterf(fabsf((float)value), INFINITY) - fabsf((float)value);
    return nextafter(fabs(value), INFINITY) - fabs(value);
}

/* NaN counts as infinitely wrong, so that no comparison lets it through. */
static inline double larger(double a, double b)
{
    return isnan(b) ? INFINITY : fmax(a, b);
}

/* Both NaN, or the same number and sign. */
static inline bool same_value(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

/* The next vector width that this machine has. */
static inline int simd_next(int simd)
{
    do
        simd++;
    while (simd < SIMD_COUNT && !simd_available(simd));
    return simd;
}

#endif
