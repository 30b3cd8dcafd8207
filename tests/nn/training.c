#include "tests/nn/training.h"

#include <stdlib.h>
#include <string.h>

#include "nn/random.h"

const struct optimizer training_optimizers[TRAINING_OPTIMIZERS] = {
    {.learning_rate = 0.5},
    {.learning_rate = 0.1, .momentum = 0.9},
    {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
    {.learning_rate = 0.1, .momentum = 0.5, .dampening = 0.3, .weight_decay = 0.01},
    {.type = OPTIMIZER_ADAM, .learning_rate = 0.05, .betas = {0.9, 0.999}, .eps = 1e-8},
};

struct network *training_network(void)
{
    static const struct layer layers[] = {
        {.units = 5, .activation = ACTIVATION_TANH, .bias = BIAS_PER_UNIT},
        {.units = 4, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED},
        {.units = 2, .activation = ACTIVATION_SIGMOID, .bias = BIAS_PER_UNIT},
    };
    return network_make(3, 3, layers);
}

struct trainer *training_done(const struct network *net, const struct train_options *options,
                              const struct samples *samples, struct model *model)
{
    struct trainer *trainer = trainer_create(net, options, samples, model);
    trainer_advance(trainer, 3600);
    return trainer;
}

enum trainer_state training_run(const struct network *net, const struct train_options *options,
                                const struct samples *samples, struct model *model)
{
    struct trainer *trainer = training_done(net, options, samples, model);
    enum trainer_state state = trainer_state(trainer);
    trainer_free(trainer);
    return state;
}

struct model model_trained(const struct network *net, const struct train_options *options,
                           const struct samples *samples)
{
    struct model model = model_drawn(net, 3);
    training_run(net, options, samples, &model);
    return model;
}

/* The samples of an epoch in its order: copies. */
static struct samples epoch_samples(const struct network *net, const struct train_options *options,
                                    const struct samples *samples, uint64_t epoch)
{
    size_t rows = samples->rows;
    size_t outputs = network_outputs(net);
    size_t *order = calloc(rows, sizeof *order);
    double *inputs = values_zero(rows * net->inputs);
    double *targets = values_zero(rows * outputs);
    double *weights = samples->weights ? values_zero(rows) : NULL;
    random_permutation(options->seed, options->steps, epoch, rows, order);
    for (size_t s = 0; s < rows; s++) {
        size_t row = options->shuffle ? order[s] : s;
        memcpy(inputs + s * net->inputs, samples->inputs + row * net->inputs,
               net->inputs * sizeof *inputs);
        memcpy(targets + s * outputs, samples->targets + row * outputs, outputs * sizeof *targets);
        if (weights)
            weights[s] = samples->weights[row];
    }
    free(order);
    return (struct samples){rows, inputs, targets, weights};
}

double training_epoch(const struct network *net, const struct train_options *options,
                      const struct samples *samples, uint64_t epoch, double learning_rate,
                      struct model *model)
{
    struct samples all = epoch_samples(net, options, samples, epoch);
    struct pass *pass = pass_create(net, all.rows);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    double error = 0;
    size_t size = 0;
    for (size_t first = 0; first < all.rows; first += size) {
        size = all.rows - first < options->batch_size ? all.rows - first : options->batch_size;
        const struct samples batch = {
            .rows = size,
            .inputs = all.inputs + first * net->inputs,
            .targets = all.targets + first * network_outputs(net),
            .weights = all.weights ? all.weights + first : NULL,
        };
        const struct step_options step = {
            .learning_rate = learning_rate,
            .order = options->order,
            .clip_norm = options->clip_norm,
            .seed = options->seed,
            .steps = options->steps + model->optimizer_updates,
        };
        train_step(net, model, &batch, &step, pass, &outcome);
        error += outcome.total_error;
    }
    pass_free(pass);
    free(outcome.gradient);
    samples_release(&all);
    return error;
}

double training_error(const struct network *net, const struct model *model,
                      const struct samples *samples)
{
    struct pass *pass = pass_create(net, samples->rows);
    struct outcome outcome = {0};
    pass_run(net, model->parameters, samples, pass, &outcome);
    pass_free(pass);
    return outcome.total_error / (double)samples->rows;
}

double *weights_drawn(uint64_t seed, size_t rows)
{
    double *weights = values_drawn(seed, rows, 0, 2);
    for (size_t s = 2; s < rows; s += 3)
        weights[s] = 0;
    return weights;
}
