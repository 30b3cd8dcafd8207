#include "nn/shapes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

/* Made by reference/shapes_reference.py. */
static const struct shape_row {
    enum shape shape;
    uint64_t seed;
    double noise;
    uint64_t rows, i;
    double sample[SHAPE_MAX_COLUMNS];
} shape_rows[] = {
#include "tests/nn/reference/shapes_reference.inc"
};

static void check_row(const struct shape_row *row)
{
    double sample[SHAPE_MAX_COLUMNS] = {0};
    shape_sample(row->shape, row->seed, row->noise, row->rows, row->i, sample);
    for (size_t c = 0; c < shape_columns(row->shape); c++)
        tap_near(sample[c], row->sample[c], 1e-14, "%s, noise %g, sample %d, column %zu",
                 shape_names[row->shape], row->noise, (int)row->i, c);
}

/* Every place of a curve is taken once: no two samples are the same. */
static void check_places(enum shape shape, uint64_t rows)
{
    double *samples = calloc(rows, SHAPE_MAX_COLUMNS * sizeof(*samples));
    size_t ones = 0;
    bool same = false;
    for (uint64_t i = 0; i < rows; i++) {
        double *sample = samples + SHAPE_MAX_COLUMNS * i;
        shape_sample(shape, 1, 0, rows, i, sample);
        ones += sample[2] == 1;
        for (uint64_t k = 0; k < i; k++)
            same |= memcmp(sample, samples + SHAPE_MAX_COLUMNS * k,
                           SHAPE_MAX_COLUMNS * sizeof(*sample)) == 0;
    }
    tap_ok(!same, "%s: %d different samples", shape_names[shape], (int)rows);
    tap_ok(ones == rows - rows / 2, "%s: half of %d have target 1", shape_names[shape], (int)rows);
    free(samples);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(shape_rows) / sizeof(shape_rows[0]); i++)
        check_row(&shape_rows[i]);
    for (uint64_t rows = 1; rows < 60; rows += 7) {
        check_places(SHAPE_SPIRAL, rows);
        check_places(SHAPE_MOONS, rows);
    }
    return tap_done();
}
