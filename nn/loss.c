#include "nn/loss.h"

/* scale * (t - o)^2 for each output; returns their sum. */
static double squares(const double *targets, const double *out, size_t outputs, double scale,
                      double *errors)
{
    double sum = 0;
    for (size_t j = 0; j < outputs; j++) {
        double difference = targets[j] - out[j];
        double error = scale * (difference * difference);
        if (errors)
            errors[j] = error;
        sum += error;
    }
    return sum;
}

static double squared_error(const double *targets, const double *out, size_t outputs,
                            double *errors)
{
    return squares(targets, out, outputs, 0.5, errors);
}

static void squared_error_gradient(const double *targets, const double *out, size_t outputs,
                                   double *d_out)
{
    for (size_t j = 0; j < outputs; j++)
        d_out[j] = out[j] - targets[j];
}

static double mean_squared_error(const double *targets, const double *out, size_t outputs,
                                 double *errors)
{
    return squares(targets, out, outputs, 1.0 / (double)outputs, errors);
}

static void mean_squared_error_gradient(const double *targets, const double *out, size_t outputs,
                                        double *d_out)
{
    double scale = 2.0 / (double)outputs;
    for (size_t j = 0; j < outputs; j++)
        d_out[j] = scale * (out[j] - targets[j]);
}

const struct loss_kind loss_kinds[LOSS_COUNT] = {
    [LOSS_SQUARED_ERROR] = {"squared_error", squared_error, squared_error_gradient},
    [LOSS_MEAN_SQUARED_ERROR] = {"mean_squared_error", mean_squared_error,
                                 mean_squared_error_gradient},
};
