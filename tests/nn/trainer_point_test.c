/*
 * A run that is broken off again and again, and gone on with by another trainer from what was kept
 * of it, ends as one that was not: parameters, state, counts and curve, but for the times.
 */
#include "nn/trainer_point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/nn/training.h"

enum { ROWS = 37, VALIDATION_ROWS = 5 };

static const struct point_row {
    const char *what;
    struct train_options options; /* seed, steps and rate are the same for all */
    size_t optimizer;
    bool validates;
    double dropout;
    enum precision precision;
    enum trainer_state end;
} rows[] = {
    {"one by one", {.epochs = 400, .batch_size = 1}, .end = TRAINER_ENDED_EPOCHS},
    {"with momentum",
     {.epochs = 300, .batch_size = 5},
     .optimizer = 1,
     .end = TRAINER_ENDED_EPOCHS},
    {"adam, shuffled, dropped",
     {.epochs = 200, .batch_size = 4, .shuffle = true},
     .optimizer = 4,
     .dropout = 0.25,
     .end = TRAINER_ENDED_EPOCHS},
    {"float32, shuffled one by one",
     {.epochs = 200, .batch_size = 1, .shuffle = true},
     .optimizer = 4,
     .precision = PRECISION_FLOAT32,
     .end = TRAINER_ENDED_EPOCHS},
    {"layerwise",
     {.epochs = 200, .batch_size = 3, .order = UPDATE_LAYERWISE},
     .end = TRAINER_ENDED_EPOCHS},
    {"a curve that is thinned",
     {.epochs = 20100, .batch_size = ROWS, .clip_norm = 0.1},
     .optimizer = 2,
     .end = TRAINER_ENDED_EPOCHS},
    {"back to the best",
     {.epochs = 3000,
      .batch_size = 2,
      .early_stopping = {.on = true, .patience = 40, .restore_best = true}},
     .optimizer = 4,
     .validates = true,
     .end = TRAINER_ENDED_EARLY},
    {"on a plateau",
     {.epochs = 400,
      .batch_size = 2,
      .shuffle = true,
      .schedule = {.type = SCHEDULE_PLATEAU,
                   .factor = 0.5,
                   .patience = 3,
                   .threshold = 1e-3,
                   .cooldown = 2,
                   .eps = 1e-8}},
     .optimizer = 1,
     .validates = true,
     .end = TRAINER_ENDED_EPOCHS},
    {"falling exponentially",
     {.epochs = 400, .batch_size = 7, .schedule = {.type = SCHEDULE_EXPONENTIAL, .gamma = 0.99}},
     .optimizer = 3,
     .end = TRAINER_ENDED_EPOCHS},
    {"until it is good",
     {.epochs = 5000, .batch_size = 1, .stop_below = 0.085},
     .optimizer = 4,
     .end = TRAINER_ENDED_STOP_BELOW},
};

/* What is kept of a run while nobody trains it. */
struct kept {
    struct trainer_point point;
    struct model model;
    struct model best;
    bool has_best;
    struct history history;
};

static void keep(const struct network *net, struct trainer *trainer, const struct model *model,
                 struct kept *kept)
{
    const struct history *history = trainer_history(trainer);
    trainer_write_model(trainer);
    kept->model = model_copied(net, model);
    kept->best = model_copied(net, model); /* memory of its size */
    kept->has_best = trainer_has_best(trainer);
    trainer_save(trainer, &kept->point, &kept->best);
    history_init(&kept->history);
    kept->history.points = calloc(history->count + 1, sizeof *history->points);
    if (history->count > 0)
        memcpy(kept->history.points, history->points, history->count * sizeof *history->points);
    kept->history.count = history->count;
}

static void kept_release(struct kept *kept)
{
    model_release(&kept->model);
    model_release(&kept->best);
    history_release(&kept->history);
}

static bool same_history(const struct history *a, const struct history *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        const struct history_point *left = &a->points[i], *right = &b->points[i];
        same = left->epoch == right->epoch &&
               memcmp(&left->total_error, &right->total_error, sizeof(double)) == 0 &&
               memcmp(&left->mean_error, &right->mean_error, sizeof(double)) == 0 &&
               memcmp(&left->validation_error, &right->validation_error, sizeof(double)) == 0 &&
               left->learning_rate == right->learning_rate;
    }
    return same;
}

/* Another trainer in place of this one. */
static struct trainer *exchange(const struct network *net, const struct train_options *options,
                                const struct samples *samples, struct model *model,
                                struct trainer *trainer)
{
    struct kept kept;
    keep(net, trainer, model, &kept);
    trainer_free(trainer);
    model_release(model);
    *model = model_copied(net, &kept.model);
    trainer = trainer_create(net, options, samples, model);
    if (!trainer_resume(trainer, &kept.point, kept.has_best ? &kept.best : NULL, &kept.history))
        abort();
    kept_release(&kept);
    return trainer;
}

static void test_row(const struct point_row *row)
{
    struct network *net = training_network();
    net->precision = row->precision;
    net->optimizer = training_optimizers[row->optimizer];
    net->layers[0].dropout = row->dropout;
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct samples validation = samples_drawn(net, 6, VALIDATION_ROWS);
    struct train_options options = row->options;
    options.seed = 77;
    options.steps = 1234;
    options.learning_rate = net->optimizer.learning_rate;
    if (row->validates)
        options.validation = validation;
    struct model whole = model_drawn(net, 3);
    struct model parts = model_copied(net, &whole);
    struct trainer *expected = training_done(net, &options, &samples, &whole);
    struct trainer *trainer = trainer_create(net, &options, &samples, &parts);
    int breaks = 0, inside = 0;
    double elapsed = 0;
    bool time_goes_on = true;
    for (int burst = 0; trainer_continue(trainer, 1e-9) == TRAINER_RUNNING; burst++) {
        if (burst % 3 != 1)
            continue;
        trainer = exchange(net, &options, &samples, &parts, trainer);
        inside += trainer_updates(trainer) % ((ROWS - 1) / options.batch_size + 1) != 0;
        breaks++;
        time_goes_on &= trainer_elapsed(trainer) > elapsed;
        elapsed = trainer_elapsed(trainer);
    }
    tap_ok(trainer_state(trainer) == row->end && trainer_state(expected) == row->end,
           "%s: ends as one that was not broken off", row->what);
    tap_ok(breaks > 3 && (inside > 2 || options.batch_size >= ROWS),
           "broken off %d times, %d inside an epoch", breaks, inside);
    tap_ok(model_same(net, &whole, &parts), "the same bits");
    tap_ok(trainer_updates(trainer) == trainer_updates(expected) &&
               trainer_epoch(trainer) == trainer_epoch(expected),
           "as many updates and epochs");
    tap_ok(same_history(trainer_history(trainer), trainer_history(expected)), "the same curve");
    tap_ok(time_goes_on, "and the time goes on");
    trainer_free(expected);
    trainer_free(trainer);
    model_release(&whole);
    model_release(&parts);
    samples_release(&samples);
    samples_release(&validation);
    network_free(net);
}

/* A point of another run is refused. */
static void test_refused(void)
{
    struct network *net = training_network();
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct model model = model_drawn(net, 3);
    const struct train_options options = {
        .epochs = 10,
        .batch_size = 4,
        .learning_rate = 0.1,
        .early_stopping = {.on = true, .patience = 5, .restore_best = true}};
    const struct history none = {.stride = 1};
    const struct trainer_point good = {.epoch = 3, .position = 8, .history_stride = 1};
    struct trainer_point points[] = {good, good, good, good, good};
    points[0].epoch = 10;
    points[1].position = ROWS;
    points[2].position = 7;
    points[3].history_stride = 0;
    points[4].stopping.best_epoch = 1; /* whose model is not there */
    for (size_t i = 0; i < COUNT(points); i++) {
        struct trainer *trainer = trainer_create(net, &options, &samples, &model);
        tap_ok(!trainer_resume(trainer, &points[i], NULL, &none), "point %zu is refused", i);
        trainer_free(trainer);
    }
    struct trainer *trainer = trainer_create(net, &options, &samples, &model);
    tap_ok(trainer_resume(trainer, &good, NULL, &none), "one that fits is not");
    trainer_free(trainer);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

/* A run that is stopped has what was trained so far, or the best of it. */
static void test_stop(void)
{
    struct network *net = training_network();
    net->optimizer = training_optimizers[1];
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct train_options options = {.epochs = 50, .batch_size = 1, .learning_rate = 0.1};
    struct train_options ten = options;
    ten.epochs = 10;
    struct model expected = model_trained(net, &ten, &samples);
    struct model model = model_drawn(net, 3);
    struct trainer *trainer = trainer_create(net, &options, &samples, &model);
    for (int epoch = 0; epoch < 10; epoch++)
        trainer_continue(trainer, 0);
    tap_ok(trainer_stop(trainer) == TRAINER_STOPPED && trainer_state(trainer) == TRAINER_STOPPED,
           "stopped");
    tap_ok(model_same(net, &model, &expected), "with what ten epochs train");
    tap_ok(trainer_continue(trainer, 1) == TRAINER_STOPPED && trainer_epoch(trainer) == 10,
           "and stays there");
    trainer_free(trainer);
    model_release(&model);
    options.early_stopping =
        (struct early_stopping){.on = true, .patience = 50, .min_delta = 1e9, .restore_best = true};
    ten.epochs = 1;
    model_release(&expected);
    expected = model_trained(net, &ten, &samples);
    model = model_drawn(net, 3);
    trainer = trainer_create(net, &options, &samples, &model);
    for (int epoch = 0; epoch < 10; epoch++)
        trainer_continue(trainer, 0);
    trainer_stop(trainer);
    tap_ok(model_same(net, &model, &expected) && trainer_updates(trainer) == ROWS,
           "the best epoch, here the first, where that is to be restored");
    trainer_free(trainer);
    model_release(&model);
    model_release(&expected);
    samples_release(&samples);
    network_free(net);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        test_row(&rows[i]);
    test_refused();
    test_stop();
    return tap_done();
}
