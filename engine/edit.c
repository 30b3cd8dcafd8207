#include "engine/edit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/run_record.h"
#include "engine/state.h"

static const long short_wait_nanoseconds = 5000000; /* PATIENCE_SHORT */

bool tags_have(const struct tag_list *list, const struct revision_tag *tag)
{
    if (!tag)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct revision_tag *listed = &list->tags[i];
        if (listed->creation_id == tag->creation_id && listed->revision == tag->revision)
            return true;
    }
    return list->any;
}

bool preconditions_hold_for(const struct preconditions *preconditions,
                            const struct revision_tag *tag)
{
    if (!preconditions)
        return true;
    if (preconditions->match.given && !tags_have(&preconditions->match, tag))
        return false;
    return !preconditions->none_match.given || !tags_have(&preconditions->none_match, tag);
}

static struct revision_tag tag_of(const struct snapshot *snapshot)
{
    return (struct revision_tag){snapshot->creation_id, snapshot->revision};
}

bool tags_name(const struct tag_list *list, const struct snapshot *snapshot)
{
    struct revision_tag tag = snapshot ? tag_of(snapshot) : (struct revision_tag){0};
    return tags_have(list, snapshot ? &tag : NULL);
}

bool preconditions_hold(const struct preconditions *preconditions, const struct snapshot *snapshot)
{
    struct revision_tag tag = snapshot ? tag_of(snapshot) : (struct revision_tag){0};
    return preconditions_hold_for(preconditions, snapshot ? &tag : NULL);
}

static void unlock_change(const struct edit *edit)
{
    pthread_mutex_unlock(&edit->live->write_lock);
    live_release(edit->engine, edit->live);
}

static bool lock_patiently(pthread_mutex_t *lock, enum patience patience)
{
    if (patience == PATIENCE_NONE)
        return pthread_mutex_trylock(lock) == 0;
    if (patience == PATIENCE_ENOUGH)
        return pthread_mutex_lock(lock) == 0;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += short_wait_nanoseconds;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_mutex_timedlock(lock, &until) == 0;
}

/* Locks a network for a change, unless that would block where it must not. One that was deleted or
 * renamed while we waited for its lock is looked for again: its name may be another's by now. */
static enum engine_status lock_for_change(struct edit *edit, const struct edit_request *request)
{
    for (;;) {
        enum engine_status status = live_acquire(edit->engine, request->name,
                                                 request->patience != PATIENCE_NONE, &edit->live);
        if (status != ENGINE_OK)
            return status;
        if (!lock_patiently(&edit->live->write_lock, request->patience)) {
            live_release(edit->engine, edit->live);
            return ENGINE_NEEDS_WORKER;
        }
        if (live_is_ready(edit->engine, edit->live))
            return ENGINE_OK;
        unlock_change(edit);
    }
}

/* Whether the network may be changed as asked. Called with live->lock. */
static enum engine_status judge(struct engine *engine, struct live *live,
                                const struct edit_request *request, struct refusal *refusal,
                                bool *uncommitted)
{
    *uncommitted = live->newest != live->committed;
    if (live->closing || changes_pile_up(engine))
        return ENGINE_AGAIN;
    if (live->runs && !request->beside_runs) {
        memcpy(refusal->run, live->runs->id, sizeof(refusal->run));
        return ENGINE_BUSY;
    }
    return preconditions_hold(request->preconditions, live->newest) ? ENGINE_OK
                                                                    : ENGINE_PRECONDITION;
}

/* Whether the change stands on what readers see. */
static bool stands_on_disk(const struct edit *edit)
{
    pthread_mutex_lock(&edit->live->lock);
    bool on_disk = edit->base && edit->base == edit->live->committed;
    pthread_mutex_unlock(&edit->live->lock);
    return on_disk;
}

/* A barrier behind the network's chain; NULL when out of memory. */
static struct commit *chain_barrier(const struct edit *edit)
{
    struct commit *barrier = commit_create(edit->engine);
    if (!barrier)
        return NULL;
    barrier->live = live_reference(edit->engine, edit->live);
    barrier->change.generation = edit->generation;
    commit_submit(barrier);
    return barrier;
}

enum engine_status edit_ground(const struct edit *edit, struct commit **ground)
{
    *ground = NULL;
    if (stands_on_disk(edit))
        return ENGINE_OK;
    *ground = chain_barrier(edit);
    return *ground ? ENGINE_OK : ENGINE_NO_MEMORY;
}

enum engine_status edit_refuse(struct edit *edit, enum engine_status status,
                               struct refusal *refusal)
{
    if (status == ENGINE_AGAIN || !stands_on_disk(edit)) {
        refusal->commit = chain_barrier(edit);
        if (!refusal->commit)
            status = ENGINE_NO_MEMORY;
    }
    edit_abort(edit);
    return status;
}

enum engine_status edit_begin(struct engine *engine, const struct edit_request *request,
                              struct edit *edit, struct refusal *refusal)
{
    *refusal = (struct refusal){0};
    *edit = (struct edit){.engine = engine};
    enum engine_status status = lock_for_change(edit, request);
    if (status != ENGINE_OK)
        return status;
    bool uncommitted = false;
    struct live *live = edit->live;
    pthread_mutex_lock(&live->lock);
    status = judge(engine, live, request, refusal, &uncommitted);
    edit->generation = atomic_load(&live->chain.generation);
    if (status == ENGINE_OK)
        edit->base = snapshot_reference(live->newest);
    pthread_mutex_unlock(&live->lock);
    if (status == ENGINE_OK)
        return status;
    if (uncommitted || status == ENGINE_AGAIN)
        return edit_refuse(edit, status, refusal);
    edit_abort(edit);
    return status;
}

void edit_abort(struct edit *edit)
{
    snapshot_release(edit->base);
    unlock_change(edit);
}

/*
 * The chain behind a failed change cannot stand: the newest state falls back to the committed one.
 * Changes of an older generation have fallen with it already. One that is stale though nothing
 * before it failed shows that the store has another state than we know: then the network is dropped
 * here, to be loaded again by whoever asks next.
 */
static void fall_back(const struct commit *commit, enum store_status status)
{
    struct live *live = commit->live;
    struct snapshot *fallen = NULL;
    pthread_mutex_lock(&live->lock);
    bool first = atomic_load(&live->chain.generation) == commit->change.generation;
    if (first) {
        atomic_store(&live->chain.generation, commit->change.generation + 1);
        fallen = live->newest;
        live->newest = snapshot_reference(live->committed);
        live->closing = false;
    }
    pthread_mutex_unlock(&live->lock);
    snapshot_release(fallen);
    if (first && status == STORE_STALE)
        live_remove(commit->engine, live);
}

static void apply_update(struct commit *commit, enum store_status status)
{
    if (status != STORE_OK) {
        fall_back(commit, status);
        return;
    }
    struct live *live = commit->live;
    pthread_mutex_lock(&live->lock);
    struct snapshot *before = live->committed;
    live->committed = snapshot_reference(commit->next);
    pthread_mutex_unlock(&live->lock);
    snapshot_release(before);
}

/* Who still holds the old place goes on seeing the network under its old name. */
static void apply_rename(struct commit *commit, enum store_status status)
{
    if (status == STORE_OK) {
        live_move(commit->engine, commit->live, commit->renamed, commit->next);
        return;
    }
    live_settle(commit->engine, commit->renamed, NULL);
    fall_back(commit, status);
}

static void apply_delete(struct commit *commit, enum store_status status)
{
    if (status == STORE_OK)
        live_remove(commit->engine, commit->live);
    else
        fall_back(commit, status);
}

/* Writes the change's rows and blocks as the store wants them. False when out of memory. */
static bool describe(struct commit *commit, const struct edit_extent *extent)
{
    struct store_change *change = &commit->change;
    const struct snapshot *next = commit->next;
    change->revision = next->revision;
    change->steps = next->steps;
    change->created_at = next->created_at;
    change->updated_at = next->updated_at;
    change->creation_id = next->creation_id;
    if (extent->definition) {
        commit->definition = commit->engine->codec->encode(next->definition);
        change->definition = commit->definition;
        if (!commit->definition)
            return false;
    }
    if (extent->block) {
        commit->block = block_for_store(next->block);
        change->block = &commit->block;
    }
    if (extent->start) {
        commit->start_values = block_reference(extent->start);
        commit->start = block_for_store(extent->start);
        change->start = &commit->start;
    }
    return true;
}

/* Makes the commit's outcome the newest state and queues it; false when its ground has gone. */
static bool enter_chain(struct edit *edit, struct commit *commit)
{
    struct live *live = edit->live;
    struct snapshot *before = NULL;
    pthread_mutex_lock(&live->lock);
    bool stands = atomic_load(&live->chain.generation) == edit->generation;
    if (stands) {
        live->closing = commit->change.kind == STORE_DELETE || commit->renamed;
        if (commit->next) {
            before = live->newest;
            live->newest = snapshot_reference(commit->next);
        }
    }
    pthread_mutex_unlock(&live->lock);
    snapshot_release(before);
    return stands;
}

/* Sends a prepared commit (NULL: out of memory) on its way and ends the edit. */
static enum engine_status send(struct edit *edit, struct commit *commit, struct commit **out)
{
    enum engine_status status = ENGINE_NO_MEMORY;
    if (commit) {
        struct store_change *change = &commit->change;
        change->chain = &edit->live->chain;
        change->generation = edit->generation;
        change->id = edit->base->id;
        change->parent_revision = edit->base->revision;
        status = enter_chain(edit, commit) ? ENGINE_OK : ENGINE_AGAIN;
    }
    snapshot_release(edit->base);
    if (status != ENGINE_OK) {
        unlock_change(edit);
        commit_release(commit);
        return status;
    }
    struct live *live = edit->live;
    commit->live = live; /* the edit's reference */
    *out = commit;
    commit_submit(commit);
    /* The caller's reference to the commit keeps the network here. */
    pthread_mutex_unlock(&live->write_lock);
    return ENGINE_OK;
}

enum engine_status edit_commit(struct edit *edit, struct snapshot *next,
                               const struct edit_extent *extent, struct commit **out)
{
    struct commit *commit = commit_create(edit->engine);
    if (!commit) {
        snapshot_release(next);
        run_write_free(extent->write);
        if (extent->rename_to)
            live_release(edit->engine, extent->rename_to);
    } else {
        commit->change.kind = STORE_UPDATE;
        commit->apply = extent->rename_to ? apply_rename : apply_update;
        commit->next = next;
        commit->renamed = extent->rename_to;
        if (extent->rename_to)
            memcpy(commit->gone, edit->base->name, sizeof(commit->gone));
        commit->change.name = extent->rename_to ? next->name : NULL;
        commit->write = extent->write;
        if (extent->write && extent->write->run->text)
            commit->change.run = &extent->write->change;
        if (!describe(commit, extent)) {
            commit_release(commit);
            commit = NULL;
        }
    }
    return send(edit, commit, out);
}

enum engine_status edit_delete(struct edit *edit, struct commit **out)
{
    struct commit *commit = commit_create(edit->engine);
    if (commit) {
        commit->change.kind = STORE_DELETE;
        commit->apply = apply_delete;
        memcpy(commit->gone, edit->base->name, sizeof(commit->gone));
    }
    return send(edit, commit, out);
}
