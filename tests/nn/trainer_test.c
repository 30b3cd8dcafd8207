#include "nn/trainer.h"

#include <stdio.h>

#include "tests/harness/tap.h"
#include "tests/nn/training.h"

enum { ROWS = 13 };

static const struct batch_row {
    size_t rows, batch_size;
    bool shuffle;
    bool weights;
    double dropout;   /* of the first layer */
    double clip_norm; /* where all layers move at once */
} batch_rows[] = {
    {ROWS, 1, .shuffle = false}, /* N steps are one online run */
    {ROWS, 1, .shuffle = true},
    {ROWS, 1, .shuffle = true, .weights = true, .dropout = 0.25},
    {ROWS, 1, .shuffle = false, .clip_norm = 0.01},
    {ROWS, 5, .shuffle = false}, /* 5, 5 and 3 */
    {ROWS, 5, .shuffle = false, .weights = true, .clip_norm = 0.02},
    {ROWS, 5, .shuffle = true},
    {ROWS, 5, .shuffle = true, .weights = true, .dropout = 0.5},
    {ROWS, ROWS, .shuffle = false},
    {ROWS, SIZE_MAX, .shuffle = true, .weights = true},
    {1, 1, .shuffle = true},
    {300, 299, .shuffle = false}, /* more than the trainer passes through at a time */
    {300, 299, .shuffle = false, .weights = true, .dropout = 0.25},
    {300, 200, .shuffle = true},
};

static const char *said(const struct batch_row *row, enum update_order order)
{
    static char text[160];
    snprintf(text, sizeof text, "%s, %zu samples by %zu%s%s%s%s", update_order_names[order],
             row->rows, row->batch_size, row->shuffle ? ", shuffled" : "",
             row->weights ? ", weighted" : "", row->dropout > 0 ? ", dropped" : "",
             row->clip_norm > 0 ? ", clipped" : "");
    return text;
}

static void test_batches(struct network *net, const struct batch_row *row, enum update_order order)
{
    enum { EPOCHS = 4 };
    net->layers[0].dropout = row->dropout;
    struct samples samples = samples_drawn(net, 5, row->rows);
    samples.weights = row->weights ? weights_drawn(6, row->rows) : NULL;
    struct train_options options = {
        .epochs = EPOCHS,
        .batch_size = row->batch_size,
        .shuffle = row->shuffle,
        .seed = 77,
        .steps = 1234,
        .learning_rate = net->optimizer.learning_rate,
        .order = order,
        .clip_norm = order == UPDATE_SIMULTANEOUS ? row->clip_norm : 0,
    };
    struct model trained = model_drawn(net, 3);
    struct model stepped = model_copied(net, &trained);
    struct trainer *trainer = training_done(net, &options, &samples, &trained);
    bool same_errors = true;
    for (size_t epoch = 1; epoch <= EPOCHS; epoch++) {
        double error =
            training_epoch(net, &options, &samples, epoch, options.learning_rate, &stepped);
        same_errors &= error == trainer_history(trainer)->points[epoch - 1].total_error;
    }
    tap_ok(model_same(net, &trained, &stepped), "%s: the bits of steps", said(row, order));
    tap_ok(same_errors, "each epoch's error is the sum of its batches'");
    tap_ok(trainer_updates(trainer) == stepped.optimizer_updates, "as many updates");
    trainer_free(trainer);
    model_release(&trained);
    model_release(&stepped);
    samples_release(&samples);
}

static void test_all_batches(enum precision precision)
{
    struct network *net = training_network();
    net->precision = precision;
    for (size_t o = 0; o < TRAINING_OPTIMIZERS; o++) {
        net->optimizer = training_optimizers[o];
        for (size_t i = 0; i < COUNT(batch_rows); i++) {
            test_batches(net, &batch_rows[i], UPDATE_SIMULTANEOUS);
            test_batches(net, &batch_rows[i], UPDATE_LAYERWISE);
        }
    }
    network_free(net);
}

/* Clones train to the same bits; another order, seed or number of earlier steps leads elsewhere. */
static void test_reproducible(void)
{
    struct network *net = training_network();
    net->layers[0].dropout = 0.25;
    struct network *clone = network_clone(net);
    struct samples samples = samples_drawn(net, 5, ROWS);
    const struct train_options base = {
        .epochs = 20, .batch_size = 2, .shuffle = true, .seed = 1, .learning_rate = 0.5};
    struct train_options still = base;
    still.shuffle = false;
    struct train_options variants[] = {base, still, base, base, base, still, still, still};
    variants[2].seed = 2;
    variants[3].steps = 1;
    variants[4].order = UPDATE_LAYERWISE;
    variants[6].seed = 2; /* the units that are dropped alone */
    variants[7].steps = 1;
    struct model start = model_drawn(net, 3);
    struct model expected[2] = {model_copied(net, &start), model_copied(net, &start)};
    training_run(net, &base, &samples, &expected[0]);
    training_run(net, &still, &samples, &expected[1]);
    for (size_t i = 0; i < COUNT(variants); i++) {
        struct model model = model_copied(net, &start);
        training_run(clone, &variants[i], &samples, &model);
        tap_ok(model_same(net, &model, &expected[i >= 5]) == (i == 0 || i == 5), "variant %zu: %s",
               i, i == 0 || i == 5 ? "the same bits" : "others");
        model_release(&model);
    }
    model_release(&start);
    model_release(&expected[0]);
    model_release(&expected[1]);
    samples_release(&samples);
    network_free(net);
    network_free(clone);
}

static void test_stop_below(void)
{
    struct network *net = mazur_network();
    struct model model = model_drawn(net, 1);
    struct train_options options = {
        .epochs = 100000, .batch_size = 1, .learning_rate = 0.5, .stop_below = 0.01};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    tap_ok(trainer_advance(trainer, 3600) == TRAINER_ENDED_STOP_BELOW, "stops below 0.01");
    const struct history *history = trainer_history(trainer);
    size_t last = history->count - 1;
    uint64_t epoch = trainer_epoch(trainer);
    tap_ok(history->points[last].epoch == epoch && history->points[last].mean_error < 0.01 &&
               history->points[last - 1].mean_error >= 0.01,
           "after the first epoch below it, %llu", (unsigned long long)epoch);
    tap_ok(trainer_advance(trainer, 1) == TRAINER_ENDED_STOP_BELOW &&
               trainer_epoch(trainer) == epoch,
           "and stays there");
    trainer_free(trainer);
    model_release(&model);
    for (uint64_t epochs = epoch - 1; epochs <= epoch; epochs++) {
        options.epochs = epochs;
        model = model_drawn(net, 1);
        tap_ok(training_run(net, &options, &mazur_sample, &model) ==
                   (epochs < epoch ? TRAINER_ENDED_EPOCHS : TRAINER_ENDED_STOP_BELOW),
               "with %llu epochs allowed", (unsigned long long)epochs);
        model_release(&model);
    }
    network_free(net);
}

/* However short a run was, it took some time. */
static void test_shortest(void)
{
    struct network *net = mazur_network();
    struct model model = model_drawn(net, 1);
    struct train_options options = {.epochs = 1, .batch_size = 1, .learning_rate = 0.5};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    tap_ok(trainer_elapsed(trainer) == 0 && trainer_history(trainer)->count == 0 &&
               trainer_state(trainer) == TRAINER_RUNNING,
           "a new run has done nothing");
    trainer_advance(trainer, 1);
    const struct history *history = trainer_history(trainer);
    tap_ok(history->count == 1 && history->points[0].elapsed_seconds > 0 &&
               trainer_elapsed(trainer) == history->points[0].elapsed_seconds,
           "one update");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* Below is not at. */
static void test_stop_at(void)
{
    struct network *net = mazur_network();
    struct model model = model_drawn(net, 1);
    struct train_options options = {.epochs = 3, .batch_size = 1, .learning_rate = 0};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    trainer_advance(trainer, 1);
    options.stop_below = trainer_history(trainer)->points[0].mean_error;
    tap_ok(training_run(net, &options, &mazur_sample, &model) == TRAINER_ENDED_EPOCHS,
           "an error of exactly stop_below does not stop");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* A time budget may end inside an epoch; going on later gives the same bits. */
static void test_budget(bool shuffle)
{
    enum { MANY = 20000 };
    struct network *net = training_network();
    net->optimizer = training_optimizers[2];
    struct samples samples = samples_drawn(net, 5, MANY);
    struct train_options options = {
        .epochs = 3, .batch_size = 3, .shuffle = shuffle, .seed = 4, .learning_rate = 0.01};
    struct model whole = model_drawn(net, 3);
    struct model parts = model_copied(net, &whole);
    training_run(net, &options, &samples, &whole);
    struct trainer *trainer = trainer_create(net, &options, &samples, &parts);
    size_t inside = 0;
    uint64_t before = 0;
    bool progress = true;
    while (trainer_state(trainer) == TRAINER_RUNNING) {
        trainer_advance(trainer, 1e-9);
        inside += trainer_updates(trainer) % ((MANY + 2) / 3) != 0;
        progress &= trainer_updates(trainer) > before;
        before = trainer_updates(trainer);
    }
    tap_ok(progress, "every budget makes progress");
    tap_ok(inside > 10, "%zu budgets ended inside an epoch", inside);
    tap_ok(model_same(net, &whole, &parts), "the same bits as in one go");
    tap_ok(trainer_epoch(trainer) == 3 && trainer_history(trainer)->count == 3, "three epochs");
    tap_ok(trainer_elapsed(trainer) > 0 &&
               trainer_history(trainer)->points[2].elapsed_seconds == trainer_elapsed(trainer),
           "the curve ends with the time of the run");
    trainer_free(trainer);
    model_release(&whole);
    model_release(&parts);
    samples_release(&samples);
    network_free(net);
}

static void test_single_epochs(void)
{
    struct network *net = training_network();
    struct samples samples = samples_drawn(net, 5, ROWS);
    struct model model = model_drawn(net, 3);
    struct train_options options = {.epochs = 30, .batch_size = 4, .learning_rate = 0.5};
    struct trainer *trainer = trainer_create(net, &options, &samples, &model);
    bool one_each = true;
    for (uint64_t epoch = 1; epoch <= 30; epoch++) {
        enum trainer_state state = trainer_advance(trainer, 0);
        const struct history *history = trainer_history(trainer);
        const struct history_point *point = &history->points[history->count - 1];
        one_each &= trainer_epoch(trainer) == epoch && trainer_updates(trainer) == 4 * epoch &&
                    point->epoch == epoch && point->mean_error == point->total_error / ROWS &&
                    point->learning_rate == 0.5 &&
                    state == (epoch < 30 ? TRAINER_RUNNING : TRAINER_ENDED_EPOCHS);
    }
    tap_ok(one_each, "a budget of 0 is one epoch");
    trainer_free(trainer);
    trainer_free(NULL);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
}

/* It learns: XOR, which no network without a hidden layer can. */
static void test_learns(void)
{
    static const double inputs[] = {0, 0, 0, 1, 1, 0, 1, 1};
    static const double targets[] = {0, 1, 1, 0};
    const struct samples samples = {4, inputs, targets, NULL};
    const struct layer layers[] = {{.units = 8}, {.units = 1}};
    struct network *net = network_make(2, 2, layers);
    struct model model = model_drawn(net, 3);
    struct train_options options = {
        .epochs = 100000, .batch_size = 1, .learning_rate = 0.5, .stop_below = 1e-3};
    tap_ok(training_run(net, &options, &samples, &model) == TRAINER_ENDED_STOP_BELOW, "learns XOR");
    model_release(&model);
    network_free(net);
}

int main(void)
{
    test_all_batches(PRECISION_FLOAT64);
    test_all_batches(PRECISION_FLOAT32);
    test_reproducible();
    test_shortest();
    test_stop_below();
    test_stop_at();
    test_budget(false);
    test_budget(true);
    test_single_epochs();
    test_learns();
    return tap_done();
}
