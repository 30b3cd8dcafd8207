#ifndef TESTS_NN_NETWORKS_H
#define TESTS_NN_NETWORKS_H

/* The networks that several tests train: made here, so that each test shows only what it is about.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/network.h"
#include "nn/random.h"

/* A laid-out network of `count` layers as `layers` gives them; plain SGD with learning rate 0.5. */
static inline struct network *network_make(size_t inputs, size_t count, const struct layer *layers)
{
    struct network *net = network_create(count);
    if (!net)
        abort();
    net->inputs = inputs;
    net->optimizer = optimizer_kinds[OPTIMIZER_SGD].defaults;
    net->seed = 1;
    memcpy(net->layers, layers, count * sizeof *layers);
    if (!network_layout(net, 1000000))
        abort();
    return net;
}

/* `count` doubles in [low, high), drawn by `seed`; the caller frees them. */
static inline double *values_drawn(uint64_t seed, size_t count, double low, double high)
{
    double *values = malloc(count * sizeof *values);
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++) {
        struct random_block block = random_draw(seed, RANDOM_INIT, i, 0, 0);
        values[i] = low + (high - low) * random_unit(random_bits(&block, 0));
    }
    return values;
}

/* A copy that the caller frees. */
static inline double *values_copied(const double *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy);
    if (!copy)
        abort();
    return memcpy(copy, values, count * sizeof *copy);
}

/* Zeros that the caller frees. */
static inline double *values_zero(size_t count)
{
    double *values = calloc(count ? count : 1, sizeof *values);
    if (!values)
        abort();
    return values;
}

/* Whether the bits are the same (so that -0 is not 0, and a NaN is itself). */
static inline bool values_same(const double *a, const double *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/*
 * M. Mazur, "A Step by Step Backpropagation Example": 2-2-2, sigmoid, one bias for each layer,
 * which stays fixed; learning rate 0.5.
 */
static inline struct network *mazur_network(void)
{
    const struct layer layers[] = {
        {.units = 2, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED, .frozen_biases = true},
        {.units = 2, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED, .frozen_biases = true},
    };
    return network_make(2, 2, layers);
}

enum { MAZUR_PARAMETERS = 10 };

/* w1 w2 w3 w4 b1 w5 w6 w7 w8 b2 */
static const double mazur_parameters[MAZUR_PARAMETERS] = {0.15, 0.20, 0.25, 0.30, 0.35,
                                                          0.40, 0.45, 0.50, 0.55, 0.60};
static const double mazur_inputs[2] = {0.05, 0.10};
static const double mazur_targets[2] = {0.01, 0.99};

#endif
