#ifndef NN_SPLIT_H
#define NN_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which rows of some samples train, and which validate. */
struct split {
    size_t *rows; /* a permutation of all rows: first those that train, then those that validate */
    size_t training;
    size_t validation; /* how many */
};

/* How many of `rows` validate: round(rows * fraction), halves away from zero, of the product as a
 * double. For 0 <= fraction <= 1; who asks sees to it that neither side is empty. */
size_t split_validation_rows(size_t rows, double fraction);

/* The last split_validation_rows() rows validate: of the rows as they are, or with `shuffle` of
 * random_split(seed). False when out of memory. Released with split_release(). */
bool split_init(struct split *split, size_t rows, double fraction, bool shuffle, uint64_t seed);

void split_release(struct split *split);

#endif
