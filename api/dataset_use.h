#ifndef API_DATASET_USE_H
#define API_DATASET_USE_H

#include "api/decoder.h"
#include "engine/dataset_samples.h"
#include "engine/definition.h"

/* A stored dataset where a body names one: with "dataset" in place of samples, scalings, classes.
 * All of these read from the disk: on worker threads. */

/* The dataset of this name at the present place, for dataset_release(); NULL with a fault. */
struct dataset *dataset_named(struct decoder *decoder, const json_t *value);

/*
 * All samples of the dataset of this name at the present place, as the network takes them, for
 * dataset_samples_release(); NULL with a fault. Words become the outputs of the classes of the same
 * names, where the network has classes. targets_needed: one without targets is a fault.
 */
struct dataset_samples *dataset_samples_named(struct decoder *decoder, const json_t *value,
                                              const struct definition *definition,
                                              bool targets_needed);

/* Whether samples have the sizes of a network, which may have been replaced since they were read;
 * else false, with a fault at the present place. */
bool dataset_samples_fit(struct decoder *decoder, const struct dataset_samples *samples,
                         const struct network *net);

#endif
