#include "nn/activation.h"

#include <string.h>

#include "nn/math.h"

static void sigmoid_forward(const double *net, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = nn_sigmoid(net[i]);
}

static void sigmoid_backward(const double *net, const double *out, double *delta, size_t count)
{
    (void)net;
    for (size_t i = 0; i < count; i++)
        delta[i] *= out[i] * (1 - out[i]);
}

static void tanh_forward(const double *net, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = nn_tanh(net[i]);
}

static void tanh_backward(const double *net, const double *out, double *delta, size_t count)
{
    (void)net;
    for (size_t i = 0; i < count; i++)
        delta[i] *= 1 - out[i] * out[i];
}

static void relu_forward(const double *net, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = net[i] <= 0 ? 0 : net[i]; /* a NaN stays one */
}

/* The derivative at 0 is 0, as PyTorch has it. */
static void relu_backward(const double *net, const double *out, double *delta, size_t count)
{
    (void)out;
    for (size_t i = 0; i < count; i++)
        delta[i] = net[i] <= 0 ? 0 : delta[i];
}

static void identity_forward(const double *net, double *out, size_t count)
{
    memcpy(out, net, count * sizeof *out);
}

static void identity_backward(const double *net, const double *out, double *delta, size_t count)
{
    (void)net;
    (void)out;
    (void)delta;
    (void)count;
}

const struct activation_kind activation_kinds[ACTIVATION_COUNT] = {
    [ACTIVATION_SIGMOID] = {"sigmoid", sigmoid_forward, sigmoid_backward},
    [ACTIVATION_TANH] = {"tanh", tanh_forward, tanh_backward},
    [ACTIVATION_RELU] = {"relu", relu_forward, relu_backward},
    [ACTIVATION_IDENTITY] = {"identity", identity_forward, identity_backward},
};
