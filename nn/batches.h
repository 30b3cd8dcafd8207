#ifndef NN_BATCHES_H
#define NN_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/core/workspace.h"
#include "nn/pass.h"

/* The samples of a run as the kernels take them, batch after batch, in their own order or in a
 * shuffled one. */
struct batches {
    struct real_samples samples;  /* borrowed where they are so already: float64 without scaling */
    size_t size;                  /* of a batch, at most samples.rows; the last may be smaller */
    size_t *order;                /* of the samples; NULL: as they are */
    struct real_samples gathered; /* where a shuffled batch of several samples is put together */
    void *inputs, *targets, *weights;                   /* a copy of the samples, or NULL */
    void *batch_inputs, *batch_targets, *batch_weights; /* what `gathered` is, or NULL */
};

/* False when out of memory; there may be something to release then too. */
bool batches_init(struct batches *batches, const struct network *net, const struct samples *samples,
                  size_t size, bool shuffle);

void batches_release(struct batches *batches);

/* The order of this epoch, where they are shuffled: random_permutation(). */
void batches_begin(struct batches *batches, uint64_t seed, uint64_t steps, uint64_t epoch);

/* How many batches there are from this place on, to the end of the epoch. */
uint64_t batches_left(const struct batches *batches, size_t place);

#endif
