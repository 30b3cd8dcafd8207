#include "nn/split.h"

#include <stdlib.h>

#include "nn/random.h"

size_t split_validation_rows(size_t rows, double fraction)
{
    double exact = (double)rows * fraction;
    size_t whole = (size_t)exact;
    return whole + (exact - (double)whole >= 0.5); /* the difference is exact, exact + 0.5 is not */
}

bool split_init(struct split *split, size_t rows, double fraction, bool shuffle, uint64_t seed)
{
    size_t *order = calloc(rows, sizeof *order);
    if (!order)
        return false;
    if (shuffle)
        random_split(seed, rows, order);
    for (size_t row = 0; !shuffle && row < rows; row++)
        order[row] = row;
    size_t validation = split_validation_rows(rows, fraction);
    *split = (struct split){.rows = order, .training = rows - validation, .validation = validation};
    return true;
}

void split_release(struct split *split)
{
    free(split->rows);
    *split = (struct split){0};
}
