#include "nn/trainer.h"

#include <stdlib.h>
#include <string.h>

#include "nn/random.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { ROWS = 13, INPUTS = 3, OUTPUTS = 2 };

static struct network *small_network(void)
{
    static const struct layer layers[] = {
        {.units = 5, .activation = ACTIVATION_TANH, .bias = BIAS_PER_UNIT},
        {.units = 4, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED},
        {.units = OUTPUTS, .activation = ACTIVATION_SIGMOID, .bias = BIAS_PER_UNIT},
    };
    return network_make(INPUTS, 3, layers);
}

static const struct optimizer optimizers[] = {
    {.learning_rate = 0.5},
    {.learning_rate = 0.1, .momentum = 0.9},
    {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
    {.learning_rate = 0.1, .momentum = 0.5, .dampening = 0.3, .weight_decay = 0.01},
};
enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

static enum trainer_state run(const struct network *net, const struct train_options *options,
                              const struct samples *samples, struct model *model)
{
    struct trainer *trainer = trainer_create(net, options, samples, model);
    enum trainer_state state = trainer_advance(trainer, 3600);
    trainer_free(trainer);
    return state;
}

/* One epoch by train_step(), which the trainer has to equal to the bit; returns its error. */
static double epoch_of_steps(const struct network *net, const struct train_options *options,
                             const struct samples *samples, const size_t *order,
                             struct model *model)
{
    struct pass *pass = pass_create(net, samples->rows);
    double *gradient = values_zero(net->parameter_count);
    double *inputs = values_zero(samples->rows * net->inputs);
    double *targets = values_zero(samples->rows * OUTPUTS);
    double error = 0;
    for (size_t first = 0; first < samples->rows; first += options->batch_size) {
        struct samples batch = {0, inputs, targets};
        for (; batch.rows < options->batch_size && first + batch.rows < samples->rows;
             batch.rows++) {
            size_t row = order ? order[first + batch.rows] : first + batch.rows;
            memcpy(inputs + batch.rows * net->inputs, samples->inputs + row * net->inputs,
                   net->inputs * sizeof *inputs);
            memcpy(targets + batch.rows * OUTPUTS, samples->targets + row * OUTPUTS,
                   OUTPUTS * sizeof *targets);
        }
        struct outcome outcome = {.gradient = gradient};
        train_step(net, model, &batch, options->learning_rate, options->order, pass, &outcome);
        error += outcome.total_error;
    }
    pass_free(pass);
    free(gradient);
    free(inputs);
    free(targets);
    return error;
}

static const struct batch_row {
    size_t rows, batch_size;
    bool shuffle;
} batch_rows[] = {
    {ROWS, 1, false},                   /* N steps are one online run */
    {ROWS, 1, true},  {ROWS, 5, false}, /* 5, 5 and 3 */
    {ROWS, 5, true},  {ROWS, ROWS, false}, {ROWS, SIZE_MAX, true},
    {1, 1, true},     {300, 299, false}, /* more than the trainer passes through at a time */
    {300, 200, true},
};

static void test_batches(const struct network *net, const struct batch_row *row,
                         enum update_order update_order)
{
    enum { EPOCHS = 4 };
    struct samples samples = samples_drawn(net, 5, row->rows);
    struct train_options options = {.epochs = EPOCHS,
                                    .batch_size = row->batch_size,
                                    .shuffle = row->shuffle,
                                    .seed = 77,
                                    .steps = 1234,
                                    .learning_rate = net->optimizer.learning_rate,
                                    .order = update_order};
    struct model trained = model_drawn(net, 3);
    struct model stepped = model_copied(net, &trained);
    struct trainer *trainer = trainer_create(net, &options, &samples, &trained);
    trainer_advance(trainer, 3600);
    size_t order[300];
    bool same_errors = true;
    for (size_t epoch = 1; epoch <= EPOCHS; epoch++) {
        random_permutation(options.seed, options.steps, epoch, row->rows, order);
        double error =
            epoch_of_steps(net, &options, &samples, row->shuffle ? order : NULL, &stepped);
        same_errors &= error == trainer_history(trainer)->points[epoch - 1].total_error;
    }
    const char *name = update_order_names[update_order];
    tap_ok(model_same(net, &trained, &stepped), "%s, %zu samples by %zu%s: the bits of steps", name,
           row->rows, row->batch_size, row->shuffle ? ", shuffled" : "");
    tap_ok(same_errors, "each epoch's error is the sum of its batches'");
    tap_ok(trainer_updates(trainer) == stepped.optimizer_updates, "as many updates");
    trainer_free(trainer);
    model_release(&trained);
    model_release(&stepped);
    samples_release(&samples);
}

static void test_all_batches(void)
{
    struct network *net = small_network();
    for (size_t o = 0; o < OPTIMIZERS; o++) {
        net->optimizer = optimizers[o];
        for (size_t i = 0; i < sizeof batch_rows / sizeof *batch_rows; i++) {
            test_batches(net, &batch_rows[i], UPDATE_SIMULTANEOUS);
            test_batches(net, &batch_rows[i], UPDATE_LAYERWISE);
        }
    }
    network_free(net);
}

/* Clones train to the same bits; another order, seed or number of earlier steps leads elsewhere. */
static void test_reproducible(void)
{
    struct network *net = small_network();
    struct network *clone = network_clone(net);
    struct samples samples = samples_drawn(net, 5, ROWS);
    const struct train_options base = {
        .epochs = 20, .batch_size = 2, .shuffle = true, .seed = 1, .learning_rate = 0.5};
    struct train_options variants[5] = {base, base, base, base, base};
    variants[1].shuffle = false;
    variants[2].seed = 2;
    variants[3].steps = 1;
    variants[4].order = UPDATE_LAYERWISE;
    struct model start = model_drawn(net, 3);
    struct model expected = model_copied(net, &start);
    run(net, &base, &samples, &expected);
    for (size_t i = 0; i < 5; i++) {
        struct model model = model_copied(net, &start);
        run(clone, &variants[i], &samples, &model);
        tap_ok(model_same(net, &model, &expected) == (i == 0), "variant %zu: %s", i,
               i == 0 ? "the same bits" : "others");
        model_release(&model);
    }
    model_release(&start);
    model_release(&expected);
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
        tap_ok(run(net, &options, &mazur_sample, &model) ==
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
    tap_ok(run(net, &options, &mazur_sample, &model) == TRAINER_ENDED_EPOCHS,
           "an error of exactly stop_below does not stop");
    trainer_free(trainer);
    model_release(&model);
    network_free(net);
}

/* A time budget may end inside an epoch; going on later gives the same bits. */
static void test_budget(bool shuffle)
{
    enum { MANY = 20000 };
    struct network *net = small_network();
    net->optimizer = optimizers[2];
    struct samples samples = samples_drawn(net, 5, MANY);
    struct train_options options = {
        .epochs = 3, .batch_size = 3, .shuffle = shuffle, .seed = 4, .learning_rate = 0.01};
    struct model whole = model_drawn(net, 3);
    struct model parts = model_copied(net, &whole);
    run(net, &options, &samples, &whole);
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
    struct network *net = small_network();
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
    const struct samples samples = {4, inputs, targets};
    const struct layer layers[] = {{.units = 8}, {.units = 1}};
    struct network *net = network_make(2, 2, layers);
    struct model model = model_drawn(net, 3);
    struct train_options options = {
        .epochs = 100000, .batch_size = 1, .learning_rate = 0.5, .stop_below = 1e-3};
    tap_ok(run(net, &options, &samples, &model) == TRAINER_ENDED_STOP_BELOW, "learns XOR");
    model_release(&model);
    network_free(net);
}

int main(void)
{
    test_all_batches();
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
