#include "nn/optimizer.h"

#include <math.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

enum { UPDATES = 25, PARAMETERS = 3, SHOWN = 4 };

static const int shown_updates[SHOWN] = {1, 2, 3, UPDATES};
static const double start[PARAMETERS] = {0.5, -0.75, 2};
static const double curve[PARAMETERS] = {1, 0.5, 0.75};

/* Exact fractions, made by data/sgd_reference.py from PyTorch's formulas. */
static const struct sgd_row {
    struct optimizer optimizer;
    double expected[SHOWN][PARAMETERS]; /* after 1, 2, 3 and 25 updates */
} sgd_rows[] = {
#include "tests/nn/data/sgd_reference.inc"
};

/* The gradient that the script takes too. */
static void quadratic_gradient(int update, const double *parameters, double *gradient)
{
    for (int i = 0; i < PARAMETERS; i++) {
        double target = ((update * 37 + i * 11) % 64 - 32) / 64.0;
        gradient[i] = curve[i] * (curve[i] * parameters[i] - target);
    }
}

static void check_shown(const struct sgd_row *row, size_t n, int shown, const double *parameters)
{
    for (int i = 0; i < PARAMETERS; i++) {
        double expected = row->expected[shown][i];
        tap_near(parameters[i], expected, 1e-13 * fmax(1, fabs(expected)),
                 "sgd case %zu, parameter %d after %d updates", n, i, shown_updates[shown]);
    }
}

static void test_sgd(const struct sgd_row *row, size_t n)
{
    const struct optimizer_kind *kind = &optimizer_kinds[row->optimizer.type];
    double parameters[PARAMETERS], gradient[PARAMETERS], state[PARAMETERS] = {0};
    tap_ok(kind->slots(&row->optimizer) == (row->optimizer.momentum != 0),
           "case %zu: a slot with momentum only", n);
    for (int i = 0; i < PARAMETERS; i++)
        parameters[i] = start[i];
    int shown = 0;
    for (int update = 1; update <= UPDATES; update++) {
        quadratic_gradient(update, parameters, gradient);
        kind->update(&row->optimizer, row->optimizer.learning_rate, (uint64_t)update - 1, gradient,
                     PARAMETERS, parameters, state, PARAMETERS);
        if (update == shown_updates[shown])
            check_shown(row, n, shown++, parameters);
    }
}

/* The learning rate that is given counts, not the optimizer's own. */
static void test_learning_rate(void)
{
    const struct optimizer_kind *kind = &optimizer_kinds[OPTIMIZER_SGD];
    double parameter = 1;
    kind->update(&kind->defaults, 0.25, 0, &(double){2}, 1, &parameter, NULL, 1);
    tap_ok(parameter == 0.5, "the given learning rate is used");
    tap_ok(kind->defaults.learning_rate == 0.5, "the default is the article's 0.5");
    tap_ok(kind->slots(&kind->defaults) == 0, "plain SGD has no state");
    tap_text(kind->name, "sgd", "name");
}

int main(void)
{
    for (size_t n = 0; n < sizeof sgd_rows / sizeof *sgd_rows; n++)
        test_sgd(&sgd_rows[n], n);
    test_learning_rate();
    return tap_done();
}
