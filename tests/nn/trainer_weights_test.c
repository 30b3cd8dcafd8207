/* Sample weights as runs feel them. */
#include <math.h>

#include "tests/harness/tap.h"
#include "tests/nn/training.h"

enum { ROWS = 12 };

/* Of the first epoch. */
static double total_error(const struct network *net, const struct train_options *options,
                          const struct samples *samples)
{
    struct model model = model_drawn(net, 3);
    struct trainer *trainer = training_done(net, options, samples, &model);
    double error = trainer_history(trainer)->points[0].total_error;
    trainer_free(trainer);
    model_release(&model);
    return error;
}

/* Weights that are all w are a loss that is w times as large: with a power of two and plain SGD,
 * a rate of 1/w gives the same bits. */
static const double equal_weights[] = {0.25, 0.5, 1, 2, 4};

static void test_equal_weights(void)
{
    struct network *net = training_network();
    struct samples plain = samples_drawn(net, 5, ROWS);
    struct train_options options = {
        .epochs = 20, .batch_size = 5, .shuffle = true, .learning_rate = 0.5};
    struct model expected = model_trained(net, &options, &plain);
    double error = total_error(net, &options, &plain);
    for (size_t i = 0; i < COUNT(equal_weights); i++) {
        double weight = equal_weights[i];
        double weights[ROWS];
        struct samples weighted = plain;
        for (size_t s = 0; s < ROWS; s++)
            weights[s] = weight;
        weighted.weights = weights;
        options.learning_rate = 0.5 / weight;
        struct model model = model_trained(net, &options, &weighted);
        tap_ok(values_same(model.parameters, expected.parameters, net->parameter_count),
               "all weights %g: the same bits", weight);
        if (weight == 1)
            tap_ok(total_error(net, &options, &weighted) == error, "the same error");
        model_release(&model);
    }
    model_release(&expected);
    samples_release(&plain);
    network_free(net);
}

/* A sample of weight 0 moves nothing. In a batch it still counts as one: 12 samples, 4 of them
 * without weight, move as the other 8 at 8/12 of the rate. Online it is as if it were not there. */
static void test_zero_weights(void)
{
    enum { KEPT = 8 };
    struct network *net = training_network();
    struct samples all = samples_drawn(net, 5, ROWS);
    double weights[ROWS];
    for (size_t s = 0; s < ROWS; s++)
        weights[s] = s < KEPT;
    struct samples weighted = all;
    weighted.weights = weights;
    struct samples kept = samples_part(net, &all, 0, KEPT);
    struct train_options options = {.epochs = 50, .batch_size = ROWS, .learning_rate = 0.75};
    struct model with = model_trained(net, &options, &weighted);
    options.learning_rate = 0.5;
    struct model without = model_trained(net, &options, &kept);
    double worst = 0;
    for (size_t p = 0; p < net->parameter_count; p++)
        worst = fmax(worst, fabs(with.parameters[p] - without.parameters[p]));
    tap_ok(worst < 1e-13, "whole set: as if left out, within %g", worst);
    model_release(&with);
    model_release(&without);
    options.batch_size = 1;
    with = model_trained(net, &options, &weighted);
    without = model_trained(net, &options, &kept);
    tap_ok(values_same(with.parameters, without.parameters, net->parameter_count),
           "online: the bits of a run without them");
    tap_ok(total_error(net, &options, &weighted) == total_error(net, &options, &kept),
           "and its error");
    model_release(&with);
    model_release(&without);
    samples_release(&all);
    network_free(net);
}

int main(void)
{
    test_equal_weights();
    test_zero_weights();
    return tap_done();
}
