#ifndef TESTS_NN_TRAINING_H
#define TESTS_NN_TRAINING_H

#include "nn/trainer.h"
#include "tests/nn/networks.h"

/* Runs as tests of the trainer need them. */

/* The number of a table's rows. */
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* 3-5-4-2: tanh, sigmoid, sigmoid; a layer of shared biases in the middle. */
struct network *training_network(void);

/* Plain SGD and with momentum, Nesterov's, and all constants; Adam. */
enum { TRAINING_OPTIMIZERS = 5 };
extern const struct optimizer training_optimizers[TRAINING_OPTIMIZERS];

/* A whole run; gives where it ended. */
enum trainer_state training_run(const struct network *net, const struct train_options *options,
                                const struct samples *samples, struct model *model);

/* A whole run, and its trainer, which the caller frees. */
struct trainer *training_done(const struct network *net, const struct train_options *options,
                              const struct samples *samples, struct model *model);

/* What a whole run makes of model_drawn(net, 3). */
struct model model_trained(const struct network *net, const struct train_options *options,
                           const struct samples *samples);

/*
 * One epoch (from 1) by train_step(), which the trainer has to equal to the bit, of a run that
 * began with a model without updates. Returns its error.
 */
double training_epoch(const struct network *net, const struct train_options *options,
                      const struct samples *samples, uint64_t epoch, double learning_rate,
                      struct model *model);

/* The mean error, by pass_run(). */
double training_error(const struct network *net, const struct model *model,
                      const struct samples *samples);

/* Weights in [0, 2), every third of them 0, drawn by `seed`. */
double *weights_drawn(uint64_t seed, size_t rows);

#endif
