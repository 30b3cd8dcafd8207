#include "engine/live.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "engine/stored.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct live *)a)->name, ((const struct live *)b)->name);
}

void live_cache_init(struct live_cache *cache)
{
    memset(cache, 0, sizeof(*cache));
    pthread_mutex_init(&cache->lock, NULL);
    pthread_cond_init(&cache->loaded, NULL);
}

static struct live *live_create(const char *name, enum live_state state)
{
    struct live *live = calloc(1, sizeof(*live));
    if (!live)
        return NULL;
    pthread_mutex_init(&live->write_lock, NULL);
    pthread_mutex_init(&live->lock, NULL);
    atomic_init(&live->chain.generation, 0);
    memcpy(live->name, name, strlen(name) + 1);
    live->state = state;
    live->references = 1;
    return live;
}

static void live_free(void *pointer)
{
    struct live *live = pointer;
    snapshot_release(live->committed);
    snapshot_release(live->newest);
    pthread_mutex_destroy(&live->write_lock);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

void live_cache_release(struct live_cache *cache)
{
    tdestroy(cache->tree, live_free);
    pthread_mutex_destroy(&cache->lock);
    pthread_cond_destroy(&cache->loaded);
}

/* The functions down to live_acquire() are called with the cache's lock held. */

static struct live *find(struct live_cache *cache, const char *name)
{
    struct live key;
    size_t length = strlen(name);
    if (length > NAME_MAX_LENGTH)
        return NULL;
    memcpy(key.name, name, length + 1);
    struct live **node = tfind(&key, &cache->tree, compare_names);
    return node ? *node : NULL;
}

/* A new place under a name that is not in the tree. NULL when out of memory. */
static struct live *insert(struct live_cache *cache, const char *name, enum live_state state)
{
    struct live *live = live_create(name, state);
    if (live && !tsearch(live, &cache->tree, compare_names)) {
        live_free(live);
        return NULL;
    }
    return live;
}

static void take_off_tree(struct live_cache *cache, struct live *live)
{
    if (live->state != LIVE_GONE)
        tdelete(live, &cache->tree, compare_names);
    live->state = LIVE_GONE;
}

/* A place that was kept free of readers gets its first snapshot. */
static void settle(struct live *live, struct snapshot *snapshot)
{
    live->committed = snapshot_reference(snapshot);
    live->newest = snapshot_reference(snapshot);
    live->state = LIVE_READY;
}

static void unlink_idle(struct live_cache *cache, struct live *live)
{
    *(live->idle_before ? &live->idle_before->idle_after : &cache->idle_oldest) = live->idle_after;
    *(live->idle_after ? &live->idle_after->idle_before : &cache->idle_newest) = live->idle_before;
    live->idle_before = live->idle_after = NULL;
    cache->idle_bytes -= live->charged;
    live->charged = 0;
}

static void link_idle(struct live_cache *cache, struct live *live)
{
    live->charged = snapshot_size(live->committed) + sizeof(*live);
    cache->idle_bytes += live->charged;
    live->idle_before = cache->idle_newest;
    *(cache->idle_newest ? &cache->idle_newest->idle_after : &cache->idle_oldest) = live;
    cache->idle_newest = live;
}

static void add_reference(struct live_cache *cache, struct live *live)
{
    if (live->references++ == 0)
        unlink_idle(cache, live);
}

/* Drops one reference; frees what is gone, and the longest idle ones above the memory limit. */
static void drop_reference(struct live_cache *cache, struct live *live, size_t limit)
{
    if (--live->references > 0)
        return;
    if (live->state != LIVE_READY) {
        take_off_tree(cache, live);
        live_free(live);
        return;
    }
    link_idle(cache, live);
    while (cache->idle_bytes > limit) {
        struct live *oldest = cache->idle_oldest;
        assert(oldest && !oldest->idle_before);
        unlink_idle(cache, oldest);
        take_off_tree(cache, oldest);
        live_free(oldest);
    }
}

/* Reads a network from the store as its one snapshot. Called without locks. */
static enum engine_status load(struct engine *engine, const char *name, struct snapshot **out)
{
    struct store_network row = {0};
    struct store_block_copy stored = {0};
    enum store_status read = store_read_network_block(engine->store, name, &row, &stored);
    if (read != STORE_OK)
        return engine_status_of(read);

    struct snapshot *snapshot;
    enum engine_status status =
        snapshot_of_stored(engine, row.name, row.definition, &stored, &snapshot);
    if (status != ENGINE_OK)
        goto out;
    snapshot->id = row.id;
    snapshot->creation_id = row.creation_id;
    snapshot->revision = row.revision;
    snapshot->steps = row.steps;
    snapshot->created_at = row.created_at;
    snapshot->updated_at = row.updated_at;
    *out = snapshot;
out:
    store_block_release(&stored);
    store_network_release(&row);
    return status;
}

/* Fills a LIVE_LOADING place from the store. Called with the lock, which it lets go meanwhile.
 * Unless it is ENGINE_OK the place is gone and the caller's reference dropped. */
static enum engine_status fill(struct engine *engine, struct live *live)
{
    struct live_cache *cache = &engine->cache;
    struct snapshot *snapshot = NULL;
    pthread_mutex_unlock(&cache->lock);
    enum engine_status status = load(engine, live->name, &snapshot);
    pthread_mutex_lock(&cache->lock);
    if (status == ENGINE_OK) {
        settle(live, snapshot);
        snapshot_release(snapshot);
    } else {
        take_off_tree(cache, live);
        drop_reference(cache, live, engine->options.cache_bytes);
    }
    pthread_cond_broadcast(&cache->loaded);
    return status;
}

static enum engine_status acquire_locked(struct engine *engine, const char *name, bool may_block,
                                         struct live **out)
{
    struct live_cache *cache = &engine->cache;
    struct live *live;
    while ((live = find(cache, name)) && live->state == LIVE_LOADING) {
        if (!may_block)
            return ENGINE_NEEDS_WORKER;
        pthread_cond_wait(&cache->loaded, &cache->lock);
    }
    if (live && live->state == LIVE_RESERVED)
        return ENGINE_NOT_FOUND;
    if (!live) {
        if (!may_block)
            return ENGINE_NEEDS_WORKER;
        live = insert(cache, name, LIVE_LOADING);
        enum engine_status status = live ? fill(engine, live) : ENGINE_NO_MEMORY;
        if (status != ENGINE_OK)
            return status;
    } else {
        add_reference(cache, live);
    }
    *out = live;
    return ENGINE_OK;
}

enum engine_status live_acquire(struct engine *engine, const char *name, bool may_block,
                                struct live **out)
{
    pthread_mutex_lock(&engine->cache.lock);
    enum engine_status status = acquire_locked(engine, name, may_block, out);
    pthread_mutex_unlock(&engine->cache.lock);
    return status;
}

void live_release(struct engine *engine, struct live *live)
{
    pthread_mutex_lock(&engine->cache.lock);
    drop_reference(&engine->cache, live, engine->options.cache_bytes);
    pthread_mutex_unlock(&engine->cache.lock);
}

struct live *live_reference(struct engine *engine, struct live *live)
{
    pthread_mutex_lock(&engine->cache.lock);
    add_reference(&engine->cache, live);
    pthread_mutex_unlock(&engine->cache.lock);
    return live;
}

enum engine_status live_reserve(struct engine *engine, const char *name, struct live **out)
{
    struct live_cache *cache = &engine->cache;
    struct live *live = NULL;
    pthread_mutex_lock(&cache->lock);
    enum engine_status status = acquire_locked(engine, name, true, &live);
    if (status == ENGINE_OK) {
        pthread_mutex_lock(&live->lock);
        status = live->closing ? ENGINE_AGAIN : ENGINE_EXISTS;
        pthread_mutex_unlock(&live->lock);
        drop_reference(cache, live, engine->options.cache_bytes);
    } else if (status == ENGINE_NOT_FOUND) {
        /* Not in the store. While the lock was let go for reading, another may have come first. */
        status = ENGINE_AGAIN;
        if (!find(cache, name)) {
            *out = insert(cache, name, LIVE_RESERVED);
            status = *out ? ENGINE_OK : ENGINE_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return status;
}

void live_settle(struct engine *engine, struct live *live, struct snapshot *snapshot)
{
    pthread_mutex_lock(&engine->cache.lock);
    if (snapshot)
        settle(live, snapshot);
    else
        take_off_tree(&engine->cache, live);
    pthread_mutex_unlock(&engine->cache.lock);
}

void live_move(struct engine *engine, struct live *from, struct live *to, struct snapshot *snapshot)
{
    pthread_mutex_lock(&engine->cache.lock);
    take_off_tree(&engine->cache, from);
    settle(to, snapshot);
    pthread_mutex_unlock(&engine->cache.lock);
}

void live_remove(struct engine *engine, struct live *live)
{
    live_settle(engine, live, NULL);
}

bool live_is_ready(struct engine *engine, const struct live *live)
{
    pthread_mutex_lock(&engine->cache.lock);
    bool ready = live->state == LIVE_READY;
    pthread_mutex_unlock(&engine->cache.lock);
    return ready;
}

struct snapshot *live_committed(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    struct snapshot *committed = snapshot_reference(live->committed);
    pthread_mutex_unlock(&live->lock);
    return committed;
}

enum engine_status network_read(struct engine *engine, const char *name, bool may_block,
                                struct snapshot **out)
{
    struct live *live;
    enum engine_status status = live_acquire(engine, name, may_block, &live);
    if (status != ENGINE_OK)
        return status;
    *out = live_committed(live);
    live_release(engine, live);
    return ENGINE_OK;
}
