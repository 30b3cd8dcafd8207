#include "nn/activation.h"

const char *const activation_names[ACTIVATION_COUNT] = {
    [ACTIVATION_SIGMOID] = "sigmoid",   [ACTIVATION_TANH] = "tanh",
    [ACTIVATION_RELU] = "relu",         [ACTIVATION_LEAKY_RELU] = "leaky_relu",
    [ACTIVATION_ELU] = "elu",           [ACTIVATION_SELU] = "selu",
    [ACTIVATION_GELU] = "gelu",         [ACTIVATION_SILU] = "silu",
    [ACTIVATION_SOFTPLUS] = "softplus", [ACTIVATION_IDENTITY] = "identity",
    [ACTIVATION_SOFTMAX] = "softmax",
};
