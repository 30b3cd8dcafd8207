#include "nn/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/packed.h"

enum { UPDATES = 25, PARAMETERS = 3, SHOWN = 4, LANES = 16 };

static const int shown_updates[SHOWN] = {1, 2, 3, UPDATES};
static const double start[PARAMETERS] = {0.5, -0.75, 2};
static const double curve[PARAMETERS] = {1, 0.5, 0.75};

/* After 1, 2, 3 and 25 updates. Exact fractions, made by data/sgd_reference.py. */
static const struct sgd_row {
    struct optimizer optimizer;
    double expected[SHOWN][PARAMETERS];
} sgd_rows[] = {
#include "tests/nn/data/sgd_reference.inc"
};

/* PyTorch's, made by reference/torch_reference.py. */
static const struct torch_row {
    struct optimizer optimizer;
    bool defaults;                                       /* all constants are its defaults */
    double expected[PRECISION_COUNT][SHOWN][PARAMETERS]; /* float64, float32 */
} torch_rows[] = {
#include "tests/nn/reference/optimizer_reference.inc"
};
enum { TORCH_ROWS = sizeof torch_rows / sizeof *torch_rows };

/* What one flavour updates: LANES parameters, and state with room between its slots. */
struct updated {
    const struct core *core;
    const struct optimizer *optimizer;
    void *parameters, *state;
    uint64_t updates;
};

enum { STRIDE = 2 * LANES };

static struct updated updated_begin(const struct core *core, const struct optimizer *optimizer,
                                    const double *parameters, size_t count)
{
    double lanes[LANES] = {0}, state[3 * STRIDE] = {0};
    memcpy(lanes, parameters, count * sizeof *lanes);
    for (size_t k = 0; k < optimizer_slots(optimizer); k++)
        for (size_t i = 0; i < count; i++)
            state[k * STRIDE + i] = optimizer_slot_start(optimizer, k);
    return (struct updated){
        .core = core,
        .optimizer = optimizer,
        .parameters = reals_make(core->precision, lanes, LANES),
        .state = reals_make(core->precision, state, sizeof state / sizeof *state),
    };
}

static void updated_release(struct updated *u)
{
    free(u->parameters);
    free(u->state);
}

/* Gives the new parameters. */
static void updated_step(struct updated *u, const double *gradient, size_t count, double *lanes)
{
    double padded[LANES] = {0};
    memcpy(padded, gradient, count * sizeof *padded);
    void *reals = reals_make(u->core->precision, padded, LANES);
    u->core->optimizer_update(u->optimizer, u->optimizer->learning_rate, u->updates++, reals,
                              u->parameters, u->state, STRIDE, LANES);
    reals_read(u->core->precision, u->parameters, LANES, lanes);
    free(reals);
}

/* The gradient that the scripts take too. */
static void quadratic_gradient(int update, const double *parameters, double *gradient)
{
    for (int i = 0; i < PARAMETERS; i++) {
        double target = ((update * 37 + i * 11) % 64 - 32) / 64.0;
        gradient[i] = curve[i] * (curve[i] * parameters[i] - target);
    }
}

static void test_row(const struct core *core, const struct optimizer *optimizer,
                     const double expected[SHOWN][PARAMETERS], double tolerance, size_t n)
{
    struct updated u = updated_begin(core, optimizer, start, PARAMETERS);
    double lanes[LANES], gradient[PARAMETERS];
    memcpy(lanes, start, sizeof start);
    size_t apart = 0;
    bool zeros = true;
    for (int update = 1, shown = 0; update <= UPDATES; update++) {
        quadratic_gradient(update, lanes, gradient);
        updated_step(&u, gradient, PARAMETERS, lanes);
        if (update == shown_updates[shown])
            apart += values_apart(lanes, expected[shown++], PARAMETERS, tolerance, tolerance / 10);
        for (size_t i = PARAMETERS; i < LANES; i++)
            zeros &= lanes[i] == 0;
    }
    tap_ok(apart == 0, "%s: %s, case %zu", core_name(core), optimizer_names[optimizer->type], n);
    tap_ok(zeros, "parameters that are 0 and have no gradient stay 0");
    updated_release(&u);
}

static void test_reference(const struct core *core)
{
    bool wide = core->precision == PRECISION_FLOAT64;
    for (size_t n = 0; n < sizeof sgd_rows / sizeof *sgd_rows; n++)
        test_row(core, &sgd_rows[n].optimizer, sgd_rows[n].expected, wide ? 1e-13 : 4e-6, n);
    for (size_t n = 0; n < TORCH_ROWS; n++)
        test_row(core, &torch_rows[n].optimizer, torch_rows[n].expected[core->precision],
                 wide ? 1e-11 : 1e-5, n);
}

/* Drawn gradients of all sizes; the same bits from every flavour of a precision. */
static void test_same_bits(const struct optimizer *optimizer, size_t n)
{
    double *parameters = values_drawn(1, LANES, -1, 1);
    double expected[PRECISION_COUNT][LANES];
    bool known[PRECISION_COUNT] = {false};
    for (const struct core *core = NULL; core_next(&core);) {
        struct updated u = updated_begin(core, optimizer, parameters, LANES);
        double lanes[LANES];
        for (int update = 0; update < 10; update++) {
            double *gradient = values_drawn(2 + (uint64_t)update, LANES, -1, 1);
            for (int i = 0; i < LANES; i++)
                gradient[i] = ldexp(gradient[i], -3 * i);
            updated_step(&u, gradient, LANES, lanes);
            free(gradient);
        }
        if (known[core->precision])
            tap_ok(values_same(lanes, expected[core->precision], LANES),
                   "%s: case %zu, the same bits", core_name(core), n);
        memcpy(expected[core->precision], lanes, sizeof lanes);
        known[core->precision] = true;
        updated_release(&u);
    }
    free(parameters);
}

static bool same_optimizer(const struct optimizer *a, const struct optimizer *b)
{
    return a->type == b->type && a->learning_rate == b->learning_rate &&
           a->momentum == b->momentum && a->dampening == b->dampening &&
           a->weight_decay == b->weight_decay && a->betas[0] == b->betas[0] &&
           a->betas[1] == b->betas[1] && a->eps == b->eps && a->alpha == b->alpha &&
           a->rho == b->rho && a->lr_decay == b->lr_decay &&
           a->initial_accumulator_value == b->initial_accumulator_value &&
           a->etas[0] == b->etas[0] && a->etas[1] == b->etas[1] &&
           a->step_sizes[0] == b->step_sizes[0] && a->step_sizes[1] == b->step_sizes[1] &&
           a->nesterov == b->nesterov && a->amsgrad == b->amsgrad && a->centered == b->centered;
}

static void test_defaults(void)
{
    static const char *const names[OPTIMIZER_COUNT] = {"sgd",     "adam",     "adamw", "rmsprop",
                                                       "adagrad", "adadelta", "rprop"};
    for (int type = 0; type < OPTIMIZER_COUNT; type++) {
        tap_text(optimizer_names[type], names[type], "name %d", type);
        bool same = false;
        for (size_t n = 0; n < TORCH_ROWS; n++)
            same |= torch_rows[n].defaults &&
                    same_optimizer(&torch_rows[n].optimizer, &optimizer_defaults[type]);
        tap_ok(same, "%s has PyTorch's defaults", names[type]);
    }
}

static const struct slots_row {
    struct optimizer optimizer;
    size_t slots;
    double start[3];
} slots_rows[] = {
    {{OPTIMIZER_SGD}, 0, {0}},
    {{OPTIMIZER_SGD, .momentum = 0.5}, 1, {0}},
    {{OPTIMIZER_ADAM}, 2, {0}},
    {{OPTIMIZER_ADAMW, .amsgrad = true}, 3, {0}},
    {{OPTIMIZER_RMSPROP}, 1, {0}},
    {{OPTIMIZER_RMSPROP, .centered = true}, 2, {0}},
    {{OPTIMIZER_RMSPROP, .momentum = 0.5}, 2, {0}},
    {{OPTIMIZER_RMSPROP, .momentum = 0.5, .centered = true}, 3, {0}},
    {{OPTIMIZER_ADAGRAD, .initial_accumulator_value = 0.25}, 1, {0.25}},
    {{OPTIMIZER_ADADELTA}, 2, {0}},
    {{OPTIMIZER_RPROP, .learning_rate = 0.125}, 2, {0, 0.125}},
};

static void test_slots(void)
{
    for (size_t n = 0; n < sizeof slots_rows / sizeof *slots_rows; n++) {
        const struct slots_row *row = &slots_rows[n];
        const char *name = optimizer_names[row->optimizer.type];
        tap_ok(optimizer_slots(&row->optimizer) == row->slots, "%s: %zu slots", name, row->slots);
        for (size_t k = 0; k < row->slots; k++)
            tap_ok(optimizer_slot_start(&row->optimizer, k) == row->start[k], "slot %zu", k);
    }
}

/* Plain SGD is w = fma(-rate, g, w), by the rate that is given. */
static void test_plain(const struct core *core)
{
    const struct optimizer *plain = &optimizer_defaults[OPTIMIZER_SGD];
    double *w = values_drawn(3, LANES, -1, 1), *g = values_drawn(4, LANES, -1, 1);
    void *parameters = reals_make(core->precision, w, LANES);
    void *gradient = reals_make(core->precision, g, LANES);
    core->optimizer_update(plain, 0.1, 7, gradient, parameters, NULL, 0, LANES);
    bool same = true;
    double lanes[LANES];
    reals_read(core->precision, parameters, LANES, lanes);
    for (int i = 0; i < LANES; i++)
        same &= lanes[i] == (core->precision == PRECISION_FLOAT64
                                 ? fma(-0.1, g[i], w[i])
                                 : fmaf(-0.1f, (float)g[i], (float)w[i]));
    tap_ok(same, "%s: plain SGD rounds once", core_name(core));
    free(parameters);
    free(gradient);
    free(w);
    free(g);
}

/* A NaN must show, whatever the optimizer makes of large and small gradients. */
static void test_nan(const struct core *core, const struct optimizer *optimizer)
{
    struct updated u = updated_begin(core, optimizer, start, PARAMETERS);
    double lanes[LANES];
    updated_step(&u, (double[]){1, -1, 0.5}, PARAMETERS, lanes);
    updated_step(&u, (double[]){1, NAN, 0.5}, PARAMETERS, lanes);
    tap_ok(isfinite(lanes[0]) && isnan(lanes[1]) && isfinite(lanes[2]),
           "%s: %s, a gradient that is NaN", core_name(core), optimizer_names[optimizer->type]);
    updated_release(&u);
}

/* What long runs come to. */
static void test_long(const struct core *core)
{
    struct optimizer adam = optimizer_defaults[OPTIMIZER_ADAM];
    struct updated u = updated_begin(core, &adam, start, PARAMETERS);
    double lanes[LANES];
    u.updates = UINT64_MAX - 1;
    updated_step(&u, (double[]){1, 0, -1}, PARAMETERS, lanes);
    /* Both corrections are 1: m = 0.1 g, v = 0.001 g^2. */
    double moved = 0.001 * 0.1 / sqrt(0.001);
    tap_ok(close_to(lanes[0], 0.5 - moved, 1e-6, 0) && lanes[1] == -0.75,
           "%s: Adam after 2^64 - 1 updates", core_name(core));
    updated_release(&u);

    /* The variance of a gradient that stays is 0, and may be a little less by rounding. */
    struct optimizer centered = optimizer_defaults[OPTIMIZER_RMSPROP];
    centered.centered = true;
    centered.learning_rate = 1e-6;
    u = updated_begin(core, &centered, start, PARAMETERS);
    for (int i = 0; i < 6000; i++)
        updated_step(&u, (double[]){0.1, -0.3, 0.7}, PARAMETERS, lanes);
    tap_ok(isfinite(lanes[0]) && isfinite(lanes[1]) && isfinite(lanes[2]),
           "%s: no variance is below 0", core_name(core));
    updated_release(&u);
}

/* With eps 0 a parameter without a gradient has 0 / 0. */
static void test_no_eps(const struct core *core, enum optimizer_type type)
{
    struct optimizer optimizer = optimizer_defaults[type];
    optimizer.eps = 0;
    optimizer.weight_decay = 0;
    struct updated u = updated_begin(core, &optimizer, start, PARAMETERS);
    double lanes[LANES];
    updated_step(&u, (double[]){1, 0, -1}, PARAMETERS, lanes);
    tap_ok(lanes[1] == -0.75 && lanes[LANES - 1] == 0, "%s: %s without eps and gradient",
           core_name(core), optimizer_names[type]);
    updated_release(&u);
}

/* Rprop goes by signs, of gradients too whose product underflows. */
static void test_rprop(const struct core *core)
{
    const struct optimizer *rprop = &optimizer_defaults[OPTIMIZER_RPROP];
    struct updated u = updated_begin(core, rprop, start, PARAMETERS);
    double lanes[LANES];
    double tiny = core->precision == PRECISION_FLOAT64 ? 0x1p-1074 : 0x1p-149;
    updated_step(&u, (double[]){tiny, tiny, -tiny}, PARAMETERS, lanes);
    updated_step(&u, (double[]){tiny, -tiny, -tiny}, PARAMETERS, lanes);
    double tolerance = 1e-6;
    tap_ok(close_to(lanes[0], 0.5 - 0.01 - 0.012, tolerance, 0) &&
               close_to(lanes[1], -0.75 - 0.01, tolerance, 0) &&
               close_to(lanes[2], 2 + 0.01 + 0.012, tolerance, 0),
           "%s: rprop by tiny gradients", core_name(core));
    updated_release(&u);
}

int main(void)
{
    test_defaults();
    test_slots();
    for (const struct core *core = NULL; core_next(&core);) {
        test_reference(core);
        test_plain(core);
        for (size_t n = 0; n < TORCH_ROWS; n++)
            test_nan(core, &torch_rows[n].optimizer);
        for (int type = 0; type < OPTIMIZER_COUNT; type++)
            if (optimizer_defaults[type].eps != 0)
                test_no_eps(core, type);
        test_long(core);
        test_rprop(core);
    }
    for (size_t n = 0; n < TORCH_ROWS; n++)
        test_same_bits(&torch_rows[n].optimizer, n);
    return tap_done();
}
