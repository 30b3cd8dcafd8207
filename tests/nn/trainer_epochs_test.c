/* What a trainer does between epochs: validation, schedules, early stopping. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/nn/training.h"

enum { ROWS = 12, VALIDATING = 7, EPOCHS = 30, GOAL = 11 };

/* One weight that gradient descent draws from 0 to 1 at the rate 0.1: after n epochs it is
 * 1 - 0.9^n, and its error in epoch n was 0.9^(2n - 2) / 2. Half way there, where the validation's
 * target is, it comes nearest after epoch 7: 0.4686, 0.5217, 0.5695. */
static const struct samples drawn_to_one = {1, &(double){1}, &(double){1}, NULL};
static const struct samples best_at_half = {1, &(double){1}, &(double){0.5}, NULL};
enum { BEST = 7 };

static struct network *single_weight(void)
{
    const struct layer layer = {.units = 1, .activation = ACTIVATION_IDENTITY, .bias = BIAS_NONE};
    return network_make(1, 1, &layer);
}

static const struct stopping_row {
    const char *why;
    struct early_stopping stopping;
    bool validates;
    double learning_rate, stop_below;
    uint64_t epochs;
    enum trainer_state state;
    uint64_t ends, has; /* after which epoch, with the weight of which */
} stopping_rows[] = {
    {"off", {.patience = 1, .restore_best = true}, true, 0.1, 0, 30, TRAINER_ENDED_EPOCHS, 30, 30},
    {"patience 1", {true, 1}, true, 0.1, 0, 30, TRAINER_ENDED_EARLY, BEST + 1, BEST + 1},
    {"patience 3", {true, 3}, true, 0.1, 0, 30, TRAINER_ENDED_EARLY, BEST + 3, BEST + 3},
    {"restored", {true, 3, 0, true}, true, 0.1, 0, 30, TRAINER_ENDED_EARLY, BEST + 3, BEST},
    {"in the last epoch",
     {true, 3, 0, true},
     true,
     0.1,
     0,
     BEST + 3,
     TRAINER_ENDED_EARLY,
     BEST + 3,
     BEST},
    {"epochs end first",
     {true, 3, 0, true},
     true,
     0.1,
     0,
     BEST + 2,
     TRAINER_ENDED_EPOCHS,
     BEST + 2,
     BEST},
    {"the last is the best", {true, 3, 0, true}, true, 0.1, 0, 5, TRAINER_ENDED_EPOCHS, 5, 5},
    /* 0.9^(2n - 2) / 2 is 0.093 in epoch 9, 0.075 in epoch 10. */
    {"stop_below at the same time",
     {true, 3, 0, true},
     true,
     0.1,
     0.08,
     30,
     TRAINER_ENDED_STOP_BELOW,
     BEST + 3,
     BEST},
    /* (0.5 - w)^2 / 2 is 0.0262 after epoch 3, 0.0122 after epoch 4. */
    {"min_delta", {true, 3, 0.0125, true}, true, 0.1, 0, 30, TRAINER_ENDED_EARLY, 7, 4},
    {"the training error falls on",
     {true, 3, 0, true},
     false,
     0.1,
     0,
     30,
     TRAINER_ENDED_EPOCHS,
     30,
     30},
    {"the training error rests", {true, 3, 0, true}, false, 0, 0, 30, TRAINER_ENDED_EARLY, 4, 1},
};

/* w = 1 - (1 - rate)^n after n epochs. */
static void test_stopping(const struct stopping_row *row)
{
    struct network *net = single_weight();
    struct model model = {.parameters = values_zero(1), .state = values_zero(1)};
    const struct train_options options = {
        .epochs = row->epochs,
        .batch_size = 1,
        .learning_rate = row->learning_rate,
        .stop_below = row->stop_below,
        .early_stopping = row->stopping,
        .validation = row->validates ? best_at_half : (struct samples){0},
    };
    struct trainer *trainer = training_done(net, &options, &drawn_to_one, &model);
    const struct history *history = trainer_history(trainer);
    tap_ok(trainer_state(trainer) == row->state && trainer_epoch(trainer) == row->ends,
           "%s: ends after epoch %llu (%llu)", row->why, (unsigned long long)row->ends,
           (unsigned long long)trainer_epoch(trainer));
    tap_near(model.parameters[0], 1 - pow(1 - row->learning_rate, (double)row->has), 1e-14,
             "with the weight of epoch %llu", (unsigned long long)row->has);
    tap_ok(trainer_updates(trainer) == row->has && model.optimizer_updates == row->has,
           "and its number of updates");
    tap_ok(history->count == row->ends && history->points[row->ends - 1].epoch == row->ends,
           "the curve goes to the end");
    tap_ok(trainer_advance(trainer, 1) == row->state && trainer_epoch(trainer) == row->ends,
           "the run stays ended");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* Its validation errors are those of the weight: (0.5 - w)^2 / 2. */
static void test_validation_errors(void)
{
    struct network *net = single_weight();
    struct model model = {.parameters = values_zero(1), .state = values_zero(1)};
    struct train_options options = {
        .epochs = 20, .batch_size = 1, .learning_rate = 0.1, .validation = best_at_half};
    struct trainer *trainer = training_done(net, &options, &drawn_to_one, &model);
    const struct history *history = trainer_history(trainer);
    double worst = 0;
    for (size_t i = 0; i < history->count; i++) {
        double w = 1 - pow(0.9, (double)i + 1);
        worst = fmax(worst, fabs(history->points[i].validation_error - (0.5 - w) * (0.5 - w) / 2));
    }
    tap_ok(history->count == 20 && worst < 1e-15, "validation errors by arithmetic");
    trainer_free(trainer);
    options.validation.rows = 0;
    trainer = training_done(net, &options, &drawn_to_one, &model);
    tap_ok(isnan(trainer_history(trainer)->points[0].validation_error), "without samples: none");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* Options of a run on which everything that draws or keeps something has a say. */
static struct train_options rich_options(const struct network *net)
{
    return (struct train_options){
        .epochs = EPOCHS,
        .batch_size = 5,
        .shuffle = true,
        .seed = 4,
        .steps = 99,
        .learning_rate = net->optimizer.learning_rate,
        .clip_norm = 0.2,
    };
}

static const struct schedule schedules[] = {
    {.type = SCHEDULE_CONSTANT},
    {.type = SCHEDULE_STEP, .step_size = 4, .gamma = 0.5},
    {.type = SCHEDULE_EXPONENTIAL, .gamma = 0.9},
    {.type = SCHEDULE_COSINE, .t_max = 8, .eta_min = 0.01},
    {.type = SCHEDULE_PLATEAU, .factor = 0.5, .patience = 1, .threshold = 0.01},
};

/* Epoch by epoch as train_step(), pass_run() and schedule_advance() have it. */
static size_t compare_epochs(const struct network *net, const struct train_options *options,
                             const struct samples *samples, const struct history *history,
                             struct model *model)
{
    struct schedule_state state;
    size_t wrong = 0;
    schedule_start(&options->schedule, options->learning_rate, &state);
    for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        const struct history_point *point = &history->points[epoch - 1];
        wrong += point->learning_rate != state.learning_rate;
        double error = training_epoch(net, options, samples, epoch, state.learning_rate, model);
        double watched = point->mean_error;
        if (options->validation.rows > 0) {
            watched = training_error(net, model, &options->validation);
            wrong += point->validation_error != watched;
        }
        wrong += point->total_error != error || point->mean_error != error / ROWS;
        schedule_advance(&options->schedule, options->learning_rate, epoch, watched, &state);
    }
    return wrong;
}

static void test_schedule(struct network *net, const struct schedule *schedule, bool validates,
                          bool shuffle)
{
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct samples validation = samples_drawn(net, 50, VALIDATING);
    validation.weights = weights_drawn(51, VALIDATING);
    struct train_options options = rich_options(net);
    options.schedule = *schedule;
    options.shuffle = shuffle;
    if (validates)
        options.validation = validation;
    struct model trained = model_drawn(net, 3);
    struct model stepped = model_copied(net, &trained);
    struct trainer *trainer = training_done(net, &options, &samples, &trained);
    const struct history *history = trainer_history(trainer);
    size_t wrong = compare_epochs(net, &options, &samples, history, &stepped);
    size_t moves = 0;
    for (size_t i = 1; i < history->count; i++)
        moves += history->points[i].learning_rate != history->points[i - 1].learning_rate;
    tap_ok(wrong == 0 && model_same(net, &trained, &stepped), "%s%s%s: epoch by epoch the same",
           schedule_names[schedule->type], validates ? ", validating" : "",
           shuffle ? ", shuffled" : "");
    tap_ok((moves > 0) == (schedule->type != SCHEDULE_CONSTANT), "%zu moves", moves);
    trainer_free(trainer);
    model_release(&trained);
    model_release(&stepped);
    samples_release(&samples);
    samples_release(&validation);
}

static void test_schedules(void)
{
    struct network *net = training_network();
    net->layers[0].dropout = 0.25;
    for (size_t o = 0; o < TRAINING_OPTIMIZERS; o++) {
        net->optimizer = training_optimizers[o];
        for (size_t i = 0; i < 4 * COUNT(schedules); i++)
            test_schedule(net, &schedules[i / 4], i % 2, i / 2 % 2);
    }
    network_free(net);
}

/* Samples that a run of GOAL epochs fits to the bit, which makes that epoch its best one. */
static struct samples fitted(const struct network *net, struct train_options options,
                             const struct samples *samples)
{
    struct samples validation = samples_drawn(net, 50, VALIDATING);
    struct pass *pass = pass_create(net, VALIDATING);
    options.epochs = GOAL;
    struct model model = model_trained(net, &options, samples);
    struct outcome outcome = {.outputs = (double *)validation.targets};
    struct samples inputs = {VALIDATING, validation.inputs, NULL, NULL};
    pass_run(net, model.parameters, &inputs, pass, &outcome);
    pass_free(pass);
    model_release(&model);
    return validation;
}

/* Ending with the best epoch is to the bit what training for that many epochs gives. */
static void test_restored(struct network *net, const struct schedule *schedule)
{
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct train_options options = rich_options(net);
    options.schedule = *schedule;
    struct samples validation = fitted(net, options, &samples);
    options.validation = validation;
    options.early_stopping = (struct early_stopping){true, EPOCHS - GOAL - 1, 0, true};
    struct model restored = model_drawn(net, 3);
    struct trainer *trainer = training_done(net, &options, &samples, &restored);
    options.early_stopping.on = false;
    options.epochs = GOAL;
    struct model expected = model_trained(net, &options, &samples);
    const char *name = optimizer_names[net->optimizer.type];
    tap_ok(trainer_state(trainer) == TRAINER_ENDED_EARLY && trainer_epoch(trainer) == EPOCHS - 1,
           "%s, %s: ends when its patience does", name, schedule_names[schedule->type]);
    tap_ok(model_same(net, &restored, &expected), "with the bits of a run of %d epochs", GOAL);
    tap_ok(trainer_updates(trainer) == expected.optimizer_updates, "and its updates");
    tap_ok(training_error(net, &restored, &validation) == 0, "which is the best there is");
    trainer_free(trainer);
    model_release(&restored);
    model_release(&expected);
    samples_release(&samples);
    samples_release(&validation);
}

static void test_all_restored(enum precision precision)
{
    struct network *net = training_network();
    net->precision = precision;
    net->layers[0].dropout = 0.25;
    for (size_t o = 0; o < TRAINING_OPTIMIZERS; o++) {
        net->optimizer = training_optimizers[o];
        for (size_t i = 0; i < SCHEDULE_PLATEAU; i++) /* which the validation itself would move */
            test_restored(net, &schedules[i]);
    }
    network_free(net);
}

/* However many epochs the trainer takes at once, none comes after the one that ends the run: w gets
 * to 1 and stays there. */
static void test_patience(void)
{
    enum { PATIENCE = 10000 };
    struct network *net = single_weight();
    struct model model = {.parameters = values_zero(1), .state = values_zero(1)};
    const struct train_options options = {
        .epochs = 1000000,
        .batch_size = 1,
        .learning_rate = 0.5,
        .early_stopping = {.on = true, .patience = PATIENCE},
    };
    struct trainer *trainer = training_done(net, &options, &drawn_to_one, &model);
    uint64_t epoch = trainer_epoch(trainer);
    tap_ok(trainer_state(trainer) == TRAINER_ENDED_EARLY && epoch > PATIENCE &&
               epoch < PATIENCE + 60 && model.parameters[0] == 1,
           "ends %d epochs after it got there, %llu", PATIENCE, (unsigned long long)epoch);
    tap_ok(trainer_updates(trainer) == epoch && model.optimizer_updates == epoch,
           "without an update more");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* Who only watches changes nothing. */
static void test_watching(void)
{
    struct network *net = training_network();
    net->optimizer = training_optimizers[1];
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct samples validation = samples_drawn(net, 50, 500); /* more than a pass takes at a time */
    struct train_options options = rich_options(net);
    struct model alone = model_trained(net, &options, &samples);
    options.validation = validation;
    options.early_stopping = (struct early_stopping){true, EPOCHS, 0, false};
    struct model watched = model_trained(net, &options, &samples);
    tap_ok(model_same(net, &alone, &watched), "validation does not train");
    model_release(&alone);
    model_release(&watched);
    samples_release(&samples);
    samples_release(&validation);
    network_free(net);
}

/* What makes a run end as diverged, be it in the last epoch. */
static const struct diverging_row {
    const char *why;
    double learning_rate, input;
    double validation_input; /* NAN: no validation */
    struct schedule schedule;
    uint64_t epochs;
    bool frozen;
} diverging_rows[] = {
    {"the net", 0.1, 1e200, 1, {.type = SCHEDULE_CONSTANT}, 5},
    {"the validation alone", 0.1, 1, 1e200, {.type = SCHEDULE_CONSTANT}, 5},
    {"the validation after the last epoch", 0.1, 1, 1e200, {.type = SCHEDULE_CONSTANT}, 1},
    {"parameters after the last update", 1e308, 1e10, NAN, {.type = SCHEDULE_CONSTANT}, 1},
    {"the rate alone",
     0.1,
     1,
     1,
     {.type = SCHEDULE_EXPONENTIAL, .gamma = 1e300},
     5,
     .frozen = true},
};

static void test_diverges(const struct diverging_row *row)
{
    struct network *net = single_weight();
    net->layers[0].frozen_weights = row->frozen;
    struct model model = {.parameters = values_zero(1), .state = values_zero(1)};
    model.parameters[0] = 0.5;
    const double target = 1;
    const struct samples samples = {1, &row->input, &target, NULL};
    const struct train_options options = {
        .epochs = row->epochs,
        .batch_size = 1,
        .learning_rate = row->learning_rate,
        .schedule = row->schedule,
        .validation = {!isnan(row->validation_input), &row->validation_input, &target, NULL},
    };
    tap_ok(training_run(net, &options, &samples, &model) == TRAINER_DIVERGED, "%s diverges",
           row->why);
    model_release(&model);
    network_free(net);
}

int main(void)
{
    for (size_t i = 0; i < COUNT(stopping_rows); i++)
        test_stopping(&stopping_rows[i]);
    test_validation_errors();
    test_schedules();
    test_all_restored(PRECISION_FLOAT64);
    test_all_restored(PRECISION_FLOAT32);
    test_patience();
    test_watching();
    for (size_t i = 0; i < COUNT(diverging_rows); i++)
        test_diverges(&diverging_rows[i]);
    return tap_done();
}
