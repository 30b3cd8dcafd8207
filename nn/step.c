#include "nn/step.h"

#include <string.h>

const char *const update_order_names[UPDATE_ORDER_COUNT] = {
    [UPDATE_SIMULTANEOUS] = "simultaneous",
    [UPDATE_LAYERWISE] = "layerwise",
};

static const struct optimizer_kind *optimizer_kind(const struct network *net)
{
    return &optimizer_kinds[net->optimizer.type];
}

/* Moves what is not frozen of layer l. Its biases follow its weights, so that this is one range. */
static void layer_update(const struct network *net, struct model *model, double learning_rate,
                         const double *gradient, size_t l)
{
    const struct layer *layer = &net->layers[l];
    size_t first = layer->frozen_weights ? layer->biases : layer->weights;
    size_t end = layer->frozen_biases ? layer->biases : layer->biases + layer->bias_count;
    if (first >= end)
        return;
    optimizer_kind(net)->update(&net->optimizer, learning_rate, model->optimizer_updates,
                                gradient + first, end - first, model->parameters + first,
                                model->state ? model->state + first : NULL, net->parameter_count);
}

/* The mean gradient of layer l alone, after the deltas of the layers above. */
static void layer_gradient(const struct network *net, const struct model *model,
                           const struct samples *samples, size_t l, struct pass *pass,
                           double *gradient)
{
    const struct layer *layer = &net->layers[l];
    size_t count = layer->biases + layer->bias_count - layer->weights;
    memset(gradient + layer->weights, 0, count * sizeof *gradient);
    pass_deltas(net, model->parameters, samples->targets, samples->rows, l, pass);
    pass_gradient(net, samples->inputs, samples->rows, l, pass, gradient);
    gradient_mean(gradient + layer->weights, count, samples->rows);
}

static enum nn_status update_layerwise(const struct network *net, struct model *model,
                                       const struct samples *samples, double learning_rate,
                                       struct pass *pass, struct outcome *outcome)
{
    double *gradient = outcome->gradient;
    outcome->gradient = NULL; /* the forward pass alone */
    enum nn_status status = pass_batch(net, model->parameters, samples, pass, outcome);
    outcome->gradient = gradient;
    if (status != NN_OK)
        return status;
    for (size_t l = net->layer_count; l-- > 0;) {
        layer_gradient(net, model, samples, l, pass, gradient);
        layer_update(net, model, learning_rate, gradient, l);
    }
    return NN_OK;
}

static enum nn_status update_simultaneous(const struct network *net, struct model *model,
                                          const struct samples *samples, double learning_rate,
                                          struct pass *pass, struct outcome *outcome)
{
    enum nn_status status = pass_batch(net, model->parameters, samples, pass, outcome);
    if (status != NN_OK)
        return status;
    for (size_t l = 0; l < net->layer_count; l++)
        layer_update(net, model, learning_rate, outcome->gradient, l);
    return NN_OK;
}

enum nn_status train_update(const struct network *net, struct model *model,
                            const struct samples *samples, double learning_rate,
                            enum update_order order, struct pass *pass, struct outcome *outcome)
{
    enum nn_status status =
        order == UPDATE_LAYERWISE
            ? update_layerwise(net, model, samples, learning_rate, pass, outcome)
            : update_simultaneous(net, model, samples, learning_rate, pass, outcome);
    model->optimizer_updates++;
    return status;
}

bool model_finite(const struct network *net, const struct model *model)
{
    size_t slots = optimizer_kind(net)->slots(&net->optimizer);
    return values_finite(model->parameters, net->parameter_count) &&
           values_finite(model->state, slots * net->parameter_count);
}

enum nn_status train_step(const struct network *net, struct model *model,
                          const struct samples *samples, double learning_rate,
                          enum update_order order, struct pass *pass, struct outcome *outcome)
{
    enum nn_status status = train_update(net, model, samples, learning_rate, order, pass, outcome);
    if (status != NN_OK)
        return status;
    bool finite =
        values_finite(outcome->gradient, net->parameter_count) && model_finite(net, model);
    return finite ? NN_OK : NN_NOT_FINITE;
}
