#ifndef ENGINE_DATASET_SAMPLES_H
#define ENGINE_DATASET_SAMPLES_H

#include <pthread.h>

#include "engine/dataset.h"
#include "nn/pass.h"

struct dataset_samples;

/* Those that are in memory: runs on the same dataset share them. */
struct samples_shelf {
    pthread_mutex_t lock; /* guards the list, and the count of references of all that is in it */
    struct dataset_samples *first;
};

/* All rows of a dataset in memory, as a network takes them. Immutable, shared by reference. */
struct dataset_samples {
    size_t references;
    size_t inputs;
    size_t outputs; /* 0: the dataset has no targets */
    struct samples samples;

    /* For those that look for them. */
    int64_t dataset; /* the store's id */
    size_t class_count;
    size_t *class_outputs; /* as their layout has it */
    struct samples_shelf *shelf;
    struct dataset_samples *next;
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

/* Reads all rows, or finds them where they are in memory; on worker threads. ENGINE_AGAIN when the
 * dataset is no longer what it was, ENGINE_DAMAGED, ENGINE_NO_MEMORY, ENGINE_UNAVAILABLE. */
enum engine_status dataset_samples_load(struct engine *engine, const struct dataset *dataset,
                                        const struct target_layout *layout,
                                        struct dataset_samples **out);

void dataset_samples_release(struct dataset_samples *samples); /* NULL is allowed */

#endif
