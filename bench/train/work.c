#include "bench/train/work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static _Noreturn void fail(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(1);
}

static int index_of(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0)
            return i;
    }
    return -1;
}

/* False when the line is not as works.py writes it. */
static bool read_header(FILE *file, struct work *work)
{
    static const char *const activations[] = {"sigmoid", "tanh", "relu"};
    static const char *const losses[] = {"squared_error", "cross_entropy"};
    static const char *const optimizers[] = {"sgd", "adam"};
    char line[256];
    char activation[16], loss[16], optimizer[16];
    unsigned long long epochs;

    if (fgets(line, sizeof(line), file) == NULL ||
        /* NOLINTNEXTLINE(cert-err34-c): our own file */
        sscanf(line, "%*s %zu %zu %zu %zu %zu %15s %15s %15s %lf %llu", &work->inputs,
               &work->hidden, &work->outputs, &work->samples, &work->batch, activation, loss,
               optimizer, &work->learning_rate, &epochs) != 10)
        return false;
    int a = index_of(activation, activations, 3);
    int l = index_of(loss, losses, 2);
    int o = index_of(optimizer, optimizers, 2);
    if (a < 0 || l < 0 || o < 0)
        return false;
    work->activation = a;
    work->loss = l;
    work->optimizer = o;
    work->check_epochs = epochs;
    work->parameter_count = work->hidden * (work->inputs + 1) + work->outputs * (work->hidden + 1);
    return true;
}

struct work *work_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct work *work = calloc(1, sizeof(*work));

    if (file == NULL || work == NULL)
        fail(path, "cannot be opened");
    if (!read_header(file, work))
        fail(path, "is no work");
    size_t count = work->parameter_count + work->samples * (work->inputs + work->outputs);
    work->parameters = malloc(count * sizeof(double));
    if (work->parameters == NULL || fread(work->parameters, sizeof(double), count, file) != count)
        fail(path, "is too short");
    fclose(file);
    work->x = work->parameters + work->parameter_count;
    work->t = work->x + work->samples * work->inputs;
    return work;
}

void work_free(struct work *work)
{
    free(work->parameters);
    free(work);
}

static double activate(const struct work *work, double net)
{
    switch (work->activation) {
    case WORK_SIGMOID:
        return 1 / (1 + exp(-net));
    case WORK_TANH:
        return tanh(net);
    case WORK_RELU:
        break;
    }
    return fmax(net, 0);
}

static double weighted_sum(const double *w, const double *in, size_t count, double bias)
{
    double sum = bias;
    for (size_t i = 0; i < count; i++)
        sum += w[i] * in[i];
    return sum;
}

static double loss_of(const struct work *work, const double *net, const double *t)
{
    double error = 0;
    double exps = 0;
    double highest = net[0];

    for (size_t k = 0; k < work->outputs; k++)
        highest = fmax(highest, net[k]);
    for (size_t k = 0; k < work->outputs; k++) {
        double off = t[k] - 1 / (1 + exp(-net[k]));
        error += work->loss == WORK_SQUARED_ERROR ? 0.5 * off * off : t[k] * (highest - net[k]);
        exps += exp(net[k] - highest);
    }
    return work->loss == WORK_SQUARED_ERROR ? error : error + log(exps);
}

double work_error(const struct work *work, const double *parameters)
{
    const double *w1 = parameters;
    const double *b1 = w1 + work->hidden * work->inputs;
    const double *w2 = b1 + work->hidden;
    const double *b2 = w2 + work->outputs * work->hidden;
    double *out = malloc((work->hidden + work->outputs) * sizeof(double));
    double error = 0;

    if (out == NULL)
        return NAN;
    double *net = out + work->hidden;
    for (size_t s = 0; s < work->samples; s++) {
        for (size_t j = 0; j < work->hidden; j++)
            out[j] = activate(work, weighted_sum(w1 + j * work->inputs, work->x + s * work->inputs,
                                                 work->inputs, b1[j]));
        for (size_t k = 0; k < work->outputs; k++)
            net[k] = weighted_sum(w2 + k * work->hidden, out, work->hidden, b2[k]);
        error += loss_of(work, net, work->t + s * work->outputs);
    }
    free(out);
    return error / (double)work->samples;
}

static double read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* *chunk epochs at a time; it grows until the clock is read every 2 ms at most. */
static uint64_t train_in_chunks(const struct work *work, const struct trainee *trainee,
                                double seconds, uint64_t *chunk)
{
    double begin = read_clock(CLOCK_MONOTONIC);
    double last = begin;
    uint64_t epochs = 0;

    while (last - begin < seconds) {
        trainee->train(trainee->self, *chunk);
        epochs += *chunk;
        double time = read_clock(CLOCK_MONOTONIC);
        if (time - last < 0.002)
            *chunk *= 2;
        last = time;
    }
    return epochs * work->samples;
}

static double error_of(const struct work *work, const struct trainee *trainee)
{
    double *parameters = malloc(work->parameter_count * sizeof(double));

    if (parameters == NULL)
        return NAN;
    trainee->read(trainee->self, parameters);
    double error = work_error(work, parameters);
    free(parameters);
    return error;
}

void work_serve(const struct work *work, const struct trainee *trainee)
{
    char line[64];
    uint64_t chunk = 1;

    trainee->train(trainee->self, work->check_epochs);
    printf("checked %.17g\n", error_of(work, trainee));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        double seconds = strtod(line, NULL);
        double begin = read_clock(CLOCK_MONOTONIC);
        double cpu_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
        uint64_t updates = trainee->train_for != NULL
                               ? trainee->train_for(trainee->self, seconds)
                               : train_in_chunks(work, trainee, seconds, &chunk);
        double elapsed = read_clock(CLOCK_MONOTONIC) - begin;
        double worked = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
        printf("rate %.17g %.6g %.6g\n", error_of(work, trainee), (double)updates / elapsed,
               (double)updates / worked);
        fflush(stdout);
    }
}
