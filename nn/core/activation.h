#ifndef NN_CORE_ACTIVATION_H
#define NN_CORE_ACTIVATION_H

#include <math.h>
#include <stddef.h>

#include "nn/activation.h"
#include "nn/core/columns.h"
#include "nn/core/elementary.h"
#include "nn/core/vec.h"

/*
 * f and f' of every activation, next to each other: NAME(net) is out, NAME_back(net, out, delta) is
 * delta * f'(net). At kinks f' is what PyTorch's autograd has. A NaN comes out as NaN.
 */

/* 1 / (1 + e^-x); f' = out (1 - out) */
INLINE vec sigmoid_forward(vec net)
{
    return vec_sigmoid(net);
}

INLINE vec sigmoid_back(vec net, vec out, vec delta)
{
    (void)net;
    return delta * (out * (vec_set(1) - out));
}

/* tanh x; f' = 1 - out^2 */
INLINE vec tanh_forward(vec net)
{
    return vec_tanh(net);
}

INLINE vec tanh_back(vec net, vec out, vec delta)
{
    (void)net;
    return delta * vec_fnma(out, out, vec_set(1));
}

/* max(0, x); f'(0) = 0 */
INLINE vec relu_forward(vec net)
{
    return vec_select(vec_less_equal(net, vec_set(0)), vec_set(0), net);
}

INLINE vec relu_back(vec net, vec out, vec delta)
{
    (void)out;
    return vec_select(vec_less_equal(net, vec_set(0)), vec_set(0), delta);
}

/* x, below 0: 0.01 x; f'(0) = 0.01 */
INLINE vec leaky_relu_forward(vec net)
{
    return vec_select(vec_less(vec_set(0), net), net, net * vec_set(REAL(0.01)));
}

INLINE vec leaky_relu_back(vec net, vec out, vec delta)
{
    (void)out;
    return vec_select(vec_less(vec_set(0), net), delta, delta * vec_set(REAL(0.01)));
}

/* above * x, below 0: below * (e^x - 1); f'(0) = below */
INLINE vec exponential_forward(vec net, real above, real below)
{
    return vec_select(vec_less(vec_set(0), net), vec_set(above) * net,
                      vec_set(below) * vec_expm1(net));
}

INLINE vec exponential_back(vec net, vec delta, real above, real below)
{
    return delta *
           vec_select(vec_less(vec_set(0), net), vec_set(above), vec_set(below) * vec_exp(net));
}

INLINE vec elu_forward(vec net)
{
    return exponential_forward(net, 1, 1);
}

INLINE vec elu_back(vec net, vec out, vec delta)
{
    (void)out;
    return exponential_back(net, delta, 1, 1);
}

/* G. Klambauer et al., "Self-Normalizing Neural Networks", with PyTorch's digits. */
#define SELU_SCALE REAL(1.0507009873554804934193349852946)
#define SELU_BELOW REAL(1.7580993408473768599402175208123) /* SELU_SCALE * alpha */

INLINE vec selu_forward(vec net)
{
    return exponential_forward(net, SELU_SCALE, SELU_BELOW);
}

INLINE vec selu_back(vec net, vec out, vec delta)
{
    (void)out;
    return exponential_back(net, delta, SELU_SCALE, SELU_BELOW);
}

/* x P(x), P the normal distribution; f' = P(x) + x P'(x) */
INLINE vec gelu_forward(vec net)
{
    return net * vec_normal_cdf(net);
}

INLINE vec gelu_back(vec net, vec out, vec delta)
{
    (void)out;
    return delta * vec_fma(net, vec_normal_density(net), vec_normal_cdf(net));
}

/* x s(x), s the sigmoid; f' = s (1 + x (1 - s)) */
INLINE vec silu_forward(vec net)
{
    return net * vec_sigmoid(net);
}

INLINE vec silu_back(vec net, vec out, vec delta)
{
    (void)out;
    vec sigmoid = vec_sigmoid(net);
    return delta * (sigmoid * vec_fma(net, vec_set(1) - sigmoid, vec_set(1)));
}

/* ln(1 + e^x), above 20: x; f' = 1 / (1 + e^-x), above 20: 1 */
INLINE vec softplus_forward(vec net)
{
    return vec_select(vec_less(vec_set(20), net), net, vec_log1p(vec_exp(net)));
}

INLINE vec softplus_back(vec net, vec out, vec delta)
{
    (void)out;
    return vec_select(vec_less(vec_set(20), net), delta, delta * vec_sigmoid(net));
}

INLINE vec identity_forward(vec net)
{
    return net;
}

INLINE vec identity_back(vec net, vec out, vec delta)
{
    (void)net;
    (void)out;
    return delta;
}

/*
 * softmax: out_j = e^(net_j - top) / S, top the largest net and S the sum of these powers, by
 * nn/core/sum.h for one such sum. Its backward pass, for all losses but cross_entropy:
 * delta_j = out_j * (d_j - sum over k of d_k * out_k).
 */

/* By columns, in place; units <= COLUMNS_AT_MOST. */
INLINE void softmax_columns(vec *x, size_t units)
{
    vec top = vec_set(-INFINITY);
    for (size_t j = 0; j < units; j++)
        top = vec_max(x[j], top);
    for (size_t j = 0; j < units; j++)
        x[j] = vec_exp(x[j] - top);
    vec sum = sum_columns(x, NULL, units);
    for (size_t j = 0; j < units; j++)
        x[j] = x[j] / sum;
}

INLINE void softmax_columns_back(const vec *out, vec *delta, size_t units)
{
    vec sum = sum_columns(delta, out, units);
    for (size_t j = 0; j < units; j++)
        delta[j] = out[j] * (delta[j] - sum);
}

INLINE void softmax_row(const real *net, real *out, size_t units)
{
    vec top = vec_set(row_largest(net, units));
    for (size_t j = 0; j < units; j += LANES)
        vec_store(out + j, vec_part(vec_exp(vec_load(net + j) - top), units - j));
    vec sum = vec_set(sum_row(out, NULL, units, units));
    for (size_t j = 0; j < units; j += LANES)
        vec_store(out + j, vec_load(out + j) / sum);
}

INLINE void softmax_row_back(const real *out, real *delta, size_t units)
{
    vec sum = vec_set(sum_row(delta, out, units, units));
    for (size_t j = 0; j < units; j += LANES) {
        vec moved = vec_load(out + j) * (vec_load(delta + j) - sum);
        vec_store(delta + j, vec_part(moved, units - j));
    }
}

static void softmax_forward(const real *net, real *out, size_t rows, size_t units)
{
    size_t stride = padded(units);
    for (size_t some; rows > 0; rows -= some, net += some * stride, out += some * stride) {
        some = rows_at_once(rows, units);
        if (some == 1) {
            softmax_row(net, out, units);
            continue;
        }
        vec x[COLUMNS_AT_MOST];
        for (size_t j = 0; j < units; j++)
            x[j] = column_load(net + j, stride);
        softmax_columns(x, units);
        for (size_t j = 0; j < units; j++)
            column_store(out + j, stride, x[j]);
    }
}

static void softmax_backward(const real *out, real *delta, size_t rows, size_t units)
{
    size_t stride = padded(units);
    for (size_t some; rows > 0; rows -= some, out += some * stride, delta += some * stride) {
        some = rows_at_once(rows, units);
        if (some == 1) {
            softmax_row_back(out, delta, units);
            continue;
        }
        vec x[COLUMNS_AT_MOST], d[COLUMNS_AT_MOST];
        for (size_t j = 0; j < units; j++) {
            x[j] = column_load(out + j, stride);
            d[j] = column_load(delta + j, stride);
        }
        softmax_columns_back(x, d, units);
        for (size_t j = 0; j < units; j++)
            column_store(delta + j, stride, d[j]);
    }
}

/* All rows as one, where no vec of a row has further lanes only. */
INLINE void rows_join(size_t *rows, size_t *units, size_t stride)
{
    if ((*units + LANES - 1) / LANES * LANES != stride)
        return;
    *units = *rows * stride;
    *rows = 1;
}

INLINE void forward_rows(vec (*f)(vec net), const real *net, real *out, size_t rows, size_t units)
{
    size_t stride = padded(units);
    rows_join(&rows, &units, stride);
    for (size_t s = 0; s < rows; s++)
        for (size_t j = 0; j < units; j += LANES)
            vec_store(out + s * stride + j, f(vec_load(net + s * stride + j)));
}

/* What the further lanes of net and out hold must not get into those of delta. */
INLINE void backward_rows(vec (*back)(vec net, vec out, vec delta), const real *net,
                          const real *out, real *delta, size_t rows, size_t units)
{
    size_t stride = padded(units);
    for (; rows > 0; rows--, net += stride, out += stride, delta += stride)
        for (size_t j = 0; j < units; j += LANES) {
            vec moved = back(vec_load(net + j), vec_load(out + j), vec_load(delta + j));
            vec_store(delta + j, vec_part(moved, units - j));
        }
}

static void core_activation_forward(enum activation activation, const void *net, void *out,
                                    size_t rows, size_t units)
{
    switch (activation) {
#define FORWARD(NAME, name)                                                                        \
    case ACTIVATION_##NAME:                                                                        \
        forward_rows(name##_forward, net, out, rows, units);                                       \
        break
        FORWARD(SIGMOID, sigmoid);
        FORWARD(TANH, tanh);
        FORWARD(RELU, relu);
        FORWARD(LEAKY_RELU, leaky_relu);
        FORWARD(ELU, elu);
        FORWARD(SELU, selu);
        FORWARD(GELU, gelu);
        FORWARD(SILU, silu);
        FORWARD(SOFTPLUS, softplus);
        FORWARD(IDENTITY, identity);
#undef FORWARD
    case ACTIVATION_SOFTMAX:
        softmax_forward(net, out, rows, units);
        break;
    case ACTIVATION_COUNT:
        break;
    }
}

static void core_activation_backward(enum activation activation, const void *net, const void *out,
                                     void *delta, size_t rows, size_t units)
{
    switch (activation) {
#define BACKWARD(NAME, name)                                                                       \
    case ACTIVATION_##NAME:                                                                        \
        backward_rows(name##_back, net, out, delta, rows, units);                                  \
        break
        BACKWARD(SIGMOID, sigmoid);
        BACKWARD(TANH, tanh);
        BACKWARD(RELU, relu);
        BACKWARD(LEAKY_RELU, leaky_relu);
        BACKWARD(ELU, elu);
        BACKWARD(SELU, selu);
        BACKWARD(GELU, gelu);
        BACKWARD(SILU, silu);
        BACKWARD(SOFTPLUS, softplus);
#undef BACKWARD
    case ACTIVATION_IDENTITY:
        break;
    case ACTIVATION_SOFTMAX:
        softmax_backward(out, delta, rows, units);
        break;
    case ACTIVATION_COUNT:
        break;
    }
}

#endif
