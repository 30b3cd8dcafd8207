/*
 * What a run takes from the heap, by what malloc() says that it has given, against the formula in
 * docs/determinism.md; and that such a run as W5 of bench/train takes, with the model and the
 * samples of its caller, less than three times these.
 */
#include <malloc.h>
#include <stdlib.h>

#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/teams.h"
#include "tests/nn/training.h"

enum { EPOCHS = 7 };

static const struct memory_row {
    const char *why;
    size_t inputs, hidden, outputs;
    size_t rows, batch, validation;
    enum optimizer_type optimizer;
    enum update_order order;
    double dropout;
    bool shuffle, scaled, restore_best;
    size_t members; /* 0: no team */
} memory_rows[] = {
    {"W5", 784, 128, 10, .rows = 10000, .batch = 128},
    {"W5, a team of two", 784, 128, 10, .rows = 10000, .batch = 128, .members = 2},
    {"W6: one at a time", 784, 128, 10, .rows = 1000, .batch = 1},
    {"adam", 784, 128, 10, .rows = 300, .batch = 64, .optimizer = OPTIMIZER_ADAM},
    {"adam, a team of three", 300, 200, 40, .rows = 300, .batch = 300, .optimizer = OPTIMIZER_ADAM,
     .members = 3},
    {"shuffled", 500, 64, 10, .rows = 3000, .batch = 500, .shuffle = true},
    {"scaled", 500, 64, 10, .rows = 1000, .batch = 32, .scaled = true},
    {"dropout", 50, 1000, 10, .rows = 300, .batch = 100, .dropout = 0.5},
    {"restored, validated", 300, 200, 10, .rows = 300, .batch = 8, .validation = 100,
     .optimizer = OPTIMIZER_ADAMW, .restore_best = true},
    {"layerwise", 20, 500, 10, .rows = 700, .batch = 700, .order = UPDATE_LAYERWISE},
};

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* A sanitizer's malloc() says nothing. */
static bool heap_counts(void)
{
    size_t before = heap_bytes();
    void *volatile some = malloc(1 << 20);
    bool counts = heap_bytes() - before >= 1 << 20;
    free(some);
    return counts;
}

static size_t real_size(enum precision precision)
{
    return precision == PRECISION_FLOAT64 ? 8 : 4;
}

static size_t padded(size_t count, enum precision precision)
{
    size_t line = 64 / real_size(precision);
    return (count + line - 1) / line * line;
}

/* A row of weights. */
static size_t stride(size_t units, enum precision precision)
{
    return units * real_size(precision) < 64 ? units : padded(units, precision);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The formula, letter by letter. */
static double formula_bytes(const struct memory_row *row, const struct network *net)
{
    enum precision real = net->precision;
    bool copied = real == PRECISION_FLOAT32 || row->scaled;
    double S = (double)optimizer_slots(&net->optimizer);
    double P1 = (double)(row->inputs * stride(row->hidden, real));
    double U1 = (double)padded(row->hidden, real), U = U1 + (double)padded(row->outputs, real);
    double P = P1 + (double)(row->hidden * stride(row->outputs, real)) + U;
    double T = (double)(row->outputs * stride(row->hidden, real));
    size_t most = row->order == UPDATE_LAYERWISE ? row->batch : 128;
    size_t at_once = smaller(row->batch, most), validated = smaller(row->validation, 128);
    double R = (double)(at_once > validated ? at_once : validated);
    double sample = (double)(row->inputs + row->outputs);
    double reals = (2 + S) * P + T + 3 * R * U;
    if (row->restore_best)
        reals += (1 + S) * P;
    if (row->dropout > 0)
        reals += 2 * R * U1;
    if (copied)
        reals += ((double)row->rows + R) * sample;
    if (row->shuffle)
        reals += (double)row->batch * sample;
    if (row->members > 0)
        reals += (2 + S) * P1 + 3 * R * U1;
    return reals * (double)real_size(real) + (row->shuffle ? 8.0 * (double)row->rows : 0);
}

/* Pages that are not filled, the curve, what is as long as one sample. */
static double slack_bytes(const struct memory_row *row, double formula)
{
    return 0.005 * formula + 32768 + (double)row->members * 6 * 8192;
}

static struct network *memory_network(const struct memory_row *row, enum precision precision)
{
    const struct layer layers[] = {
        {.units = row->hidden, .activation = ACTIVATION_RELU, .dropout = row->dropout},
        {.units = row->outputs, .activation = ACTIVATION_SOFTMAX},
    };
    struct network *net = network_make(row->inputs, 2, layers);
    net->precision = precision;
    net->loss = LOSS_CROSS_ENTROPY;
    net->optimizer = optimizer_defaults[row->optimizer];
    if (row->scaled) {
        double *numbers = values_drawn(1, row->inputs, 1, 2);
        if (!scaling_set(&net->input_scaling, row->inputs, numbers, numbers) ||
            !scaling_set(&net->target_scaling, row->outputs, numbers, numbers))
            exit(2);
        free(numbers);
    }
    return net;
}

/* The bytes of a run that has begun to train. */
static double run_bytes(const struct memory_row *row, const struct network *net,
                        const struct samples *samples, const struct samples *validation,
                        struct model *model)
{
    const struct train_options options = {
        .epochs = EPOCHS,
        .batch_size = row->batch,
        .shuffle = row->shuffle,
        .learning_rate = 1e-5,
        .order = row->order,
        .early_stopping = {row->restore_best, .patience = 3, .restore_best = row->restore_best},
        .validation = *validation,
    };
    struct test_team team = team_of(row->members, false);
    size_t before = heap_bytes();
    struct trainer *trainer = trainer_create(net, &options, samples, model);
    if (!trainer || (row->members > 0 && !trainer_share(trainer, &team.team, row->members)))
        exit(2);
    size_t begun = heap_bytes() - before;
    trainer_advance(trainer, 1e-3);
    tap_ok(heap_bytes() - before == begun, "%s, %s: training takes no memory", row->why,
           precision_names[net->precision]);
    trainer_free(trainer);
    return (double)begun;
}

static void test_run(const struct memory_row *row, enum precision precision)
{
    struct network *net = memory_network(row, precision);
    struct model model = model_drawn(net, 1);
    struct samples samples = samples_drawn(net, 2, row->rows);
    struct samples validation = samples_drawn(net, 3, row->validation);
    double taken = run_bytes(row, net, &samples, &validation, &model);
    double formula = formula_bytes(row, net);
    tap_ok(taken >= formula && taken <= formula + slack_bytes(row, formula),
           "it takes %.0f bytes, by the formula %.0f", taken, formula);
    double callers = 8 * ((double)net->parameter_count +
                          (double)row->rows * (double)(row->inputs + row->outputs));
    if (row->rows == 10000)
        tap_ok(callers + taken < 3 * callers, "with its parameters and data %.2f times these",
               1 + taken / callers);
    samples_release(&samples);
    samples_release(&validation);
    model_release(&model);
    network_free(net);
}

int main(void)
{
    if (!heap_counts()) {
        tap_ok(true, "malloc() does not say what it gives");
        return tap_done();
    }
    for (size_t i = 0; i < COUNT(memory_rows); i++)
        for (enum precision precision = 0; precision < PRECISION_COUNT; precision++)
            test_run(&memory_rows[i], precision);
    return tap_done();
}
