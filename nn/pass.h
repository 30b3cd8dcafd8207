#ifndef NN_PASS_H
#define NN_PASS_H

#include <stddef.h>

#include "nn/network.h"

/* Samples, borrowed: inputs is rows x network inputs, targets rows x network outputs, row-major. */
struct samples {
    size_t rows;
    const double *inputs;
    const double *targets; /* NULL where a forward pass alone is wanted */
};

/*
 * Working memory of a forward and a backward pass: net, out and delta of every unit for up to
 * `rows` samples at a time. Made once and reused; one thread at a time.
 */
struct pass {
    size_t rows;    /* capacity */
    double **net;   /* net[l] is rows x units of layer l, row-major */
    double **out;   /* likewise */
    double **delta; /* likewise: dE/dnet of each sample alone */
};

/* NULL when out of memory, or when the sizes overflow. Freed with pass_free(). */
struct pass *pass_create(const struct network *net, size_t rows);

/* How many of `rows` samples to take at a time where nobody looks at their values afterwards: as
 * many as a wide network leaves some MiB for, at least 1. */
size_t pass_rows(const struct network *net, size_t rows);

/* NULL is allowed. */
void pass_free(struct pass *pass);

/* What a pass over samples gives; NULL where it is not wanted. All memory is the caller's. */
struct outcome {
    double *outputs;  /* rows x outputs */
    double *errors;   /* rows x outputs: each output's share of its sample's loss; needs targets */
    double *gradient; /* parameter_count: the gradient of the mean error; needs targets */
    double total_error; /* sum of the samples' losses, added in their order; 0 without targets */
};

/*
 * Forward pass of rows <= pass->rows samples: fills pass->net and pass->out.
 *   net[s][j] = sum over i of w[j][i] * in[s][i], terms added in the order of i, then + b[j]
 * A sample's values are a function of the parameters and that sample alone.
 */
void pass_forward(const struct network *net, const double *parameters, const double *inputs,
                  size_t rows, struct pass *pass);

/*
 * Deltas of layer l for rows <= pass->rows samples, after pass_forward() and, below the output
 * layer, after those of layer l + 1.
 *   delta[s][j] = dE/dnet of unit j for sample s
 *     output layer:  dE/dout * f'(net)
 *     hidden layer:  f'(net) * sum over k of w_next[k][j] * delta_next[s][k], in the order of k
 *   (M. Mazur, "A Step by Step Backpropagation Example", The Backwards Pass)
 */
void pass_deltas(const struct network *net, const double *parameters, const double *targets,
                 size_t rows, size_t l, struct pass *pass);

/*
 * Adds the samples' gradients of layer l to `gradient` (parameter_count doubles in the parameters'
 * order; only that layer's are touched), in the order of the samples; not divided by their number.
 * A shared bias gets each sample's sum of the layer's deltas, added in the order of the units.
 */
void pass_gradient(const struct network *net, const double *inputs, size_t rows, size_t l,
                   const struct pass *pass, double *gradient);

/*
 * Forward and, where outcome->gradient is wanted, backward over all samples (at least 1),
 * pass->rows at a time. Where samples->rows <= pass->rows, `pass` holds afterwards the net, out and
 * (with gradient) delta of every sample. total_error  the samples' losses, added in their order
 *   gradient     what pass_gradient() adds up from 0, divided by the number of samples
 * The results do not depend on pass->rows: same bits.
 * Returns NN_OK, or NN_NOT_FINITE when a net, an error or a gradient is NaN or infinite.
 */
enum nn_status pass_run(const struct network *net, const double *parameters,
                        const struct samples *samples, struct pass *pass, struct outcome *outcome);

/* The same, but does not look whether the gradient is finite: for training, where that would cost
 * as much as an update. */
enum nn_status pass_batch(const struct network *net, const double *parameters,
                          const struct samples *samples, struct pass *pass,
                          struct outcome *outcome);

/* Divides `count` sums of gradients by the number of samples. */
void gradient_mean(double *gradient, size_t count, size_t rows);

#endif
