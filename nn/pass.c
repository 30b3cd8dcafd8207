#include "nn/pass.h"

#include <stdlib.h>
#include <string.h>

#include "nn/dense.h"

/* Of the samples that are taken at a time: more make nothing faster. */
enum {
    MAX_ROWS = 128,
    MAX_VALUES = 1 << 20, /* rows x units: 24 MiB */
};

/* Bytes of a pass: the struct, three pointers a layer, three doubles a unit and row, in that
 * order. */
static bool pass_size(const struct network *net, size_t rows, size_t *bytes)
{
    size_t pointers, doubles;
    return !__builtin_mul_overflow(net->layer_count, 3 * sizeof(double *), &pointers) &&
           !__builtin_mul_overflow(net->unit_count, 3 * sizeof(double), &doubles) &&
           !__builtin_mul_overflow(doubles, rows, &doubles) &&
           !__builtin_add_overflow(sizeof(struct pass) + pointers, doubles, bytes);
}

struct pass *pass_create(const struct network *net, size_t rows)
{
    size_t bytes;
    if (!pass_size(net, rows, &bytes))
        return NULL;
    struct pass *pass = malloc(bytes);
    if (!pass)
        return NULL;
    pass->rows = rows;
    pass->net = (double **)(pass + 1);
    pass->out = pass->net + net->layer_count;
    pass->delta = pass->out + net->layer_count;
    double *next = (double *)(pass->delta + net->layer_count);
    for (size_t l = 0; l < net->layer_count; l++) {
        size_t values = rows * net->layers[l].units;
        pass->net[l] = next;
        pass->out[l] = next + values;
        pass->delta[l] = next + 2 * values;
        next += 3 * values;
    }
    return pass;
}

size_t pass_rows(const struct network *net, size_t rows)
{
    size_t most = MAX_VALUES / net->unit_count;
    if (most > MAX_ROWS)
        most = MAX_ROWS;
    else if (most == 0)
        most = 1;
    return rows < most ? rows : most;
}

void pass_free(struct pass *pass)
{
    free(pass);
}

void pass_forward(const struct network *net, const double *parameters, const double *inputs,
                  size_t rows, struct pass *pass)
{
    const double *in = inputs;
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        dense_forward(layer, parameters, in, rows, pass->net[l]);
        activation_kinds[layer->activation].forward(pass->net[l], pass->out[l],
                                                    rows * layer->units);
        in = pass->out[l];
    }
}

/* dE/dout of the output layer, into its deltas. */
static void loss_gradient(const struct network *net, const double *targets, size_t rows,
                          struct pass *pass)
{
    const struct loss_kind *loss = &loss_kinds[net->loss];
    size_t last = net->layer_count - 1;
    size_t outputs = network_outputs(net);
    for (size_t s = 0; s < rows; s++)
        loss->gradient(targets + s * outputs, pass->out[last] + s * outputs, outputs,
                       pass->delta[last] + s * outputs);
}

void pass_deltas(const struct network *net, const double *parameters, const double *targets,
                 size_t rows, size_t l, struct pass *pass)
{
    const struct layer *layer = &net->layers[l];
    if (l == net->layer_count - 1)
        loss_gradient(net, targets, rows, pass);
    else
        dense_backward(layer + 1, parameters, pass->delta[l + 1], rows, pass->delta[l]);
    activation_kinds[layer->activation].backward(pass->net[l], pass->out[l], pass->delta[l],
                                                 rows * layer->units);
}

void pass_gradient(const struct network *net, const double *inputs, size_t rows, size_t l,
                   const struct pass *pass, double *gradient)
{
    const double *in = l == 0 ? inputs : pass->out[l - 1];
    dense_gradient(&net->layers[l], in, pass->delta[l], rows, gradient);
}

void gradient_mean(double *gradient, size_t count, size_t rows)
{
    if (rows == 1)
        return;
    for (size_t i = 0; i < count; i++)
        gradient[i] /= (double)rows;
}

/* Writes what the forward pass of samples first .. first + rows - 1 gave. */
static void record(const struct network *net, const struct samples *samples, size_t first,
                   size_t rows, const struct pass *pass, struct outcome *outcome)
{
    const struct loss_kind *loss = &loss_kinds[net->loss];
    size_t outputs = network_outputs(net);
    const double *out = pass->out[net->layer_count - 1];
    if (outcome->outputs)
        memcpy(outcome->outputs + first * outputs, out, rows * outputs * sizeof *out);
    if (!samples->targets)
        return;
    for (size_t s = 0; s < rows; s++) {
        size_t row = (first + s) * outputs;
        double *errors = outcome->errors ? outcome->errors + row : NULL;
        outcome->total_error +=
            loss->errors(samples->targets + row, out + s * outputs, outputs, errors);
    }
}

static bool nets_finite(const struct network *net, size_t rows, const struct pass *pass)
{
    bool finite = true;
    for (size_t l = 0; l < net->layer_count; l++)
        finite &= values_finite(pass->net[l], rows * net->layers[l].units);
    return finite;
}

/* Forward and backward of samples first .. first + rows - 1; false when a net is not finite. */
static bool chunk_run(const struct network *net, const double *parameters,
                      const struct samples *samples, size_t first, size_t rows, struct pass *pass,
                      struct outcome *outcome)
{
    const double *inputs = samples->inputs + first * net->inputs;
    pass_forward(net, parameters, inputs, rows, pass);
    record(net, samples, first, rows, pass, outcome);
    for (size_t l = outcome->gradient ? net->layer_count : 0; l-- > 0;) {
        const double *targets = samples->targets + first * network_outputs(net);
        pass_deltas(net, parameters, targets, rows, l, pass);
        pass_gradient(net, inputs, rows, l, pass, outcome->gradient);
    }
    return nets_finite(net, rows, pass);
}

enum nn_status pass_batch(const struct network *net, const double *parameters,
                          const struct samples *samples, struct pass *pass, struct outcome *outcome)
{
    bool finite = true;
    outcome->total_error = 0;
    if (outcome->gradient)
        memset(outcome->gradient, 0, net->parameter_count * sizeof *outcome->gradient);
    for (size_t first = 0; first < samples->rows; first += pass->rows) {
        size_t left = samples->rows - first;
        size_t rows = left < pass->rows ? left : pass->rows;
        finite &= chunk_run(net, parameters, samples, first, rows, pass, outcome);
    }
    if (outcome->gradient)
        gradient_mean(outcome->gradient, net->parameter_count, samples->rows);
    return finite && values_finite(&outcome->total_error, 1) ? NN_OK : NN_NOT_FINITE;
}

enum nn_status pass_run(const struct network *net, const double *parameters,
                        const struct samples *samples, struct pass *pass, struct outcome *outcome)
{
    enum nn_status status = pass_batch(net, parameters, samples, pass, outcome);
    if (status == NN_OK && outcome->gradient &&
        !values_finite(outcome->gradient, net->parameter_count))
        return NN_NOT_FINITE;
    return status;
}
