#include "tests/nn/teams.h"

#include <pthread.h>
#include <stdlib.h>

enum { MOST_MEMBERS = 16 };

struct part {
    void (*run)(void *argument, size_t n);
    void *argument;
    size_t n;
};

static size_t members(struct team *team)
{
    return ((struct test_team *)team)->members;
}

static void *part_run(void *argument)
{
    const struct part *part = argument;
    part->run(part->argument, part->n);
    return NULL;
}

static void run_threads(size_t parts, void (*run)(void *argument, size_t n), void *argument)
{
    pthread_t threads[MOST_MEMBERS];
    struct part part[MOST_MEMBERS];
    for (size_t n = 0; n < parts; n++) {
        part[n] = (struct part){run, argument, n};
        if (pthread_create(&threads[n], NULL, part_run, &part[n]) != 0)
            exit(2);
    }
    for (size_t n = 0; n < parts; n++)
        pthread_join(threads[n], NULL);
}

static void run(struct team *team, size_t parts, void (*part)(void *argument, size_t n),
                void *argument)
{
    if (((struct test_team *)team)->threads && parts <= MOST_MEMBERS) {
        run_threads(parts, part, argument);
        return;
    }
    while (parts-- > 0)
        part(argument, parts);
}

struct test_team team_of(size_t count, bool threads)
{
    return (struct test_team){{members, run}, count, threads};
}

bool team_fits(const struct network *net, const struct train_options *options, size_t count)
{
    const struct layer *first = &net->layers[0];
    size_t line = net->precision == PRECISION_FLOAT64 ? 8 : 16; /* units in 64 bytes */
    bool frozen = false;
    for (size_t l = 0; l < net->layer_count; l++)
        frozen |= net->layers[l].frozen_weights || net->layers[l].frozen_biases;
    return !frozen && net->optimizer.type != OPTIMIZER_RPROP && net->layer_count > 1 &&
           first->units > 16 && first->units / line >= count && first->bias != BIAS_SHARED &&
           options->order == UPDATE_SIMULTANEOUS && options->clip_norm == 0;
}
