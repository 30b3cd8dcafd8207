#include "nn/loss.h"

const char *const loss_names[LOSS_COUNT] = {
    [LOSS_SQUARED_ERROR] = "squared_error",
    [LOSS_MEAN_SQUARED_ERROR] = "mean_squared_error",
    [LOSS_MEAN_ABSOLUTE_ERROR] = "mean_absolute_error",
    [LOSS_HUBER] = "huber",
    [LOSS_BINARY_CROSS_ENTROPY] = "binary_cross_entropy",
    [LOSS_CROSS_ENTROPY] = "cross_entropy",
};

bool loss_takes(enum loss loss, enum activation output)
{
    if (loss == LOSS_BINARY_CROSS_ENTROPY)
        return output == ACTIVATION_SIGMOID;
    if (loss == LOSS_CROSS_ENTROPY)
        return output == ACTIVATION_SOFTMAX;
    return true;
}

bool loss_from_net(enum loss loss)
{
    return loss == LOSS_BINARY_CROSS_ENTROPY || loss == LOSS_CROSS_ENTROPY;
}
