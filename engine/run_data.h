#ifndef ENGINE_RUN_DATA_H
#define ENGINE_RUN_DATA_H

#include "engine/run.h"
#include "engine/status.h"
#include "storage/store.h"

/* A run's own copy of what it trains on, in one array, so that it outlives the request and can be
 * stored as a block. */
struct run_data {
    struct run_samples samples; /* in `values` */
    size_t count;
    double values[];
};

/* NULL when out of memory. Freed with free(). */
struct run_data *run_data_create(const struct network *net, const struct run_samples *samples);

struct store_block run_data_for_store(const struct run_data *data);

/* What was stored. ENGINE_DAMAGED when it does not fit the network. */
enum engine_status run_data_read(const struct network *net, const struct store_block_copy *block,
                                 struct run_data **out);

#endif
