/*
 * nn's trainer, on the protocol of bench/train/work.h:
 *
 *   ours WORK float64|float32 THREADS [frozen]
 *
 * `frozen`: the biases do not move, as in the article.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/train/work.h"
#include "engine/team.h"
#include "nn/trainer.h"

struct ours {
    const struct work *work;
    struct network *net;
    struct model model;
    struct samples samples;
    struct train_options options;
    struct trainer *endless; /* the run that train_for() goes on with */
    struct team *team;       /* NULL: one thread */
    size_t threads;
};

static void *required(void *pointer)
{
    if (pointer == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return pointer;
}

static struct network *create_network(const struct work *work, enum precision precision,
                                      bool frozen_biases)
{
    static const enum activation activations[] = {ACTIVATION_SIGMOID, ACTIVATION_TANH,
                                                  ACTIVATION_RELU};
    bool softmax = work->loss == WORK_CROSS_ENTROPY;
    enum optimizer_type type = work->optimizer == WORK_SGD ? OPTIMIZER_SGD : OPTIMIZER_ADAM;
    struct network *net = required(network_create(2));

    net->inputs = work->inputs;
    net->precision = precision;
    net->loss = softmax ? LOSS_CROSS_ENTROPY : LOSS_SQUARED_ERROR;
    net->optimizer = optimizer_defaults[type];
    net->optimizer.learning_rate = work->learning_rate;
    net->layers[0].units = work->hidden;
    net->layers[0].activation = activations[work->activation];
    net->layers[1].units = work->outputs;
    net->layers[1].activation = softmax ? ACTIVATION_SOFTMAX : ACTIVATION_SIGMOID;
    for (int l = 0; l < 2; l++)
        net->layers[l].frozen_biases = frozen_biases;
    if (!network_layout(net, SIZE_MAX) || net->parameter_count != work->parameter_count)
        abort();
    return net;
}

static void create(struct ours *ours, const struct work *work, enum precision precision,
                   bool frozen_biases)
{
    struct network *net = create_network(work, precision, frozen_biases);
    size_t count = net->parameter_count;
    size_t slots = optimizer_slots(&net->optimizer);

    *ours = (struct ours){
        .work = work,
        .net = net,
        .model.parameters = required(malloc(count * sizeof(double))),
        .model.state = required(calloc(count * (slots + 1), sizeof(double))),
        .samples = {work->samples, work->x, work->t, NULL},
        .options = {.batch_size = work->batch,
                    .learning_rate = work->learning_rate,
                    .schedule = schedule_defaults[SCHEDULE_CONSTANT]},
    };
    memcpy(ours->model.parameters, work->parameters, count * sizeof(double));
    model_start(net, &ours->model);
}

static struct trainer *trainer_for(struct ours *ours, uint64_t epochs)
{
    ours->options.epochs = epochs;
    struct trainer *trainer =
        required(trainer_create(ours->net, &ours->options, &ours->samples, &ours->model));
    size_t members = trainer_team(trainer, ours->threads);
    if (members > 1 && !trainer_share(trainer, ours->team, members))
        required(NULL);
    return trainer;
}

static void train(void *self, uint64_t epochs)
{
    struct ours *ours = self;
    struct trainer *trainer = trainer_for(ours, epochs);

    while (trainer_advance(trainer, 1) == TRAINER_RUNNING)
        continue;
    trainer_free(trainer);
}

static uint64_t sample_updates(const struct ours *ours)
{
    size_t samples = ours->work->samples;
    size_t batch = ours->work->batch;
    uint64_t batches = (samples + batch - 1) / batch;
    uint64_t epoch = trainer_epoch(ours->endless);
    uint64_t left = trainer_updates(ours->endless) - epoch * batches;

    return epoch * samples + left * batch;
}

static uint64_t train_for(void *self, double seconds)
{
    struct ours *ours = self;

    if (ours->endless == NULL)
        ours->endless = trainer_for(ours, (uint64_t)1 << 50);
    uint64_t before = sample_updates(ours);
    trainer_advance(ours->endless, seconds);
    return sample_updates(ours) - before;
}

static void read_parameters(void *self, double *parameters)
{
    struct ours *ours = self;
    memcpy(parameters, ours->model.parameters, ours->net->parameter_count * sizeof(double));
}

int main(int argc, char **argv)
{
    struct ours ours;

    if (argc < 4)
        return 2;
    struct work *work = work_read(argv[1]);
    enum precision precision = strcmp(argv[2], precision_names[PRECISION_FLOAT32]) == 0
                                   ? PRECISION_FLOAT32
                                   : PRECISION_FLOAT64;
    create(&ours, work, precision, argc > 4 && strcmp(argv[4], "frozen") == 0);
    ours.threads = (size_t)strtol(argv[3], NULL, 10);
    if (ours.threads > 1)
        ours.team = required(team_create(ours.threads, NULL, NULL));
    work_serve(work, &(struct trainee){&ours, train, train_for, read_parameters});
    trainer_free(ours.endless);
    team_free(ours.team);
    free(ours.model.parameters);
    free(ours.model.state);
    network_free(ours.net);
    work_free(work);
    return 0;
}
