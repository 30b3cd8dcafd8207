#ifndef TESTS_NN_NETWORKS_H
#define TESTS_NN_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/network.h"
#include "nn/pass.h"
#include "nn/samples.h"
#include "nn/step.h"

/*
 * Networks, samples and models to train, made here so that each test shows only what it is about.
 * Out of memory ends the test program. What is given is freed with free(), networks with
 * network_free().
 */

/* A laid-out float64 network of `count` layers as `layers` gives them; squared error, plain SGD,
 * learning rate 0.5, seed 1. */
struct network *network_make(size_t inputs, size_t count, const struct layer *layers);

/* `count` doubles, uniform in [low, high), drawn by `seed`. */
double *values_drawn(uint64_t seed, size_t count, double low, double high);

/* A copy. */
double *values_copied(const double *values, size_t count);

/* `count` zeros. */
double *values_zero(size_t count);

/* Whether the bits are the same: -0 is not 0, and a NaN is itself. */
bool values_same(const double *a, const double *b, size_t count);

/* Samples with inputs in [-1, 1) and targets in [0, 1), drawn by `seed`, without weights. Released
 * with samples_release(). */
struct samples samples_drawn(const struct network *net, uint64_t seed, size_t rows);

/* Parameters in [-1, 1), drawn by `seed` and rounded to the network's precision, and its
 * optimizer's state before the first update. */
struct model model_drawn(const struct network *net, uint64_t seed);

/* A copy of its own. */
struct model model_copied(const struct network *net, const struct model *model);

/* Whether parameters, state and the count of updates are the same to the bit. */
bool model_same(const struct network *net, const struct model *a, const struct model *b);

/* Frees the two arrays. */
void model_release(struct model *model);

/*
 * M. Mazur, "A Step by Step Backpropagation Example": 2-2-2, sigmoid, one bias for each layer,
 * which stays fixed; learning rate 0.5.
 */
struct network *mazur_network(void);

enum { MAZUR_PARAMETERS = 10 };

extern const double mazur_parameters[MAZUR_PARAMETERS]; /* w1 w2 w3 w4 b1 w5 w6 w7 w8 b2 */
extern const struct samples mazur_sample;

#endif
