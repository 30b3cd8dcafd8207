#ifndef ENGINE_LIVE_H
#define ENGINE_LIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/commit.h"
#include "engine/snapshot.h"
#include "engine/status.h"
#include "storage/store.h"

struct run;

enum live_state {
    LIVE_LOADING,  /* a worker reads it from the store */
    LIVE_RESERVED, /* its name is taken by a create or rename that is not committed yet */
    LIVE_READY,
    LIVE_GONE, /* no longer under its name: deleted, or never came to be */
};

/*
 * A network in memory. `committed` is what readers see; `newest` is what the next change stands on,
 * committed or not yet. Changes are computed one at a time under write_lock and queued at the
 * writer before it is let go, so that the order of the chain is the order of the writes.
 */
struct live {
    pthread_mutex_t
        write_lock; /* held while a change is computed, never over I/O by event threads */

    /* Guarded by the cache's lock. */
    char name[NAME_MAX_LENGTH + 1];
    enum live_state state;
    size_t references; /* users; it may be dropped at 0 */
    size_t charged;    /* bytes counted in the cache while it is idle */
    struct live *idle_before, *idle_after;

    pthread_mutex_t lock; /* held for moments; guards what follows */
    struct snapshot *committed;
    struct snapshot *newest;
    bool closing;     /* a delete or rename is queued: what comes later waits for it */
    struct run *runs; /* the run that trains it, then those that wait, in order */
    struct store_chain chain;
};

/* Networks by name, with a limit on the memory of those that nobody uses. */
struct live_cache {
    pthread_mutex_t lock;
    pthread_cond_t loaded; /* a LIVE_LOADING ended */
    void *tree;            /* of struct live, by name (tsearch) */
    size_t idle_bytes;
    struct live *idle_oldest, *idle_newest;
};

void live_cache_init(struct live_cache *cache);
void live_cache_release(struct live_cache *cache);

/*
 * Finds a network, and loads it from the store where it is not in memory.
 *   may_block  whether this thread may do I/O and wait; else ENGINE_NEEDS_WORKER
 * ENGINE_OK gives one reference, for live_release(). ENGINE_NOT_FOUND also while its creation is
 * not committed.
 */
enum engine_status live_acquire(struct engine *engine, const char *name, bool may_block,
                                struct live **out);
void live_release(struct engine *engine, struct live *live);
/* One more reference to a network that the caller holds; returns it. */
struct live *live_reference(struct engine *engine, struct live *live);

/*
 * Takes a free name for a network that is about to be stored under it. ENGINE_OK gives one
 * reference to a LIVE_RESERVED network. ENGINE_EXISTS when the name is taken, ENGINE_AGAIN when a
 * change under way decides that. Blocks on I/O.
 */
enum engine_status live_reserve(struct engine *engine, const char *name, struct live **out);

/* Ends a reservation: with its first snapshot (a reference of its own is taken), or, with NULL, as
 * gone. */
void live_settle(struct engine *engine, struct live *live, struct snapshot *snapshot);

/* Ends a rename in one moment: `from` is gone, and its new name, reserved as `to`, has `snapshot`
 * (a reference of its own is taken). */
void live_move(struct engine *engine, struct live *from, struct live *to,
               struct snapshot *snapshot);

/* Takes a deleted network out of the cache; those who hold it see LIVE_GONE. */
void live_remove(struct engine *engine, struct live *live);

/* Whether it still stands under its name. */
bool live_is_ready(struct engine *engine, const struct live *live);

/* References to the snapshots. */
struct snapshot *live_committed(struct live *live);

/*
 * The committed snapshot of a network, for readers. Statuses as live_acquire(). The caller
 * releases it.
 */
enum engine_status network_read(struct engine *engine, const char *name, bool may_block,
                                struct snapshot **out);

#endif
