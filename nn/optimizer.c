#include "nn/optimizer.h"

static size_t sgd_slots(const struct optimizer *optimizer)
{
    return optimizer->momentum != 0;
}

static void sgd_plain(const struct optimizer *optimizer, double learning_rate,
                      const double *gradient, size_t count, double *parameters)
{
    for (size_t i = 0; i < count; i++) {
        double step = gradient[i] + optimizer->weight_decay * parameters[i];
        parameters[i] -= learning_rate * step;
    }
}

/*
 * PyTorch's SGD, of which plain SGD is the case momentum = 0:
 *   d = gradient + weight_decay * w
 *   v = d at the first update, then momentum * v + (1 - dampening) * d
 *   w = w - learning_rate * (nesterov ? d + momentum * v : v)
 */
static void sgd_update(const struct optimizer *optimizer, double learning_rate, uint64_t update,
                       const double *gradient, size_t count, double *parameters, double *state,
                       size_t stride)
{
    (void)stride; /* one slot */
    if (optimizer->momentum == 0) {
        sgd_plain(optimizer, learning_rate, gradient, count, parameters);
        return;
    }
    double keep = update == 0 ? 0 : optimizer->momentum;
    double take = update == 0 ? 1 : 1 - optimizer->dampening;
    for (size_t i = 0; i < count; i++) {
        double step = gradient[i] + optimizer->weight_decay * parameters[i];
        state[i] = keep * state[i] + take * step;
        if (optimizer->nesterov)
            step += optimizer->momentum * state[i];
        else
            step = state[i];
        parameters[i] -= learning_rate * step;
    }
}

const struct optimizer_kind optimizer_kinds[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = {"sgd", {.type = OPTIMIZER_SGD, .learning_rate = 0.5}, sgd_slots, sgd_update},
};
