#ifndef NN_PASS_H
#define NN_PASS_H

#include <stddef.h>

#include "nn/network.h"

/* Samples, borrowed: inputs is rows x network inputs, targets rows x network outputs, row-major, as
 * the client sends them: the network's scaling is applied to them here. */
struct samples {
    size_t rows;
    const double *inputs;
    const double *targets; /* NULL where a forward pass alone is wanted */
    const double *weights; /* rows, >= 0: multiplies its sample's error, deltas and gradient; NULL:
                              all 1 */
};

/*
 * Working memory of a forward and a backward pass: the parameters in the form that the kernels
 * take, and net, out and delta of every unit for up to `rows` samples at a time. Made once and
 * reused; one thread at a time.
 */
struct pass;

/* NULL when out of memory, or when the sizes overflow. Freed with pass_free(). Borrows the network.
 */
struct pass *pass_create(const struct network *net, size_t rows);

/* How many of `rows` samples to take at a time where nobody looks at their values afterwards: as
 * many as a wide network leaves some MiB for, at least 1. */
size_t pass_rows(const struct network *net, size_t rows);

/* NULL is allowed. */
void pass_free(struct pass *pass);

/* What a pass over samples gives; NULL where it is not wanted. All memory is the caller's. */
struct outcome {
    double *outputs;  /* rows x outputs, scaled back as target_scaling says */
    double *errors;   /* rows x outputs: each output's share of its sample's loss; needs targets */
    double *gradient; /* parameter_count: the gradient of the mean error and of the network's
                         regularization; needs targets */
    double total_error; /* sum of the samples' losses, added in their order; 0 without targets */
};

/*
 * Forward and, where outcome->gradient is wanted, backward over all samples (at least 1). No units
 * are dropped. docs/determinism.md states the order of each sum.
 *
 *   net[s][j]   = b[j] + sum over i of w[j][i] * in[s][i]
 *   delta[s][j] = dE/dnet of unit j for sample s
 *     output layer:  dE/dout * f'(net)
 *     hidden layer:  f'(net) * sum over k of w_next[k][j] * delta_next[s][k]
 *   (M. Mazur, "A Step by Step Backpropagation Example", The Backwards Pass)
 *   gradient[j][i] = 1/rows * sum over s of delta[s][j] * in[s][i]
 *
 * A sample's values are a function of the parameters and that sample alone, and nothing depends on
 * the pass's rows: same bits. Where samples->rows <= the pass's rows, the pass holds afterwards
 * net, out and (with gradient) delta of every sample, for pass_read(). Returns NN_OK, or
 * NN_NOT_FINITE when a net, an error or a gradient is NaN or infinite.
 */
enum nn_status pass_run(const struct network *net, const double *parameters,
                        const struct samples *samples, struct pass *pass, struct outcome *outcome);

enum pass_part { PASS_NET, PASS_OUT, PASS_DELTA };

/* Copies net, out or delta of layer l of the first `rows` samples: rows x units of layer l,
 * row-major. Outputs and deltas are those of the scaled targets. */
void pass_read(const struct pass *pass, enum pass_part part, size_t l, size_t rows, double *values);

#endif
