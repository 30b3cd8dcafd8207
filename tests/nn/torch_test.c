/*
 * Whole networks against PyTorch: the gradient of every parameter for every activation, loss and
 * bias kind, and 25 training steps with every optimizer. In every vector width, all samples at once
 * and one at a time. The numbers were made by reference/torch_reference.py.
 */
#include <stdlib.h>
#include <string.h>

#include "nn/pass.h"
#include "nn/step.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/packed.h"

enum { INPUTS = 3, HIDDEN = 4, OUTPUTS = 2, ROWS = 5, UPDATES = 25 };
enum { MOST_PARAMETERS = HIDDEN * INPUTS + HIDDEN + OUTPUTS * HIDDEN + OUTPUTS };

static const struct gradient_row {
    enum loss loss;
    enum activation hidden, output;
    enum bias_kind bias;
    double targets[ROWS * OUTPUTS];
    double total_error;
    double gradient[MOST_PARAMETERS];
} gradient_rows[] = {
#include "tests/nn/reference/gradient_reference.inc"
};

/* tanh, softmax and cross_entropy on all samples at once. */
static const struct training_row {
    struct optimizer optimizer;
    double parameters[PRECISION_COUNT][MOST_PARAMETERS]; /* float64, float32 */
} training_rows[] = {
#include "tests/nn/reference/training_reference.inc"
};

/* The numbers of this name in the script. */
static void sixty_fourths(double *values, size_t count, int factor, int offset, int width)
{
    int middle = width / 2; /* rounded down */
    for (size_t i = 0; i < count; i++)
        values[i] = (((int)i * factor + offset) % width - middle) / 64.0;
}

static struct network *network_of(enum activation hidden, enum activation output,
                                  enum bias_kind bias, enum loss loss, enum precision precision)
{
    const struct layer layers[] = {
        {.units = HIDDEN, .activation = hidden, .bias = bias},
        {.units = OUTPUTS, .activation = output, .bias = bias},
    };
    struct network *net = network_make(INPUTS, 2, layers);
    net->loss = loss;
    net->huber_delta = 0.375;
    net->precision = precision;
    return net;
}

static void parameters_of(const struct network *net, double *parameters)
{
    for (size_t l = 0; l < 2; l++) {
        const struct layer *layer = &net->layers[l];
        sixty_fourths(parameters + layer->weights, layer->units * layer->inputs, 37, 11 + (int)l,
                      97);
        sixty_fourths(parameters + layer->biases, layer->bias_count, 23, 5 + (int)l, 61);
    }
}

static void test_gradient(const struct gradient_row *row, enum precision precision, size_t rows)
{
    struct network *net = network_of(row->hidden, row->output, row->bias, row->loss, precision);
    double parameters[MOST_PARAMETERS], gradient[MOST_PARAMETERS], inputs[ROWS * INPUTS];
    parameters_of(net, parameters);
    sixty_fourths(inputs, ROWS * INPUTS, 53, 9, 127);
    const double weights[ROWS] = {1, 0.5, 2, 0, 1.25};
    struct samples samples = {ROWS, inputs, row->targets, weights};
    struct outcome outcome = {.gradient = gradient};
    struct pass *pass = pass_create(net, rows);
    bool wide = precision == PRECISION_FLOAT64;
    double relative = wide ? 1e-11 : 1e-4, absolute = wide ? 1e-14 : 1e-5;
    tap_ok(pass_run(net, parameters, &samples, pass, &outcome) == NN_OK &&
               close_to(outcome.total_error, row->total_error, relative, absolute) &&
               values_apart(gradient, row->gradient, net->parameter_count, relative, absolute) == 0,
           "%s, %s, %s: %s, %s, %s, %zu at a time", precision_names[precision],
           simd_names[simd_in_use()], loss_names[row->loss], activation_names[row->hidden],
           activation_names[row->output], bias_kind_names[row->bias], rows);
    pass_free(pass);
    network_free(net);
}

static void test_training(const struct training_row *row, enum precision precision, size_t rows)
{
    struct network *net = network_of(ACTIVATION_TANH, ACTIVATION_SOFTMAX, BIAS_PER_UNIT,
                                     LOSS_CROSS_ENTROPY, precision);
    net->optimizer = row->optimizer;
    double parameters[MOST_PARAMETERS], gradient[MOST_PARAMETERS], state[3 * MOST_PARAMETERS];
    double inputs[ROWS * INPUTS];
    const double targets[ROWS * OUTPUTS] = {1, 0, 0, 1, 0.5, 0.5, 0.25, 0.75, 0, 1};
    parameters_of(net, parameters);
    sixty_fourths(inputs, ROWS * INPUTS, 53, 9, 127);
    struct samples samples = {.rows = ROWS, .inputs = inputs, .targets = targets};
    struct model model = {.parameters = parameters, .state = state};
    struct step_options options = {.learning_rate = net->optimizer.learning_rate};
    struct pass *pass = pass_create(net, rows);
    model_start(net, &model);
    bool finite = true;
    for (options.steps = 0; options.steps < UPDATES; options.steps++) {
        struct outcome outcome = {.gradient = gradient};
        finite &= train_step(net, &model, &samples, &options, pass, &outcome) == NN_OK;
    }
    /* In float a gradient that is nearly 0, divided by its own size, keeps few digits. */
    double tolerance = precision == PRECISION_FLOAT64 ? 1e-11 : 1e-4;
    tap_ok(finite && values_apart(parameters, row->parameters[precision], net->parameter_count,
                                  tolerance, tolerance) == 0,
           "%s, %s: %s, %zu at a time", precision_names[precision], simd_names[simd_in_use()],
           optimizer_names[net->optimizer.type], rows);
    pass_free(pass);
    network_free(net);
}

int main(void)
{
    for (const struct core *core = NULL; core_next(&core);) {
        simd_use(core->simd);
        for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1) {
            for (size_t n = 0; n < sizeof gradient_rows / sizeof *gradient_rows; n++)
                test_gradient(&gradient_rows[n], core->precision, rows);
            for (size_t n = 0; n < sizeof training_rows / sizeof *training_rows; n++)
                test_training(&training_rows[n], core->precision, rows);
        }
    }
    return tap_done();
}
