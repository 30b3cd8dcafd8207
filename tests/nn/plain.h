#ifndef TESTS_NN_PLAIN_H
#define TESTS_NN_PLAIN_H

#include <stddef.h>

#include "nn/network.h"
#include "nn/pass.h"
#include "nn/step.h"

/*
 * A pass and a step by plain loops over single numbers, in the order that docs/determinism.md
 * states: what the fast kernels have to equal to the bit. Sums, losses and softmax are written out
 * once more here; the elementary functions, the other activations and the optimizers, which other
 * tests hold against PyTorch, are those of the portable kernels, for one sample at a time.
 *
 * Numbers are kept as doubles and computed in the precision of the network.
 */

enum { PLAIN_LAYERS = 4, PLAIN_UNITS = 160 }; /* at most */

/* The values of every unit for every sample: rows x units for each layer. */
struct plain {
    double *inputs, *targets, *weights; /* the samples, scaled and rounded */
    double *net[PLAIN_LAYERS];
    double *out[PLAIN_LAYERS];
    double *factor[PLAIN_LAYERS]; /* what out is multiplied by for dropout; 1 where there is none */
    double *passed[PLAIN_LAYERS]; /* the product: what the next layer takes */
    double *delta[PLAIN_LAYERS];
};

/* Out of memory ends the program. Freed with plain_free(). */
struct plain *plain_create(const struct network *net, size_t rows);
void plain_free(struct plain *plain);

/* As pass_run(), but all of outcome's arrays are wanted, and nothing is checked. */
void plain_pass(const struct network *net, const double *parameters, const struct samples *samples,
                struct plain *plain, struct outcome *outcome);

/* As train_step(), likewise. */
void plain_step(const struct network *net, struct model *model, const struct samples *samples,
                const struct step_options *options, struct plain *plain, struct outcome *outcome);

/* The two in one precision, without conversion: tests/nn/plain_real.h. */
void plain_pass_f64(const struct network *net, const double *parameters,
                    const struct samples *samples, struct plain *plain, struct outcome *outcome);
void plain_pass_f32(const struct network *net, const double *parameters,
                    const struct samples *samples, struct plain *plain, struct outcome *outcome);
void plain_step_f64(const struct network *net, struct model *model, const struct samples *samples,
                    const struct step_options *options, struct plain *plain,
                    struct outcome *outcome);
void plain_step_f32(const struct network *net, struct model *model, const struct samples *samples,
                    const struct step_options *options, struct plain *plain,
                    struct outcome *outcome);

#endif
