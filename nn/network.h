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
    NN_NOT_FINITE, /* a number left the finite numbers of its precision: training diverged */
};

enum bias_kind {
    BIAS_PER_UNIT, /* one parameter per unit */
    BIAS_SHARED,   /* one parameter for the layer, as b1 and b2 in the article */
    BIAS_NONE,
    BIAS_KIND_COUNT
};

/* The field's name for each bias kind: "per_unit", "shared", "none". */
extern const char *const bias_kind_names[BIAS_KIND_COUNT];

/* How parameters are kept and computed. The arrays of this library are doubles for both: a float32
 * network's parameters and state are doubles that are floats. Sums of errors are doubles. */
enum precision { PRECISION_FLOAT64, PRECISION_FLOAT32, PRECISION_COUNT };

extern const char *const precision_names[PRECISION_COUNT]; /* "float64", "float32" */

/* What is added to the trained objective, over all weights (not biases): l1 * sum of |w| +
 * l2 / 2 * sum of w^2. The reported error does not have it, the reported gradient does. */
struct regularization {
    double l1; /* >= 0 */
    double l2; /* >= 0 */
};

/* Every value x of column i becomes (x - offset[i]) * scale[i]; both NULL where there is none. Made
 * by scaling_set() alone. */
struct scaling {
    double *offset;
    double *scale; /* finite, not 0 */
};

struct layer {
    size_t inputs; /* units of the layer before, or the network's inputs; set by network_layout() */
    size_t units;
    enum activation activation;
    enum bias_kind bias;
    struct init init; /* how its weights are drawn */
    double dropout;   /* in [0, 1): each of its outputs is 0 with this probability in training, and
                         divided by 1 - dropout otherwise; 0 on the output layer */
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
    enum precision precision;
    enum loss loss;
    double huber_delta; /* > 0; LOSS_HUBER only */
    struct optimizer optimizer;
    struct regularization regularization;
    struct scaling input_scaling;  /* `inputs` columns; owned by the network */
    struct scaling target_scaling; /* a column for each output; owned by the network */
    uint64_t seed;                 /* key of every random number of this network */
    size_t parameter_count;        /* set by network_layout() */
    size_t unit_count;             /* all units of all layers; set by network_layout() */
    struct layer layers[];
};

/* A network of `layer_count` (>= 1) zeroed layers, to be filled in and then laid out. NULL when out
 * of memory. The caller frees it with network_free(). */
struct network *network_create(size_t layer_count);

/* A copy, its scalings too. NULL when out of memory. */
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

/* Gives the scaling a copy of `columns` (>= 1) offsets and scales, in place of what it had; both
 * NULL for none. False when out of memory; the scaling is then as before. */
bool scaling_set(struct scaling *scaling, size_t columns, const double *offset,
                 const double *scale);

/* Rounds to the nearest number of that precision (beyond its range: infinite). */
void values_round(enum precision precision, double *values, size_t count);

/* Draws start values: every weight by its layer's init and the network's seed, every bias 0;
 * rounded to the network's precision. */
void network_initialize(const struct network *net, double *parameters);

/* Whether all of `count` values are finite. */
bool values_finite(const double *values, size_t count);

#endif
