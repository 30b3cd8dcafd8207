#include "nn/gradient_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CUBE_ROOT_OF_EPSILON = 0x1.965fea53d6e3dp-18; /* cbrt(2^-52) */
static const double FLOOR = 1e-3; /* of the layer's largest gradient */

/* What central differences need to evaluate the objective next to the parameters. */
struct probe {
    struct network *net; /* a copy, in double */
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

static double step_size(double value)
{
    return CUBE_ROOT_OF_EPSILON * fmax(1, fabs(value));
}

/* dE/dw of parameter p, over the exact distance of the two values that w + h and w - h round to. */
static enum nn_status error_difference(const struct probe *probe, size_t p)
{
    double value = probe->parameters[p];
    double above = value + step_size(value);
    double below = value - step_size(value);
    double error_above, error_below;
    probe->parameters[p] = above;
    enum nn_status status = mean_error(probe, &error_above);
    probe->parameters[p] = below;
    if (status == NN_OK)
        status = mean_error(probe, &error_below);
    probe->parameters[p] = value;
    probe->numeric[p] = status == NN_OK ? (error_above - error_below) / (above - below) : NAN;
    return status;
}

static double penalty(const struct regularization *regularization, double weight)
{
    return regularization->l1 * fabs(weight) + 0.5 * regularization->l2 * weight * weight;
}

/* dR/dw of one weight. */
static double penalty_difference(const struct regularization *regularization, double weight)
{
    double h = fmin(step_size(weight), fabs(weight));
    double above = weight + h;
    double below = weight - h;
    if (above == below)
        return 0;
    return (penalty(regularization, above) - penalty(regularization, below)) / (above - below);
}

static enum nn_status layer_differences(const struct probe *probe, const struct layer *layer)
{
    for (size_t p = layer->weights; p < layer->biases + layer->bias_count; p++) {
        enum nn_status status = error_difference(probe, p);
        if (status != NN_OK)
            return status;
        if (p < layer->biases)
            probe->numeric[p] +=
                penalty_difference(&probe->net->regularization, probe->parameters[p]);
        if (!isfinite(probe->numeric[p]))
            return NN_NOT_FINITE;
    }
    return NN_OK;
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
    for (size_t l = 0; l < probe->net->layer_count; l++) {
        const struct layer *layer = &probe->net->layers[l];
        enum nn_status status = layer_differences(probe, layer);
        if (status != NN_OK)
            return status;
        differences[l] =
            largest_difference(gradient + layer->weights, probe->numeric + layer->weights,
                               layer->biases + layer->bias_count - layer->weights);
    }
    return NN_OK;
}

static bool probe_init(struct probe *probe, const struct network *net, const double *parameters,
                       const struct samples *samples)
{
    size_t bytes = net->parameter_count * sizeof *parameters;
    *probe = (struct probe){
        .net = network_clone(net),
        .samples = samples,
        .parameters = malloc(bytes),
        .numeric = malloc(bytes),
    };
    if (!probe->net || !probe->parameters || !probe->numeric)
        return false;
    probe->net->precision = PRECISION_FLOAT64;
    probe->pass = pass_create(probe->net, pass_rows(probe->net, samples->rows));
    memcpy(probe->parameters, parameters, bytes);
    return probe->pass != NULL;
}

static void probe_release(struct probe *probe)
{
    pass_free(probe->pass);
    network_free(probe->net);
    free(probe->parameters);
    free(probe->numeric);
}

enum nn_status gradient_check(const struct network *net, const double *parameters,
                              const struct samples *samples, const double *gradient,
                              double *differences)
{
    struct probe probe;
    enum nn_status status = NN_NO_MEMORY;
    if (probe_init(&probe, net, parameters, samples))
        status = probe_run(&probe, gradient, differences);
    probe_release(&probe);
    return status;
}
