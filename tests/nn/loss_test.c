#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/core/sum.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"
#include "tests/nn/packed.h"

enum { ROWS = 6, OUTPUTS = 3, VALUES = ROWS * OUTPUTS };

/* PyTorch's, made by reference/torch_reference.py. */
static const struct torch_row {
    enum loss loss;
    enum activation activation;
    double net[VALUES], targets[VALUES], weights[ROWS];
    double out[VALUES], totals[ROWS], delta[VALUES];
} torch_rows[] = {
#include "tests/nn/reference/loss_reference.inc"
};

/* One sample, to 60 digits, made by reference/extremes_reference.py. */
static const struct extreme_row {
    enum loss loss;
    size_t outputs;
    double net[3], targets[3];
    double out[3], shares[3], delta[3];
} extreme_rows[] = {
#include "tests/nn/reference/loss_extremes.inc"
};

/* By hand, with numbers whose results are exact; huber_delta is 1. */
static const struct exact_row {
    enum loss loss;
    size_t outputs;
    double targets[4], out[4];
    double shares[4], total;
    double delta[4]; /* of identity outputs */
} exact_rows[] = {
    {LOSS_SQUARED_ERROR, 1, {1}, {0.5}, {0.125}, 0.125, {-0.5}},
    {LOSS_SQUARED_ERROR, 2, {0, 3}, {2, -1}, {2, 8}, 10, {2, -4}},
    {LOSS_SQUARED_ERROR, 4, {1, 2, 3, 4}, {1, 2, 3, 4}, {0}, 0, {0}},
    {LOSS_MEAN_SQUARED_ERROR, 1, {1}, {0.5}, {0.25}, 0.25, {-1}},
    {LOSS_MEAN_SQUARED_ERROR, 2, {0, 3}, {2, -1}, {2, 8}, 10, {2, -4}},
    {LOSS_MEAN_SQUARED_ERROR,
     4,
     {0, 0, 0, 1},
     {1, -2, 4, 1},
     {0.25, 1, 4, 0},
     5.25,
     {0.5, -1, 2, 0}},
    {LOSS_MEAN_ABSOLUTE_ERROR, 1, {1}, {0.5}, {0.5}, 0.5, {-1}},
    {LOSS_MEAN_ABSOLUTE_ERROR,
     4,
     {0, 0, 0, 1},
     {1, -2, 4, 1},
     {0.25, 0.5, 1, 0},
     1.75,
     {0.25, -0.25, 0.25, 0}},
    {LOSS_HUBER, 1, {1}, {0.5}, {0.125}, 0.125, {-0.5}},
    {LOSS_HUBER,
     4,
     {0, 0, 0, 2},
     {1, -2, 0.5, 5},
     {0.125, 0.375, 0.03125, 0.625},
     1.15625,
     {0.25, -0.25, 0.125, 0.25}},
};

/* Samples, and what the kernels say of them. */
struct judged {
    enum loss loss;
    enum activation activation;
    double huber_delta;
    size_t rows, outputs;
    const double *net, *targets, *weights; /* weights may be NULL */
    double *out, *shares, *totals, *delta; /* shares may be NULL */
    bool zeros;                            /* deltas' further lanes are 0 */
};

static void judge(const struct core *core, struct judged *j)
{
    const struct layer layer = {.units = j->outputs, .activation = j->activation};
    struct network *net = network_make(1, 1, &layer);
    net->loss = j->loss;
    net->huber_delta = j->huber_delta;
    net->precision = core->precision;
    void *nets = packed_make(core->precision, j->net, j->rows, j->outputs, NAN);
    void *outs = packed_make(core->precision, NULL, j->rows, j->outputs, NAN);
    void *deltas = packed_make(core->precision, NULL, j->rows, j->outputs, NAN);
    void *targets = reals_make(core->precision, j->targets, j->rows * j->outputs);
    void *weights = j->weights ? reals_make(core->precision, j->weights, j->rows) : NULL;
    core->activation_forward(j->activation, nets, outs, j->rows, j->outputs);
    core->loss_errors(net, targets, weights, nets, outs, j->rows, j->shares, j->totals);
    core->loss_deltas(net, targets, weights, nets, outs, j->rows, deltas);
    packed_read(core->precision, outs, j->rows, j->outputs, j->out);
    j->zeros = packed_read(core->precision, deltas, j->rows, j->outputs, j->delta);
    free(nets);
    free(outs);
    free(deltas);
    free(targets);
    free(weights);
    network_free(net);
}

static void test_torch(const struct core *core, const struct torch_row *row)
{
    double out[VALUES], shares[VALUES], totals[ROWS], delta[VALUES];
    struct judged j = {row->loss,    row->activation, 0.375, ROWS,   OUTPUTS, row->net,
                       row->targets, row->weights,    out,   shares, totals,  delta};
    judge(core, &j);
    bool wide = core->precision == PRECISION_FLOAT64;
    double relative = wide ? 1e-12 : 1e-5, absolute = wide ? 1e-15 : 1e-6;
    tap_ok(values_apart(out, row->out, VALUES, relative, absolute) +
                   values_apart(totals, row->totals, ROWS, relative, absolute) +
                   values_apart(delta, row->delta, VALUES, relative, absolute) ==
               0,
           "%s: %s on %s", core_name(core), loss_names[row->loss],
           activation_names[row->activation]);
}

static void test_extreme(const struct core *core, const struct extreme_row *row)
{
    double out[3], shares[3], total, delta[3];
    struct judged j = {.loss = row->loss,
                       .activation = row->loss == LOSS_CROSS_ENTROPY ? ACTIVATION_SOFTMAX
                                                                     : ACTIVATION_SIGMOID,
                       .rows = 1,
                       .outputs = row->outputs,
                       .net = row->net,
                       .targets = row->targets,
                       .out = out,
                       .shares = shares,
                       .totals = &total,
                       .delta = delta};
    judge(core, &j);
    bool wide = core->precision == PRECISION_FLOAT64;
    double relative = wide ? 1e-12 : 2e-6, least = wide ? 0x1p-1073 : 0x1p-148;
    tap_ok(values_apart(out, row->out, row->outputs, relative, least) +
                   values_apart(shares, row->shares, row->outputs, relative, least) +
                   values_apart(delta, row->delta, row->outputs, relative, least) ==
               0,
           "%s: %s, net %g %g %g, targets %g %g %g", core_name(core), loss_names[row->loss],
           row->net[0], row->net[1], row->net[2], row->targets[0], row->targets[1],
           row->targets[2]);
}

static void test_exact(const struct core *core, const struct exact_row *row, size_t n)
{
    double out[4], shares[4], total, delta[4];
    struct judged j = {.loss = row->loss,
                       .activation = ACTIVATION_IDENTITY,
                       .huber_delta = 1,
                       .rows = 1,
                       .outputs = row->outputs,
                       .net = row->out,
                       .targets = row->targets,
                       .out = out,
                       .shares = shares,
                       .totals = &total,
                       .delta = delta};
    judge(core, &j);
    tap_ok(values_same(shares, row->shares, row->outputs) && total == row->total &&
               values_same(delta, row->delta, row->outputs),
           "%s: %s, row %zu", core_name(core), loss_names[row->loss], n);
}

/* Drawn samples; of some outputs the sum of targets is 1, as with classes. */
static struct judged judged_drawn(const struct core *core, enum loss loss,
                                  enum activation activation, size_t rows, size_t outputs)
{
    size_t count = rows * outputs;
    double *net = values_drawn(count, count, -30, 30);
    double *targets = values_drawn(count + 1, count, 0, 1);
    double *weights = values_drawn(count + 2, rows, 0, 2);
    for (size_t i = 0; i < count && loss == LOSS_CROSS_ENTROPY && rows % 2 == 1; i++)
        targets[i] = i % outputs == i / outputs % outputs;
    values_round(core->precision, net, count);
    values_round(core->precision, targets, count);
    values_round(core->precision, weights, rows);
    return (struct judged){loss,
                           activation,
                           0.375,
                           rows,
                           outputs,
                           net,
                           targets,
                           weights,
                           values_zero(count),
                           values_zero(count),
                           values_zero(rows),
                           values_zero(count)};
}

static void judged_release(struct judged *j)
{
    free((void *)j->net);
    free((void *)j->targets);
    free((void *)j->weights);
    free(j->out);
    free(j->shares);
    free(j->totals);
    free(j->delta);
}

/* One sample of many, by itself: same bits, also without room for shares. */
static bool same_alone(const struct core *core, const struct judged *all, size_t s)
{
    size_t first = s * all->outputs;
    struct judged one = *all;
    double total, total_again, weight = all->weights[s];
    one.rows = 1;
    one.net += first;
    one.targets += first;
    one.weights = &weight;
    one.out = values_zero(all->outputs);
    one.shares = values_zero(all->outputs);
    one.delta = values_zero(all->outputs);
    one.totals = &total;
    judge(core, &one);
    bool same = values_same(one.out, all->out + first, all->outputs) &&
                values_same(one.shares, all->shares + first, all->outputs) &&
                values_same(one.delta, all->delta + first, all->outputs) && total == all->totals[s];
    free(one.shares);
    one.shares = NULL;
    one.totals = &total_again;
    judge(core, &one);
    free(one.out);
    free(one.delta);
    return same && total == total_again;
}

/*
 * A sample's loss and deltas are a function of that sample alone, and the same to the bit in every
 * vector width; its loss is the sum of its shares in the order that nn/core/sum.h states.
 */
static void test_alone(const struct core *core, enum loss loss, enum activation activation,
                       size_t rows, size_t outputs)
{
    const struct core *portable = core_of_simd(core->precision, SIMD_PORTABLE);
    struct judged all = judged_drawn(core, loss, activation, rows, outputs);
    judge(core, &all);
    bool same = true, sums = true;
    for (size_t s = 0; s < rows; s++) {
        same &= same_alone(portable, &all, s);
        sums &= sum_values(all.shares + s * outputs, outputs) == all.totals[s];
    }
    tap_ok(same && sums && all.zeros, "%s: %s on %s, %zu x %zu", core_name(core), loss_names[loss],
           activation_names[activation], rows, outputs);
    judged_release(&all);
}

static void test_sizes(const struct core *core)
{
    static const size_t sizes[][2] = {{37, 1},  {36, 2},  {35, 3},  {21, 4}, {20, 10},
                                      {33, 16}, {18, 17}, {2, 63},  {3, 64}, {3, 65},
                                      {2, 255}, {1, 261}, {1, 1000}};
    for (enum loss loss = 0; loss < LOSS_COUNT; loss++)
        for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            enum activation activation = ACTIVATION_SOFTMAX;
            if (loss == LOSS_BINARY_CROSS_ENTROPY)
                activation = ACTIVATION_SIGMOID;
            test_alone(core, loss, activation, sizes[n][0], sizes[n][1]);
            if (!loss_from_net(loss))
                test_alone(core, loss, ACTIVATION_TANH, sizes[n][0], sizes[n][1]);
        }
}

/* Weights of 1 are as none. */
static void test_weights(const struct core *core, enum loss loss, enum activation activation)
{
    struct judged j = judged_drawn(core, loss, activation, 19, 3);
    free((void *)j.weights);
    j.weights = NULL;
    judge(core, &j);
    double *totals = values_copied(j.totals, j.rows), *delta = values_copied(j.delta, j.rows * 3);
    double *ones = values_zero(j.rows);
    for (size_t s = 0; s < j.rows; s++)
        ones[s] = 1;
    j.weights = ones;
    judge(core, &j);
    tap_ok(values_same(j.totals, totals, j.rows) && values_same(j.delta, delta, j.rows * 3),
           "%s: %s, weights of 1", core_name(core), loss_names[loss]);
    free(totals);
    free(delta);
    judged_release(&j);
}

/* What leaves the finite numbers shows: at the ends of the range, and a NaN in an output. */
static void test_not_finite(const struct core *core, enum loss loss, enum activation activation)
{
    double out[2], shares[2], total, delta[2];
    struct judged j = {
        loss, activation, 1,      1,      2,    (double[]){NAN, 0.5}, (double[]){1, 0},
        NULL, out,        shares, &total, delta};
    judge(core, &j);
    tap_ok(isnan(total) && isnan(delta[0]), "%s: %s of NaN", core_name(core), loss_names[loss]);
    double most = core->precision == PRECISION_FLOAT64 ? 0x1.fffffffffffffp+1023 : 0x1.fffffep+127;
    j.net = (double[]){most, -most};
    judge(core, &j);
    if (loss_from_net(loss))
        tap_ok(total == 0 && delta[0] == 0 && delta[1] == 0, "right by the largest nets there are");
    j.targets = (double[]){0, 1};
    judge(core, &j);
    if (loss == LOSS_CROSS_ENTROPY)
        tap_ok(total == INFINITY && delta[0] == 1 && delta[1] == -1, "wrong by them");
}

static void test_contract(void)
{
    static const char *const names[LOSS_COUNT] = {"squared_error",        "mean_squared_error",
                                                  "mean_absolute_error",  "huber",
                                                  "binary_cross_entropy", "cross_entropy"};
    for (enum loss loss = 0; loss < LOSS_COUNT; loss++) {
        tap_text(loss_names[loss], names[loss], "name");
        bool from_net = loss == LOSS_BINARY_CROSS_ENTROPY || loss == LOSS_CROSS_ENTROPY;
        tap_ok(loss_from_net(loss) == from_net, "from net: %d", from_net);
        for (enum activation a = 0; a < ACTIVATION_COUNT; a++) {
            bool takes = loss == LOSS_BINARY_CROSS_ENTROPY ? a == ACTIVATION_SIGMOID
                         : loss == LOSS_CROSS_ENTROPY      ? a == ACTIVATION_SOFTMAX
                                                           : true;
            tap_ok(loss_takes(loss, a) == takes, "on %s: %d", activation_names[a], takes);
        }
    }
}

int main(void)
{
    test_contract();
    for (const struct core *core = NULL; core_next(&core);) {
        for (size_t n = 0; n < sizeof torch_rows / sizeof *torch_rows; n++)
            test_torch(core, &torch_rows[n]);
        for (size_t n = 0; n < sizeof extreme_rows / sizeof *extreme_rows; n++)
            test_extreme(core, &extreme_rows[n]);
        for (size_t n = 0; n < sizeof exact_rows / sizeof *exact_rows; n++)
            test_exact(core, &exact_rows[n], n);
        test_sizes(core);
        for (enum loss loss = 0; loss < LOSS_COUNT; loss++) {
            enum activation activation = loss == LOSS_CROSS_ENTROPY          ? ACTIVATION_SOFTMAX
                                         : loss == LOSS_BINARY_CROSS_ENTROPY ? ACTIVATION_SIGMOID
                                                                             : ACTIVATION_IDENTITY;
            test_weights(core, loss, activation);
            test_not_finite(core, loss, activation);
        }
    }
    return tap_done();
}
