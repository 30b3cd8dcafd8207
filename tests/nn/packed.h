#ifndef TESTS_NN_PACKED_H
#define TESTS_NN_PACKED_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/core/core.h"

/*
 * Arrays for the kernels of nn/core, made from doubles and read as doubles. What is given begins at
 * a multiple of 64 bytes and is freed with free(); out of memory ends the test program.
 */

/* `count` reals of a precision: values[i], or zeros where it is NULL. */
void *reals_make(enum precision precision, const double *values, size_t count);

void reals_read(enum precision precision, const void *reals, size_t count, double *values);

/* How many reals a packed row of `columns` takes. */
size_t packed_stride(enum precision precision, size_t columns);

/* Packed rows of rows x columns values; the further lanes are all `further`. */
void *packed_make(enum precision precision, const double *values, size_t rows, size_t columns,
                  double further);

/* Reads them; returns whether all further lanes are 0. */
bool packed_read(enum precision precision, const void *packed, size_t rows, size_t columns,
                 double *values);

/* |actual - expected| <= relative * |expected| + absolute, or both the same infinity. */
bool close_to(double actual, double expected, double relative, double absolute);

/* A count of values that are not so, with the first of them noted. */
size_t values_apart(const double *actual, const double *expected, size_t count, double relative,
                    double absolute);

/* The next flavour that is available after *core, of either precision; NULL begins. False when
 * there is none. */
bool core_next(const struct core **core);

/* "float32, avx2" */
const char *core_name(const struct core *core);

#endif
