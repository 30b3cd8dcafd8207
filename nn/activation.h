#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include <stddef.h>

enum activation {
    ACTIVATION_SIGMOID,
    ACTIVATION_TANH,
    ACTIVATION_RELU,
    ACTIVATION_IDENTITY,
    ACTIVATION_COUNT
};

/* One row of the table of activations; adding one is adding a row. */
struct activation_kind {
    const char *name; /* as the field calls it: "sigmoid" */
    /* out[i] = f(net[i]) for `count` values. */
    void (*forward)(const double *net, double *out, size_t count);
    /* delta[i] *= f'(net[i]), given net and out = f(net). delta is dE/dout before, dE/dnet after.
     */
    void (*backward)(const double *net, const double *out, double *delta, size_t count);
};

extern const struct activation_kind activation_kinds[ACTIVATION_COUNT];

#endif
