#include "nn/split.h"

#include <stdlib.h>
#include <string.h>

#include "nn/random.h"
#include "tests/harness/tap.h"
#include "tests/nn/networks.h"

/* round(rows * fraction), halves away from zero; the products are doubles. */
static const struct count_row {
    size_t rows;
    double fraction;
    size_t validation;
} count_rows[] = {
    {10, 0.2, 2},
    {10, 0.25, 3}, /* 2.5 */
    {14, 0.25, 4}, /* 3.5 */
    {10, 0.24, 2},
    {10, 0.26, 3},
    {1, 0.5, 1},
    {1, 0.49999999999999994, 0}, /* whose sum with 0.5 is 1 */
    {3, 0.1, 0},
    {150, 0.2, 30},
    {7, 0, 0},
    {7, 1, 7},
    {7, 0x1p-1074, 0},
    {(size_t)1 << 52, 0.5, (size_t)1 << 51},
    {((size_t)1 << 53) - 1, 1, ((size_t)1 << 53) - 1},
};

static void test_counts(void)
{
    for (size_t i = 0; i < sizeof count_rows / sizeof *count_rows; i++) {
        const struct count_row *row = &count_rows[i];
        tap_ok(split_validation_rows(row->rows, row->fraction) == row->validation,
               "%.17g of %zu rows: %zu", row->fraction, row->rows, row->validation);
    }
}

static void test_rows(size_t rows, double fraction, bool shuffle)
{
    struct split split;
    size_t expected[100];
    for (size_t row = 0; row < rows; row++)
        expected[row] = row;
    if (shuffle)
        random_split(11, rows, expected);
    tap_ok(split_init(&split, rows, fraction, shuffle, 11) &&
               memcmp(split.rows, expected, rows * sizeof *expected) == 0,
           "%zu rows, %s", rows, shuffle ? "shuffled" : "as they are");
    tap_ok(split.validation == split_validation_rows(rows, fraction) &&
               split.training + split.validation == rows,
           "%zu train, %zu validate", split.training, split.validation);
    split_release(&split);
}

/* Row r has the inputs 100 r, 100 r + 1, the targets 100 r + 50, 51, 52 and the weight 100 r + 60.
 */
static struct samples numbered(size_t rows, bool weights)
{
    double *inputs = values_zero(2 * rows);
    double *targets = values_zero(3 * rows);
    double *given = values_zero(rows);
    for (size_t r = 0; r < rows; r++) {
        inputs[2 * r] = 100 * (double)r;
        inputs[2 * r + 1] = 100 * (double)r + 1;
        for (size_t j = 0; j < 3; j++)
            targets[3 * r + j] = 100 * (double)r + 50 + (double)j;
        given[r] = 100 * (double)r + 60;
    }
    if (!weights) {
        free(given);
        given = NULL;
    }
    return (struct samples){rows, inputs, targets, given};
}

static bool is_row(const struct samples *samples, size_t s, size_t row)
{
    double base = 100 * (double)row;
    return samples->inputs[2 * s] == base && samples->inputs[2 * s + 1] == base + 1 &&
           samples->targets[3 * s] == base + 50 && samples->targets[3 * s + 1] == base + 51 &&
           samples->targets[3 * s + 2] == base + 52 &&
           (!samples->weights || samples->weights[s] == base + 60);
}

static void test_copies(bool weights)
{
    enum { ROWS = 10 };
    const struct layer layer = {.units = 3};
    struct network *net = network_make(2, 1, &layer);
    struct samples all = numbered(ROWS, weights);
    struct split split;
    struct samples chosen = {0};
    split_init(&split, ROWS, 0.3, true, 5);
    tap_ok(samples_allocate(net, ROWS, weights, &chosen) && chosen.rows == ROWS &&
               (chosen.weights != NULL) == weights,
           "room for ten samples, %s weights", weights ? "with" : "without");
    samples_gather(net, &all, split.rows + split.training, split.validation, &chosen);
    tap_ok(chosen.rows == 3, "three are gathered");
    bool right = true;
    for (size_t s = 0; s < chosen.rows; s++)
        right &= is_row(&chosen, s, split.rows[split.training + s]);
    tap_ok(right, "are the last rows of the permutation");
    struct samples part = samples_part(net, &all, 4, 5);
    right = part.rows == 5 && (part.weights != NULL) == weights;
    for (size_t s = 0; s < part.rows; s++)
        right &= is_row(&part, s, 4 + s);
    tap_ok(right, "a part begins where it should");
    struct samples untouched = chosen;
    tap_ok(!samples_allocate(net, SIZE_MAX / 2, weights, &chosen) &&
               memcmp(&chosen, &untouched, sizeof chosen) == 0,
           "too many: no memory, and nothing written");
    samples_release(&chosen);
    samples_release(&all);
    split_release(&split);
    network_free(net);
}

int main(void)
{
    test_counts();
    test_rows(10, 0.25, false);
    test_rows(10, 0.25, true);
    test_rows(100, 0.1, true);
    test_rows(1, 1, true);
    test_copies(false);
    test_copies(true);
    return tap_done();
}
