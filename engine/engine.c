#include "engine/engine.h"

#include <stdlib.h>

#include "engine/journal.h"
#include "engine/resume.h"
#include "engine/state.h"

struct engine *engine_open(struct store *store, const struct definition_codec *codec,
                           const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine)
        return NULL;
    engine->store = store;
    engine->codec = codec;
    engine->options = *options;
    live_cache_init(&engine->cache);
    pthread_mutex_init(&engine->samples.lock, NULL);
    run_queue_init(&engine->runs);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        engine->lanes[lane] = workers_create(options->request_workers);
    engine->alarms = alarms_create();
    engine->journal = journal_create(&engine->runs.bell);
    if (!engine->alarms || !engine->journal || !engine->lanes[LANE_SHORT] ||
        !engine->lanes[LANE_LONG] || !runs_resume(engine) || !run_queue_start(engine)) {
        engine_close(engine);
        return NULL;
    }
    return engine;
}

void engine_close(struct engine *engine)
{
    if (!engine)
        return;
    run_queue_stop(engine);
    alarms_free(engine->alarms);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        workers_free(engine->lanes[lane]);
    struct commit *last = commit_barrier(engine);
    if (last)
        commit_wait(last); /* no change refers to a live network after this */
    commit_release(last);
    run_queue_release(engine);
    live_cache_release(&engine->cache);
    journal_free(engine->journal);
    pthread_mutex_destroy(&engine->samples.lock);
    free(engine);
}

struct store *engine_store(struct engine *engine)
{
    return engine->store;
}

bool engine_offload(struct engine *engine, enum lane lane, void (*work)(void *argument),
                    void *argument)
{
    return workers_submit(engine->lanes[lane], work, argument);
}
