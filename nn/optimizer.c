#include "nn/optimizer.h"

const char *const optimizer_names[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = "sgd",         [OPTIMIZER_ADAM] = "adam",
    [OPTIMIZER_ADAMW] = "adamw",     [OPTIMIZER_RMSPROP] = "rmsprop",
    [OPTIMIZER_ADAGRAD] = "adagrad", [OPTIMIZER_ADADELTA] = "adadelta",
    [OPTIMIZER_RPROP] = "rprop",
};

/* PyTorch's, apart from sgd's learning rate, which PyTorch wants to be given: the article's. */
const struct optimizer optimizer_defaults[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = {.type = OPTIMIZER_SGD, .learning_rate = 0.5},
    [OPTIMIZER_ADAM] = {.type = OPTIMIZER_ADAM,
                        .learning_rate = 0.001,
                        .betas = {0.9, 0.999},
                        .eps = 1e-8},
    [OPTIMIZER_ADAMW] = {.type = OPTIMIZER_ADAMW,
                         .learning_rate = 0.001,
                         .betas = {0.9, 0.999},
                         .eps = 1e-8,
                         .weight_decay = 0.01},
    [OPTIMIZER_RMSPROP] = {.type = OPTIMIZER_RMSPROP,
                           .learning_rate = 0.01,
                           .alpha = 0.99,
                           .eps = 1e-8},
    [OPTIMIZER_ADAGRAD] = {.type = OPTIMIZER_ADAGRAD, .learning_rate = 0.01, .eps = 1e-10},
    [OPTIMIZER_ADADELTA] = {.type = OPTIMIZER_ADADELTA,
                            .learning_rate = 1,
                            .rho = 0.9,
                            .eps = 1e-6},
    [OPTIMIZER_RPROP] = {.type = OPTIMIZER_RPROP,
                         .learning_rate = 0.01,
                         .etas = {0.5, 1.2},
                         .step_sizes = {1e-6, 50}},
};

size_t optimizer_slots(const struct optimizer *optimizer)
{
    switch (optimizer->type) {
    case OPTIMIZER_SGD:
        return optimizer->momentum != 0;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
        return optimizer->amsgrad ? 3 : 2;
    case OPTIMIZER_RMSPROP:
        return 1 + (size_t)optimizer->centered + (optimizer->momentum > 0);
    case OPTIMIZER_ADAGRAD:
        return 1;
    case OPTIMIZER_ADADELTA:
    case OPTIMIZER_RPROP:
        return 2;
    case OPTIMIZER_COUNT:
        break;
    }
    return 0;
}

double optimizer_slot_start(const struct optimizer *optimizer, size_t slot)
{
    if (optimizer->type == OPTIMIZER_ADAGRAD)
        return optimizer->initial_accumulator_value;
    if (optimizer->type == OPTIMIZER_RPROP && slot == 1)
        return optimizer->learning_rate;
    return 0;
}
