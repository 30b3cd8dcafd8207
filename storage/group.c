#include "storage/group.h"

/* More than this in one transaction only makes others wait. */
static const size_t group_bytes = 64 << 20;

void group_clear(struct group *group)
{
    group->number++;
    group->count = 0;
    group->bytes = 0;
}

void group_add(struct group *group, struct store_change *change)
{
    struct pending_change *pending = &group->changes[group->count++];
    change_init(pending, change);
    if (change->kind == STORE_STAGE)
        group->bytes += change->value_count * sizeof(double);
    for (int which = 0; which < PENDING_BLOCKS; which++) {
        if (pending->blocks[which].given)
            group->bytes += block_encoded_size(&pending->blocks[which].values);
    }
}

bool group_is_full(const struct group *group)
{
    return group->count == GROUP_MAX || group->bytes >= group_bytes;
}

void group_refuse(struct group *group, enum store_status status)
{
    for (size_t i = 0; i < group->count; i++) {
        struct pending_change *pending = &group->changes[i];
        pending->status = pending->change->kind == STORE_BARRIER ? STORE_OK : status;
    }
}

/* The chain of a change, knowing nothing yet when this group has not come by it. */
static struct store_chain *chain_of(const struct group *group, const struct store_change *change)
{
    struct store_chain *chain = change->chain;
    if (chain && chain->group != group->number) {
        chain->group = group->number;
        chain->written[STORE_CURRENT] = chain->written[STORE_START] = 0;
        chain->superseded = chain->failed = false;
    }
    return chain;
}

/* Going backwards: leaves a block to the later update that writes the same one. */
static void supersede(struct store_chain *chain, struct pending_change *pending)
{
    for (int which = 0; which < STORE_BLOCKS; which++) {
        struct pending_block *block = &pending->blocks[which];
        if (!block->given)
            continue;
        block->superseded = chain->written[which] == pending->change->id;
        chain->superseded |= block->superseded;
        chain->written[which] = pending->change->id;
    }
}

/*
 * Refuses changes of an old generation, and finds the blocks that need not be written. A network's
 * creation always writes its own: later updates expect them in their place.
 */
static void plan(struct group *group, bool together)
{
    for (size_t i = group->count; i-- > 0;) {
        struct pending_change *pending = &group->changes[i];
        struct store_chain *chain = chain_of(group, pending->change);
        pending->status = STORE_OK;
        if (!chain)
            continue;
        if (pending->change->generation != atomic_load(&chain->generation))
            pending->status = STORE_STALE;
        else if (together && pending->change->kind == STORE_UPDATE)
            supersede(chain, pending);
    }
}

/* Forgets what the first attempt found, but not the blocks that it has staged. */
static void plan_alone(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        for (int which = 0; which < STORE_BLOCKS; which++)
            group->changes[i].blocks[which].superseded = false;
    }
    group->number++;
    plan(group, false);
}

/* Whether a change is still to be made. One that stands on a failed one falls with it. */
static bool stands(struct group *group, struct pending_change *pending)
{
    const struct store_chain *chain = chain_of(group, pending->change);
    if (pending->change->kind == STORE_BARRIER || pending->status != STORE_OK)
        return false;
    if (chain && chain->failed)
        pending->status = STORE_STALE;
    return pending->status == STORE_OK;
}

static void fail(struct pending_change *pending, enum store_status status)
{
    pending->status = status;
    if (pending->change->chain)
        pending->change->chain->failed = true;
}

/* A sync that fails here leaves nothing in doubt but a block that nobody refers to. */
static enum store_status stage(struct group *group, struct chunks *chunks,
                               struct pending_change *pending)
{
    enum store_status status = change_stage(chunks, pending);
    if (status != STORE_OUTCOME_UNKNOWN)
        return status;
    group->sync_failed = true;
    return STORE_FAILED;
}

static enum store_status stage_all(struct group *group, struct chunks *chunks)
{
    enum store_status status = STORE_OK;
    for (size_t i = 0; i < group->count && status == STORE_OK; i++) {
        if (stands(group, &group->changes[i]))
            status = stage(group, chunks, &group->changes[i]);
    }
    return status;
}

/* Makes all changes; stops at a failure that takes others with it. */
static enum store_status apply_all(struct group *group, struct chunks *chunks)
{
    for (size_t i = 0; i < group->count; i++) {
        struct pending_change *pending = &group->changes[i];
        if (!stands(group, pending))
            continue;
        enum store_status status = change_apply(chunks, pending);
        if (status == STORE_OK)
            continue;
        /* Blocks that were left to this one, or to one that falls with it, are missing now. */
        bool missing = pending->change->chain && pending->change->chain->superseded;
        if (!change_is_refused(status) || missing)
            return status;
        fail(pending, status);
    }
    return STORE_OK;
}

static bool has_work(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (stands(group, &group->changes[i]))
            return true;
    }
    return false;
}

static enum store_status commit_together(struct group *group, struct chunks *chunks)
{
    plan(group, true);
    if (!has_work(group))
        return STORE_OK;
    enum store_status status = stage_all(group, chunks);
    if (status == STORE_OK)
        status = connection_run(chunks->connection, BEGIN_IMMEDIATE);
    if (status == STORE_OK)
        status = connection_end(chunks->connection, apply_all(group, chunks));
    return status;
}

static enum store_status commit_alone(struct group *group, struct chunks *chunks,
                                      struct pending_change *pending)
{
    enum store_status status = stage(group, chunks, pending);
    if (status == STORE_OK)
        status = connection_run(chunks->connection, BEGIN_IMMEDIATE);
    if (status == STORE_OK)
        status = connection_end(chunks->connection, change_apply(chunks, pending));
    if (status == STORE_OUTCOME_UNKNOWN)
        group->sync_failed = true;
    return status;
}

/* Gives all changes that are still to be made the same end. */
static void refuse_standing(struct group *group, enum store_status status)
{
    for (size_t i = 0; i < group->count; i++) {
        if (stands(group, &group->changes[i]))
            group->changes[i].status = status;
    }
}

/* A transaction for each change, so that a failure takes only what stood on it. */
static void commit_each(struct group *group, struct chunks *chunks)
{
    plan_alone(group);
    for (size_t i = 0; i < group->count; i++) {
        struct pending_change *pending = &group->changes[i];
        if (group->sync_failed)
            pending->status = pending->change->kind == STORE_BARRIER ? STORE_OK : STORE_FAILED;
        if (!stands(group, pending))
            continue;
        enum store_status status = commit_alone(group, chunks, pending);
        if (status != STORE_OK)
            fail(pending, status);
    }
}

void group_commit(struct group *group, struct chunks *chunks)
{
    enum store_status status = commit_together(group, chunks);
    if (status == STORE_FULL) {
        /* A log that is copied back can be written over: that alone may make room. */
        enum store_status checkpoint = connection_checkpoint(chunks->connection, true);
        group->sync_failed = group->sync_failed || checkpoint == STORE_OUTCOME_UNKNOWN;
    }
    if (status == STORE_OUTCOME_UNKNOWN) {
        group->sync_failed = true;
        group_refuse(group, status);
    } else if (status == STORE_BUSY || group->sync_failed) {
        refuse_standing(group, status);
    } else if (status != STORE_OK) {
        commit_each(group, chunks);
    }
}
