/*
 * What one writes by hand in C over OpenBLAS, on the protocol of bench/train/work.h:
 *
 *   openblas_float64 WORK    openblas_float32, the same with floats: made with -DFLOAT
 *
 * A matrix product for each layer's forward pass, deltas and gradients, the last straight into the
 * weights where the optimizer is plain SGD; for a single sample, products of matrix and vector.
 * What is smaller than a call is worth is done by plain loops. Biases and activations are loops,
 * which the compiler turns into vector code (-O3 -march=native -ffast-math).
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/train/work.h"

#ifdef FLOAT
typedef float real;
#define real_gemm cblas_sgemm
#define real_gemv cblas_sgemv
#define real_ger cblas_sger
#define real_exp expf
#define real_tanh tanhf
#define real_sqrt sqrtf
#else
typedef double real;
#define real_gemm cblas_dgemm
#define real_gemv cblas_dgemv
#define real_ger cblas_dger
#define real_exp exp
#define real_tanh tanh
#define real_sqrt sqrt
#endif

enum { WORTH_A_CALL = 256 }; /* products in a layer, below which loops are faster */

struct layer {
    int inputs, units;
    bool small;             /* done by loops */
    enum CBLAS_ORDER order; /* of w: [inputs][units], or by columns: faster for single samples */
    real *w;
    real *b;
    real *w_gradient, *b_gradient; /* Adam's alone */
};

struct peer {
    const struct work *work;
    struct layer layers[2];
    real *x, *t;
    real *hidden, *out;     /* batch x units */
    real *hidden_delta;     /* batch x units; the outputs' deltas take the place of `out` */
    real *parameters;       /* of both layers */
    real *gradient, *m, *v; /* as the parameters stand */
    unsigned long updates;
};

static int leading(const struct layer *layer)
{
    return layer->order == CblasRowMajor ? layer->units : layer->inputs;
}

/* out = in * w + b */
static void forward(const struct layer *layer, int rows, const real *in, real *out)
{
    int inputs = layer->inputs;
    int units = layer->units;

    for (int s = 0; s < rows; s++)
        memcpy(out + (size_t)s * units, layer->b, (size_t)units * sizeof(real));
    if (layer->small) {
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j < units; j++)
                out[j] += in[i] * layer->w[i * units + j];
        }
    } else if (rows == 1) {
        real_gemv(layer->order, CblasTrans, inputs, units, 1, layer->w, leading(layer), in, 1, 1,
                  out, 1);
    } else {
        real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, units, inputs, 1, in, inputs,
                  layer->w, units, 1, out, units);
    }
}

/* d_in = delta * w' */
static void backward(const struct layer *layer, int rows, const real *delta, real *d_in)
{
    int inputs = layer->inputs;
    int units = layer->units;

    if (layer->small) {
        for (int i = 0; i < inputs; i++) {
            real sum = 0;
            for (int j = 0; j < units; j++)
                sum += delta[j] * layer->w[i * units + j];
            d_in[i] = sum;
        }
    } else if (rows == 1) {
        real_gemv(layer->order, CblasNoTrans, inputs, units, 1, layer->w, leading(layer), delta, 1,
                  0, d_in, 1);
    } else {
        real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, inputs, units, 1, delta, units,
                  layer->w, units, 0, d_in, inputs);
    }
}

/* w = keep * w + share * in' * delta, where keep is 0 or 1, and the same for b with ones as its
 * input. */
static void add_gradient(const struct layer *layer, int rows, const real *in, const real *delta,
                         real share, real keep, real *w, real *b)
{
    int inputs = layer->inputs;
    int units = layer->units;

    for (int j = 0; j < units; j++)
        b[j] *= keep;
    for (int s = 0; s < rows; s++) {
        for (int j = 0; j < units; j++)
            b[j] += share * delta[s * units + j];
    }
    if (layer->small) {
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j < units; j++)
                w[i * units + j] = keep * w[i * units + j] + share * in[i] * delta[j];
        }
    } else if (rows == 1) {
        if (keep == 0)
            memset(w, 0, (size_t)inputs * (size_t)units * sizeof(real));
        real_ger(layer->order, inputs, units, share, in, 1, delta, 1, w, leading(layer));
    } else {
        real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, inputs, units, rows, share, in, inputs,
                  delta, units, keep, w, units);
    }
}

static void activate(const struct work *work, int count, real *net)
{
    if (work->activation == WORK_RELU) {
        for (int i = 0; i < count; i++)
            net[i] = net[i] > 0 ? net[i] : 0;
    } else if (work->activation == WORK_TANH) {
        for (int i = 0; i < count; i++)
            net[i] = real_tanh(net[i]);
    } else {
        for (int i = 0; i < count; i++)
            net[i] = 1 / (1 + real_exp(-net[i]));
    }
}

/* delta = delta * f'(net), from the outputs. */
static void descend(const struct work *work, int count, const real *out, real *delta)
{
    if (work->activation == WORK_RELU) {
        for (int i = 0; i < count; i++)
            delta[i] = out[i] > 0 ? delta[i] : 0;
    } else if (work->activation == WORK_TANH) {
        for (int i = 0; i < count; i++)
            delta[i] *= 1 - out[i] * out[i];
    } else {
        for (int i = 0; i < count; i++)
            delta[i] *= out[i] * (1 - out[i]);
    }
}

/* From the output layer's nets to its deltas, in place. */
static void output_deltas(const struct work *work, int rows, real *net, const real *t)
{
    int units = (int)work->outputs;

    if (work->loss == WORK_SQUARED_ERROR) {
        for (int i = 0; i < rows * units; i++) {
            real out = 1 / (1 + real_exp(-net[i]));
            net[i] = (out - t[i]) * out * (1 - out);
        }
        return;
    }
    for (int s = 0; s < rows; s++, net += units, t += units) {
        real highest = net[0];
        real sum = 0;
        for (int k = 1; k < units; k++)
            highest = net[k] > highest ? net[k] : highest;
        for (int k = 0; k < units; k++) {
            net[k] = real_exp(net[k] - highest);
            sum += net[k];
        }
        for (int k = 0; k < units; k++)
            net[k] = net[k] / sum - t[k];
    }
}

/* PyTorch's formulas. */
static void adam(struct peer *peer)
{
    size_t count = peer->work->parameter_count;
    double updates = (double)++peer->updates;
    real root = (real)sqrt(1 - pow(0.999, updates));
    real rate = (real)(peer->work->learning_rate / (1 - pow(0.9, updates)));

    for (size_t i = 0; i < count; i++) {
        real g = peer->gradient[i];
        peer->m[i] = (real)0.9 * peer->m[i] + (real)0.1 * g;
        peer->v[i] = (real)0.999 * peer->v[i] + (real)0.001 * g * g;
        peer->parameters[i] -= rate * peer->m[i] / (real_sqrt(peer->v[i]) / root + (real)1e-8);
    }
}

static void train_batch(struct peer *peer, int rows, const real *x, const real *t)
{
    const struct work *work = peer->work;
    struct layer *first = &peer->layers[0];
    struct layer *last = &peer->layers[1];

    forward(first, rows, x, peer->hidden);
    activate(work, rows * first->units, peer->hidden);
    forward(last, rows, peer->hidden, peer->out);
    output_deltas(work, rows, peer->out, t);
    backward(last, rows, peer->out, peer->hidden_delta);
    descend(work, rows * first->units, peer->hidden, peer->hidden_delta);
    if (work->optimizer == WORK_SGD) {
        real step = (real)(-work->learning_rate / rows);
        add_gradient(last, rows, peer->hidden, peer->out, step, 1, last->w, last->b);
        add_gradient(first, rows, x, peer->hidden_delta, step, 1, first->w, first->b);
        return;
    }
    real share = (real)1 / (real)rows;
    add_gradient(last, rows, peer->hidden, peer->out, share, 0, last->w_gradient, last->b_gradient);
    add_gradient(first, rows, x, peer->hidden_delta, share, 0, first->w_gradient,
                 first->b_gradient);
    adam(peer);
}

static void train(void *self, uint64_t epochs)
{
    struct peer *peer = self;
    const struct work *work = peer->work;

    for (uint64_t epoch = 0; epoch < epochs; epoch++) {
        for (size_t s = 0; s < work->samples; s += work->batch) {
            size_t left = work->samples - s;
            train_batch(peer, (int)(left < work->batch ? left : work->batch),
                        peer->x + s * work->inputs, peer->t + s * work->outputs);
        }
    }
}

/* Copies between our layers' [units][inputs] and the order here. */
static void exchange(struct peer *peer, double *ours, bool to_ours)
{
    for (int l = 0; l < 2; l++) {
        struct layer *layer = &peer->layers[l];
        int weights = layer->inputs * layer->units;
        for (int place = 0; place < weights + layer->units; place++) {
            int from = layer->order == CblasRowMajor
                           ? place % layer->inputs * layer->units + place / layer->inputs
                           : place;
            real *theirs = place < weights ? &layer->w[from] : &layer->b[place - weights];
            if (to_ours)
                ours[place] = *theirs;
            else
                *theirs = (real)ours[place];
        }
        ours += weights + layer->units;
    }
}

static void read_parameters(void *self, double *parameters)
{
    exchange(self, parameters, true);
}

static real *array(size_t count)
{
    real *values = aligned_alloc(64, (count * sizeof(real) + 63) / 64 * 64);
    if (values == NULL)
        abort();
    memset(values, 0, count * sizeof(real));
    return values;
}

static real *converted(const double *values, size_t count)
{
    real *copy = array(count);
    for (size_t i = 0; i < count; i++)
        copy[i] = (real)values[i];
    return copy;
}

static struct layer layer_at(const struct work *work, size_t inputs, size_t units, real *parameters,
                             real *gradient)
{
    size_t weights = inputs * units;
    bool online = work->batch == 1;
    bool small = online && weights < WORTH_A_CALL;

    return (struct layer){
        .inputs = (int)inputs,
        .units = (int)units,
        .small = small,
        .order = online && !small ? CblasColMajor : CblasRowMajor,
        .w = parameters,
        .b = parameters + weights,
        .w_gradient = gradient,
        .b_gradient = gradient + weights,
    };
}

static void create(struct peer *peer, const struct work *work)
{
    size_t first = work->hidden * (work->inputs + 1);

    *peer = (struct peer){
        .work = work,
        .x = converted(work->x, work->samples * work->inputs),
        .t = converted(work->t, work->samples * work->outputs),
        .hidden = array(work->batch * work->hidden),
        .out = array(work->batch * work->outputs),
        .hidden_delta = array(work->batch * work->hidden),
        .parameters = array(work->parameter_count),
        .gradient = array(work->parameter_count),
        .m = array(work->parameter_count),
        .v = array(work->parameter_count),
    };
    peer->layers[0] = layer_at(work, work->inputs, work->hidden, peer->parameters, peer->gradient);
    peer->layers[1] = layer_at(work, work->hidden, work->outputs, peer->parameters + first,
                               peer->gradient + first);
    exchange(peer, work->parameters, false);
}

static void destroy(struct peer *peer)
{
    real *arrays[] = {peer->x,          peer->t,        peer->hidden, peer->out, peer->hidden_delta,
                      peer->parameters, peer->gradient, peer->m,      peer->v};
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct work *work = work_read(argv[1]);
    struct peer peer;
    create(&peer, work);
    work_serve(work, &(struct trainee){&peer, train, NULL, read_parameters});
    destroy(&peer);
    work_free(work);
    return 0;
}
