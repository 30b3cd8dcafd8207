/*
 * The kernels of nn/core against plain loops (tests/nn/plain.h), to the bit, in every vector width
 * that this machine has: a pass and two steps for networks and samples of many sizes and with all
 * options, which are drawn by the number of the case. runs_test does so with the trainer's kernels.
 */
#include <stdlib.h>

#include "nn/simd.h"
#include "tests/harness/tap.h"
#include "tests/nn/cases.h"
#include "tests/nn/networks.h"
#include "tests/nn/plain.h"
#include "tests/nn/training.h"

/* Around the lengths of vectors, of tiles, and where the order of a sum changes. */
static const size_t sizes[] = {1,  2,  3,  4,  5,  7,  8,  9,   15,  16, 17,
                               23, 24, 31, 33, 48, 64, 65, 100, 128, 130};
static const size_t row_counts[] = {1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 64, 127, 128, 129, 300};

/* What a pass or a step of a case gives. */
struct result {
    double *outputs, *errors, *gradient;
    double total_error;
    struct model model;
    bool finite;
};

static struct outcome result_begin(const struct nn_case *c, struct result *result)
{
    size_t count = c->samples.rows * network_outputs(c->net);
    *result = (struct result){
        .outputs = values_zero(count),
        .errors = values_zero(count),
        .gradient = values_zero(c->net->parameter_count),
        .model = model_copied(c->net, &c->model),
        .finite = true,
    };
    return (struct outcome){result->outputs, result->errors, result->gradient, 0};
}

static void result_release(struct result *result)
{
    free(result->outputs);
    free(result->errors);
    free(result->gradient);
    model_release(&result->model);
}

static bool result_same(const struct nn_case *c, const struct result *a, const struct result *b)
{
    size_t count = c->samples.rows * network_outputs(c->net);
    return a->finite && b->finite && values_same(a->outputs, b->outputs, count) &&
           values_same(a->errors, b->errors, count) &&
           values_same(a->gradient, b->gradient, c->net->parameter_count) &&
           values_same(&a->total_error, &b->total_error, 1) &&
           model_same(c->net, &a->model, &b->model);
}

/* Whether net, out and delta of every unit are the plain ones. */
static bool parts_same(const struct nn_case *c, const struct pass *pass, const struct plain *plain)
{
    size_t rows = c->samples.rows;
    double *values = values_zero(rows * PLAIN_UNITS);
    bool same = true;
    for (size_t l = 0; l < c->net->layer_count; l++) {
        size_t count = rows * c->net->layers[l].units;
        const double *const expected[] = {[PASS_NET] = plain->net[l],
                                          [PASS_OUT] = plain->passed[l],
                                          [PASS_DELTA] = plain->delta[l]};
        for (size_t part = 0; part < COUNT(expected); part++) {
            pass_read(pass, (enum pass_part)part, l, rows, values);
            same &= values_same(values, expected[part], count);
        }
    }
    free(values);
    return same;
}

/* What the plain loops give: computed once for all vector widths. */
struct expected {
    struct result pass, step;
    struct plain *plain; /* as the pass left it */
};

static void expect_pass(const struct nn_case *c, struct expected *expected)
{
    struct outcome outcome = result_begin(c, &expected->pass);
    expected->plain = plain_create(c->net, c->samples.rows);
    plain_pass(c->net, c->model.parameters, &c->samples, expected->plain, &outcome);
    expected->pass.total_error = outcome.total_error;
}

/* Two steps, so that the second one finds a state. */
static void expect_step(const struct nn_case *c, struct result *result)
{
    struct outcome outcome = result_begin(c, result);
    struct plain *plain = plain_create(c->net, c->samples.rows);
    for (uint64_t n = 0; n < 2; n++) {
        struct step_options options = case_step_options(c, c->options.steps + n);
        plain_step(c->net, &result->model, &c->samples, &options, plain, &outcome);
    }
    result->total_error = outcome.total_error;
    plain_free(plain);
}

static void expected_release(struct expected *expected)
{
    result_release(&expected->pass);
    result_release(&expected->step);
    plain_free(expected->plain);
}

static bool pass_is(const struct nn_case *c, const struct expected *expected)
{
    struct result actual;
    struct outcome outcome = result_begin(c, &actual);
    struct pass *pass = pass_create(c->net, c->samples.rows);
    actual.finite = pass_run(c->net, c->model.parameters, &c->samples, pass, &outcome) == NN_OK;
    actual.total_error = outcome.total_error;
    bool same = result_same(c, &expected->pass, &actual) && parts_same(c, pass, expected->plain);
    pass_free(pass);
    result_release(&actual);
    return same;
}

/* Some rows at a time where that is allowed. */
static bool step_is(const struct nn_case *c, const struct result *expected)
{
    struct result actual;
    struct outcome outcome = result_begin(c, &actual);
    bool parts = c->options.order == UPDATE_SIMULTANEOUS;
    struct pass *pass = pass_create(c->net, parts ? (c->samples.rows + 1) / 2 : c->samples.rows);
    for (uint64_t n = 0; n < 2; n++) {
        struct step_options options = case_step_options(c, c->options.steps + n);
        actual.finite &=
            train_step(c->net, &actual.model, &c->samples, &options, pass, &outcome) == NN_OK;
    }
    actual.total_error = outcome.total_error;
    bool same = result_same(c, expected, &actual);
    pass_free(pass);
    result_release(&actual);
    return same;
}

static void test_widths(const struct nn_case *c)
{
    struct expected expected;
    expect_pass(c, &expected);
    expect_step(c, &expected.step);
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        char name[300];
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        case_name(c, name, sizeof name);
        tap_ok(pass_is(c, &expected), "pass: %s", name);
        tap_ok(step_is(c, &expected.step), "step: %s", name);
    }
    expected_release(&expected);
}

static void test_case(uint64_t seed, size_t inputs, size_t layers, const size_t *units, size_t rows)
{
    for (enum precision precision = 0; precision < PRECISION_COUNT; precision++) {
        struct nn_case c = case_drawn(seed, precision, inputs, layers, units, rows);
        test_widths(&c);
        case_release(&c);
    }
}

/* Small networks, as most are that train online: every pair of up to 17 inputs and units. */
static void test_small(void)
{
    static const size_t outputs[] = {1, 2, 3, 10};
    uint64_t seed = 0;
    for (size_t inputs = 1; inputs <= 17; inputs++)
        for (size_t hidden = 1; hidden <= 17; hidden++, seed++) {
            size_t units[] = {hidden, outputs[seed % 4]};
            test_case(seed, inputs, 2, units, seed % 2 ? 4 : row_counts[seed % 9]);
        }
}

/* Sizes in pairs: the products of a layer forward and backward, with every number of rows. */
static void test_sizes(void)
{
    uint64_t seed = 1000;
    for (size_t a = 0; a < COUNT(sizes); a++)
        for (size_t b = a % 3; b < COUNT(sizes); b += 3, seed++) {
            size_t units[] = {sizes[a], sizes[b]};
            test_case(seed, sizes[seed % COUNT(sizes)], 2, units,
                      row_counts[seed % COUNT(row_counts)]);
        }
}

/* One to four layers. */
static void test_depths(void)
{
    for (uint64_t seed = 2000; seed < 2060; seed++) {
        struct chance chance = {.seed = seed + 7};
        size_t units[PLAIN_LAYERS];
        for (size_t l = 0; l < PLAIN_LAYERS; l++)
            units[l] = sizes[choose(&chance, COUNT(sizes))];
        test_case(seed, sizes[choose(&chance, COUNT(sizes))], 1 + seed % PLAIN_LAYERS, units,
                  row_counts[choose(&chance, COUNT(row_counts))]);
    }
}

int main(void)
{
    test_small();
    test_sizes();
    test_depths();
    return tap_done();
}
