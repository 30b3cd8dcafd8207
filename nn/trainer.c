#include "nn/trainer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/random.h"

static const double SECONDS_A_BURST = 50e-6;

/* How long training took, and how often to look at the clock. */
struct pace {
    double elapsed; /* seconds of training, up to the last look at the clock */
    double seen;    /* that look */
    uint64_t burst; /* updates from one look to the next */
};

struct trainer {
    const struct network *net;
    const struct samples *samples;
    struct model *model;
    struct train_options options;
    size_t batch_size; /* at most samples->rows */
    struct pass *pass;
    struct outcome outcome;
    size_t *order;   /* the epoch's order of the samples; NULL without shuffle */
    double *inputs;  /* a shuffled batch of several samples, gathered; else NULL */
    double *targets; /* likewise */

    enum trainer_state state;
    uint64_t epoch;     /* epochs done */
    size_t position;    /* samples of this epoch done */
    double epoch_error; /* of those */
    uint64_t updates;
    struct history history;
    struct pace pace;
};

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

static bool shuffle_allocate(struct trainer *trainer)
{
    trainer->order = calloc(trainer->samples->rows, sizeof *trainer->order);
    if (trainer->batch_size == 1)
        return trainer->order;
    trainer->inputs = calloc(trainer->batch_size * trainer->net->inputs, sizeof(double));
    trainer->targets = calloc(trainer->batch_size * network_outputs(trainer->net), sizeof(double));
    return trainer->order && trainer->inputs && trainer->targets;
}

static bool trainer_allocate(struct trainer *trainer)
{
    size_t rows = trainer->batch_size;
    if (trainer->options.order == UPDATE_SIMULTANEOUS)
        rows = pass_rows(trainer->net, rows);
    trainer->pass = pass_create(trainer->net, rows);
    trainer->outcome.gradient = calloc(trainer->net->parameter_count, sizeof(double));
    return trainer->pass && trainer->outcome.gradient &&
           history_reserve(&trainer->history, trainer->options.epochs) &&
           (!trainer->options.shuffle || shuffle_allocate(trainer));
}

struct trainer *trainer_create(const struct network *net, const struct train_options *options,
                               const struct samples *samples, struct model *model)
{
    struct trainer *trainer = calloc(1, sizeof *trainer);
    if (!trainer)
        return NULL;
    size_t rows = samples->rows;
    *trainer = (struct trainer){
        .net = net,
        .samples = samples,
        .model = model,
        .options = *options,
        .batch_size = options->batch_size < rows ? options->batch_size : rows,
        .pace.burst = 1,
    };
    history_init(&trainer->history);
    if (trainer_allocate(trainer))
        return trainer;
    trainer_free(trainer);
    return NULL;
}

void trainer_free(struct trainer *trainer)
{
    if (!trainer)
        return;
    pass_free(trainer->pass);
    free(trainer->outcome.gradient);
    free(trainer->order);
    free(trainer->inputs);
    free(trainer->targets);
    history_release(&trainer->history);
    free(trainer);
}

/* Copies the batch's samples together, in the epoch's order. */
static struct samples gather(const struct trainer *trainer, const size_t *order, size_t rows)
{
    size_t inputs = trainer->net->inputs;
    size_t outputs = network_outputs(trainer->net);
    for (size_t s = 0; s < rows; s++) {
        memcpy(trainer->inputs + s * inputs, trainer->samples->inputs + order[s] * inputs,
               inputs * sizeof(double));
        memcpy(trainer->targets + s * outputs, trainer->samples->targets + order[s] * outputs,
               outputs * sizeof(double));
    }
    return (struct samples){rows, trainer->inputs, trainer->targets};
}

static struct samples next_batch(struct trainer *trainer)
{
    const struct samples *all = trainer->samples;
    size_t left = all->rows - trainer->position;
    size_t rows = left < trainer->batch_size ? left : trainer->batch_size;
    size_t first = trainer->position;
    if (trainer->order) {
        if (first == 0)
            random_permutation(trainer->options.seed, trainer->options.steps, trainer->epoch + 1,
                               all->rows, trainer->order);
        if (trainer->batch_size > 1)
            return gather(trainer, trainer->order + first, rows);
        first = trainer->order[first];
    }
    return (struct samples){
        .rows = rows,
        .inputs = all->inputs + first * trainer->net->inputs,
        .targets = all->targets + first * network_outputs(trainer->net),
    };
}

/* Where the run stands after an epoch with this mean error. */
static enum trainer_state judge(const struct trainer *trainer, double mean_error)
{
    enum trainer_state state = TRAINER_RUNNING;
    if (mean_error < trainer->options.stop_below)
        state = TRAINER_ENDED_STOP_BELOW;
    else if (trainer->epoch == trainer->options.epochs)
        state = TRAINER_ENDED_EPOCHS;
    /* No later pass would see what the last update did. */
    bool finite = values_finite(&mean_error, 1) &&
                  (state == TRAINER_RUNNING || model_finite(trainer->net, trainer->model));
    return finite ? state : TRAINER_DIVERGED;
}

/* Ends the run, and looks at the clock so that its curve ends with the time that it took. */
static void end(struct trainer *trainer, enum trainer_state state)
{
    trainer->state = state;
    pace_look(&trainer->pace);
}

static void epoch_end(struct trainer *trainer)
{
    struct history_point point = {
        .epoch = ++trainer->epoch,
        .total_error = trainer->epoch_error,
        .mean_error = trainer->epoch_error / (double)trainer->samples->rows,
        .learning_rate = trainer->options.learning_rate,
    };
    trainer->position = 0;
    trainer->epoch_error = 0;
    enum trainer_state state = judge(trainer, point.mean_error);
    if (state != TRAINER_RUNNING)
        end(trainer, state);
    if (state == TRAINER_DIVERGED)
        return;
    point.elapsed_seconds = trainer->pace.elapsed;
    history_add(&trainer->history, &point); /* has its memory since trainer_create() */
}

static void update(struct trainer *trainer)
{
    struct samples batch = next_batch(trainer);
    enum nn_status status =
        train_update(trainer->net, trainer->model, &batch, trainer->options.learning_rate,
                     trainer->options.order, trainer->pass, &trainer->outcome);
    trainer->updates++;
    trainer->position += batch.rows;
    trainer->epoch_error += trainer->outcome.total_error;
    if (status != NN_OK)
        end(trainer, TRAINER_DIVERGED);
    else if (trainer->position == trainer->samples->rows)
        epoch_end(trainer);
}

static uint64_t updates_left_in_epoch(const struct trainer *trainer)
{
    size_t left = trainer->samples->rows - trainer->position;
    return left / trainer->batch_size + (left % trainer->batch_size != 0);
}

/* Trains for at most `limit` updates without looking at the clock, then looks, and makes the next
 * burst longer or shorter so that it takes one to two times SECONDS_A_BURST. */
static void burst(struct trainer *trainer, uint64_t limit)
{
    struct pace *pace = &trainer->pace;
    uint64_t updates = limit < pace->burst ? limit : pace->burst;
    for (uint64_t n = 0; n < updates && trainer->state == TRAINER_RUNNING; n++)
        update(trainer);
    if (trainer->state != TRAINER_RUNNING)
        return; /* end() has looked */
    double took = pace_look(pace);
    if (took > 2 * SECONDS_A_BURST && pace->burst > 1)
        pace->burst /= 2;
    else if (took < SECONDS_A_BURST && updates == pace->burst)
        pace->burst *= 2;
}

enum trainer_state trainer_advance(struct trainer *trainer, double seconds)
{
    trainer->pace.seen = clock_seconds(); /* what passed between two calls is not training */
    double until = trainer->pace.elapsed + seconds;
    uint64_t epoch = trainer->epoch;
    while (trainer->state == TRAINER_RUNNING) {
        burst(trainer, seconds > 0 ? UINT64_MAX : updates_left_in_epoch(trainer));
        if (seconds > 0 ? trainer->pace.elapsed >= until : trainer->epoch > epoch)
            break;
    }
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

const struct history *trainer_history(const struct trainer *trainer)
{
    return &trainer->history;
}
