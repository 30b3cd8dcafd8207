#ifndef NN_SAMPLES_H
#define NN_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/network.h"
#include "nn/pass.h"

/* Samples from `first` on, `rows` of them, where they are. */
struct samples samples_part(const struct network *net, const struct samples *samples, size_t first,
                            size_t rows);

/* Makes room for `rows` samples of this network, with weights or without. False when out of memory;
 * then there is nothing to release. Released with samples_release(). */
bool samples_allocate(const struct network *net, size_t rows, bool weights,
                      struct samples *samples);

/* Frees the arrays of samples that own them. */
void samples_release(struct samples *samples);

/* Copies the samples of these `rows` of `from` to the first rows of `to`, in that order, and sets
 * its number of rows; both have weights or neither has. */
void samples_gather(const struct network *net, const struct samples *from, const size_t *rows,
                    size_t count, struct samples *to);

#endif
