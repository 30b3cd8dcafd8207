/* Sums, activations and losses of one precision of tests/nn/plain.h, for one sample; its values are
 * doubles that are `real`s. */
#include <stdlib.h>

#include "nn/core/core.h"
#include "nn/network.h"
#include "tests/nn/plain.h"

static const struct core *core(void)
{
    return core_of_simd(PLAIN_PRECISION, SIMD_PORTABLE);
}

static real elementary(enum elementary f, real x)
{
    real y;
    core()->elementary(f, &x, &y, 1);
    return y;
}

/* The chains of a sum, one of `sums` that a layer takes side by side. */
static size_t parts_of(size_t sums, size_t terms)
{
    if (sums > 16 || terms == 0)
        return 1;
    return terms < 4 ? terms : 4;
}

static real join(const real *chain, size_t parts)
{
    if (parts == 4)
        return (chain[0] + chain[1]) + (chain[2] + chain[3]);
    real sum = chain[0];
    for (size_t p = 1; p < parts; p++)
        sum = sum + chain[p];
    return sum;
}

/* start + sum over i < terms of a[i * step] * b[i]. A sum of more than 16 side by side is not -0.
 */
static real sum_products(const double *a, size_t step, const double *b, size_t sums, size_t terms,
                         real start)
{
    real chain[4] = {start};
    size_t parts = parts_of(sums, terms);
    for (size_t p = 0; p < parts; p++)
        for (size_t i = p * terms / parts; i < (p + 1) * terms / parts; i++)
            chain[p] = real_fma((real)a[i * step], (real)b[i], chain[p]);
    return sums > 16 ? chain[0] + 0 : join(chain, parts);
}

/* The sum of all values but that at `without`, which counts as 0. */
static real sum_values_but(const double *values, size_t terms, size_t without)
{
    real chain[4] = {0};
    size_t parts = parts_of(1, terms);
    for (size_t p = 0; p < parts; p++)
        for (size_t i = p * terms / parts; i < (p + 1) * terms / parts; i++)
            chain[p] = chain[p] + (i == without ? 0 : (real)values[i]);
    return join(chain, parts);
}

/* The first of the largest. */
static size_t top_of(const double *values, size_t count)
{
    size_t top = 0;
    for (size_t j = 1; j < count; j++)
        if (values[j] > values[top])
            top = j;
    return top;
}

static void softmax(const double *net, double *out, size_t units)
{
    real top = (real)net[top_of(net, units)];
    for (size_t j = 0; j < units; j++)
        out[j] = elementary(ELEMENTARY_EXP, (real)net[j] - top);
    real sum = sum_values_but(out, units, units);
    for (size_t j = 0; j < units; j++)
        out[j] = (real)out[j] / sum;
}

static void softmax_back(const double *out, double *delta, size_t units)
{
    real sum = sum_products(delta, 1, out, 1, units, 0);
    for (size_t j = 0; j < units; j++)
        delta[j] = (real)out[j] * ((real)delta[j] - sum);
}

/* A packed row of the portable kernels. */
struct row {
    _Alignas(64) real value[PLAIN_UNITS];
};

static struct row row_of(const double *values, size_t count)
{
    struct row row = {{0}};
    for (size_t j = 0; j < count; j++)
        row.value[j] = (real)values[j];
    return row;
}

static void activation(enum activation kind, const double *net, double *out, size_t units)
{
    if (kind == ACTIVATION_SOFTMAX) {
        softmax(net, out, units);
        return;
    }
    struct row x = row_of(net, units);
    struct row y = row_of(NULL, 0);
    core()->activation_forward(kind, x.value, y.value, 1, units);
    for (size_t j = 0; j < units; j++)
        out[j] = y.value[j];
}

static void activation_back(enum activation kind, const double *net, const double *out,
                            double *delta, size_t units)
{
    if (kind == ACTIVATION_SOFTMAX) {
        softmax_back(out, delta, units);
        return;
    }
    struct row x = row_of(net, units);
    struct row y = row_of(out, units);
    struct row d = row_of(delta, units);
    core()->activation_backward(kind, x.value, y.value, d.value, 1, units);
    for (size_t j = 0; j < units; j++)
        delta[j] = d.value[j];
}

static real magnitude(real x)
{
    return x < 0 ? -x : x;
}

static real huber(real distance, real bound)
{
    real half = (real)0.5;
    return distance <= bound ? half * (distance * distance) : bound * (distance - half * bound);
}

/* The share of output j in its sample's loss, before the sample's weight. */
static real share_of(const struct network *network, const double *net, const double *out,
                     const double *targets, size_t j)
{
    size_t outputs = network_outputs(network);
    real scale = (real)(1 / (double)outputs);
    real x = (real)net[j], t = (real)targets[j];
    real difference = t - (real)out[j];
    switch (network->loss) {
    case LOSS_SQUARED_ERROR:
        return (real)0.5 * (difference * difference);
    case LOSS_MEAN_SQUARED_ERROR:
        return scale * (difference * difference);
    case LOSS_MEAN_ABSOLUTE_ERROR:
        return scale * magnitude(difference);
    case LOSS_HUBER:
        return scale * huber(magnitude(difference), (real)network->huber_delta);
    case LOSS_BINARY_CROSS_ENTROPY: {
        real size = magnitude(x);
        real rest = elementary(ELEMENTARY_LOG1P, elementary(ELEMENTARY_EXP, -size));
        return scale * real_fma(size, x < 0 ? t : 1 - t, rest);
    }
    default: {
        size_t top = top_of(net, outputs);
        real rest = sum_values_but(out, outputs, top) / (real)out[top];
        real log_sum = elementary(ELEMENTARY_LOG1P, rest);
        return t == 0 ? 0 : t * (log_sum - (x - (real)net[top]));
    }
    }
}

/* dE/dout of output j, or of the losses that are computed from net dE/dnet; likewise. */
static real slope_of(const struct network *network, const double *net, const double *out,
                     const double *targets, size_t j)
{
    size_t outputs = network_outputs(network);
    real scale = (real)(1 / (double)outputs);
    real bound = (real)network->huber_delta;
    real x = (real)net[j], o = (real)out[j], t = (real)targets[j];
    real difference = o - t;
    switch (network->loss) {
    case LOSS_SQUARED_ERROR:
        return difference;
    case LOSS_MEAN_SQUARED_ERROR:
        return (scale + scale) * difference;
    case LOSS_MEAN_ABSOLUTE_ERROR:
        return scale * (difference > 0 ? 1 : difference < 0 ? -1 : difference);
    case LOSS_HUBER:
        return scale * (difference > bound ? bound : difference < -bound ? -bound : difference);
    case LOSS_BINARY_CROSS_ENTROPY: {
        real tail = elementary(ELEMENTARY_SIGMOID, -magnitude(x));
        return scale * (x < 0 ? tail - t : (1 - t) - tail);
    }
    default: {
        size_t top = top_of(net, outputs);
        if (j != top)
            return real_fma(o, sum_values_but(targets, outputs, outputs), -t);
        real rest = sum_values_but(out, outputs, top);
        return real_fma(-t, rest, o * sum_values_but(targets, outputs, top));
    }
    }
}
