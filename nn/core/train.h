#ifndef NN_CORE_TRAIN_H
#define NN_CORE_TRAIN_H

#include "nn/core/part.h"
#include "nn/core/together.h"
#include "nn/core/update.h"
#include "nn/core/workspace.h"

static void gather_rows(const real *from, const size_t *order, size_t rows, size_t columns,
                        real *to)
{
    for (size_t s = 0; s < rows; s++)
        memcpy(to + s * columns, from + order[s] * columns, columns * sizeof *to);
}

/* The samples at places first .. first + rows - 1 of the burst's order. */
static struct real_samples batch_of(const struct workspace *ws, const struct burst *burst,
                                    size_t first, size_t rows)
{
    const struct real_samples *all = &burst->samples;
    if (!burst->order)
        return real_samples_part(ws, all, first, rows);
    const size_t *order = burst->order + first;
    if (rows == 1)
        return real_samples_part(ws, all, order[0], 1);
    struct real_samples batch = burst->gathered;
    batch.rows = rows;
    gather_rows(all->inputs, order, rows, ws->net->inputs, (real *)(uintptr_t)batch.inputs);
    gather_rows(all->targets, order, rows, ws->net->layers[ws->net->layer_count - 1].units,
                (real *)(uintptr_t)batch.targets);
    if (all->weights)
        gather_rows(all->weights, order, rows, 1, (real *)(uintptr_t)batch.weights);
    return batch;
}

/* Whether layer l's gradient is finite, where parameters and state would not show it. */
INLINE bool gradient_finite(const struct workspace *ws, size_t l)
{
    const struct packed_layer *packed = &ws->layers[l];
    return !ws->gradient_hides || reals_finite((const real *)ws->gradient + packed->weights,
                                               packed->end - packed->weights);
}

/* A layer after the other from the last one: its deltas come from weights above that have moved. */
static bool update_layerwise(struct workspace *ws, const struct burst *burst,
                             const struct real_samples *batch, const struct dropout *dropout,
                             double *total)
{
    bool finite = part_forward(ws, batch, 0, dropout);
    totals_add(ws, batch->rows, total);
    for (size_t l = ws->net->layer_count; l-- > 0;) {
        core_deltas(ws, batch, l);
        core_gradient(ws, batch, l, false);
        core_gradient_finish(ws, batch->rows, l);
        finite &= gradient_finite(ws, l);
        core_update(ws, burst->options.learning_rate, burst->optimizer_updates, l, l + 1);
    }
    return finite;
}

static bool update_simultaneous(struct workspace *ws, const struct burst *burst,
                                const struct real_samples *batch, const struct dropout *dropout,
                                double *total)
{
    bool finite = true;
    bool descends = descent_fits(ws, burst);
    struct descent descent = descent_of(burst, batch->rows);
    for (size_t first = 0; first < batch->rows; first += ws->rows) {
        size_t left = batch->rows - first;
        struct real_samples part =
            real_samples_part(ws, batch, first, left < ws->rows ? left : ws->rows);
        finite &= part_deltas(ws, &part, first, dropout);
        totals_add(ws, part.rows, total);
        bool now = descends && left <= ws->rows;
        for (size_t l = 0; l < ws->net->layer_count; l++)
            layer_gradient(ws, &part, l, first > 0, now ? &descent : NULL);
    }
    if (descends) {
        for (size_t l = 1; l < ws->net->layer_count; l++)
            refresh_transposed(ws, l);
        return finite;
    }
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        core_gradient_finish(ws, batch->rows, l);
        finite &= gradient_finite(ws, l);
    }
    if (burst->options.clip_norm > 0)
        core_clip(ws, burst->options.clip_norm);
    core_update(ws, burst->options.learning_rate, burst->optimizer_updates, 0,
                ws->net->layer_count);
    return finite;
}

static bool update_batch(struct workspace *ws, const struct burst *burst,
                         const struct real_samples *batch, const struct dropout *dropout,
                         double *total)
{
    if (burst->options.order == UPDATE_LAYERWISE)
        return update_layerwise(ws, burst, batch, dropout, total);
    if (ws->members > 0)
        return update_together(ws, burst, batch, dropout, total);
    return update_simultaneous(ws, burst, batch, dropout, total);
}

/* The next update. */
static bool burst_update(struct workspace *ws, struct burst *burst)
{
    size_t left = burst->samples.rows - burst->position;
    struct real_samples batch =
        batch_of(ws, burst, burst->position, left < burst->batch_size ? left : burst->batch_size);
    struct dropout dropout = {burst->options.seed, burst->options.steps};
    double total = 0;
    bool finite = update_batch(ws, burst, &batch, &dropout, &total);
    burst->epoch_error += total;
    burst->position += batch.rows;
    burst->optimizer_updates++;
    burst->options.steps++;
    burst->updates_done++;
    return finite;
}

/* Takes note of an epoch that has ended; whether the burst goes on. */
INLINE bool burst_epoch(struct burst *burst)
{
    double error = burst->epoch_error;
    burst->epoch_errors[burst->epochs_done++] = error;
    burst->position = 0;
    burst->epoch_error = 0;
    return burst->epochs_done < burst->epochs && !(error < burst->stop_below);
}

static bool batch_train(struct workspace *ws, struct burst *burst)
{
    bool finite = true;
    ws->begun = false;
    blocks_copy(ws, true);
    while (finite && burst->updates_done < burst->updates) {
        finite = burst_update(ws, burst) && isfinite(burst->epoch_error);
        if (burst->position == burst->samples.rows && !burst_epoch(burst))
            break;
    }
    blocks_copy(ws, false);
    return finite;
}

#endif
