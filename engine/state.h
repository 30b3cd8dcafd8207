#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/alarm.h"
#include "engine/dataset_samples.h"
#include "engine/definition.h"
#include "engine/engine.h"
#include "engine/live.h"
#include "engine/run_queue.h"
#include "engine/workers.h"
#include "storage/store.h"

/* The engine's own state, for the files of engine/ alone. */
struct engine {
    struct store *store; /* borrowed */
    struct engine_options options;
    const struct definition_codec *codec;

    struct live_cache cache;           /* live networks by name */
    struct workers *lanes[LANE_COUNT]; /* what is not for an event thread */
    struct run_queue runs;             /* what trains */
    struct samples_shelf samples;      /* of datasets */
    struct alarms *alarms;
    struct journal *journal;
    atomic_size_t pending_bytes; /* of blocks on their way to the disk */
};

/* Whether so much is on its way to the disk that the next change has to wait: each keeps its block,
 * and its answer, which may be several times as long, until then. */
bool changes_pile_up(struct engine *engine);

/* The engine's word for how the store answered. */
enum engine_status engine_status_of(enum store_status status);

#endif
