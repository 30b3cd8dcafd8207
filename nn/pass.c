#include "nn/pass.h"

#include <math.h>
#include <stdlib.h>

#include "nn/pass_private.h"

/* Of the samples that are taken at a time: more make nothing faster. */
enum {
    MAX_ROWS = 128,
    MAX_VALUES = 1 << 20, /* rows x units: 24 MiB */
};

static bool is_scaled(const struct scaling *scaling)
{
    return scaling->offset != NULL;
}

struct pass *pass_create(const struct network *net, size_t rows)
{
    struct pass *pass = calloc(1, sizeof *pass);
    if (!pass)
        return NULL;
    pass->ws = workspace_create(net, rows);
    if (!pass->ws) {
        pass_free(pass);
        return NULL;
    }
    const struct core *core = pass->ws->core;
    bool convert = net->precision != PRECISION_FLOAT64;
    bool inputs = convert || is_scaled(&net->input_scaling);
    bool targets = convert || is_scaled(&net->target_scaling);
    if (inputs)
        pass->inputs = reals_allocate(core, rows, net->inputs);
    if (targets)
        pass->targets = reals_allocate(core, rows, network_outputs(net));
    if (convert)
        pass->weights = reals_allocate(core, rows, 1);
    if ((!inputs || pass->inputs) && (!targets || pass->targets) && (!convert || pass->weights))
        return pass;
    pass_free(pass);
    return NULL;
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
    if (!pass)
        return;
    workspace_free(pass->ws);
    free(pass->inputs);
    free(pass->targets);
    free(pass->weights);
    free(pass);
}

/* rows x columns values from row `first` on, as they are or as reals in `buffer`. */
static const void *convert(const struct core *core, const double *values, size_t first, size_t rows,
                           size_t columns, const struct scaling *scaling, void *buffer)
{
    if (!values)
        return NULL;
    values += first * columns;
    if (!buffer)
        return values;
    core->convert(values, rows, columns, scaling, buffer);
    return buffer;
}

struct real_samples pass_convert(struct pass *pass, const struct samples *samples, size_t first,
                                 size_t rows)
{
    const struct network *net = pass->ws->net;
    const struct core *core = pass->ws->core;
    return (struct real_samples){
        .rows = rows,
        .inputs = convert(core, samples->inputs, first, rows, net->inputs, &net->input_scaling,
                          pass->inputs),
        .targets = convert(core, samples->targets, first, rows, network_outputs(net),
                           &net->target_scaling, pass->targets),
        .weights = convert(core, samples->weights, first, rows, 1, NULL, pass->weights),
    };
}

/* rows x outputs values of scaled targets, as the client's. */
static void scale_back(const struct network *net, size_t rows, double *outputs)
{
    const struct scaling *scaling = &net->target_scaling;
    size_t columns = network_outputs(net);
    for (size_t s = 0; s < rows && is_scaled(scaling); s++)
        for (size_t j = 0; j < columns; j++)
            outputs[s * columns + j] =
                outputs[s * columns + j] / scaling->scale[j] + scaling->offset[j];
}

void pass_record(struct pass *pass, const struct real_samples *part, size_t first,
                 struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    size_t outputs = network_outputs(ws->net);
    if (outcome->outputs) {
        double *rows = outcome->outputs + first * outputs;
        ws->core->read_rows(ws->layers[ws->net->layer_count - 1].passed, part->rows, outputs, rows);
        scale_back(ws->net, part->rows, rows);
    }
    if (!part->targets)
        return;
    ws->core->errors(ws, part, outcome->errors ? outcome->errors + first * outputs : NULL);
    for (size_t s = 0; s < part->rows; s++)
        outcome->total_error += ws->totals[s];
}

/* Forward and backward of samples first .. first + rows - 1; false when a net is not finite. */
static bool run_part(struct pass *pass, const struct samples *samples, size_t first, size_t rows,
                     struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    struct real_samples part = pass_convert(pass, samples, first, rows);
    bool finite = ws->core->forward(ws, part.inputs, rows, NULL, 0);
    pass_record(pass, &part, first, outcome);
    for (size_t l = outcome->gradient ? ws->net->layer_count : 0; l-- > 0;) {
        ws->core->deltas(ws, &part, l);
        ws->core->gradient(ws, &part, l, first > 0);
    }
    return finite;
}

enum nn_status pass_run_packed(struct pass *pass, const struct samples *samples,
                               struct outcome *outcome)
{
    struct workspace *ws = pass->ws;
    bool finite = true;
    outcome->total_error = 0;
    for (size_t first = 0; first < samples->rows; first += ws->rows) {
        size_t left = samples->rows - first;
        finite &= run_part(pass, samples, first, left < ws->rows ? left : ws->rows, outcome);
    }
    if (outcome->gradient) {
        for (size_t l = 0; l < ws->net->layer_count; l++)
            ws->core->gradient_finish(ws, samples->rows, l);
        ws->core->unpack(ws, ws->gradient, outcome->gradient);
        finite &= values_finite(outcome->gradient, ws->net->parameter_count);
    }
    return finite && isfinite(outcome->total_error) ? NN_OK : NN_NOT_FINITE;
}

enum nn_status pass_run(const struct network *net, const double *parameters,
                        const struct samples *samples, struct pass *pass, struct outcome *outcome)
{
    (void)net; /* the pass's own */
    pass->ws->core->pack_parameters(pass->ws, parameters);
    return pass_run_packed(pass, samples, outcome);
}

void pass_read(const struct pass *pass, enum pass_part part, size_t l, size_t rows, double *values)
{
    const struct packed_layer *layer = &pass->ws->layers[l];
    const void *const packed[] = {
        [PASS_NET] = layer->net, [PASS_OUT] = layer->passed, [PASS_DELTA] = layer->delta};
    pass->ws->core->read_rows(packed[part], rows, pass->ws->net->layers[l].units, values);
}
