#include "nn/trainer_point.h"

#include <string.h>

#include "nn/trainer_private.h"

bool trainer_has_best(const struct trainer *trainer)
{
    return trainer_restores_best(trainer) && trainer->stopping.best_epoch > 0;
}

/* Slot k of the best epoch's state. */
static void *best_slot(const struct trainer *trainer, size_t slot)
{
    const struct workspace *ws = trainer->pass->ws;
    return (char *)trainer->best.state + slot * ws->packed * ws->core->real_size;
}

static void best_unpack(const struct trainer *trainer, struct model *best)
{
    const struct workspace *ws = trainer->pass->ws;
    size_t count = trainer->net->parameter_count;
    ws->core->unpack(ws, trainer->best.parameters, best->parameters);
    for (size_t slot = 0; slot < ws->slots; slot++)
        ws->core->unpack(ws, best_slot(trainer, slot), best->state + slot * count);
}

static void best_pack(struct trainer *trainer, const struct model *best)
{
    const struct workspace *ws = trainer->pass->ws;
    size_t count = trainer->net->parameter_count;
    ws->core->pack(ws, best->parameters, trainer->best.parameters);
    for (size_t slot = 0; slot < ws->slots; slot++)
        ws->core->pack(ws, best->state + slot * count, best_slot(trainer, slot));
}

void trainer_save(const struct trainer *trainer, struct trainer_point *point, struct model *best)
{
    const struct burst *burst = &trainer->burst;
    *point = (struct trainer_point){
        .epoch = trainer->epoch,
        .position = burst->position,
        .epoch_error = burst->epoch_error,
        .updates = trainer->updates,
        .steps = burst->options.steps,
        .elapsed = trainer->pace.elapsed,
        .schedule = trainer->schedule,
        .stopping = trainer->stopping,
        .best_updates = trainer->best.updates,
        .best_optimizer_updates = trainer->best.optimizer_updates,
        .history_stride = trainer->history.stride,
        .history_last_extra = trainer->history.last_extra,
    };
    if (trainer_has_best(trainer))
        best_unpack(trainer, best);
}

/* Whether a run with these options can stand there. */
static bool point_fits(const struct trainer *trainer, const struct trainer_point *point)
{
    return trainer->state == TRAINER_RUNNING && trainer->epoch == 0 && trainer->updates == 0 &&
           point->epoch < trainer->options.epochs &&
           point->position < trainer->batches.samples.rows && point->history_stride > 0 &&
           point->position % trainer->batches.size == 0;
}

bool trainer_resume(struct trainer *trainer, const struct trainer_point *point,
                    const struct model *best, const struct history *history)
{
    struct burst *burst = &trainer->burst;
    bool needs_best = trainer_restores_best(trainer) && point->stopping.best_epoch > 0;
    if (!point_fits(trainer, point) || (needs_best && !best) ||
        history->count > trainer->history.capacity || !history_copy(&trainer->history, history))
        return false;
    trainer->history.stride = point->history_stride;
    trainer->history.last_extra = point->history_last_extra;
    trainer->epoch = point->epoch;
    trainer->updates = point->updates;
    trainer->schedule = point->schedule;
    trainer->stopping = point->stopping;
    trainer->best.updates = point->best_updates;
    trainer->best.optimizer_updates = point->best_optimizer_updates;
    trainer->pace.elapsed = point->elapsed;
    burst->position = (size_t)point->position;
    burst->epoch_error = point->epoch_error;
    burst->options.steps = point->steps;
    if (needs_best)
        best_pack(trainer, best);
    if (burst->position > 0) /* the next burst goes on in the middle of an order */
        batches_begin(&trainer->batches, trainer->options.seed, trainer->options.steps,
                      trainer->epoch + 1);
    return true;
}
