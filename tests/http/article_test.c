/*
 * Every figure that M. Mazur's "A Step by Step Backpropagation Example" prints, through HTTP, and
 * the long ones behind its later figures, which come from two different rules of updating. The long
 * figures are those of a plain double computation of the article's formulas.
 */
#include <math.h>
#include <stdio.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

/* The article is worked through in this order; each network begins as the article's. */
enum call {
    FORWARD,
    GRADIENTS,
    STEP,
    AFTER_STEP,
    LAYERWISE_STEP,
    AFTER_LAYERWISE_STEP,
    TRAIN,
    LAYERWISE_TRAIN,
    CALL_COUNT
};

static const struct {
    const char *network;
    const char *action;
    const char *body;
} calls[CALL_COUNT] = {
    [FORWARD] = {"mazur", "forward", "{" ARTICLE_SAMPLE ", 'trace': true}"},
    [GRADIENTS] = {"mazur", "gradients", "{" ARTICLE_SAMPLE "}"},
    [STEP] = {"mazur", "step", "{" ARTICLE_SAMPLE "}"},
    [AFTER_STEP] = {"mazur", "forward", "{" ARTICLE_SAMPLE "}"},
    [LAYERWISE_STEP] = {"layerwise", "step", "{" ARTICLE_SAMPLE ", 'update_order': 'layerwise'}"},
    [AFTER_LAYERWISE_STEP] = {"layerwise", "forward", "{" ARTICLE_SAMPLE "}"},
    [TRAIN] = {"trained", "train", "{" ARTICLE_ROWS ", 'epochs': 10000}"},
    [LAYERWISE_TRAIN] = {"trained-layerwise", "train",
                         "{" ARTICLE_ROWS ", 'epochs': 10000, 'update_order': 'layerwise'}"},
};

enum { LONG = -1 }; /* in place of decimals: to 1e-12 relative */

struct figure {
    enum call call;
    const char *what;
    const char *pointer;
    double value;
    int decimals; /* as printed, or LONG */
};

static const struct figure figures[] = {
    {FORWARD, "net_h1", "/trace/0/net/0", .3775, 4},
    {FORWARD, "net_h2", "/trace/0/net/1", .3925, 4},
    {FORWARD, "out_h1", "/trace/0/out/0", .593269992, 9},
    {FORWARD, "out_h2", "/trace/0/out/1", .596884378, 9},
    {FORWARD, "net_o1", "/trace/1/net/0", 1.105905967, 9},
    {FORWARD, "out_o1", "/trace/1/out/0", .75136507, 8},
    {FORWARD, "out_o2", "/trace/1/out/1", .772928465, 9},
    {FORWARD, "out_o1", "/outputs/0", .75136507, 8},
    {FORWARD, "out_o2", "/outputs/1", .772928465, 9},
    {FORWARD, "E_o1", "/errors/0", .274811083, 9},
    {FORWARD, "E_o2", "/errors/1", .023560026, 9},
    {FORWARD, "E_total", "/total_error", .298371109, 9},
    {FORWARD, "out_h1", "/trace/0/out/0", 0.5932699921071872, LONG},
    {FORWARD, "out_h2", "/trace/0/out/1", 0.596884378259767, LONG},
    {FORWARD, "out_o1", "/outputs/0", 0.7513650695523157, LONG},
    {FORWARD, "out_o2", "/outputs/1", 0.7729284653214625, LONG},
    {FORWARD, "E_total", "/total_error", 0.2983711087600027, LONG},
    {FORWARD, "E_total of one sample is its mean", "/mean_error", 0.2983711087600027, LONG},

    {GRADIENTS, "delta_o1", "/deltas/1/0", .138498562, 9},
    {GRADIENTS, "dE/dw5", "/gradients/1/weights/0/0", .082167041, 9},
    {GRADIENTS, "dE/dw1", "/gradients/0/weights/0/0", .000438568, 9},
    {GRADIENTS, "delta_o2", "/deltas/1/1", -0.038098236516556236, LONG},
    {GRADIENTS, "delta_h1", "/deltas/0/0", 0.008771354689486931, LONG},
    {GRADIENTS, "delta_h2", "/deltas/0/1", 0.009954254705217198, LONG},
    {GRADIENTS, "E_total", "/total_error", 0.2983711087600027, LONG},

    {STEP, "w1+", "/parameters/0/weights/0/0", .149780716, 9},
    {STEP, "w2+", "/parameters/0/weights/0/1", .19956143, 8},
    {STEP, "w3+", "/parameters/0/weights/1/0", .24975114, 8},
    {STEP, "w4+", "/parameters/0/weights/1/1", .29950229, 8},
    {STEP, "w5+", "/parameters/1/weights/0/0", .35891648, 8},
    {STEP, "w6+", "/parameters/1/weights/0/1", .408666186, 9},
    {STEP, "w7+", "/parameters/1/weights/1/0", .511301270, 9},
    {STEP, "w8+", "/parameters/1/weights/1/1", .561370121, 9},
    {STEP, "b1 stays", "/parameters/0/biases/0", .35, LONG},
    {STEP, "b2 stays", "/parameters/1/biases/0", .60, LONG},
    {STEP, "E_total before the update", "/total_error", 0.2983711087600027, LONG},
    {STEP, "dE/dw1", "/gradients/0/weights/0/0", 0.00043856773447434685, LONG},
    {STEP, "dE/db1, of both hidden units", "/gradients/0/biases/0", 0.018725609394704138, LONG},
    {STEP, "dE/db2, of both outputs", "/gradients/1/biases/0", 0.10040032511200075, LONG},
    {AFTER_STEP, "E_total after round 1", "/total_error", 0.29102777369359933, LONG},

    {LAYERWISE_STEP, "w5+", "/parameters/1/weights/0/0", .35891648, 8},
    {LAYERWISE_STEP, "w6+", "/parameters/1/weights/0/1", .408666186, 9},
    {LAYERWISE_STEP, "w7+", "/parameters/1/weights/1/0", .511301270, 9},
    {LAYERWISE_STEP, "w8+", "/parameters/1/weights/1/1", .561370121, 9},
    {LAYERWISE_STEP, "w1+", "/parameters/0/weights/0/0", 0.14981763856120295, LONG},
    {LAYERWISE_STEP, "w2+", "/parameters/0/weights/0/1", 0.19963527712240592, LONG},
    {LAYERWISE_STEP, "w3+", "/parameters/0/weights/1/0", 0.2497881851977662, LONG},
    {LAYERWISE_STEP, "w4+", "/parameters/0/weights/1/1", 0.29957637039553237, LONG},
    {LAYERWISE_STEP, "the gradient used, of w1", "/gradients/0/weights/0/0",
     0.05 * 0.00729445755188187, LONG},
    {AFTER_LAYERWISE_STEP, "E_total after round 1", "/total_error", .291027924, 9},
    {AFTER_LAYERWISE_STEP, "E_total after round 1", "/total_error", 0.29102792390544197, LONG},

    {TRAIN, "E_total of epoch 1", "/history/total_error/0", .298371109, 9},
    {TRAIN, "E_total of epoch 10,000", "/history/total_error/99", .0000351085, 10},
    {TRAIN, "E_total of epoch 10,000", "/history/total_error/99", 3.510854812251261e-05, LONG},
    {TRAIN, "E_total after epoch 10,000", "/total_error", 3.510187782978859e-05, LONG},
    {TRAIN, "out_o1", "/outputs/0/0", 0.01591362044355068, LONG},
    {TRAIN, "out_o2", "/outputs/0/1", 0.9840642735146238, LONG},

    {LAYERWISE_TRAIN, "E_total, older prints", "/total_error", .000035085, 9},
    {LAYERWISE_TRAIN, "E_total", "/total_error", 3.5084786296312774e-05, LONG},
    {LAYERWISE_TRAIN, "out_o1", "/outputs/0/0", .015912196, 9},
    {LAYERWISE_TRAIN, "out_o2", "/outputs/0/1", .984065734, 9},
    {LAYERWISE_TRAIN, "out_o1", "/outputs/0/0", 0.0159121963260343, LONG},
    {LAYERWISE_TRAIN, "out_o2", "/outputs/0/1", 0.9840657344856291, LONG},
};

/* Printed figures that the other rule of updating does not give. */
static const struct figure others[] = {
    {LAYERWISE_STEP, "w1+", "/parameters/0/weights/0/0", .149780716, 9},
    {LAYERWISE_STEP, "w2+", "/parameters/0/weights/0/1", .19956143, 8},
    {LAYERWISE_STEP, "w3+", "/parameters/0/weights/1/0", .24975114, 8},
    {LAYERWISE_STEP, "w4+", "/parameters/0/weights/1/1", .29950229, 8},
    {AFTER_STEP, "E_total after round 1", "/total_error", .291027924, 9},
    {TRAIN, "out_o1", "/outputs/0/0", .015912196, 9},
    {TRAIN, "out_o2", "/outputs/0/1", .984065734, 9},
};

static json_t *answers[CALL_COUNT]; /* written by work_through() */

static void work_through(struct http_client *client)
{
    for (enum call c = 0; c < CALL_COUNT; c++) {
        char path[128];
        const char *name = calls[c].network;
        snprintf(path, sizeof(path), "/v1/networks/%s", name);
        if (http_call(client, "GET", path, NULL, NULL)->status == 404)
            tap_ok(article_create(client, name), "%s is created", name);
        snprintf(path, sizeof(path), "/v1/networks/%s/%s", name, calls[c].action);
        const struct http_answer *answer = http_call(client, "POST", path, calls[c].body, NULL);
        expect_status(answer, 200, "is answered");
        answers[c] = json_incref(answer->json);
    }
}

static double tolerance(const struct figure *figure)
{
    return figure->decimals == LONG ? 1e-12 * fabs(figure->value)
                                    : 0.5 * pow(10, -figure->decimals);
}

static void check_figures(void)
{
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        const struct figure *f = &figures[i];
        tap_near(pointer_number(answers[f->call], f->pointer), f->value, tolerance(f),
                 "%s of %s: %s %s", calls[f->call].action, calls[f->call].network, f->what,
                 f->pointer);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        const struct figure *f = &others[i];
        double value = pointer_number(answers[f->call], f->pointer);
        tap_ok(fabs(value - f->value) > tolerance(f), "%s of %s: %s is not as printed",
               calls[f->call].action, calls[f->call].network, f->what);
    }
}

/* The factors of the chain rule that the article works out, from the outputs and deltas. */
static void check_factors(void)
{
    double o1 = pointer_number(answers[FORWARD], "/outputs/0");
    double delta_o1 = pointer_number(answers[GRADIENTS], "/deltas/1/0");
    double delta_o2 = pointer_number(answers[GRADIENTS], "/deltas/1/1");
    const struct {
        const char *what;
        double actual;
        double printed;
        double tolerance;
    } factors[] = {
        {"dE/dout_o1", o1 - .01, .74136507, 5e-9},
        {"dout_o1/dnet_o1", delta_o1 / (o1 - .01), .186815602, 5e-10},
        {"dE_o1/dout_h1", delta_o1 * .40, .055399425, 5e-10},
        /* A whole digit: the article multiplied figures that it had rounded before. */
        {"dE_o2/dout_h1", delta_o2 * .50, -.019049119, 1e-9},
        {"dE_total/dout_h1", delta_o1 * .40 + delta_o2 * .50, .036350306, 5e-10},
    };
    for (size_t i = 0; i < sizeof(factors) / sizeof(*factors); i++)
        tap_near(factors[i].actual, factors[i].printed, factors[i].tolerance, "%s",
                 factors[i].what);
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    work_through(client);
    check_figures();
    check_factors();
    for (enum call c = 0; c < CALL_COUNT; c++)
        json_decref(answers[c]);
    http_client_free(client);
    return daemon_done(&server);
}
