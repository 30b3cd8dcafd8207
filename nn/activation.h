#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

/* Formulas and constants are PyTorch's defaults; nn/core/activation.h computes them. */
enum activation {
    ACTIVATION_SIGMOID,    /* 1 / (1 + e^-x) */
    ACTIVATION_TANH,       /* tanh x */
    ACTIVATION_RELU,       /* max(0, x) */
    ACTIVATION_LEAKY_RELU, /* x, below 0: 0.01 x */
    ACTIVATION_ELU,        /* x, below 0: e^x - 1 */
    ACTIVATION_SELU,       /* scale * (x, below 0: alpha (e^x - 1)) */
    ACTIVATION_GELU,       /* x / 2 (1 + erf(x / sqrt 2)) */
    ACTIVATION_SILU,       /* x / (1 + e^-x) */
    ACTIVATION_SOFTPLUS,   /* ln(1 + e^x); above 20: x, as PyTorch */
    ACTIVATION_IDENTITY,   /* x */
    ACTIVATION_SOFTMAX,    /* e^x_j / sum over k of e^x_k; on the output layer only */
    ACTIVATION_COUNT
};

extern const char *const activation_names[ACTIVATION_COUNT]; /* "sigmoid", ... */

#endif
