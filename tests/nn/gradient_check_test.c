#include "nn/gradient_check.h"

#include <math.h>
#include <stdlib.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { ROWS = 5, LAYERS = 3 };

/* 3-4-3-2 of smooth units, a layer of each bias kind. */
static struct network *smooth_network(void)
{
    static const struct layer layers[LAYERS] = {
        {.units = 4, .activation = ACTIVATION_TANH, .bias = BIAS_PER_UNIT},
        {.units = 3, .activation = ACTIVATION_SIGMOID, .bias = BIAS_SHARED},
        {.units = 2, .activation = ACTIVATION_TANH, .bias = BIAS_NONE},
    };
    return network_make(3, LAYERS, layers);
}

static double *gradient_of(const struct network *net, const double *parameters,
                           const struct samples *samples)
{
    struct pass *pass = pass_create(net, samples->rows);
    struct outcome outcome = {.gradient = values_zero(net->parameter_count)};
    pass_run(net, parameters, samples, pass, &outcome);
    pass_free(pass);
    return outcome.gradient;
}

static double largest(const double *differences)
{
    return fmax(differences[0], fmax(differences[1], differences[2]));
}

/* The largest difference of any layer; infinite when the check fails. */
static double checked(const struct network *net, const double *parameters,
                      const struct samples *samples, const double *gradient)
{
    double differences[LAYERS];
    enum nn_status status = gradient_check(net, parameters, samples, gradient, differences);
    return status == NN_OK ? largest(differences) : INFINITY;
}

static const struct check_row {
    const char *why;
    struct regularization regularization;
    double dropout;
    enum precision precision;
    bool weights, scaled;
    double within;
} check_rows[] = {
    {.why = "plain", .within = 1e-6},
    {.why = "l1", .regularization.l1 = 0.125, .within = 1e-6},
    {.why = "l2", .regularization.l2 = 0.25, .within = 1e-6},
    {.why = "l1 and l2", .regularization = {0.01, 0.01}, .within = 1e-6},
    {.why = "sample weights", .weights = true, .within = 1e-6},
    {.why = "scaled", .scaled = true, .within = 1e-6},
    {.why = "dropout, which a check has not", .dropout = 0.5, .within = 1e-6},
    /* A float's 6e-8, over the floor of a thousandth. */
    {.why = "float32", .precision = PRECISION_FLOAT32, .within = 1e-4},
    {.why = "float32 with all",
     .regularization = {0.01, 0.01},
     .precision = PRECISION_FLOAT32,
     .weights = true,
     .scaled = true,
     .within = 1e-4},
};

static void scale(struct network *net)
{
    static const double offset[] = {0.5, -0.25, 0.125};
    static const double factor[] = {2, 0.5, -1.5};
    scaling_set(&net->input_scaling, 3, offset, factor);
    scaling_set(&net->target_scaling, 2, offset, factor);
}

/* A right gradient passes; that of the same network without what the row is about, and one that is
 * a hundredth too large anywhere, does not. */
static void test_row(const struct check_row *row)
{
    struct network *net = smooth_network();
    struct network *plain = network_clone(net);
    net->regularization = row->regularization;
    net->layers[0].dropout = row->dropout;
    net->precision = row->precision;
    if (row->scaled)
        scale(net);
    struct model model = model_drawn(net, 7);
    struct samples samples = samples_drawn(net, 8, ROWS);
    struct samples bare = samples;
    if (row->weights)
        samples.weights = values_drawn(9, ROWS, 0, 2);
    double *parameters = values_copied(model.parameters, net->parameter_count);
    double *gradient = gradient_of(net, parameters, &samples);
    double *other = gradient_of(plain, parameters, &bare);
    double worst = checked(net, parameters, &samples, gradient);
    tap_ok(worst < row->within, "%s: within %.1e", row->why, worst);
    tap_ok(values_same(parameters, model.parameters, net->parameter_count), "nothing is changed");
    if (row->regularization.l1 > 0 || row->regularization.l2 > 0 || row->weights || row->scaled)
        tap_ok(checked(net, parameters, &samples, other) > 0.01, "without it: seen");
    size_t unseen = 0;
    for (size_t p = 0; p < net->parameter_count; p++) {
        double right = gradient[p];
        gradient[p] = right * 1.01 + copysign(1e-4, right);
        unseen += !(checked(net, parameters, &samples, gradient) > 0.001);
        gradient[p] = right;
    }
    tap_ok(unseen == 0, "every gradient that is wrong is seen");
    free(parameters);
    free(gradient);
    free(other);
    model_release(&model);
    samples_release(&samples);
    network_free(net);
    network_free(plain);
}

/* |a - n| / max(|a|, |n|), in the layer that it is in. */
static void test_fault(void)
{
    struct network *net = smooth_network();
    struct model model = model_drawn(net, 7);
    struct samples samples = samples_drawn(net, 8, ROWS);
    double *gradient = gradient_of(net, model.parameters, &samples);
    double checks[LAYERS];
    gradient[net->layers[1].weights + 2] *= 1.01;
    gradient_check(net, model.parameters, &samples, gradient, checks);
    tap_near(checks[1], 0.01 / 1.01, 1e-6, "one percent too much in layer 1");
    tap_ok(checks[0] < 1e-6 && checks[2] < 1e-6, "the other layers are right");
    free(gradient);
    samples_release(&samples);
    model_release(&model);
    network_free(net);
}

/* Weights on and beside the kink of l1 |w|, where E's own step of 6e-6 reaches across. */
static const double near_kink[] = {0, -0.0, 1e-6, -1e-6, 6e-6, -1e-12, 1e-100, -1e-100, 1};

static void test_kinks(void)
{
    const struct layer layer = {
        .units = 1, .activation = ACTIVATION_IDENTITY, .bias = BIAS_PER_UNIT};
    for (size_t i = 0; i < sizeof near_kink / sizeof *near_kink; i++) {
        struct network *net = network_make(1, 1, &layer);
        net->regularization = (struct regularization){0.5, 0.25};
        const double parameters[] = {near_kink[i], 0.25};
        const struct samples samples = {1, &(double){2}, &(double){0.5}, NULL};
        double w = near_kink[i];
        /* (0.5 - 2w - 0.25)^2 / 2 + |w| / 2 + w^2 / 8 */
        const double gradient[] = {-2 * (0.25 - 2 * w) + 0.5 * ((w > 0) - (w < 0)) + 0.25 * w,
                                   -(0.25 - 2 * w)};
        double difference;
        enum nn_status status = gradient_check(net, parameters, &samples, gradient, &difference);
        tap_ok(status == NN_OK && difference < 1e-8, "a weight of %g: within %.1e", w, difference);
        network_free(net);
    }
}

/* A layer without any gradient differs by 0; one whose error overflows cannot be checked. */
static void test_edges(void)
{
    const struct layer layer = {.units = 1, .activation = ACTIVATION_RELU, .bias = BIAS_NONE};
    struct network *net = network_make(1, 1, &layer);
    struct samples samples = {1, &(double){1}, &(double){0}, NULL};
    double gradient = 0;
    double difference = 7;
    tap_ok(gradient_check(net, &(double){-1}, &samples, &gradient, &difference) == NN_OK &&
               difference == 0,
           "a relu that is off: gradients of 0 agree");
    tap_ok(gradient_check(net, &(double){1e200}, &samples, &gradient, &difference) == NN_NOT_FINITE,
           "an infinite error is reported");
    net->regularization.l2 = 1e308;
    tap_ok(gradient_check(net, &(double){-100}, &samples, &gradient, &difference) == NN_NOT_FINITE,
           "an infinite penalty is reported");
    network_free(net);
}

int main(void)
{
    for (size_t i = 0; i < sizeof check_rows / sizeof *check_rows; i++)
        test_row(&check_rows[i]);
    test_fault();
    test_kinks();
    test_edges();
    return tap_done();
}
