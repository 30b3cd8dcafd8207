/* A run that is trained by a team ends with the same bits as one that is trained alone. */

#include "engine/team.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/random.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"

enum { INPUTS = 24, ROWS = 300, EPOCHS = 3 };

struct team_row {
    const char *what;
    struct layer layers[4]; /* up to the first without units */
    enum optimizer_type optimizer;
    double momentum;
    double l2;
    size_t batch_size;
    bool shuffle;
    bool weighted;
};

#define RELU(count) .units = count, .activation = ACTIVATION_RELU
#define SOFTMAX(count) .units = count, .activation = ACTIVATION_SOFTMAX

static const struct team_row rows[] = {
    {"two layers", {{RELU(100)}, {SOFTMAX(10)}}, .batch_size = 64},
    {"units for sixteen", {{RELU(300)}, {SOFTMAX(3)}}, .batch_size = 48},
    {"one output", {{RELU(33)}, {SOFTMAX(1)}}, .batch_size = 32},
    {"more rows than a pass", {{RELU(64)}, {SOFTMAX(3)}}, .batch_size = 200, .weighted = true},
    {"one sample at a time", {{RELU(40)}, {SOFTMAX(17)}}, .momentum = 0.9, .batch_size = 1},
    {"three layers, dropout, shuffled",
     {{RELU(48), .dropout = 0.3},
      {.units = 40, .activation = ACTIVATION_TANH, .dropout = 0.1},
      {SOFTMAX(20)}},
     .batch_size = 50,
     .shuffle = true},
    {"adam, l2", {{RELU(130)}, {SOFTMAX(10)}}, OPTIMIZER_ADAM, .l2 = 0.01, .batch_size = 128},
    {"no first biases, a shared one",
     {{RELU(50), .bias = BIAS_NONE}, {.units = 20, .bias = BIAS_SHARED}, {SOFTMAX(4)}},
     .batch_size = 64},
};

enum { TEAM_ROWS = sizeof(rows) / sizeof(rows[0]) };

static void *required(void *memory)
{
    if (memory)
        return memory;
    printf("Bail out! out of memory\n");
    exit(1);
}

static struct network *row_network(const struct team_row *row, enum precision precision)
{
    size_t count = 0;
    while (count < 4 && row->layers[count].units > 0)
        count++;
    struct network *net = required(network_create(count));
    net->inputs = INPUTS;
    net->precision = precision;
    net->loss = LOSS_CROSS_ENTROPY;
    net->optimizer = optimizer_defaults[row->optimizer];
    net->optimizer.learning_rate = 0.01;
    net->optimizer.momentum = row->momentum;
    net->regularization.l2 = row->l2;
    net->seed = 7;
    memcpy(net->layers, row->layers, count * sizeof(row->layers[0]));
    network_layout(net, SIZE_MAX);
    return net;
}

static double *drawn(size_t count, uint32_t place)
{
    double *values = required(calloc(count, sizeof(double)));
    for (size_t i = 0; i < count; i++) {
        struct random_block block = random_draw(11, RANDOM_INIT, i, place, 0);
        values[i] = random_unit(random_bits(&block, 0));
    }
    return values;
}

struct result {
    double *values; /* parameters, then state */
    size_t count;
    double error; /* of the last epoch */
};

/* Trains by a team of `members`; 0: alone. */
static struct result train(const struct team_row *row, const struct network *net,
                           const struct samples *samples, size_t members)
{
    size_t slots = optimizer_slots(&net->optimizer);
    struct result result = {.count = (1 + slots) * net->parameter_count};
    result.values = required(calloc(result.count, sizeof(double)));
    struct model model = {result.values, result.values + net->parameter_count, 0};
    struct train_options options = {
        .epochs = EPOCHS,
        .batch_size = row->batch_size,
        .shuffle = row->shuffle,
        .seed = 5,
        .learning_rate = net->optimizer.learning_rate,
    };
    network_initialize(net, model.parameters);
    model_start(net, &model);
    struct trainer *trainer = required(trainer_create(net, &options, samples, &model));
    struct team *team = members ? required(team_create(members, NULL, NULL)) : NULL;
    if (team && !trainer_share(trainer, team, members))
        required(NULL);
    while (trainer_advance(trainer, 1) == TRAINER_RUNNING)
        continue;
    tap_ok(trainer_state(trainer) == TRAINER_ENDED_EPOCHS, "%s: %zu members end", row->what,
           members);
    const struct history *history = trainer_history(trainer);
    result.error = history->points[history->count - 1].total_error;
    trainer_free(trainer);
    team_free(team);
    return result;
}

static void test_row(const struct team_row *row, enum precision precision)
{
    static const size_t members[] = {1, 2, 3, 16};
    struct network *net = row_network(row, precision);
    double *weights = drawn(ROWS, 3);
    struct samples samples = {
        .rows = ROWS,
        .inputs = drawn((size_t)ROWS * INPUTS, 1),
        .targets = drawn(ROWS * network_outputs(net), 2),
        .weights = row->weighted ? weights : NULL,
    };
    struct result alone = train(row, net, &samples, 0);
    for (size_t m = 0; m < sizeof(members) / sizeof(members[0]); m++) {
        if (net->layers[0].units / 16 < members[m])
            continue;
        struct result together = train(row, net, &samples, members[m]);
        tap_ok(memcmp(alone.values, together.values, alone.count * sizeof(double)) == 0 &&
                   memcmp(&alone.error, &together.error, sizeof(double)) == 0,
               "%s, %s: %zu members give the bits of one", row->what, precision_names[precision],
               members[m]);
        free(together.values);
    }
    free(alone.values);
    free(weights);
    free((void *)(uintptr_t)samples.inputs);
    free((void *)(uintptr_t)samples.targets);
    network_free(net);
}

/* Rounds ----------------------------------------------------------------------------- */

struct tally {
    atomic_size_t parts[40];
};

static void count_part(void *argument, size_t n)
{
    atomic_fetch_add(&((struct tally *)argument)->parts[n], 1);
}

static void test_rounds(void)
{
    enum { ROUNDS = 2000 };
    static const size_t sizes[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++) {
        struct team *team = required(team_create(sizes[i], NULL, NULL));
        struct tally tally = {0};
        size_t parts = 0;
        for (size_t round = 0; round < ROUNDS; round++) {
            parts = 1 + round % 40;
            team->run(team, parts, count_part, &tally);
        }
        bool each = true;
        for (size_t n = 0; n < 40; n++) /* part n is in every round of more than n parts */
            each &= atomic_load(&tally.parts[n]) == (size_t)ROUNDS / 40 * (40 - n);
        tap_ok(each, "%zu members do each part of each round once", sizes[i]);
        team_free(team);
    }
    team_free(NULL);
}

static size_t one(void *argument)
{
    (void)argument;
    return 1;
}

int main(void)
{
    for (size_t r = 0; r < TEAM_ROWS; r++)
        for (enum precision p = 0; p < PRECISION_COUNT; p++)
            test_row(&rows[r], p);
    test_rounds();
    struct team *team = required(team_create(3, one, NULL));
    tap_ok(team_members(team) == 1, "as many as may work");
    team_free(team);
    return tap_done();
}
