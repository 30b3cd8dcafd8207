/*
 * No peer, but what one core could do at most, on the protocol of bench/train/work.h (without an
 * error): sample-updates per second if a work were nothing but
 *
 *   batches   the multiply-adds of whole vectors of its products, at the rate at which the core
 * does them when all operands are in registers online    one pass over those weights of the first
 * layer whose inputs are not 0 in this sample and the next: read, moved, multiplied, written
 *
 *   limit_float64 WORK    limit_float32, the same with floats: made with -DFLOAT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/train/work.h"

#ifdef FLOAT
typedef float real;
#else
typedef double real;
#endif

#if defined(__AVX512F__)
enum { VECTOR = 64 };
#elif defined(__AVX__)
enum { VECTOR = 32 };
#else
enum { VECTOR = 16 };
#endif
typedef real vec __attribute__((vector_size(VECTOR)));
enum { LANES = VECTOR / sizeof(real) };

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t vectors(size_t units)
{
    return (units + LANES - 1) / LANES;
}

/* Vector operations of a sample: forward, the hidden deltas, both gradients. */
static double multiply_adds(const struct work *work)
{
    size_t hidden = vectors(work->hidden), outputs = vectors(work->outputs);
    return (double)(2 * work->inputs * hidden + 2 * work->hidden * outputs +
                    work->outputs * hidden);
}

/* Keeps the compiler from knowing what is in there. */
static void hide(vec *values)
{
    __asm__ volatile("" : : "r"(values) : "memory");
}

/* 12 chains, for two units of a latency of up to 6. Returns how many were done. */
static double chains(vec *sums)
{
    enum { ROUNDS = 100000, CHAINS = 12 };
    hide(sums);
    vec a[CHAINS], by = sums[CHAINS], plus = sums[CHAINS + 1];
    for (int c = 0; c < CHAINS; c++)
        a[c] = sums[c];
    for (int n = 0; n < ROUNDS; n++) {
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            a[c] = a[c] * by + plus;
    }
    for (int c = 0; c < CHAINS; c++)
        sums[c] = a[c];
    return (double)ROUNDS * CHAINS;
}

struct online {
    const struct work *work;
    vec *w; /* inputs x vectors */
    real *x;
    uint32_t *inputs; /* samples x inputs: which of them are not 0 in it and the next */
    size_t *used;     /* of each sample: how many */
    size_t sample;
};

/* Moves and multiplies a piece of V vectors of each row of weights in use. */
static inline __attribute__((always_inline)) void
piece(const struct online *o, const real *x, const real *next, size_t first, const int V, vec *sums)
{
    hide(sums);
    vec sum[8] = {0}, delta = sums[12];
    const uint32_t *inputs = o->inputs + o->sample * o->work->inputs;
    size_t row = vectors(o->work->hidden);
    for (size_t n = 0; n < o->used[o->sample]; n++) {
        size_t i = inputs[n];
        vec *w = o->w + i * row + first;
#pragma GCC unroll 8
        for (int v = 0; v < V; v++) {
            w[v] = w[v] + delta * x[i];
            sum[v] += w[v] * next[i];
        }
    }
#pragma GCC unroll 8
    for (int v = 0; v < V; v++)
        sums[v] += sum[v];
}

static void pass(struct online *o, vec *sums)
{
    const struct work *work = o->work;
    size_t after = (o->sample + 1) % work->samples;
    const real *x = o->x + o->sample * work->inputs, *next = o->x + after * work->inputs;
    size_t all = vectors(work->hidden), first = 0;
    for (; first + 8 <= all; first += 8)
        piece(o, x, next, first, 8, sums);
    for (; first < all; first++)
        piece(o, x, next, first, 1, sums);
    o->sample = after;
}

/* Which inputs a pass goes over. */
static void choose(const struct online *o)
{
    size_t inputs = o->work->inputs, samples = o->work->samples;
    for (size_t s = 0; s < samples; s++) {
        const real *x = o->x + s * inputs, *next = o->x + (s + 1) % samples * inputs;
        for (size_t i = 0; i < inputs; i++)
            if (x[i] != 0 || next[i] != 0)
                o->inputs[s * inputs + o->used[s]++] = (uint32_t)i;
    }
}

static struct online online_of(const struct work *work)
{
    size_t bytes = work->inputs * vectors(work->hidden) * sizeof(vec);
    size_t values = work->samples * work->inputs;
    struct online o = {
        .work = work,
        .w = aligned_alloc(VECTOR, bytes),
        .x = malloc(values * sizeof(real)),
        .inputs = malloc(values * sizeof(uint32_t)),
        .used = calloc(work->samples, sizeof(size_t)),
    };
    if (!o.w || !o.x || !o.inputs || !o.used)
        abort();
    memset(o.w, 0, bytes);
    for (size_t i = 0; i < values; i++)
        o.x[i] = (real)work->x[i];
    choose(&o);
    return o;
}

int main(int count, char **arguments)
{
    if (count < 2)
        return 2;
    struct work *work = work_read(arguments[1]);
    struct online o = online_of(work);
    vec sums[14] = {0};
    double each = multiply_adds(work), budget;
    printf("checked nan\n");
    fflush(stdout);
    while (scanf("%lf", &budget) == 1) {
        double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
        double updates = 0, passed;
        do {
            if (work->batch > 1)
                updates += chains(sums) / each;
            for (int n = 0; n < 20 && work->batch == 1; n++, updates++)
                pass(&o, sums);
            passed = seconds_of(CLOCK_MONOTONIC) - wall;
        } while (passed < budget);
        cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
        printf("rate %g %.17g %.17g\n", (double)sums[0][0], updates / passed, updates / cpu);
        fflush(stdout);
    }
    free(o.w);
    free(o.x);
    free(o.inputs);
    free(o.used);
    work_free(work);
    return 0;
}
