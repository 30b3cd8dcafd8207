#ifndef NN_CORE_TINY_H
#define NN_CORE_TINY_H

#include "nn/core/online.h"

/*
 * The smallest networks, whose update is a chain of operations that wait for one another and not
 * much work: one hidden layer of 2, 4 or 8 units, 1 or 2 outputs, 1 to 4 inputs, all of them
 * sigmoid, squared error, plain SGD on one sample at a time. Everything is in registers for a whole
 * burst. nn/core/tiny_kernel.h is compiled for each number of hidden units, which are one vector: 8
 * doubles in AVX-512 alone. The operations on each number are those of nn/core/online.h, in the
 * same order.
 */

#if VEC_KIND != VEC_PORTABLE

#include "nn/core/tiny_pair.h"

enum { TINY_INPUTS = 4 };

/* Whether eight hidden units are one vector. */
#define TINY_EIGHT (REAL_BITS == 32 || VEC_KIND == VEC_AVX512)

/* The parameters, as the kernels of nn/core/tiny_kernel.h take them. */
struct tiny {
    real w[TINY_INPUTS][8];
    real b[8];
    real out_w[2][8]; /* of each output, over the hidden units */
    real out_b[2];
    real rate; /* - learning_rate */
    bool moves_b, shared_b;
    bool moves_out_b, shared_out_b;
};

#define H 2
#define HVEC pair
#define HOP(name) POP(name)
#define TINY(name) name##_2
#include "nn/core/tiny_kernel.h"
#define H 4
#if REAL_BITS == 64
#define HVEC __m256d
#define HOP(name) _mm256_##name##_pd
#else
#define HVEC __m128
#define HOP(name) _mm_##name##_ps
#endif
#define TINY(name) name##_4
#include "nn/core/tiny_kernel.h"
#if TINY_EIGHT
#define H 8
#if REAL_BITS == 64
#define HVEC __m512d
#define HOP(name) _mm512_##name##_pd
#else
#define HVEC __m256
#define HOP(name) _mm256_##name##_ps
#endif
#define TINY(name) name##_8
#include "nn/core/tiny_kernel.h"
#endif

static bool tiny_fits(const struct workspace *ws)
{
    const struct network *net = ws->net;
    if (net->layer_count != 2 || net->inputs > TINY_INPUTS || net->layers[1].units > 2 ||
        net->loss != LOSS_SQUARED_ERROR || net->layers[0].activation != ACTIVATION_SIGMOID ||
        net->layers[1].activation != ACTIVATION_SIGMOID)
        return false;
    size_t hidden = net->layers[0].units;
    return hidden == 2 || hidden == 4 || (hidden == 8 && TINY_EIGHT);
}

static void tiny_read(const struct workspace *ws, struct tiny *tiny)
{
    const struct network *net = ws->net;
    const real *parameters = ws->parameters;
    const struct packed_layer *hidden = &ws->layers[0], *out = &ws->layers[1];
    for (size_t j = 0; j < net->layers[0].units; j++) {
        for (size_t i = 0; i < net->inputs; i++)
            tiny->w[i][j] = parameters[hidden->weights + i * hidden->stride + j];
        tiny->b[j] = parameters[hidden->biases + j];
        for (size_t k = 0; k < net->layers[1].units; k++)
            tiny->out_w[k][j] = parameters[out->weights + j * out->stride + k];
    }
    for (size_t k = 0; k < net->layers[1].units; k++)
        tiny->out_b[k] = parameters[out->biases + k];
}

static void tiny_write(struct workspace *ws, const struct tiny *tiny)
{
    const struct network *net = ws->net;
    real *parameters = ws->parameters;
    const struct packed_layer *hidden = &ws->layers[0], *out = &ws->layers[1];
    for (size_t j = 0; j < net->layers[0].units; j++) {
        for (size_t i = 0; i < net->inputs; i++)
            parameters[hidden->weights + i * hidden->stride + j] = tiny->w[i][j];
        parameters[hidden->biases + j] = tiny->b[j];
        for (size_t k = 0; k < net->layers[1].units; k++)
            parameters[out->weights + j * out->stride + k] = tiny->out_w[k][j];
    }
    for (size_t k = 0; k < net->layers[1].units; k++)
        parameters[out->biases + k] = tiny->out_b[k];
    refresh_transposed(ws, 1);
}

static bool tiny_train(struct workspace *ws, struct burst *burst)
{
    const struct layer *hidden = &ws->net->layers[0], *out = &ws->net->layers[1];
    struct tiny tiny = {
        .rate = -(real)burst->options.learning_rate,
        .moves_b = !hidden->frozen_biases && hidden->bias != BIAS_NONE,
        .shared_b = hidden->bias == BIAS_SHARED,
        .moves_out_b = !out->frozen_biases && out->bias != BIAS_NONE,
        .shared_out_b = out->bias == BIAS_SHARED,
    };
    tiny_read(ws, &tiny);
    bool finite = true;
    switch (hidden->units) {
    case 2:
        finite = tiny_run_2(&tiny, burst, ws->net->inputs, out->units);
        break;
    case 4:
        finite = tiny_run_4(&tiny, burst, ws->net->inputs, out->units);
        break;
#if TINY_EIGHT
    case 8:
        finite = tiny_run_8(&tiny, burst, ws->net->inputs, out->units);
        break;
#endif
    }
    tiny_write(ws, &tiny);
    return finite;
}

#else

INLINE bool tiny_fits(const struct workspace *ws)
{
    (void)ws;
    return false;
}

INLINE bool tiny_train(struct workspace *ws, struct burst *burst)
{
    return online_train(ws, burst);
}

#endif
#endif
