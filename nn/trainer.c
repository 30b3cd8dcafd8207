#include "nn/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/trainer_private.h"

/* Between two looks at the clock; of a team, which begins and ends each burst by copying weights.
 */
static const double SECONDS_A_BURST = 50e-6;
static const double TEAM_SECONDS_A_BURST = 2e-3;

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Adds the time since the last look to what has elapsed, and returns it. */
static double pace_look(struct pace *pace)
{
    double now = clock_seconds();
    double passed = now - pace->seen;
    pace->elapsed += passed;
    pace->seen = now;
    return passed;
}

bool trainer_restores_best(const struct trainer *trainer)
{
    return trainer->options.early_stopping.on && trainer->options.early_stopping.restore_best;
}

static size_t packed_bytes(const struct workspace *ws)
{
    return ws->packed * ws->core->real_size;
}

static bool best_allocate(struct trainer *trainer)
{
    const struct workspace *ws = trainer->pass->ws;
    trainer->best.parameters = malloc(packed_bytes(ws));
    trainer->best.state = ws->slots > 0 ? calloc(ws->slots, packed_bytes(ws)) : NULL;
    return trainer->best.parameters && (trainer->best.state || ws->slots == 0);
}

/* The pass is the validation's too: a second one would keep its parameters a second time. */
static struct pass *pass_allocate(const struct trainer *trainer)
{
    const struct network *net = trainer->net;
    size_t rows = trainer->batches.size;
    size_t validation = pass_rows(net, trainer->options.validation.rows);
    if (trainer->options.order == UPDATE_SIMULTANEOUS)
        rows = pass_rows(net, rows);
    return pass_create(net, rows > validation ? rows : validation);
}

static bool trainer_allocate(struct trainer *trainer, const struct samples *samples)
{
    const struct train_options *options = &trainer->options;
    if (!batches_init(&trainer->batches, trainer->net, samples, options->batch_size,
                      options->shuffle))
        return false;
    trainer->pass = pass_allocate(trainer);
    return trainer->pass && history_reserve(&trainer->history, options->epochs) &&
           (!trainer_restores_best(trainer) || best_allocate(trainer));
}

/* Of an epoch's total error: somewhat more than what judge() looks at, whose mean is rounded. */
static double stop_below(const struct train_options *options, double rows)
{
    return options->stop_below > 0 ? options->stop_below * rows * (1 + 0x1p-50) : -INFINITY;
}

static void burst_init(struct trainer *trainer)
{
    const struct train_options *options = &trainer->options;
    double rows = (double)trainer->batches.samples.rows;
    trainer->burst = (struct burst){
        .samples = trainer->batches.samples,
        .order = trainer->batches.order,
        .gathered = trainer->batches.gathered,
        .batch_size = trainer->batches.size,
        .options = {.order = options->order,
                    .clip_norm = options->clip_norm,
                    .seed = options->seed,
                    .steps = options->steps},
        .stop_below = stop_below(options, rows),
        .optimizer_updates = trainer->model->optimizer_updates,
        .epoch_errors = trainer->epoch_errors,
    };
}

struct trainer *trainer_create(const struct network *net, const struct train_options *options,
                               const struct samples *samples, struct model *model)
{
    struct trainer *trainer = calloc(1, sizeof *trainer);
    if (!trainer)
        return NULL;
    trainer->net = net;
    trainer->model = model;
    trainer->options = *options;
    trainer->pace.burst = 1;
    history_init(&trainer->history);
    schedule_start(&options->schedule, options->learning_rate, &trainer->schedule);
    if (!trainer_allocate(trainer, samples)) {
        trainer_free(trainer);
        return NULL;
    }
    burst_init(trainer);
    model_pack(model, trainer->pass->ws);
    return trainer;
}

size_t trainer_team(const struct trainer *trainer, size_t most)
{
    const struct train_options *options = &trainer->options;
    double work = (double)trainer->batches.size * (double)trainer->net->parameter_count;
    if (options->order != UPDATE_SIMULTANEOUS || options->clip_norm != 0 ||
        trainer->batches.size < TEAM_BATCH || work < TEAM_WORK)
        return 1;
    while (most > 1 && !workspace_can_share(trainer->pass->ws, most))
        most--;
    return most > 1 ? most : 1;
}

bool trainer_share(struct trainer *trainer, struct team *team, size_t members)
{
    return workspace_share(trainer->pass->ws, team, members);
}

void trainer_free(struct trainer *trainer)
{
    if (!trainer)
        return;
    batches_release(&trainer->batches);
    pass_free(trainer->pass);
    free(trainer->best.parameters);
    free(trainer->best.state);
    history_release(&trainer->history);
    free(trainer);
}

/* The mean error of the samples that validate; NaN where there are none. */
static enum nn_status validate(struct trainer *trainer, double *mean_error)
{
    const struct samples *samples = &trainer->options.validation;
    *mean_error = NAN;
    if (samples->rows == 0)
        return NN_OK;
    struct outcome outcome = {0};
    enum nn_status status = pass_run_packed(trainer->pass, samples, &outcome);
    *mean_error = outcome.total_error / (double)samples->rows;
    return status;
}

static void save_best(struct trainer *trainer)
{
    const struct workspace *ws = trainer->pass->ws;
    struct best *best = &trainer->best;
    memcpy(best->parameters, ws->parameters, packed_bytes(ws));
    if (ws->slots > 0)
        memcpy(best->state, ws->state, ws->slots * packed_bytes(ws));
    best->optimizer_updates = trainer->burst.optimizer_updates;
    best->updates = trainer->updates;
}

static void restore_best(struct trainer *trainer)
{
    struct workspace *ws = trainer->pass->ws;
    const struct best *best = &trainer->best;
    memcpy(ws->parameters, best->parameters, packed_bytes(ws));
    if (ws->slots > 0)
        memcpy(ws->state, best->state, ws->slots * packed_bytes(ws));
    trainer->burst.optimizer_updates = best->optimizer_updates;
    trainer->updates = best->updates;
}

void trainer_copy_model(const struct trainer *trainer, struct model *model)
{
    model_unpack(model, trainer->pass->ws);
    model->optimizer_updates = trainer->burst.optimizer_updates;
}

void trainer_write_model(struct trainer *trainer)
{
    trainer_copy_model(trainer, trainer->model);
}

/* Whether early_stopping ends the run after an epoch with this error. */
static bool stops_early(struct trainer *trainer, double watched)
{
    if (!trainer->options.early_stopping.on)
        return false;
    enum early_stopping_verdict verdict = early_stopping_advance(
        &trainer->options.early_stopping, trainer->epoch, watched, &trainer->stopping);
    if (verdict == EARLY_STOPPING_BEST && trainer_restores_best(trainer))
        save_best(trainer);
    return verdict == EARLY_STOPPING_STOP;
}

/* Puts the model to what a run that ends like this ends with. */
static enum trainer_state finish(struct trainer *trainer, enum trainer_state state)
{
    if (trainer_restores_best(trainer) && trainer->stopping.best_epoch > 0)
        restore_best(trainer);
    /* No later pass would see what the last update did. */
    trainer_write_model(trainer);
    return model_finite(trainer->net, trainer->model) ? state : TRAINER_DIVERGED;
}

/* Where the run stands after an epoch; the model is what it ends with. */
static enum trainer_state judge(struct trainer *trainer, const struct history_point *point)
{
    double watched =
        trainer->options.validation.rows > 0 ? point->validation_error : point->mean_error;
    bool early = stops_early(trainer, watched);
    enum trainer_state state = TRAINER_RUNNING;
    if (trainer->options.stop_below > 0 && point->mean_error < trainer->options.stop_below)
        state = TRAINER_ENDED_STOP_BELOW;
    else if (early)
        state = TRAINER_ENDED_EARLY;
    else if (trainer->epoch == trainer->options.epochs)
        state = TRAINER_ENDED_EPOCHS;
    if (state == TRAINER_RUNNING) {
        schedule_advance(&trainer->options.schedule, trainer->options.learning_rate, trainer->epoch,
                         watched, &trainer->schedule);
        return state;
    }
    return finish(trainer, state);
}

/* Ends the run, and looks at the clock so that its curve ends with the time that it took. */
static void end(struct trainer *trainer, enum trainer_state state)
{
    trainer->state = state;
    pace_look(&trainer->pace);
}

/* An epoch with this error has ended. */
static void epoch_end(struct trainer *trainer, double error)
{
    struct history_point point = {
        .epoch = ++trainer->epoch,
        .total_error = error,
        .mean_error = error / (double)trainer->batches.samples.rows,
        .learning_rate = trainer->schedule.learning_rate,
    };
    enum trainer_state state = TRAINER_DIVERGED;
    if (validate(trainer, &point.validation_error) == NN_OK && isfinite(point.mean_error) &&
        isfinite(point.learning_rate))
        state = judge(trainer, &point);
    if (state != TRAINER_RUNNING)
        end(trainer, state);
    if (state == TRAINER_DIVERGED)
        return;
    point.elapsed_seconds = trainer->pace.elapsed;
    history_add(&trainer->history, &point); /* has its memory since trainer_create() */
}

/* Whether nothing but an error is looked at between two epochs, so that a burst may take several.
 */
static bool epochs_are_plain(const struct trainer *trainer)
{
    const struct train_options *options = &trainer->options;
    return options->schedule.type == SCHEDULE_CONSTANT && !options->shuffle &&
           !options->early_stopping.on && options->validation.rows == 0;
}

/* Goes through the epochs that a burst has ended. Of those between two that the curve keeps nobody
 * wants anything but the last one. */
static void epochs_end(struct trainer *trainer, const struct burst *burst)
{
    uint64_t before = trainer->epoch;
    uint64_t last = before + burst->epochs_done;
    while (trainer->epoch < last && trainer->state == TRAINER_RUNNING) {
        uint64_t next = history_next(&trainer->history);
        if (next > trainer->epoch + 1)
            trainer->epoch = (next < last ? next : last) - 1;
        epoch_end(trainer, burst->epoch_errors[trainer->epoch - before]);
    }
}

/* Takes up to `limit` updates, within as many epochs as may go together. Returns how many. */
static uint64_t take_updates(struct trainer *trainer, uint64_t limit)
{
    struct burst *burst = &trainer->burst;
    struct workspace *ws = trainer->pass->ws;
    uint64_t epochs_left = trainer->options.epochs - trainer->epoch;
    uint64_t most = epochs_are_plain(trainer) ? EPOCHS_A_BURST : 1;
    if (burst->position == 0)
        batches_begin(&trainer->batches, trainer->options.seed, trainer->options.steps,
                      trainer->epoch + 1);
    burst->options.learning_rate = trainer->schedule.learning_rate;
    burst->updates = limit;
    burst->epochs = (size_t)(epochs_left < most ? epochs_left : most);
    bool finite = ws->core->train(ws, burst);
    trainer->updates += burst->updates_done;
    epochs_end(trainer, burst);
    if (!finite)
        end(trainer, TRAINER_DIVERGED);
    return burst->updates_done;
}

/* Trains for at most `limit` updates without looking at the clock, then looks, and makes the next
 * burst longer or shorter so that it takes one to two times SECONDS_A_BURST. */
static void train_burst(struct trainer *trainer, uint64_t limit)
{
    struct pace *pace = &trainer->pace;
    uint64_t updates = limit < pace->burst ? limit : pace->burst;
    for (uint64_t left = updates; left > 0 && trainer->state == TRAINER_RUNNING;)
        left -= take_updates(trainer, left);
    if (trainer->state != TRAINER_RUNNING)
        return; /* end() has looked */
    double took = pace_look(pace);
    double aim = trainer->pass->ws->members > 0 ? TEAM_SECONDS_A_BURST : SECONDS_A_BURST;
    if (took > 2 * aim && pace->burst > 1)
        pace->burst /= 2;
    else if (took < aim && updates == pace->burst)
        pace->burst *= 2;
}

enum trainer_state trainer_continue(struct trainer *trainer, double seconds)
{
    trainer->pace.seen = clock_seconds(); /* what passed between two calls is not training */
    double until = trainer->pace.elapsed + seconds;
    uint64_t epoch = trainer->epoch;
    while (trainer->state == TRAINER_RUNNING) {
        train_burst(trainer, seconds > 0
                                 ? UINT64_MAX
                                 : batches_left(&trainer->batches, trainer->burst.position));
        if (seconds > 0 ? trainer->pace.elapsed >= until : trainer->epoch > epoch)
            break;
    }
    return trainer->state;
}

enum trainer_state trainer_advance(struct trainer *trainer, double seconds)
{
    if (trainer_continue(trainer, seconds) == TRAINER_RUNNING)
        trainer_write_model(trainer); /* else finish() has, or it is unspecified */
    return trainer->state;
}

enum trainer_state trainer_stop(struct trainer *trainer)
{
    if (trainer->state == TRAINER_RUNNING)
        trainer->state = finish(trainer, TRAINER_STOPPED);
    return trainer->state;
}

enum trainer_state trainer_state(const struct trainer *trainer)
{
    return trainer->state;
}

uint64_t trainer_epoch(const struct trainer *trainer)
{
    return trainer->epoch;
}

uint64_t trainer_updates(const struct trainer *trainer)
{
    return trainer->updates;
}

double trainer_elapsed(const struct trainer *trainer)
{
    return trainer->pace.elapsed;
}

double trainer_learning_rate(const struct trainer *trainer)
{
    return trainer->schedule.learning_rate;
}

const struct history *trainer_history(const struct trainer *trainer)
{
    return &trainer->history;
}
