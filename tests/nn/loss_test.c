#include "nn/loss.h"

#include <stdlib.h>

#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

/* By hand, with numbers whose results are exact. */
static const struct loss_row {
    enum loss loss;
    size_t outputs;
    double targets[4], out[4];
    double errors[4], total;
    double gradient[4];
} loss_rows[] = {
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
};

static void test_row(const struct loss_row *row, size_t n)
{
    const struct loss_kind *kind = &loss_kinds[row->loss];
    double errors[4], gradient[4];
    double total = kind->errors(row->targets, row->out, row->outputs, errors);
    kind->gradient(row->targets, row->out, row->outputs, gradient);
    tap_ok(values_same(errors, row->errors, row->outputs), "%s, row %zu: shares", kind->name, n);
    tap_ok(total == row->total, "%s, row %zu: total", kind->name, n);
    tap_ok(kind->errors(row->targets, row->out, row->outputs, NULL) == total,
           "%s, row %zu: the same total without shares", kind->name, n);
    tap_ok(values_same(gradient, row->gradient, row->outputs), "%s, row %zu: gradient", kind->name,
           n);
}

/* The shares add up to the loss in index order, to the bit. */
static void test_order(void)
{
    enum { OUTPUTS = 1000 };
    double *targets = values_drawn(1, OUTPUTS, -1, 1);
    double *out = values_drawn(2, OUTPUTS, -1, 1);
    double *errors = values_zero(OUTPUTS);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        double total = loss_kinds[l].errors(targets, out, OUTPUTS, errors);
        double sum = 0;
        for (size_t j = 0; j < OUTPUTS; j++)
            sum += errors[j];
        tap_ok(sum == total, "%s: shares add up to the bit", loss_kinds[l].name);
    }
    free(targets);
    free(out);
    free(errors);
}

int main(void)
{
    tap_text(loss_kinds[LOSS_SQUARED_ERROR].name, "squared_error", "name");
    tap_text(loss_kinds[LOSS_MEAN_SQUARED_ERROR].name, "mean_squared_error", "name");
    for (size_t n = 0; n < sizeof loss_rows / sizeof *loss_rows; n++)
        test_row(&loss_rows[n], n);
    test_order();
    return tap_done();
}
