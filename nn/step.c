#include "nn/step.h"

#include <math.h>

#include "nn/pass_private.h"

const char *const update_order_names[UPDATE_ORDER_COUNT] = {
    [UPDATE_SIMULTANEOUS] = "simultaneous",
    [UPDATE_LAYERWISE] = "layerwise",
};

void model_start(const struct network *net, struct model *model)
{
    size_t slots = optimizer_slots(&net->optimizer);
    for (size_t slot = 0; slot < slots; slot++) {
        double start = optimizer_slot_start(&net->optimizer, slot);
        for (size_t p = 0; p < net->parameter_count; p++)
            model->state[slot * net->parameter_count + p] = start;
    }
    values_round(net->precision, model->state, slots * net->parameter_count);
    model->optimizer_updates = 0;
}

bool model_finite(const struct network *net, const struct model *model)
{
    size_t slots = optimizer_slots(&net->optimizer);
    return values_finite(model->parameters, net->parameter_count) &&
           values_finite(model->state, slots * net->parameter_count);
}

void model_pack(const struct model *model, struct workspace *ws)
{
    size_t count = ws->net->parameter_count;
    ws->core->pack_parameters(ws, model->parameters);
    for (size_t slot = 0; slot < ws->slots; slot++)
        ws->core->pack(ws, model->state + slot * count, workspace_slot(ws, slot));
}

void model_unpack(struct model *model, const struct workspace *ws)
{
    size_t count = ws->net->parameter_count;
    ws->core->unpack(ws, ws->parameters, model->parameters);
    for (size_t slot = 0; slot < ws->slots; slot++)
        ws->core->unpack(ws, workspace_slot(ws, slot), model->state + slot * count);
}

/* Forward of a part of the batch, from its sample `first` on. */
static bool forward_part(struct pass *pass, const struct step_options *options,
                         const struct real_samples *part, size_t first, struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    struct dropout dropout = {options->seed, options->steps};
    bool finite = ws->core->forward(ws, part->inputs, part->rows, &dropout, first);
    pass_record(pass, part, first, outcome);
    return finite;
}

static bool step_layerwise(struct pass *pass, const struct model *model,
                           const struct samples *samples, const struct step_options *options,
                           struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    struct real_samples part = pass_convert(pass, samples, 0, samples->rows);
    bool finite = forward_part(pass, options, &part, 0, outcome);
    for (size_t l = ws->net->layer_count; l-- > 0;) {
        ws->core->deltas(ws, &part, l);
        ws->core->gradient(ws, &part, l, false);
        ws->core->gradient_finish(ws, samples->rows, l);
        ws->core->update(ws, options->learning_rate, model->optimizer_updates, l, l + 1);
    }
    ws->core->unpack(ws, ws->gradient, outcome->gradient);
    return finite;
}

static bool step_simultaneous(struct pass *pass, const struct model *model,
                              const struct samples *samples, const struct step_options *options,
                              struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    bool finite = true;
    for (size_t first = 0; first < samples->rows; first += ws->rows) {
        size_t left = samples->rows - first;
        struct real_samples part =
            pass_convert(pass, samples, first, left < ws->rows ? left : ws->rows);
        finite &= forward_part(pass, options, &part, first, outcome);
        for (size_t l = ws->net->layer_count; l-- > 0;) {
            ws->core->deltas(ws, &part, l);
            ws->core->gradient(ws, &part, l, first > 0);
        }
    }
    for (size_t l = 0; l < ws->net->layer_count; l++)
        ws->core->gradient_finish(ws, samples->rows, l);
    ws->core->unpack(ws, ws->gradient, outcome->gradient);
    if (options->clip_norm > 0)
        ws->core->clip(ws, options->clip_norm);
    ws->core->update(ws, options->learning_rate, model->optimizer_updates, 0, ws->net->layer_count);
    return finite;
}

enum nn_status train_step(const struct network *net, struct model *model,
                          const struct samples *samples, const struct step_options *options,
                          struct pass *pass, struct outcome *outcome)
{
    outcome->total_error = 0;
    model_pack(model, pass->ws);
    bool finite = options->order == UPDATE_LAYERWISE
                      ? step_layerwise(pass, model, samples, options, outcome)
                      : step_simultaneous(pass, model, samples, options, outcome);
    model_unpack(model, pass->ws);
    model->optimizer_updates++;
    finite = finite && isfinite(outcome->total_error) &&
             values_finite(outcome->gradient, net->parameter_count) && model_finite(net, model);
    return finite ? NN_OK : NN_NOT_FINITE;
}
