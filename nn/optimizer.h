#ifndef NN_OPTIMIZER_H
#define NN_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum optimizer_type {
    OPTIMIZER_SGD,
    OPTIMIZER_ADAM,
    OPTIMIZER_ADAMW,
    OPTIMIZER_RMSPROP,
    OPTIMIZER_ADAGRAD,
    OPTIMIZER_ADADELTA,
    OPTIMIZER_RPROP,
    OPTIMIZER_COUNT
};

/* PyTorch's names, defaults and formulas; a field that its type does not use is 0.
 * nn/core/optimizer.h has the formulas. */
struct optimizer {
    enum optimizer_type type;
    double learning_rate;             /* >= 0 */
    double momentum;                  /* sgd, rmsprop: >= 0 */
    double dampening;                 /* sgd */
    double weight_decay;              /* all but rprop: >= 0; adamw's is decoupled */
    double betas[2];                  /* adam, adamw: each in [0, 1) */
    double eps;                       /* all but sgd and rprop: >= 0 */
    double alpha;                     /* rmsprop: >= 0 */
    double rho;                       /* adadelta: in [0, 1] */
    double lr_decay;                  /* adagrad: >= 0 */
    double initial_accumulator_value; /* adagrad: >= 0, what its state starts at */
    double etas[2];                   /* rprop: 0 < etas[0] < 1 < etas[1] */
    double step_sizes[2];             /* rprop: smallest and largest step, in that order */
    bool nesterov;                    /* sgd: needs momentum > 0 and dampening 0 */
    bool amsgrad;                     /* adam, adamw */
    bool centered;                    /* rmsprop */
};

extern const char *const optimizer_names[OPTIMIZER_COUNT];
extern const struct optimizer optimizer_defaults[OPTIMIZER_COUNT];

/*
 * How many state values it keeps per parameter with these constants. Slot k of parameter i is
 * state[k * parameter_count + i]. Slots are, in PyTorch's words:
 *
 *   sgd          momentum_buffer, with momentum only
 *   adam, adamw  exp_avg, exp_avg_sq, with amsgrad max_exp_avg_sq
 *   rmsprop      square_avg, with centered grad_avg, with momentum momentum_buffer
 *   adagrad      sum
 *   adadelta     square_avg, acc_delta
 *   rprop        prev (the gradient before), step_size
 *
 * State that was made with other options may have other slots, even where there are as many.
 */
size_t optimizer_slots(const struct optimizer *optimizer);

/* What the values of slot k are before the first update: 0, but adagrad's
 * initial_accumulator_value and rprop's learning rate as its step size. */
double optimizer_slot_start(const struct optimizer *optimizer, size_t slot);

#endif
