#ifndef ENGINE_DATASET_SAMPLES_H
#define ENGINE_DATASET_SAMPLES_H

#include "engine/dataset.h"
#include "nn/pass.h"

/* All rows of a dataset in memory, as a network takes them. Immutable, shared by reference. */
struct dataset_samples {
    atomic_size_t references;
    size_t inputs;
    size_t outputs; /* 0: the dataset has no targets */
    struct samples samples;
};

/*
 * How the targets become outputs. Numbers stay as they are. Words of the only target become
 * `outputs` numbers that are 0, but 1 at class_outputs[code]; or, for a single output, the one
 * number class_outputs[code]. NULL: a column for each word, in their order.
 */
struct target_layout {
    size_t outputs;
    const size_t *class_outputs;
};

/* Reads all rows; on worker threads. ENGINE_AGAIN when the dataset is no longer what it was,
 * ENGINE_DAMAGED, ENGINE_NO_MEMORY, ENGINE_UNAVAILABLE. */
enum engine_status dataset_samples_load(struct engine *engine, const struct dataset *dataset,
                                        const struct target_layout *layout,
                                        struct dataset_samples **out);

struct dataset_samples *dataset_samples_reference(struct dataset_samples *samples);
void dataset_samples_release(struct dataset_samples *samples); /* NULL is allowed */

#endif
