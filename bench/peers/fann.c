/*
 * FANN's incremental training, on the protocol of bench/train/work.h: works with sigmoid units and
 * squared error.
 *
 *   fann_float64 WORK [stepwise]    fann_float32, the same with floats: made with -DFLOAT
 *
 * FANN's sigmoid is 1 / (1 + e^(-2 s x)), so a steepness s of 1/2 is ours. Its derivative takes
 * outputs beyond 0.01 and 0.99 for these, so errors near such outputs differ a little. `stepwise`
 * is its approximation of the sigmoid by line segments.
 */
#ifdef FLOAT
#include <floatfann.h>
#else
#include <doublefann.h>
#endif

#include <stdlib.h>
#include <string.h>

#include "bench/train/work.h"

struct peer {
    const struct work *work;
    struct fann *fann;
    fann_type *x, *t;
};

static fann_type *converted(const double *values, size_t count)
{
    fann_type *copy = malloc(count * sizeof(*copy));
    if (copy == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        copy[i] = (fann_type)values[i];
    return copy;
}

/* Copies between the two orders: FANN has each unit's bias after its weights. */
static void exchange(const struct work *work, fann_type *theirs, double *ours, bool to_ours)
{
    size_t before[] = {work->inputs, work->hidden};
    size_t units[] = {work->hidden, work->outputs};

    for (int l = 0; l < 2; l++) {
        for (size_t j = 0; j < units[l]; j++) {
            for (size_t i = 0; i <= before[l]; i++, theirs++) {
                double *value =
                    i < before[l] ? &ours[j * before[l] + i] : &ours[units[l] * before[l] + j];
                if (to_ours)
                    *value = (double)*theirs;
                else
                    *theirs = (fann_type)*value;
            }
        }
        ours += units[l] * (before[l] + 1);
    }
}

static void train(void *self, uint64_t epochs)
{
    struct peer *peer = self;
    const struct work *work = peer->work;

    for (uint64_t epoch = 0; epoch < epochs; epoch++) {
        for (size_t s = 0; s < work->samples; s++)
            fann_train(peer->fann, peer->x + s * work->inputs, peer->t + s * work->outputs);
    }
}

static void read_parameters(void *self, double *parameters)
{
    struct peer *peer = self;
    exchange(peer->work, peer->fann->weights, parameters, true);
}

static struct fann *create(const struct work *work, bool stepwise)
{
    struct fann *fann = fann_create_standard(3, (unsigned)work->inputs, (unsigned)work->hidden,
                                             (unsigned)work->outputs);
    enum fann_activationfunc_enum sigmoid = stepwise ? FANN_SIGMOID_STEPWISE : FANN_SIGMOID;

    if (fann == NULL)
        abort();
    fann_set_training_algorithm(fann, FANN_TRAIN_INCREMENTAL);
    fann_set_train_error_function(fann, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(fann, (float)work->learning_rate);
    fann_set_activation_function_hidden(fann, sigmoid);
    fann_set_activation_function_output(fann, sigmoid);
    fann_set_activation_steepness_hidden(fann, 0.5f);
    fann_set_activation_steepness_output(fann, 0.5f);
    return fann;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    struct work *work = work_read(argv[1]);
    if (work->loss != WORK_SQUARED_ERROR || work->activation != WORK_SIGMOID || work->batch != 1)
        return 2;
    bool stepwise = argc > 2 && strcmp(argv[2], "stepwise") == 0;
    struct peer peer = {work, create(work, stepwise),
                        converted(work->x, work->samples * work->inputs),
                        converted(work->t, work->samples * work->outputs)};
    struct trainee trainee = {&peer, train, NULL, read_parameters};

    exchange(work, peer.fann->weights, work->parameters, false);
    work_serve(work, &trainee);
    free(peer.x);
    free(peer.t);
    fann_destroy(peer.fann);
    work_free(work);
    return 0;
}
