#include "nn/gradient_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CUBE_ROOT_OF_EPSILON = 0x1.965fea53d6e3dp-18; /* cbrt(2^-52) */
static const double FLOOR = 1e-3; /* of the layer's largest gradient */

/* What central differences need to evaluate the objective next to the parameters. */
struct probe {
    const struct network *net;
    const struct samples *samples;
    struct pass *pass;
    double *parameters;
    double *numeric; /* the gradient by central differences */
};

static enum nn_status mean_error(const struct probe *probe, double *error)
{
    struct outcome outcome = {0};
    enum nn_status status =
        pass_run(probe->net, probe->parameters, probe->samples, probe->pass, &outcome);
    *error = outcome.total_error / (double)probe->samples->rows;
    return status;
}

/* dE/dw of parameter p, over the exact distance of the two values that w + h and w - h round to. */
static enum nn_status central_difference(const struct probe *probe, size_t p)
{
    double value = probe->parameters[p];
    double h = CUBE_ROOT_OF_EPSILON * fmax(1, fabs(value));
    double above = value + h;
    double below = value - h;
    double error_above, error_below;
    probe->parameters[p] = above;
    enum nn_status status = mean_error(probe, &error_above);
    probe->parameters[p] = below;
    if (status == NN_OK)
        status = mean_error(probe, &error_below);
    probe->parameters[p] = value;
    if (status != NN_OK)
        return status;
    probe->numeric[p] = (error_above - error_below) / (above - below);
    return values_finite(&probe->numeric[p], 1) ? NN_OK : NN_NOT_FINITE;
}

static double largest_difference(const double *analytic, const double *numeric, size_t count)
{
    double largest = 0;
    for (size_t p = 0; p < count; p++)
        largest = fmax(largest, fmax(fabs(analytic[p]), fabs(numeric[p])));
    double difference = 0;
    for (size_t p = 0; p < count && largest > 0; p++) {
        double size = fmax(fabs(analytic[p]), fabs(numeric[p]));
        difference = fmax(difference, fabs(analytic[p] - numeric[p]) / fmax(size, FLOOR * largest));
    }
    return difference;
}

static enum nn_status probe_run(const struct probe *probe, const double *gradient,
                                double *differences)
{
    for (size_t p = 0; p < probe->net->parameter_count; p++) {
        enum nn_status status = central_difference(probe, p);
        if (status != NN_OK)
            return status;
    }
    for (size_t l = 0; l < probe->net->layer_count; l++) {
        const struct layer *layer = &probe->net->layers[l];
        differences[l] =
            largest_difference(gradient + layer->weights, probe->numeric + layer->weights,
                               layer->biases + layer->bias_count - layer->weights);
    }
    return NN_OK;
}

enum nn_status gradient_check(const struct network *net, const double *parameters,
                              const struct samples *samples, const double *gradient,
                              double *differences)
{
    struct probe probe = {
        .net = net,
        .samples = samples,
        .pass = pass_create(net, pass_rows(net, samples->rows)),
        .parameters = malloc(net->parameter_count * sizeof *parameters),
        .numeric = malloc(net->parameter_count * sizeof *parameters),
    };
    enum nn_status status = NN_NO_MEMORY;
    if (probe.pass && probe.parameters && probe.numeric) {
        memcpy(probe.parameters, parameters, net->parameter_count * sizeof *parameters);
        status = probe_run(&probe, gradient, differences);
    }
    pass_free(probe.pass);
    free(probe.parameters);
    free(probe.numeric);
    return status;
}
