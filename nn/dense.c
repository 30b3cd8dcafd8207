#include "nn/dense.h"

#include <string.h>

void dense_forward(const struct layer *layer, const double *parameters, const double *in,
                   size_t rows, double *restrict net)
{
    static const double no_bias = 0;
    const double *w = parameters + layer->weights;
    const double *b = layer->bias == BIAS_NONE ? &no_bias : parameters + layer->biases;
    size_t b_step = layer->bias == BIAS_PER_UNIT; /* one bias for all units, or one each */
    size_t n_in = layer->inputs;
    size_t n_out = layer->units;
    for (size_t s = 0; s < rows; s++) {
        for (size_t j = 0; j < n_out; j++) {
            double sum = 0;
            for (size_t i = 0; i < n_in; i++)
                sum += w[j * n_in + i] * in[s * n_in + i];
            net[s * n_out + j] = sum + b[j * b_step];
        }
    }
}

void dense_backward(const struct layer *layer, const double *parameters, const double *delta,
                    size_t rows, double *restrict d_in)
{
    const double *w = parameters + layer->weights;
    size_t n_in = layer->inputs;
    size_t n_out = layer->units;
    memset(d_in, 0, rows * n_in * sizeof *d_in);
    for (size_t s = 0; s < rows; s++)
        for (size_t j = 0; j < n_out; j++)
            for (size_t i = 0; i < n_in; i++)
                d_in[s * n_in + i] += w[j * n_in + i] * delta[s * n_out + j];
}

static void bias_gradient(const struct layer *layer, const double *delta, double *restrict db)
{
    if (layer->bias == BIAS_PER_UNIT) {
        for (size_t j = 0; j < layer->units; j++)
            db[j] += delta[j];
    } else if (layer->bias == BIAS_SHARED) {
        double sum = 0;
        for (size_t j = 0; j < layer->units; j++)
            sum += delta[j];
        db[0] += sum;
    }
}

void dense_gradient(const struct layer *layer, const double *in, const double *delta, size_t rows,
                    double *restrict gradient)
{
    double *dw = gradient + layer->weights;
    size_t n_in = layer->inputs;
    size_t n_out = layer->units;
    for (size_t s = 0; s < rows; s++) {
        for (size_t j = 0; j < n_out; j++)
            for (size_t i = 0; i < n_in; i++)
                dw[j * n_in + i] += delta[s * n_out + j] * in[s * n_in + i];
        bias_gradient(layer, delta + s * n_out, gradient + layer->biases);
    }
}
