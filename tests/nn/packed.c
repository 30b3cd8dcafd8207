#include "tests/nn/packed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

static size_t size_of(enum precision precision)
{
    return precision == PRECISION_FLOAT64 ? sizeof(double) : sizeof(float);
}

static void real_put(enum precision precision, void *reals, size_t i, double value)
{
    if (precision == PRECISION_FLOAT64)
        ((double *)reals)[i] = value;
    else
        ((float *)reals)[i] = (float)value;
}

static double real_get(enum precision precision, const void *reals, size_t i)
{
    return precision == PRECISION_FLOAT64 ? ((const double *)reals)[i] : ((const float *)reals)[i];
}

static void *memory(enum precision precision, size_t count)
{
    size_t bytes = (count * size_of(precision) / 64 + 1) * 64;
    void *reals = aligned_alloc(64, bytes);
    if (!reals)
        abort();
    return memset(reals, 0, bytes);
}

void *reals_make(enum precision precision, const double *values, size_t count)
{
    void *reals = memory(precision, count);
    for (size_t i = 0; values && i < count; i++)
        real_put(precision, reals, i, values[i]);
    return reals;
}

void reals_read(enum precision precision, const void *reals, size_t count, double *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = real_get(precision, reals, i);
}

size_t packed_stride(enum precision precision, size_t columns)
{
    size_t pad = 64 / size_of(precision);
    return (columns + pad - 1) / pad * pad;
}

void *packed_make(enum precision precision, const double *values, size_t rows, size_t columns,
                  double further)
{
    size_t stride = packed_stride(precision, columns);
    void *packed = memory(precision, rows * stride);
    for (size_t s = 0; s < rows; s++)
        for (size_t j = 0; j < stride; j++)
            real_put(precision, packed, s * stride + j,
                     j >= columns ? further
                     : values     ? values[s * columns + j]
                                  : 0);
    return packed;
}

bool packed_read(enum precision precision, const void *packed, size_t rows, size_t columns,
                 double *values)
{
    size_t stride = packed_stride(precision, columns);
    bool zeros = true;
    for (size_t s = 0; s < rows; s++)
        for (size_t j = 0; j < stride; j++) {
            double value = real_get(precision, packed, s * stride + j);
            if (j < columns)
                values[s * columns + j] = value;
            else
                zeros &= value == 0;
        }
    return zeros;
}

bool close_to(double actual, double expected, double relative, double absolute)
{
    return actual == expected || fabs(actual - expected) <= relative * fabs(expected) + absolute;
}

size_t values_apart(const double *actual, const double *expected, size_t count, double relative,
                    double absolute)
{
    size_t apart = 0;
    for (size_t i = 0; i < count; i++)
        if (!close_to(actual[i], expected[i], relative, absolute) && apart++ == 0)
            tap_note("value %zu is %.17g, expected %.17g", i, actual[i], expected[i]);
    return apart;
}

bool core_next(const struct core **core)
{
    int n = *core ? (int)(*core)->precision * SIMD_COUNT + (int)(*core)->simd + 1 : 0;
    for (; n < PRECISION_COUNT * SIMD_COUNT; n++)
        if (simd_available(n % SIMD_COUNT)) {
            *core = core_of_simd(n / SIMD_COUNT, n % SIMD_COUNT);
            return true;
        }
    return false;
}

const char *core_name(const struct core *core)
{
    static char name[32];
    snprintf(name, sizeof name, "%s, %s",
             core->precision == PRECISION_FLOAT64 ? "float64" : "float32", simd_names[core->simd]);
    return name;
}
