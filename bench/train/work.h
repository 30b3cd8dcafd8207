#ifndef BENCH_TRAIN_WORK_H
#define BENCH_TRAIN_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of the works that programs are compared by, as bench/train/works.py writes it: a network with
 * one hidden layer, its start weights, and samples in a fixed order. */
struct work {
    size_t inputs, hidden, outputs;
    size_t samples;
    size_t batch;
    enum { WORK_SIGMOID, WORK_TANH, WORK_RELU } activation; /* of the hidden layer */
    enum { WORK_SQUARED_ERROR, WORK_CROSS_ENTROPY } loss;   /* of sigmoid, of softmax outputs */
    enum { WORK_SGD, WORK_ADAM } optimizer;
    double learning_rate;
    uint64_t check_epochs;
    size_t parameter_count;
    double *parameters; /* w1[hidden][inputs], b1, w2[outputs][hidden], b2; one block with: */
    double *x;          /* samples x inputs */
    double *t;          /* samples x outputs */
};

/* Ends the program with a message when the file is no work. */
struct work *work_read(const char *path);
void work_free(struct work *work);

/* The mean loss over all samples: 1/2 * sum of (t - o)^2, or -sum of t ln o. */
double work_error(const struct work *work, const double *parameters);

/* What a program trains with. */
struct trainee {
    void *self;
    void (*train)(void *self, uint64_t epochs); /* from where it is */
    /* Trains on for about so many seconds and returns the sample-updates; NULL: by train(). */
    uint64_t (*train_for)(void *self, double seconds);
    void (*read)(void *self, double *parameters); /* as struct work has them */
};

/*
 * Trains for check_epochs and prints "checked ERROR", the mean error then. For each line on
 * standard input, a number of seconds, trains on for so long and prints "rate ERROR WALL CPU", the
 * sample-updates per second of that time and per second of CPU. Returns at the end of the input.
 */
void work_serve(const struct work *work, const struct trainee *trainee);

#endif
