#include "engine/work.h"

const double inline_work = 100000;

/* A unit's activation and its derivative; multiplications that take as long. */
static double activation_work(enum activation activation)
{
    switch (activation) {
    case ACTIVATION_RELU:
    case ACTIVATION_LEAKY_RELU:
    case ACTIVATION_IDENTITY:
        return 5;
    case ACTIVATION_GELU:
    case ACTIVATION_SOFTPLUS:
    case ACTIVATION_SOFTMAX:
        return 50;
    case ACTIVATION_SIGMOID:
    case ACTIVATION_TANH:
    case ACTIVATION_ELU:
    case ACTIVATION_SELU:
    case ACTIVATION_SILU:
    case ACTIVATION_COUNT:
        break;
    }
    return 25;
}

/* One parameter's update: divisions and roots count for what they take. */
static double update_work(const struct optimizer *optimizer)
{
    switch (optimizer->type) {
    case OPTIMIZER_SGD:
        return optimizer->momentum > 0 ? 4 : 2;
    case OPTIMIZER_RPROP:
        return 8;
    case OPTIMIZER_ADAGRAD:
    case OPTIMIZER_RMSPROP:
        return 15;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
        return 20;
    case OPTIMIZER_ADADELTA:
    case OPTIMIZER_COUNT:
        break;
    }
    return 30;
}

double work_of_pass(const struct network *net, double rows)
{
    double units = 0;
    for (size_t l = 0; l < net->layer_count; l++)
        units += (double)net->layers[l].units * activation_work(net->layers[l].activation);
    return (6.0 * (double)net->parameter_count + units) * rows;
}

double work_of_update(const struct network *net)
{
    return update_work(&net->optimizer) * (double)net->parameter_count;
}
