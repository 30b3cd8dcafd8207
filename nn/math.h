#ifndef NN_MATH_H
#define NN_MATH_H

/*
 * Elementary functions whose results reach answered or stored numbers. They are our own, built from
 * IEEE operations only (+ - * / and bit patterns), because libm's differ between versions and CPUs
 * and the same seed must give the same bits. Errors are measured by tests/nn/math_test.c.
 */
double nn_exp(double x);     /* <= 1 ulp; 0 and inf beyond the range, subnormals right */
double nn_log(double x);     /* <= 1 ulp; -inf at 0, NaN below */
double nn_sigmoid(double x); /* 1 / (1 + e^-x), <= 2.2 ulp, also far below 0 */
double nn_tanh(double x);    /* <= 2.2 ulp */

#endif
