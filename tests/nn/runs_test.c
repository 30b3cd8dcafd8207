/*
 * Runs of the trainer against plain loops (tests/nn/plain.h), to the bit, in every vector width
 * that this machine has, alone and by teams: what it trains with depends on the sizes and options.
 */
#include <stdlib.h>

#include "nn/random.h"
#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/cases.h"
#include "tests/nn/networks.h"
#include "tests/nn/plain.h"
#include "tests/nn/teams.h"
#include "tests/nn/training.h"

enum { MOST_EPOCHS = 3 };

/* How many in a team, besides a run without one. */
static const size_t team_sizes[] = {2, 3, 5};

/* What a run ends with. */
struct result {
    struct model model;
    double epoch_errors[MOST_EPOCHS];
};

/* The samples of an epoch in its order. */
static struct samples epoch_samples(const struct nn_case *c, uint64_t epoch)
{
    size_t rows = c->samples.rows;
    size_t *order = calloc(rows, sizeof *order);
    struct samples samples;
    if (!order || !samples_allocate(c->net, rows, c->samples.weights != NULL, &samples))
        exit(2);
    for (size_t s = 0; s < rows; s++)
        order[s] = s;
    if (c->options.shuffle)
        random_permutation(c->options.seed, c->options.steps, epoch, rows, order);
    samples_gather(c->net, &c->samples, order, rows, &samples);
    free(order);
    return samples;
}

static double plain_epoch(const struct nn_case *c, struct model *model, struct plain *plain,
                          uint64_t epoch)
{
    struct samples samples = epoch_samples(c, epoch);
    size_t outputs = samples.rows * network_outputs(c->net);
    struct outcome outcome = {
        .outputs = values_zero(outputs),
        .errors = values_zero(outputs),
        .gradient = values_zero(c->net->parameter_count),
    };
    double error = 0;
    size_t size = c->options.batch_size;
    for (size_t first = 0; first < samples.rows; first += size) {
        size_t left = samples.rows - first;
        struct samples batch = samples_part(c->net, &samples, first, left < size ? left : size);
        struct step_options options =
            case_step_options(c, c->options.steps + model->optimizer_updates);
        plain_step(c->net, model, &batch, &options, plain, &outcome);
        error += outcome.total_error;
    }
    free(outcome.outputs);
    free(outcome.errors);
    free(outcome.gradient);
    samples_release(&samples);
    return error;
}

static struct result expect(const struct nn_case *c)
{
    struct result result = {.model = model_copied(c->net, &c->model)};
    struct plain *plain = plain_create(c->net, c->samples.rows);
    for (size_t epoch = 0; epoch < c->options.epochs; epoch++)
        result.epoch_errors[epoch] = plain_epoch(c, &result.model, plain, epoch + 1);
    plain_free(plain);
    return result;
}

/* `members` 0: without a team. */
static void test_run(const struct nn_case *c, const struct result *expected, size_t members)
{
    struct result actual = {.model = model_copied(c->net, &c->model)};
    struct trainer *trainer = trainer_create(c->net, &c->options, &c->samples, &actual.model);
    struct test_team team = team_of(members, false);
    if (members > 0 && !trainer_share(trainer, &team.team, members))
        exit(2);
    bool ended = trainer_advance(trainer, 3600) == TRAINER_ENDED_EPOCHS;
    const struct history *history = trainer_history(trainer);
    for (size_t e = 0; e < history->count; e++)
        actual.epoch_errors[e] = history->points[e].total_error;
    char name[300];
    case_name(c, name, sizeof name);
    tap_ok(ended && values_same(actual.epoch_errors, expected->epoch_errors, MOST_EPOCHS) &&
               model_same(c->net, &actual.model, &expected->model),
           "%s, team of %zu", name, members);
    trainer_free(trainer);
    model_release(&actual.model);
}

static void test_widths(const struct nn_case *c)
{
    struct result expected = expect(c);
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        test_run(c, &expected, 0);
        for (size_t t = 0; t < COUNT(team_sizes); t++)
            if (team_fits(c->net, &c->options, team_sizes[t]))
                test_run(c, &expected, team_sizes[t]);
    }
    model_release(&expected.model);
}

/* With all options. */
static void test_drawn(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 8, 13, 16, 17, 23, 33, 48, 64, 65, 100, 130};
    static const size_t row_counts[] = {1, 2, 5, 8, 31, 33, 64, 129, 150};
    for (uint64_t seed = 3000; seed < 3200; seed++) {
        struct chance chance = {.seed = seed + 7};
        size_t units[PLAIN_LAYERS];
        for (size_t l = 0; l < PLAIN_LAYERS; l++)
            units[l] = sizes[choose(&chance, COUNT(sizes))];
        size_t inputs = sizes[choose(&chance, COUNT(sizes))];
        size_t rows = row_counts[choose(&chance, COUNT(row_counts))];
        struct nn_case c =
            case_drawn(seed, (enum precision)(seed % 2), inputs, 1 + seed / 2 % 4, units, rows);
        c.options.shuffle = choose(&chance, 2) == 1;
        c.options.learning_rate /= 4; /* none diverges */
        test_widths(&c);
        case_release(&c);
    }
}

/* Many values become 0 or -0, as in pictures. */
static void make_sparse(double *values, size_t count, uint64_t seed)
{
    struct chance chance = {.seed = seed};
    for (size_t i = 0; i < count; i++) {
        size_t what = choose(&chance, 4);
        if (what < 2)
            values[i] = what == 0 ? 0.0 : -0.0;
    }
}

/* Plain SGD on one sample at a time, with sparse inputs and biases. */
static struct nn_case online_case(uint64_t seed, enum precision precision, size_t inputs,
                                  size_t hidden, size_t outputs)
{
    struct chance chance = {.seed = seed + 1000000};
    size_t units[] = {hidden, hidden, outputs};
    size_t layers = 2 + (choose(&chance, 4) == 0);
    struct nn_case c = case_drawn(seed, precision, inputs, layers, units + 3 - layers, 9);
    struct network *net = c.net;
    for (size_t l = 0; l < layers; l++)
        net->layers[l].dropout = 0;
    net->optimizer = optimizer_defaults[OPTIMIZER_SGD];
    net->regularization = (struct regularization){0};
    c.options.order = UPDATE_SIMULTANEOUS;
    c.options.clip_norm = 0;
    c.options.epochs = MOST_EPOCHS;
    c.options.batch_size = 1;
    c.options.shuffle = choose(&chance, 2) == 1;
    c.options.learning_rate = 0.01;
    make_sparse((double *)c.samples.inputs, 9 * inputs, seed);
    if (choose(&chance, 2) == 1)
        make_sparse(c.model.parameters, net->parameter_count, seed + 1);
    return c;
}

/* The article's kind: sigmoids and squared error. */
static void make_sigmoid(struct nn_case *c)
{
    for (size_t l = 0; l < c->net->layer_count; l++)
        c->net->layers[l].activation = ACTIVATION_SIGMOID;
    c->net->loss = LOSS_SQUARED_ERROR;
    c->options.learning_rate = 0.5;
}

static void test_online(void)
{
    static const size_t hidden[] = {1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 33, 70, 130};
    static const size_t inputs[] = {1, 2, 3, 4, 5, 17, 40};
    static const size_t outputs[] = {1, 2, 3, 17};
    for (uint64_t n = 0; n < 2 * COUNT(hidden) * COUNT(inputs) * COUNT(outputs); n++) {
        uint64_t shape = n / 2;
        struct nn_case c = online_case(
            4000 + n, (enum precision)(n / 2 % 2), inputs[shape / COUNT(hidden) % COUNT(inputs)],
            hidden[shape % COUNT(hidden)], outputs[shape / COUNT(hidden) / COUNT(inputs)]);
        if (n % 2 == 1)
            make_sigmoid(&c);
        test_widths(&c);
        case_release(&c);
    }
}

/* All of 2, 4 or 8 sigmoids, 1 or 2 outputs and up to 4 inputs, which have kernels of their own. In
 * every fourth some nets are where the sigmoid is not computed from its table. */
static void test_tiny(void)
{
    for (uint64_t n = 0; n < 3 * 2 * 4 * 8 * PRECISION_COUNT; n++) {
        size_t hidden = (size_t)2 << n % 3, outputs = 1 + n / 3 % 2, inputs = 1 + n / 6 % 4;
        struct nn_case c = online_case(7000 + n, (enum precision)(n / 24 % PRECISION_COUNT), inputs,
                                       hidden, outputs);
        make_sigmoid(&c);
        for (size_t p = 0; p < c.net->parameter_count && n / 48 % 4 == 3; p++)
            c.model.parameters[p] *= 64;
        test_widths(&c);
        case_release(&c);
    }
}

/* Softmax with cross_entropy, whose deltas come from the nets at once: every number of outputs up
 * to 17, batches that fill vectors and that do not, all and the last of them. */
static void test_softmax(void)
{
    static const size_t batch_sizes[] = {2, 3, 8, 16, 17, 32};
    for (uint64_t n = 0; n < 17 * COUNT(batch_sizes); n++) {
        struct chance chance = {.seed = 9000 + n};
        size_t outputs = 1 + n % 17, batch = batch_sizes[n / 17];
        size_t units[] = {1 + choose(&chance, 20), outputs};
        size_t rows = batch + choose(&chance, 2 * batch);
        struct nn_case c = case_drawn(chance.seed, (enum precision)choose(&chance, 2),
                                      1 + choose(&chance, 9), 2, units, rows);
        c.net->layers[1].activation = ACTIVATION_SOFTMAX;
        c.net->loss = LOSS_CROSS_ENTROPY;
        c.options.batch_size = batch;
        c.options.learning_rate /= 4; /* none diverges */
        test_widths(&c);
        case_release(&c);
    }
}

int main(void)
{
    test_drawn();
    test_softmax();
    test_online();
    test_tiny();
    return tap_done();
}
