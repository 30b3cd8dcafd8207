#ifndef NN_MATH_H
#define NN_MATH_H

#include <stdint.h>

/*
 * Elementary functions whose results reach answered or stored numbers. They are our own, built from
 * IEEE operations only (+ - * /, fma() and bit patterns), because libm's differ between versions
 * and CPUs and the same seed must give the same bits. Errors are measured by tests/nn/math_test.c.
 *
 * The first four are lanes of nn/core/elementary.h's functions of doubles: the same bits.
 */
double nn_exp(double x);     /* <= 0.9 ulp; 0 and inf beyond the range, subnormals right */
double nn_log(double x);     /* <= 0.9 ulp; -inf at 0, NaN below */
double nn_sigmoid(double x); /* 1 / (1 + e^-x), <= 2.1 ulp, also far below 0 */
double nn_tanh(double x);    /* <= 2.4 ulp */

/* <= 1 ulp, also where the result is nearly 0; NaN for |x| > 2^20. */
double nn_cos(double x);

/* x^n; 0^0 is 1. As long as no power on the way is subnormal or infinite, the relative error is
 * below 2^-53 + n 2^-102. */
double nn_pow_int(double x, uint64_t n);

#endif
