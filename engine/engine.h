#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/definition.h"
#include "engine/status.h"
#include "storage/store.h"

/*
 * The live networks and everything that happens to them: reads, changes in chains that the store
 * commits in groups, and training runs. Thread-safe.
 */
struct engine;
struct dataset_codec;

struct engine_options {
    size_t request_workers; /* threads for requests that an event thread must not do, and as many
                               for those that take long; >= 1 */
    size_t train_workers;   /* that train, in all runs together; >= 1 */
    size_t cache_bytes;     /* memory that idle networks may keep */
    size_t max_queued_runs; /* runs that may wait, over all networks */
    double save_seconds;    /* of work from one restart point of a run to the next, at least */
    size_t keep_runs;       /* ended runs that each network keeps; 0: all */
    const struct dataset_codec *datasets; /* borrowed; NULL: nobody asks for datasets */
};

/* Starts the workers, and goes on with the runs that the database has. `store` and `codec` are
 * borrowed until engine_close(). NULL when out of memory or threads. */
struct engine *engine_open(struct store *store, const struct definition_codec *codec,
                           const struct engine_options *options);

/* Stops all runs that train or wait, with ENGINE_SHUTTING_DOWN and their networks unchanged, and
 * refuses new ones. They are saved where they stand, and go on when the database is opened again.
 * Returns at once; the runs' callbacks follow. */
void engine_stop_runs(struct engine *engine);

/* Number of runs that train or wait. */
size_t engine_run_count(struct engine *engine);

/* Stops runs, waits for the workers, frees. The store must stay open until it returns, and nobody
 * may hold a commit or wait for one any more. NULL is allowed. */
void engine_close(struct engine *engine);

struct store *engine_store(struct engine *engine);

/* What a request worker is asked to do: so that what is soon done never waits behind what is not.
 */
enum lane {
    LANE_SHORT, /* I/O, and computing for some milliseconds */
    LANE_LONG,  /* computing for seconds, or waiting for that */
    LANE_COUNT
};

/* Runs work(argument) on a worker of that lane, in the order of calls. False when out of memory. */
bool engine_offload(struct engine *engine, enum lane lane, void (*work)(void *argument),
                    void *argument);

#endif
