#ifndef NN_NETWORK_H
#define NN_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/activation.h"
#include "nn/init.h"
#include "nn/loss.h"
#include "nn/optimizer.h"

enum nn_status {
    NN_OK,
    NN_NO_MEMORY,
    NN_NOT_FINITE, /* a number left the finite doubles: training diverged */
};

enum bias_kind {
    BIAS_PER_UNIT, /* one parameter per unit */
    BIAS_SHARED,   /* one parameter for the layer, as b1 and b2 in the article */
    BIAS_NONE,
    BIAS_KIND_COUNT
};

/* The field's name for each bias kind: "per_unit", "shared", "none". */
extern const char *const bias_kind_names[BIAS_KIND_COUNT];

struct layer {
    size_t inputs; /* units of the layer before, or the network's inputs; set by network_layout() */
    size_t units;
    enum activation activation;
    enum bias_kind bias;
    struct init init;    /* how its weights are drawn */
    bool frozen_weights; /* training reports their gradient but does not move them */
    bool frozen_biases;
    size_t weights;    /* offset of weights[units][inputs] (row-major) among the parameters */
    size_t biases;     /* offset of its biases, which follow its weights */
    size_t bias_count; /* units, 1 or 0 */
};

/*
 * What a network is, without its parameters: immutable once it is laid out, so that threads may
 * share it. Its parameters are one array of parameter_count doubles, layer after layer, each
 * layer's weights row by row and then its biases.
 */
struct network {
    size_t inputs;
    size_t layer_count;
    enum loss loss;
    struct optimizer optimizer;
    uint64_t seed;          /* key of every random number of this network */
    size_t parameter_count; /* set by network_layout() */
    size_t unit_count;      /* all units of all layers; set by network_layout() */
    struct layer layers[];
};

/* A network of `layer_count` (>= 1) zeroed layers, to be filled in and then laid out. NULL when out
 * of memory. The caller frees it with network_free(). */
struct network *network_create(size_t layer_count);

/* A copy. NULL when out of memory. */
struct network *network_clone(const struct network *net);

/* NULL is allowed. */
void network_free(struct network *net);

/* Computes sizes and offsets from `inputs` and every layer's `units` and `bias` (all counts >= 1).
 * Returns false when the parameters would exceed `max_parameters` or overflow; the network is then
 * unusable. */
bool network_layout(struct network *net, size_t max_parameters);

/* How many biases a layer of these `units` and `bias` has. */
size_t layer_bias_count(const struct layer *layer);

/* Number of units of the output layer. */
size_t network_outputs(const struct network *net);

/* Whether two networks have the same inputs, layer sizes and bias kinds, so that the parameters of
 * one fit the other. */
bool network_same_shape(const struct network *a, const struct network *b);

/* Draws start values: every weight by its layer's init and the network's seed, every bias 0. */
void network_initialize(const struct network *net, double *parameters);

/* Whether all of `count` values are finite. */
bool values_finite(const double *values, size_t count);

#endif
