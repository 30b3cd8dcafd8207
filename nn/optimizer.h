#ifndef NN_OPTIMIZER_H
#define NN_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum optimizer_type { OPTIMIZER_SGD, OPTIMIZER_COUNT };

/* PyTorch's names, defaults and formulas; a field that its type does not use is 0. */
struct optimizer {
    enum optimizer_type type;
    double learning_rate; /* >= 0 */
    double momentum;      /* >= 0 */
    double dampening;
    double weight_decay; /* >= 0 */
    bool nesterov;       /* needs momentum > 0 and dampening 0 */
};

/* One row of the table of optimizers; adding one is adding a row. */
struct optimizer_kind {
    const char *name;
    struct optimizer defaults;
    /* How many state values it keeps per parameter with these constants (sgd: 1 with momentum). */
    size_t (*slots)(const struct optimizer *optimizer);
    /*
     * Moves `count` parameters by one update.
     *   gradient  dE/dw of the batch's mean error
     *   state     slots x stride doubles; slot k of parameter i is state[k * stride + i]
     *   update    number of updates taken with this state before this one; 0 for the first
     */
    void (*update)(const struct optimizer *optimizer, double learning_rate, uint64_t update,
                   const double *gradient, size_t count, double *parameters, double *state,
                   size_t stride);
};

extern const struct optimizer_kind optimizer_kinds[OPTIMIZER_COUNT];

#endif
