#ifndef NN_CORE_TINY_H
#define NN_CORE_TINY_H

#include "nn/core/online.h"

/*
 * The smallest networks, whose update is a chain of operations that wait for one another and not
 * much work: one hidden layer of 2, 4 or 8 units, 1 or 2 outputs, 1 to 4 inputs, all of them
 * sigmoid, squared error, plain SGD on one sample at a time. Everything is in registers for a whole
 * burst. nn/core/tiny_kernel.h is compiled for each number of hidden units; the operations on each
 * number are those of nn/core/online.h, in the same order.
 */

#if REAL_BITS == 64 && VEC_KIND != VEC_PORTABLE

enum { TINY_INPUTS = 4 };

/* The sigmoid of both lanes, as vec_sigmoid() has it. */
INLINE __m128d pair_sigmoid(__m128d x)
{
    __m128i t = (__m128i)_mm_add_pd(x, _mm_set1_pd(SIGMOID_MIDDLE + 0.5 / SIGMOID_STEPS));
    __m128i row = _mm_and_si128(t, _mm_set1_epi64x(~(int64_t)(ROW_BYTES - 1)));
    __m128d d = _mm_sub_pd(x, _mm_sub_pd((__m128d)row, _mm_set1_pd(SIGMOID_MIDDLE)));
    const uint64_t places = (TABLE_ROWS - 1) * ROW_BYTES;
    const char *table = (const char *)sigmoid_table_f64;
    const double *a = (const double *)(table + ((uint64_t)_mm_cvtsi128_si64(t) & places));
    const double *b = (const double *)(table + ((uint64_t)_mm_extract_epi64(t, 1) & places));
    __m128d d2 = d * d;
    __m128d part[4];
    UNROLL
    for (size_t n = 0; n < 4; n++) {
        __m128d from_a = _mm_load_pd(a + 2 * n), from_b = _mm_load_pd(b + 2 * n);
        part[n] = _mm_fmadd_pd(_mm_unpackhi_pd(from_a, from_b), d, _mm_unpacklo_pd(from_a, from_b));
    }
    __m128d y = _mm_fmadd_pd(_mm_fmadd_pd(part[3], d2, part[2]), d2 * d2,
                             _mm_fmadd_pd(part[1], d2, part[0]));
    __m128d size = _mm_andnot_pd(_mm_set1_pd(-0.0), x);
    if (__builtin_expect(_mm_movemask_pd(_mm_cmp_pd(size, _mm_set1_pd(31.9), _CMP_NLE_UQ)), 0)) {
        double lanes[LANES] = {0};
        _mm_storeu_pd(lanes, x);
        vec_store(lanes, vec_sigmoid(vec_load(lanes)));
        y = _mm_loadu_pd(lanes);
    }
    return y;
}

/* The parameters, as the kernels of nn/core/tiny_kernel.h take them. */
struct tiny {
    double w[TINY_INPUTS][8];
    double b[8];
    double out_w[2][8]; /* of each output, over the hidden units */
    double out_b[2];
    __m128d rate; /* - learning_rate, twice */
    bool moves_w, moves_b, shared_b;
    bool moves_out_w, moves_out_b, shared_out_b;
};

#define H 2
#define HVEC __m128d
#define HOP(name) _mm_##name##_pd
#define TINY(name) name##_2
#include "nn/core/tiny_kernel.h"
#define H 4
#define HVEC __m256d
#define HOP(name) _mm256_##name##_pd
#define TINY(name) name##_4
#include "nn/core/tiny_kernel.h"
#if VEC_KIND == VEC_AVX512
#define H 8
#define HVEC __m512d
#define HOP(name) _mm512_##name##_pd
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
    return hidden == 2 || hidden == 4 || (hidden == 8 && VEC_KIND == VEC_AVX512);
}

static void tiny_read(const struct workspace *ws, struct tiny *tiny)
{
    const struct network *net = ws->net;
    const double *parameters = ws->parameters;
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
    double *parameters = ws->parameters;
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
        .rate = _mm_set1_pd(-burst->options.learning_rate),
        .moves_w = !hidden->frozen_weights,
        .moves_b = !hidden->frozen_biases && hidden->bias != BIAS_NONE,
        .shared_b = hidden->bias == BIAS_SHARED,
        .moves_out_w = !out->frozen_weights,
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
#if VEC_KIND == VEC_AVX512
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
