/* What a pass promises beside its figures, which kernels_test and gradient_test look at: a sample's
 * bits are its own, whatever stands beside it and however many are taken at a time. */
#include "nn/pass.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "nn/simd.h"
#include "tests/harness/tap.h"
#include "tests/nn/cases.h"
#include "tests/nn/networks.h"

enum { ROWS = 45 };

/* Everything that a pass gives. */
struct result {
    double *outputs, *errors, *gradient;
    double total_error;
};

static struct result result_of(const struct nn_case *c, const struct samples *samples,
                               struct pass *pass)
{
    size_t count = samples->rows * network_outputs(c->net);
    struct result result = {
        .outputs = values_zero(count),
        .errors = values_zero(count),
        .gradient = values_zero(c->net->parameter_count),
    };
    struct outcome outcome = {result.outputs, result.errors, result.gradient, 0};
    if (pass_run(c->net, c->model.parameters, samples, pass, &outcome) != NN_OK)
        tap_ok(false, "the pass is finite");
    result.total_error = outcome.total_error;
    return result;
}

static void result_release(struct result *result)
{
    free(result->outputs);
    free(result->errors);
    free(result->gradient);
}

static bool result_same(const struct nn_case *c, const struct result *a, const struct result *b)
{
    size_t count = c->samples.rows * network_outputs(c->net);
    return values_same(a->outputs, b->outputs, count) && values_same(a->errors, b->errors, count) &&
           values_same(a->gradient, b->gradient, c->net->parameter_count) &&
           values_same(&a->total_error, &b->total_error, 1);
}

/* Whether sample s of one pass and the first one of another have the same net, out and delta. */
static bool parts_same(const struct network *net, const struct pass *batch, size_t s,
                       const struct pass *single)
{
    bool same = true;
    for (size_t l = 0; l < net->layer_count; l++) {
        size_t units = net->layers[l].units;
        double *many = values_zero((s + 1) * units);
        double *one = values_zero(units);
        for (enum pass_part part = PASS_NET; part <= PASS_DELTA; part++) {
            pass_read(batch, part, l, s + 1, many);
            pass_read(single, part, l, 1, one);
            same &= values_same(many + s * units, one, units);
        }
        free(many);
        free(one);
    }
    return same;
}

static void test_pass_rows(const struct nn_case *c, const char *name)
{
    static const size_t capacities[] = {1, 2, 3, 7, 8, 16, 31, ROWS - 1, ROWS, ROWS + 1, 100};
    struct pass *whole = pass_create(c->net, ROWS);
    struct result expected = result_of(c, &c->samples, whole);
    bool same = true;
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        struct pass *pass = pass_create(c->net, capacities[i]);
        struct result result = result_of(c, &c->samples, pass);
        same &= result_same(c, &expected, &result);
        result_release(&result);
        pass_free(pass);
    }
    tap_ok(same, "1 to 100 samples at a time: %s", name);
    result_release(&expected);
    pass_free(whole);
}

static void test_alone(const struct nn_case *c, const char *name)
{
    size_t outputs = network_outputs(c->net);
    struct pass *batch = pass_create(c->net, ROWS);
    struct pass *single = pass_create(c->net, 1);
    struct result expected = result_of(c, &c->samples, batch);
    bool same = true;
    double total = 0;
    for (size_t s = 0; s < ROWS; s++) {
        struct samples one = samples_part(c->net, &c->samples, s, 1);
        struct result result = result_of(c, &one, single);
        same &= values_same(result.outputs, expected.outputs + s * outputs, outputs) &&
                values_same(result.errors, expected.errors + s * outputs, outputs) &&
                parts_same(c->net, batch, s, single);
        total += result.total_error;
        result_release(&result);
    }
    tap_ok(same && values_same(&total, &expected.total_error, 1), "a sample alone: %s", name);
    result_release(&expected);
    pass_free(batch);
    pass_free(single);
}

/* What is not wanted is not written, and changes nothing else. */
static void test_parts(const struct nn_case *c, const char *name)
{
    struct pass *pass = pass_create(c->net, 5);
    struct result expected = result_of(c, &c->samples, pass);
    size_t count = ROWS * network_outputs(c->net);
    struct outcome none = {.total_error = 7};
    struct samples blind = {ROWS, c->samples.inputs, NULL, NULL};
    double *outputs = values_zero(count);
    struct outcome forward = {.outputs = outputs, .total_error = 7};
    bool alone = pass_run(c->net, c->model.parameters, &c->samples, pass, &none) == NN_OK &&
                 values_same(&none.total_error, &expected.total_error, 1);
    bool without = pass_run(c->net, c->model.parameters, &blind, pass, &forward) == NN_OK &&
                   forward.total_error == 0 && values_same(outputs, expected.outputs, count);
    tap_ok(alone, "the total error alone: %s", name);
    tap_ok(without, "outputs without targets: %s", name);
    free(outputs);
    result_release(&expected);
    pass_free(pass);
}

/* A pass that has seen NaNs and infinities leaves nothing of them behind. */
static void test_poison(const struct nn_case *c, const char *name)
{
    struct pass *fresh = pass_create(c->net, ROWS);
    struct pass *poisoned = pass_create(c->net, ROWS);
    struct result expected = result_of(c, &c->samples, fresh);
    double *parameters = values_zero(c->net->parameter_count);
    for (size_t p = 0; p < c->net->parameter_count; p++)
        parameters[p] = p % 2 ? NAN : INFINITY;
    struct result waste = result_of(c, &c->samples, fresh);
    struct outcome outcome = {waste.outputs, waste.errors, waste.gradient, 0};
    tap_ok(pass_run(c->net, parameters, &c->samples, poisoned, &outcome) == NN_NOT_FINITE,
           "NaNs are seen: %s", name);
    struct result result = result_of(c, &c->samples, poisoned);
    tap_ok(result_same(c, &expected, &result), "and forgotten: %s", name);
    free(parameters);
    result_release(&expected);
    result_release(&waste);
    result_release(&result);
    pass_free(fresh);
    pass_free(poisoned);
}

static void test_case(uint64_t seed, enum precision precision)
{
    static const size_t sizes[] = {1, 2, 3, 4, 6, 9, 13, 16, 17, 20, 40};
    struct chance chance = {.seed = seed};
    size_t units[4];
    for (size_t l = 0; l < 4; l++)
        units[l] = sizes[choose(&chance, sizeof sizes / sizeof *sizes)];
    struct nn_case c =
        case_drawn(seed, precision, 1 + choose(&chance, 20), 1 + seed % 4, units, ROWS);
    char name[300];
    case_name(&c, name, sizeof name);
    test_pass_rows(&c, name);
    test_alone(&c, name);
    test_parts(&c, name);
    test_poison(&c, name);
    case_release(&c);
}

static void test_sizes(void)
{
    static const struct layer layer = {.units = 21, .activation = ACTIVATION_RELU};
    struct network *net = network_make(4, 1, &layer);
    tap_ok(!pass_create(net, SIZE_MAX / 2), "sizes that overflow: no memory");
    tap_ok(!pass_create(net, SIZE_MAX / 8 / 24 + 1), "just overflowing");
    pass_free(NULL);
    network_free(net);
}

/* What is taken at a time never needs more than some MiB, however wide the network. */
static void test_rows_at_a_time(void)
{
    static const struct {
        size_t units, rows, expected;
    } rows[] = {
        {1, 1, 1},         {1, 127, 127},      {1, 1000000, 128},   {8192, 1000, 128},
        {8193, 1000, 127}, {1 << 20, 1000, 1}, {10000000, 1000, 1}, {10000000, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct network *net = network_create(1);
        net->unit_count = rows[i].units;
        tap_ok(pass_rows(net, rows[i].rows) == rows[i].expected, "%zu of %zu samples for %zu units",
               rows[i].expected, rows[i].rows, rows[i].units);
        network_free(net);
    }
}

int main(void)
{
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        if (!simd_available(simd))
            continue;
        simd_use(simd);
        for (uint64_t seed = 5000; seed < 5040; seed++) {
            test_case(seed, PRECISION_FLOAT64);
            test_case(seed, PRECISION_FLOAT32);
        }
    }
    test_sizes();
    test_rows_at_a_time();
    return tap_done();
}
