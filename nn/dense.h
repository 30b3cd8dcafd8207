#ifndef NN_DENSE_H
#define NN_DENSE_H

#include <stddef.h>

#include "nn/network.h"

/*
 * The three sums of a fully connected layer, for `rows` samples. All arrays are row-major with a
 * row per sample; `parameters` and `gradient` are the whole network's. Every sum starts from 0 (or
 * from the value it is added to) and takes its terms in the order that is given here, one product
 * and one addition at a time: the same bits for any number of rows.
 */

/* net[s][j] = (sum over i of w[j][i] * in[s][i]) + b[j], in the order of i. */
void dense_forward(const struct layer *layer, const double *parameters, const double *in,
                   size_t rows, double *net);

/* d_in[s][i] = sum over j of w[j][i] * delta[s][j], in the order of j: dE/dout of the layer before,
 * as the sum of what each unit of this layer contributes. */
void dense_backward(const struct layer *layer, const double *parameters, const double *delta,
                    size_t rows, double *d_in);

/*
 * Adds to the layer's part of `gradient`, sample by sample in their order:
 *   dE/dw[j][i] += delta[s][j] * in[s][i]
 *   dE/db[j]    += delta[s][j], or for a shared bias the sum of delta[s][j] in the order of j
 */
void dense_gradient(const struct layer *layer, const double *in, const double *delta, size_t rows,
                    double *gradient);

#endif
