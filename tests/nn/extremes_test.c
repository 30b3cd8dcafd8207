/* Numbers at the edges of the doubles: finite where the mathematics is, and never hidden where a
 * number left them. */
#include <float.h>
#include <math.h>

#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/training.h"

/* An output layer whose weights are its nets (the input is 1), against 60 digits. */
static const struct output_extreme {
    enum activation activation;
    enum loss loss;
    size_t units;
    double nets[3], targets[3];
    double outs[3], error, deltas[3];
} output_extremes[] = {
#include "tests/nn/reference/output_extremes.inc"
};

/* Whether each is right to `relative`, or the next of the subnormals, which are `least` apart. */
static bool all_near(const double *actual, const double *expected, size_t count, double relative,
                     double least)
{
    for (size_t j = 0; j < count; j++)
        if (!(fabs(actual[j] - expected[j]) <= relative * fabs(expected[j]) + least))
            return false;
    return true;
}

static void test_output(const struct output_extreme *row, enum precision precision)
{
    bool wide = precision == PRECISION_FLOAT64;
    double relative = wide ? 1e-12 : 2e-6, least = wide ? 0x1p-1074 : 0x1p-149;
    const struct layer layer = {
        .units = row->units, .activation = row->activation, .bias = BIAS_NONE};
    struct network *net = network_make(1, 1, &layer);
    net->loss = row->loss;
    net->precision = precision;
    struct pass *pass = pass_create(net, 1);
    struct samples samples = {1, &(double){1}, row->targets, NULL};
    double outs[3], gradient[3];
    struct outcome outcome = {.outputs = outs, .gradient = gradient};
    tap_ok(pass_run(net, row->nets, &samples, pass, &outcome) == NN_OK &&
               all_near(outs, row->outs, row->units, relative, least) &&
               all_near(gradient, row->deltas, row->units, relative, least) &&
               all_near(&outcome.total_error, &row->error, 1, relative, least),
           "%s, %s at %g, %g, %g for %g, %g, %g", precision_names[precision], loss_names[row->loss],
           row->nets[0], row->nets[1], row->nets[2], row->targets[0], row->targets[1],
           row->targets[2]);
    pass_free(pass);
    network_free(net);
}

/* One weight w, one input x, one target t, no bias. */
static const struct edge {
    const char *why;
    enum activation activation;
    double w, x, t;
    enum nn_status status;
    double out, error, gradient; /* expected where the status is NN_OK */
} edges[] = {
    {"sigmoid far above", ACTIVATION_SIGMOID, 1000, 1, 0, NN_OK, 1, 0.5, 0},
    {"sigmoid far below", ACTIVATION_SIGMOID, -1000, 1, 1, NN_OK, 0, 0.5, 0},
    {"sigmoid at -740: subnormal", ACTIVATION_SIGMOID, -740, 1, 0, NN_OK, 4.1887398800480489e-322,
     0, 0},
    {"tanh far above", ACTIVATION_TANH, 1000, 1, 0, NN_OK, 1, 0.5, 0},
    {"the largest double", ACTIVATION_IDENTITY, DBL_MAX, 1, DBL_MAX, NN_OK, DBL_MAX, 0, 0},
    {"the least double", ACTIVATION_IDENTITY, 0x1p-1074, 1, 0, NN_OK, 0x1p-1074, 0, 0x1p-1074},
    {"a subnormal gradient", ACTIVATION_IDENTITY, 0x1p-1030, 1, 0, NN_OK, 0x1p-1030, 0, 0x1p-1030},
    {"negative zero", ACTIVATION_RELU, -0.0, 1, 1, NN_OK, 0, 0.5, 0},
    {"negative zero", ACTIVATION_TANH, -0.0, 1, 1, NN_OK, 0, 0.5, -1},
    {"negative zero", ACTIVATION_SIGMOID, -0.0, 1, 0.5, NN_OK, 0.5, 0, 0},
    {"a subnormal net", ACTIVATION_TANH, 0x1p-1060, 1, 0, NN_OK, 0x1p-1060, 0, 0x1p-1060},
    {"a subnormal input", ACTIVATION_IDENTITY, 1, 0x1p-1073, 1, NN_OK, 0x1p-1073, 0.5, -0x1p-1073},
    {"a product of subnormals", ACTIVATION_IDENTITY, 0x1p-1060, 0x1p-1060, 0, NN_OK, 0, 0, 0},
    {"a product that just overflows", ACTIVATION_IDENTITY, 0x1p512, 0x1p512, 0, NN_NOT_FINITE, 0, 0,
     0},
    {"elu far below", ACTIVATION_ELU, -1000, 1, -1, NN_OK, -1, 0, 0},
    {"gelu far below", ACTIVATION_GELU, -1000, 1, 0, NN_OK, 0, 0, 0},
    {"silu far below", ACTIVATION_SILU, -1000, 1, 0, NN_OK, 0, 0, 0},
    {"softplus far below", ACTIVATION_SOFTPLUS, -1000, 1, 0, NN_OK, 0, 0, 0},
    {"softplus far above", ACTIVATION_SOFTPLUS, 1e300, 1, 1e300, NN_OK, 1e300, 0, 0},
    {"a weight that is NaN", ACTIVATION_RELU, NAN, 1, 0, NN_NOT_FINITE, 0, 0, 0},
    {"a weight that is infinite", ACTIVATION_SIGMOID, INFINITY, 1, 0, NN_NOT_FINITE, 0, 0, 0},
    {"net overflows, sigmoid would hide it", ACTIVATION_SIGMOID, 1e308, 1e308, 0, NN_NOT_FINITE, 0,
     0, 0},
    {"net overflows, relu would hide it", ACTIVATION_RELU, -1e308, 1e308, 0, NN_NOT_FINITE, 0, 0,
     0},
    {"error and gradient overflow", ACTIVATION_IDENTITY, 1, 1e200, 0, NN_NOT_FINITE, 0, 0, 0},
    {"error overflows, gradient does not", ACTIVATION_IDENTITY, 1, 1, 1e200, NN_NOT_FINITE, 0, 0,
     0},
    {"gradient overflows, error does not", ACTIVATION_IDENTITY, 0, 1e300, 1e150, NN_NOT_FINITE, 0,
     0, 0},
};

static struct network *one_weight(enum activation activation)
{
    const struct layer layer = {.units = 1, .activation = activation, .bias = BIAS_NONE};
    return network_make(1, 1, &layer);
}

static void test_edge(const struct edge *row)
{
    struct network *net = one_weight(row->activation);
    struct pass *pass = pass_create(net, 1);
    struct samples samples = {1, &row->x, &row->t, NULL};
    double out, error, gradient;
    struct outcome outcome = {&out, &error, &gradient, 0};
    enum nn_status status = pass_run(net, &row->w, &samples, pass, &outcome);
    tap_ok(status == row->status, "%s: %s", row->why, row->status == NN_OK ? "finite" : "seen");
    if (row->status == NN_OK) {
        /* 1e-12 relative; a subnormal has a spacing of its own. */
        tap_near(out, row->out, 1e-12 * fabs(row->out) + 0x1p-1074, "out");
        tap_near(error, row->error, 1e-12 * row->error, "error");
        tap_near(gradient, row->gradient, 0, "gradient");
    }
    pass_free(pass);
    network_free(net);
}

/* One sample whose net overflows among others, whichever samples are passed through together. */
static void test_one_of_many(void)
{
    struct network *net = one_weight(ACTIVATION_SIGMOID);
    const double targets[3] = {0};
    for (size_t rows = 1; rows <= 3; rows++) {
        struct pass *pass = pass_create(net, rows);
        for (size_t bad = 0; bad < 3; bad++) {
            double inputs[3] = {1e-308, 1e-308, 1e-308};
            inputs[bad] = 1e308;
            struct samples samples = {3, inputs, targets, NULL};
            struct outcome outcome = {0};
            tap_ok(pass_run(net, &(double){1e308}, &samples, pass, &outcome) == NN_NOT_FINITE,
                   "sample %zu overflows, %zu at a time", bad, rows);
        }
        pass_free(pass);
    }
    network_free(net);
}

/* What happens in a hidden layer, and what of it the output shows. */
static const struct hidden {
    const char *why;
    enum activation activation; /* of the hidden unit */
    double w[2];                /* to the hidden unit, from inputs of 1e308 */
} hidden_rows[] = {
    {"inf - inf, NaN up to the output", ACTIVATION_RELU, {1e308, -1e308}},
    {"a net that the hidden sigmoid makes 1", ACTIVATION_SIGMOID, {1e308, 1e308}},
    {"a net that the hidden relu makes 0", ACTIVATION_RELU, {-1e308, -1e308}},
};

static void test_hidden(const struct hidden *row)
{
    const struct layer layers[] = {
        {.units = 1, .activation = row->activation, .bias = BIAS_NONE},
        {.units = 1, .activation = ACTIVATION_SIGMOID, .bias = BIAS_NONE},
    };
    struct network *net = network_make(2, 2, layers);
    struct pass *pass = pass_create(net, 1);
    const double parameters[] = {row->w[0], row->w[1], 1};
    const double inputs[] = {1e308, 1e308};
    struct samples samples = {1, inputs, NULL, NULL};
    struct outcome outcome = {0};
    tap_ok(pass_run(net, parameters, &samples, pass, &outcome) == NN_NOT_FINITE, "%s: seen",
           row->why);
    pass_free(pass);
    network_free(net);
}

/* The article's network; with this rate, where does it end? */
static const struct rate_row {
    const char *why;
    enum activation activation;
    double learning_rate;
    enum trainer_state state;
} rate_rows[] = {
    {"rate 0", ACTIVATION_SIGMOID, 0, TRAINER_ENDED_EPOCHS},
    {"rate 1e-300: too small to move", ACTIVATION_SIGMOID, 1e-300, TRAINER_ENDED_EPOCHS},
    {"rate 1e300: saturated, finite", ACTIVATION_SIGMOID, 1e300, TRAINER_ENDED_EPOCHS},
    {"rate 1e300 on identity", ACTIVATION_IDENTITY, 1e300, TRAINER_DIVERGED},
    {"rate 100 on identity: grows for some epochs", ACTIVATION_IDENTITY, 100, TRAINER_DIVERGED},
};

static void test_rate(const struct rate_row *row)
{
    struct network *net = mazur_network();
    net->layers[0].activation = net->layers[1].activation = row->activation;
    struct model model = model_drawn(net, 1);
    struct model before = model_copied(net, &model);
    struct train_options options = {
        .epochs = 100000, .batch_size = 1, .learning_rate = row->learning_rate};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    tap_ok(trainer_advance(trainer, 3600) == row->state, "%s", row->why);
    if (row->state == TRAINER_DIVERGED)
        tap_ok(trainer_epoch(trainer) < 1000, "diverges at once, in epoch %llu",
               (unsigned long long)trainer_epoch(trainer) + 1);
    else
        tap_ok(values_finite(model.parameters, net->parameter_count), "its parameters are finite");
    if (row->learning_rate < 1)
        tap_ok(values_same(model.parameters, before.parameters, net->parameter_count),
               "nothing moves");
    trainer_free(trainer);
    model_release(&model);
    model_release(&before);
    network_free(net);
}

/* A gradient that overflows in the last update shows in no later error: the end has to look. */
static void test_last_update(void)
{
    struct network *net = one_weight(ACTIVATION_IDENTITY);
    struct samples samples = {1, &(double){1e300}, &(double){1e150}, NULL};
    struct model model = {.parameters = &(double){0}};
    struct train_options options = {.epochs = 1, .batch_size = 1, .learning_rate = 0.5};
    struct trainer *trainer = trainer_create(net, &options, &samples, &model);
    tap_ok(trainer_advance(trainer, 1) == TRAINER_DIVERGED, "overflow in the last update");
    trainer_free(trainer);
    network_free(net);
}

/* Each sample's error is finite, their sum is not. */
static void test_sum_of_errors(void)
{
    struct network *net = one_weight(ACTIVATION_IDENTITY);
    const double inputs[] = {0, 0, 0};
    const double targets[] = {1.3e154, 1.3e154, 1.3e154};
    struct samples samples = {3, inputs, targets, NULL};
    struct train_options options = {.epochs = 5, .batch_size = 1, .learning_rate = 0};
    struct model model = {.parameters = &(double){0}};
    struct trainer *trainer = trainer_create(net, &options, &samples, &model);
    tap_ok(trainer_advance(trainer, 1) == TRAINER_DIVERGED, "the epoch's error overflows");
    trainer_free(trainer);
    network_free(net);
}

/* A momentum above 1 makes the state grow; with rate 0 no parameter shows it. */
static void test_state(void)
{
    struct network *net = mazur_network();
    net->optimizer.momentum = 2;
    struct model model = model_drawn(net, 1);
    struct pass *pass = pass_create(net, 1);
    double gradient[MAZUR_PARAMETERS];
    struct outcome outcome = {.gradient = gradient};
    const struct step_options step = {.learning_rate = 0};
    enum nn_status status = NN_OK;
    int steps = 0;
    for (; status == NN_OK && steps < 2000; steps++)
        status = train_step(net, &model, &mazur_sample, &step, pass, &outcome);
    tap_ok(status == NN_NOT_FINITE && steps > 900, "the state overflows after %d steps", steps);
    model_release(&model);
    model = model_drawn(net, 1);
    struct train_options options = {.epochs = 1000000, .batch_size = 1, .learning_rate = 0};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    tap_ok(trainer_advance(trainer, 3600) == TRAINER_DIVERGED, "a run sees it too");
    tap_ok(trainer_epoch(trainer) <= 3000, "and before its end");
    trainer_free(trainer);
    pass_free(pass);
    model_release(&model);
    network_free(net);
}

/* What a float cannot hold is not finite in float32, and is in float64. */
static const struct range_row {
    const char *why;
    double w, x, t;
} range_rows[] = {
    {"a parameter beyond the floats", 1e39, 1e-39, 0},
    {"an input beyond the floats", 1e-39, 1e39, 0},
    {"a target beyond the floats", 1, 1, 1e39},
    {"a net beyond the floats", 1e30, 1e30, 1e60},
    {"an error beyond the floats", 1, 1e25, 0},
    {"a gradient beyond the floats", 0, 1e30, 1e15},
};

static void test_range(const struct range_row *row)
{
    struct network *net = one_weight(ACTIVATION_IDENTITY);
    struct samples samples = {1, &row->x, &row->t, NULL};
    for (enum precision precision = 0; precision < PRECISION_COUNT; precision++) {
        net->precision = precision;
        struct pass *pass = pass_create(net, 1);
        struct outcome outcome = {.gradient = &(double){0}};
        enum nn_status status = pass_run(net, &row->w, &samples, pass, &outcome);
        tap_ok(status == (precision == PRECISION_FLOAT64 ? NN_OK : NN_NOT_FINITE), "%s: %s",
               row->why, precision_names[precision]);
        pass_free(pass);
    }
    network_free(net);
}

static void test_passes(void)
{
    for (size_t i = 0; i < COUNT(output_extremes); i++) {
        test_output(&output_extremes[i], PRECISION_FLOAT64);
        test_output(&output_extremes[i], PRECISION_FLOAT32);
    }
    for (size_t i = 0; i < COUNT(edges); i++)
        test_edge(&edges[i]);
    test_one_of_many();
    for (size_t i = 0; i < COUNT(hidden_rows); i++)
        test_hidden(&hidden_rows[i]);
    for (size_t i = 0; i < COUNT(range_rows); i++)
        test_range(&range_rows[i]);
}

static void test_training(void)
{
    for (size_t i = 0; i < COUNT(rate_rows); i++)
        test_rate(&rate_rows[i]);
    test_last_update();
    test_sum_of_errors();
    test_state();
}

int main(void)
{
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        tap_note("%s", simd_names[simd]);
        test_passes();
        test_training();
    }
    return tap_done();
}
