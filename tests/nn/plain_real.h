/* One precision of tests/nn/plain.h, for plain_f64.c and plain_f32.c, which say what `real` is. */
#include <stdlib.h>

#include "nn/core/core.h"
#include "nn/random.h"
#include "tests/nn/networks.h"
#include "tests/nn/plain.h"
#include "tests/nn/plain_sample.h"

static double scaled(const struct scaling *scaling, double x, size_t i)
{
    return scaling->offset ? (x - scaling->offset[i]) * scaling->scale[i] : x;
}

static void convert(const struct network *net, const struct samples *samples, struct plain *plain)
{
    size_t outputs = network_outputs(net);
    for (size_t c = 0; c < samples->rows * net->inputs; c++)
        plain->inputs[c] = (real)scaled(&net->input_scaling, samples->inputs[c], c % net->inputs);
    for (size_t c = 0; c < samples->rows * outputs; c++)
        plain->targets[c] = (real)scaled(&net->target_scaling, samples->targets[c], c % outputs);
    for (size_t s = 0; s < samples->rows; s++)
        plain->weights[s] = samples->weights ? (real)samples->weights[s] : 1;
}

/* What layer l takes of sample s. */
static const double *layer_in(const struct network *net, const struct plain *plain, size_t l,
                              size_t s)
{
    return (l == 0 ? plain->inputs : plain->passed[l - 1]) + s * net->layers[l].inputs;
}

/* What the outputs of layer l are multiplied by; without `options` nothing is dropped. */
static void draw_factors(const struct layer *layer, size_t l, size_t s,
                         const struct step_options *options, double *factor)
{
    for (size_t j = 0; j < layer->units; j++)
        factor[j] = 1;
    if (!options || layer->dropout == 0)
        return;
    uint64_t key = random_dropout_key(options->seed, options->steps, (uint32_t)l);
    random_dropout(key, (uint32_t)s, layer->dropout, layer->units, factor);
}

static void forward(const struct network *net, const double *parameters, size_t s,
                    const struct step_options *options, struct plain *plain)
{
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        size_t units = layer->units, inputs = layer->inputs;
        const double *in = layer_in(net, plain, l, s);
        double *nets = plain->net[l] + s * units, *out = plain->out[l] + s * units;
        double *factor = plain->factor[l] + s * units;
        for (size_t j = 0; j < units; j++) {
            size_t bias = layer->biases + (layer->bias == BIAS_SHARED ? 0 : j);
            real start = layer->bias == BIAS_NONE ? 0 : (real)parameters[bias];
            const double *w = parameters + layer->weights + j * inputs;
            nets[j] = sum_products(w, 1, in, units, inputs, start);
        }
        activation(layer->activation, nets, out, units);
        draw_factors(layer, l, s, options, factor);
        for (size_t j = 0; j < units; j++)
            plain->passed[l][s * units + j] = (real)out[j] * (real)factor[j];
    }
}

/* Outputs, errors, and the sample's loss, added to the total. */
static void record(const struct network *net, size_t s, const struct plain *plain,
                   struct outcome *outcome)
{
    size_t last = net->layer_count - 1, outputs = network_outputs(net);
    const double *nets = plain->net[last] + s * outputs, *out = plain->out[last] + s * outputs;
    const struct scaling *scaling = &net->target_scaling;
    double *errors = outcome->errors + s * outputs;
    double chain[4] = {0};
    size_t parts = parts_of(1, outputs);
    for (size_t j = 0; j < outputs; j++) {
        errors[j] =
            (real)plain->weights[s] * share_of(net, nets, out, plain->targets + s * outputs, j);
        outcome->outputs[s * outputs + j] =
            scaling->offset ? out[j] / scaling->scale[j] + scaling->offset[j] : out[j];
    }
    for (size_t p = 0; p < parts; p++)
        for (size_t j = p * outputs / parts; j < (p + 1) * outputs / parts; j++)
            chain[p] += errors[j];
    outcome->total_error += parts == 4   ? (chain[0] + chain[1]) + (chain[2] + chain[3])
                            : parts == 3 ? (chain[0] + chain[1]) + chain[2]
                                         : chain[0] + chain[1];
}

/* Of layer l, by the parameters as they are. */
static void deltas(const struct network *net, const double *parameters, size_t l, size_t s,
                   struct plain *plain)
{
    const struct layer *layer = &net->layers[l], *next = layer + 1;
    size_t units = layer->units;
    const double *nets = plain->net[l] + s * units, *out = plain->out[l] + s * units;
    double *delta = plain->delta[l] + s * units;
    bool last = l == net->layer_count - 1;
    for (size_t j = 0; j < units && last; j++)
        delta[j] =
            (real)plain->weights[s] * slope_of(net, nets, out, plain->targets + s * units, j);
    for (size_t j = 0; j < units && !last; j++) {
        const double *w = parameters + next->weights + j;
        const double *d = plain->delta[l + 1] + s * next->units;
        delta[j] = sum_products(w, units, d, units, next->units, 0) *
                   (real)plain->factor[l][s * units + j];
    }
    if (!last || !loss_from_net(net->loss))
        activation_back(layer->activation, nets, out, delta, units);
}

/* The share of w's sign in the gradient. */
static real l1_share(real l1, real w)
{
    return w > 0 ? l1 : w < 0 ? -l1 : 0;
}

/* Of layer l: one chain over the samples for each parameter, their mean, then l2, then l1. */
static void gradient(const struct network *net, const double *parameters, size_t rows, size_t l,
                     const struct plain *plain, double *values)
{
    const struct layer *layer = &net->layers[l];
    size_t units = layer->units, inputs = layer->inputs;
    real share = (real)(1.0 / (double)rows);
    real l1 = (real)net->regularization.l1, l2 = (real)net->regularization.l2;
    for (size_t j = 0; j < units; j++)
        for (size_t i = 0; i < inputs; i++) {
            size_t p = layer->weights + j * inputs + i;
            real w = (real)parameters[p], sum = 0;
            for (size_t s = 0; s < rows; s++)
                sum = real_fma((real)plain->delta[l][s * units + j],
                               (real)layer_in(net, plain, l, s)[i], sum);
            sum = rows > 1 ? sum * share : sum;
            values[p] = l1 != 0 || l2 != 0 ? real_fma(l2, w, sum) + l1_share(l1, w) : sum;
        }
    for (size_t b = 0; b < layer->bias_count; b++) {
        real sum = 0;
        for (size_t s = 0; s < rows; s++) {
            const double *delta = plain->delta[l] + s * units;
            sum = sum + (layer->bias == BIAS_SHARED ? sum_values_but(delta, units, units)
                                                    : (real)delta[b]);
        }
        values[layer->biases + b] = rows > 1 ? sum * share : sum;
    }
}

/* Whether training moves parameter p of this layer. */
static bool moves(const struct layer *layer, size_t p)
{
    return p < layer->biases ? !layer->frozen_weights : !layer->frozen_biases;
}

/* Eight chains in double, by unit: input by input, then the biases, of what is not frozen. */
static double norm(const struct network *net, const double *values)
{
    double chain[8] = {0};
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        for (size_t i = 0; i < layer->inputs && !layer->frozen_weights; i++)
            for (size_t j = 0; j < layer->units; j++) {
                double g = values[layer->weights + j * layer->inputs + i];
                chain[j % 8] = fma(g, g, chain[j % 8]);
            }
        for (size_t b = 0; b < layer->bias_count && !layer->frozen_biases; b++) {
            double g = values[layer->biases + b];
            chain[b % 8] = fma(g, g, chain[b % 8]);
        }
    }
    return sqrt(((chain[0] + chain[1]) + (chain[2] + chain[3])) +
                ((chain[4] + chain[5]) + (chain[6] + chain[7])));
}

/* Moves what is not frozen of layers first .. end - 1. */
static void update(const struct network *net, struct model *model, const double *values,
                   double learning_rate, size_t first, size_t end)
{
    enum { LINE = 64 / sizeof(real) };
    size_t count = net->parameter_count, slots = optimizer_slots(&net->optimizer);
    size_t stride = (count + LINE - 1) / LINE * LINE;
    real *g = calloc((2 + slots) * stride, sizeof *g);
    if (!g)
        exit(2);
    real *w = g + stride, *state = w + stride;
    for (size_t p = 0; p < count; p++) {
        g[p] = (real)values[p];
        w[p] = (real)model->parameters[p];
        for (size_t k = 0; k < slots; k++)
            state[k * stride + p] = (real)model->state[k * count + p];
    }
    core()->optimizer_update(&net->optimizer, learning_rate, model->optimizer_updates, g, w, state,
                             stride, stride);
    for (size_t l = first; l < end; l++) {
        const struct layer *layer = &net->layers[l];
        for (size_t p = layer->weights; p < layer->biases + layer->bias_count; p++) {
            if (!moves(layer, p))
                continue;
            model->parameters[p] = w[p];
            for (size_t k = 0; k < slots; k++)
                model->state[k * count + p] = state[k * stride + p];
        }
    }
    free(g);
}

static void forward_all(const struct network *net, const double *parameters,
                        const struct samples *samples, const struct step_options *options,
                        struct plain *plain, struct outcome *outcome)
{
    convert(net, samples, plain);
    outcome->total_error = 0;
    for (size_t s = 0; s < samples->rows; s++) {
        forward(net, parameters, s, options, plain);
        record(net, s, plain, outcome);
    }
}

static void backward_layer(const struct network *net, const double *parameters, size_t rows,
                           size_t l, struct plain *plain, double *values)
{
    for (size_t s = 0; s < rows; s++)
        deltas(net, parameters, l, s, plain);
    gradient(net, parameters, rows, l, plain, values);
}

void PLAIN(plain_pass)(const struct network *net, const double *parameters,
                       const struct samples *samples, struct plain *plain, struct outcome *outcome)
{
    forward_all(net, parameters, samples, NULL, plain, outcome);
    for (size_t l = net->layer_count; l-- > 0;)
        backward_layer(net, parameters, samples->rows, l, plain, outcome->gradient);
}

/* The gradient as torch.nn.utils.clip_grad_norm_ leaves it; the caller frees it. */
static double *clipped(const struct network *net, const double *values, double most)
{
    double *result = values_copied(values, net->parameter_count);
    double factor = most > 0 ? most / (norm(net, values) + 1e-6) : 1;
    for (size_t p = 0; p < net->parameter_count && factor < 1; p++)
        result[p] = (real)values[p] * (real)factor;
    return result;
}

void PLAIN(plain_step)(const struct network *net, struct model *model,
                       const struct samples *samples, const struct step_options *options,
                       struct plain *plain, struct outcome *outcome)
{
    bool layerwise = options->order == UPDATE_LAYERWISE;
    forward_all(net, model->parameters, samples, options, plain, outcome);
    for (size_t l = net->layer_count; l-- > 0;) {
        backward_layer(net, model->parameters, samples->rows, l, plain, outcome->gradient);
        if (layerwise)
            update(net, model, outcome->gradient, options->learning_rate, l, l + 1);
    }
    if (!layerwise) {
        double *values = clipped(net, outcome->gradient, options->clip_norm);
        update(net, model, values, options->learning_rate, 0, net->layer_count);
        free(values);
    }
    model->optimizer_updates++;
}
