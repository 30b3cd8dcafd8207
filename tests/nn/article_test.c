/*
 * Every figure of M. Mazur's "A Step by Step Backpropagation Example", to half of its last printed
 * digit. The article's later figures come from a layerwise update (docs: "What the article prints,
 * and what is so"); the long figures were computed by hand-written scripts in double arithmetic
 * outside this project, and hold to 1e-12 relative.
 */
#include <math.h>
#include <string.h>

#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

static void check_printed(double actual, double printed, int decimals, const char *what)
{
    /* The last bits of the printed decimal are no digits of the article's: a little slack. */
    double half = 0.5 * pow(10, -decimals) * (1 + 1e-9);
    tap_near(actual, printed, half, "%s is %.*f", what, decimals, printed);
}

static void check_long(double actual, double expected, const char *what)
{
    tap_near(actual, expected, 1e-12 * fabs(expected), "%s is %.17g", what, expected);
}

struct figure {
    const char *name;
    const double *actual;
    double printed;
    int decimals;
};

static void test_passes(void)
{
    struct network *net = mazur_network();
    struct pass *pass = pass_create(net, 1);
    double outputs[2], errors[2], gradient[MAZUR_PARAMETERS];
    struct outcome outcome = {.outputs = outputs, .errors = errors, .gradient = gradient};
    tap_ok(pass_run(net, mazur_parameters, &mazur_sample, pass, &outcome) == NN_OK,
           "the pass is finite");

    double net_h[2], out_h[2], net_o[2], delta_o[2];
    pass_read(pass, PASS_NET, 0, 1, net_h);
    pass_read(pass, PASS_OUT, 0, 1, out_h);
    pass_read(pass, PASS_NET, 1, 1, net_o);
    pass_read(pass, PASS_DELTA, 1, 1, delta_o);
    double d_out_o1 = outputs[0] - mazur_sample.targets[0];
    double slope_o1 = outputs[0] * (1 - outputs[0]);
    double o1_by_h1 = delta_o[0] * mazur_parameters[5];
    double o2_by_h1 = delta_o[1] * mazur_parameters[7];
    double d_out_h1 = o1_by_h1 + o2_by_h1;
    double slope_h1 = out_h[0] * (1 - out_h[0]);
    const struct figure figures[] = {
        {"net_h1", &net_h[0], .3775, 4},
        {"out_h1", &out_h[0], .593269992, 9},
        {"out_h2", &out_h[1], .596884378, 9},
        {"net_o1", &net_o[0], 1.105905967, 9},
        {"out_o1", &outputs[0], .75136507, 8},
        {"out_o2", &outputs[1], .772928465, 9},
        {"E_o1", &errors[0], .274811083, 9},
        {"E_o2", &errors[1], .023560026, 9},
        {"E_total", &outcome.total_error, .298371109, 9},
        {"dE/dout_o1", &d_out_o1, .74136507, 8},
        {"dout_o1/dnet_o1", &slope_o1, .186815602, 9},
        {"delta_o1", &delta_o[0], .138498562, 9},
        {"dE/dw5", &gradient[5], .082167041, 9},
        {"dE_o1/dout_h1", &o1_by_h1, .055399425, 9},
        {"dE_o2/dout_h1", &o2_by_h1, -.01904912, 8}, /* printed -.019049119, exact ...1183 */
        {"dE_total/dout_h1", &d_out_h1, .036350306, 9},
        {"dout_h1/dnet_h1", &slope_h1, .241300709, 9},
        {"dE/dw1", &gradient[0], .000438568, 9},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        check_printed(*figures[i].actual, figures[i].printed, figures[i].decimals, figures[i].name);
    pass_free(pass);
    network_free(net);
}

static const struct weight_figure {
    const char *name;
    size_t parameter;
    double printed;
    int decimals;
} updated_weights[] = {
    {"w1", 0, .149780716, 9}, {"w2", 1, .19956143, 8},  {"w3", 2, .24975114, 8},
    {"w4", 3, .29950229, 8},  {"w5", 5, .35891648, 8},  {"w6", 6, .408666186, 9},
    {"w7", 7, .511301270, 9}, {"w8", 8, .561370121, 9},
};

/* The article's weights after one step. Layerwise, w1 to w4 follow from the moved w5 to w8, and
 * are others than the printed ones. */
static void test_updated_weights(enum update_order order)
{
    struct network *net = mazur_network();
    struct pass *pass = pass_create(net, 1);
    double parameters[MAZUR_PARAMETERS], gradient[MAZUR_PARAMETERS];
    memcpy(parameters, mazur_parameters, sizeof parameters);
    struct model model = {.parameters = parameters};
    struct outcome outcome = {.gradient = gradient};
    const struct step_options options = {.learning_rate = 0.5, .order = order};
    train_step(net, &model, &mazur_sample, &options, pass, &outcome);
    for (size_t i = 0; i < sizeof updated_weights / sizeof *updated_weights; i++) {
        const struct weight_figure *row = &updated_weights[i];
        if (order == UPDATE_SIMULTANEOUS || row->parameter >= 5)
            check_printed(parameters[row->parameter], row->printed, row->decimals, row->name);
        else
            tap_ok(fabs(parameters[row->parameter] - row->printed) > 1e-7,
                   "layerwise %s is not the printed one", row->name);
    }
    tap_ok(parameters[4] == 0.35 && parameters[9] == 0.60, "the biases stay");
    tap_ok(gradient[4] != 0 && gradient[9] != 0, "their gradients are reported");
    pass_free(pass);
    network_free(net);
}

static const struct run_figures {
    enum update_order order;
    double round_1;       /* error after one update */
    double last;          /* error that epoch 10,000 saw, before its update; 0: not given */
    double after;         /* error after update 10,000 */
    double outputs[2];    /* after update 10,000 */
    double printed_after; /* what the article (or its older version) prints */
    int decimals;
} runs[] = {
    {UPDATE_SIMULTANEOUS,
     0.29102777369359933,
     3.510854812251261e-05,
     3.510187782978859e-05,
     {0.01591362044355068, 0.9840642735146238},
     0,
     0},
    {UPDATE_LAYERWISE,
     0.29102792390544197,
     0,
     3.5084786296312774e-05,
     {0.0159121963260343, 0.9840657344856291},
     .000035085,
     9},
};

static double mazur_error(const struct network *net, const double *parameters, double *outputs)
{
    struct pass *pass = pass_create(net, 1);
    struct outcome outcome = {.outputs = outputs};
    pass_run(net, parameters, &mazur_sample, pass, &outcome);
    pass_free(pass);
    return outcome.total_error;
}

/* Errors that the article prints along the way, whichever rule they come from. */
static void check_run_printed(enum update_order order, double round_1, double last,
                              const double *outputs)
{
    if (order == UPDATE_SIMULTANEOUS) {
        check_printed(last, .0000351085, 10, "the error of epoch 10,000");
        return;
    }
    check_printed(round_1, .291027924, 9, "layerwise error after round 1");
    check_printed(outputs[0], .015912196, 9, "layerwise out_o1 after 10,000");
    check_printed(outputs[1], .984065734, 9, "layerwise out_o2 after 10,000");
}

static void test_run(const struct run_figures *row)
{
    const char *name = update_order_names[row->order];
    struct network *net = mazur_network();
    double parameters[MAZUR_PARAMETERS], outputs[2];
    memcpy(parameters, mazur_parameters, sizeof parameters);
    struct model model = {.parameters = parameters};
    struct train_options options = {
        .epochs = 10000, .batch_size = 1, .learning_rate = 0.5, .order = row->order};
    struct trainer *trainer = trainer_create(net, &options, &mazur_sample, &model);
    trainer_advance(trainer, 0);
    double round_1 = mazur_error(net, parameters, NULL);
    check_long(round_1, row->round_1, "the error after round 1");
    tap_ok(trainer_advance(trainer, 3600) == TRAINER_ENDED_EPOCHS, "%s: 10,000 epochs", name);
    const struct history *history = trainer_history(trainer);
    double last = history->points[history->count - 1].total_error;
    if (row->last != 0)
        check_long(last, row->last, "the error of epoch 10,000");
    double after = mazur_error(net, parameters, outputs);
    check_long(after, row->after, "the error after 10,000");
    check_long(outputs[0], row->outputs[0], "out_o1 after 10,000");
    check_long(outputs[1], row->outputs[1], "out_o2 after 10,000");
    if (row->decimals)
        check_printed(after, row->printed_after, row->decimals, "the error after 10,000");
    check_run_printed(row->order, round_1, last, outputs);
    trainer_free(trainer);
    network_free(net);
}

int main(void)
{
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        tap_note("%s", simd_names[simd]);
        test_passes();
        test_updated_weights(UPDATE_SIMULTANEOUS);
        test_updated_weights(UPDATE_LAYERWISE);
        for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
            test_run(&runs[i]);
    }
    return tap_done();
}
