#include "engine/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "engine/inherit.h"
#include "engine/state.h"
#include "engine/stored.h"

static struct checkpoint checkpoint_of_row(const struct store_checkpoint *row)
{
    struct checkpoint checkpoint = {.created_at = row->created_at,
                                    .revision = row->revision,
                                    .steps = row->steps,
                                    .parameter_count = row->parameter_count};
    memccpy(checkpoint.label, row->label, '\0', NAME_MAX_LENGTH);
    return checkpoint;
}

/* What the store says of one checkpoint whose network is there. */
static enum engine_status status_of(enum store_status status)
{
    return status == STORE_NOT_FOUND ? ENGINE_NO_CHECKPOINT : engine_status_of(status);
}

/* The store's key of a network. */
static enum engine_status find_network(struct engine *engine, const char *network, int64_t *id)
{
    struct snapshot *snapshot;
    enum engine_status status = network_read(engine, network, true, &snapshot);
    if (status != ENGINE_OK)
        return status;
    *id = snapshot->id;
    snapshot_release(snapshot);
    return ENGINE_OK;
}

/* Reading ------------------------------------------------------------------------------- */

enum engine_status checkpoint_read(struct engine *engine, const char *network, const char *label,
                                   struct checkpoint *out)
{
    int64_t id;
    struct store_checkpoint row;
    enum engine_status status = find_network(engine, network, &id);
    if (status == ENGINE_OK)
        status = status_of(store_read_checkpoint(engine->store, id, label, &row, NULL));
    if (status != ENGINE_OK)
        return status;
    *out = checkpoint_of_row(&row);
    store_checkpoint_release(&row);
    return ENGINE_OK;
}

/* A checkpoint of the network with this key, as a snapshot with its steps. */
static enum engine_status read_state(struct engine *engine, int64_t id, const char *network,
                                     const char *label, struct checkpoint *out,
                                     struct snapshot **state)
{
    struct store_checkpoint row;
    struct store_block_copy block;
    struct snapshot *snapshot;
    enum engine_status status =
        status_of(store_read_checkpoint(engine->store, id, label, &row, &block));
    if (status != ENGINE_OK)
        return status;
    status = snapshot_of_stored(engine, network, row.definition, &block, &snapshot);
    if (status == ENGINE_OK) {
        snapshot->revision = row.revision;
        snapshot->steps = row.steps;
        *out = checkpoint_of_row(&row);
        *state = snapshot;
    }
    store_checkpoint_release(&row);
    store_block_release(&block);
    return status;
}

enum engine_status checkpoint_read_state(struct engine *engine, const char *network,
                                         const char *label, struct checkpoint *out,
                                         struct snapshot **state)
{
    int64_t id;
    enum engine_status status = find_network(engine, network, &id);
    return status == ENGINE_OK ? read_state(engine, id, network, label, out, state) : status;
}

enum engine_status checkpoint_list_read(struct engine *engine, const char *network,
                                        const char *after, size_t limit,
                                        struct checkpoint_list *out)
{
    int64_t id;
    struct store_checkpoint *rows = NULL;
    size_t count = 0;
    bool more = false;
    *out = (struct checkpoint_list){0};
    enum engine_status status = find_network(engine, network, &id);
    if (status == ENGINE_OK)
        status = engine_status_of(
            store_list_checkpoints(engine->store, id, after, limit, &rows, &count, &more));
    if (status != ENGINE_OK)
        return status;
    out->items = calloc(count + 1, sizeof(*out->items));
    out->more = more;
    for (size_t i = 0; i < count; i++) {
        if (out->items)
            out->items[out->count++] = checkpoint_of_row(&rows[i]);
        store_checkpoint_release(&rows[i]);
    }
    free(rows);
    return out->items ? ENGINE_OK : ENGINE_NO_MEMORY;
}

void checkpoint_list_release(struct checkpoint_list *list)
{
    free(list->items);
    *list = (struct checkpoint_list){0};
}

/* Making and deleting ------------------------------------------------------------------- */

/* A change of a checkpoint that is not sent yet; its texts are the commit's. NULL: no memory. */
static struct commit *prepare(struct engine *engine, enum store_change_kind kind,
                              int64_t network_id, const char *label)
{
    struct commit *commit = commit_create(engine);
    if (!commit)
        return NULL;
    commit->checkpoint =
        (struct store_checkpoint){.network_id = network_id, .label = strdup(label)};
    commit->change.kind = kind;
    commit->change.chain = &commit->chain;
    commit->change.checkpoint = &commit->checkpoint;
    if (commit->checkpoint.label)
        return commit;
    commit_release(commit);
    return NULL;
}

static enum engine_status send(struct engine *engine, struct snapshot *snapshot, const char *label,
                               struct checkpoint *out, struct commit **out_commit)
{
    struct commit *commit = prepare(engine, STORE_CHECKPOINT, snapshot->id, label);
    if (!commit)
        return ENGINE_NO_MEMORY;
    commit->definition = engine->codec->encode(snapshot->definition);
    if (!commit->definition) {
        commit_release(commit);
        return ENGINE_NO_MEMORY;
    }
    struct store_checkpoint *row = &commit->checkpoint;
    row->created_at = microseconds_now();
    row->revision = snapshot->revision;
    row->steps = snapshot->steps;
    row->parameter_count = snapshot->block->parameter_count;
    row->definition = commit->definition;
    commit->next = snapshot_reference(snapshot); /* its block is written */
    commit->block = block_for_store(snapshot->block);
    commit->change.block = &commit->block;
    *out = checkpoint_of_row(row);
    commit_submit(commit);
    *out_commit = commit;
    return ENGINE_OK;
}

enum engine_status checkpoint_create(struct engine *engine, const struct edit_request *request,
                                     const char *label, struct checkpoint *out,
                                     struct commit **commit)
{
    struct snapshot *snapshot;
    struct store_checkpoint there;
    enum engine_status status = network_read(engine, request->name, true, &snapshot);
    if (status != ENGINE_OK)
        return status;
    if (changes_pile_up(engine))
        status = ENGINE_AGAIN;
    else if (!preconditions_hold(request->preconditions, snapshot))
        status = ENGINE_PRECONDITION;
    else
        status = status_of(store_read_checkpoint(engine->store, snapshot->id, label, &there, NULL));
    if (status == ENGINE_OK) {
        store_checkpoint_release(&there);
        status = ENGINE_EXISTS;
    } else if (status == ENGINE_NO_CHECKPOINT) {
        status = send(engine, snapshot, label, out, commit);
    }
    snapshot_release(snapshot);
    return status;
}

enum engine_status checkpoint_delete_one(struct engine *engine, const char *network,
                                         const char *label, struct commit **commit)
{
    int64_t id;
    struct checkpoint there;
    enum engine_status status = find_network(engine, network, &id);
    if (status == ENGINE_OK)
        status = checkpoint_read(engine, network, label, &there);
    if (status != ENGINE_OK)
        return status;
    *commit = prepare(engine, STORE_CHECKPOINT_DELETE, id, label);
    if (!*commit)
        return ENGINE_NO_MEMORY;
    commit_submit(*commit);
    return ENGINE_OK;
}

/* Restoring ----------------------------------------------------------------------------- */

/* The state of a checkpoint as the network's definition, which may have changed, can have it. */
static enum engine_status read_block(const struct edit *edit, const char *label,
                                     struct block **block, uint64_t *steps)
{
    struct checkpoint checkpoint;
    struct snapshot *state;
    const struct snapshot *base = edit->base;
    enum engine_status status =
        read_state(edit->engine, base->id, base->name, label, &checkpoint, &state);
    if (status != ENGINE_OK)
        return status;
    if (network_same_shape(state->definition->net, base->definition->net))
        status = block_inherit(base->definition, state, block);
    else
        status = ENGINE_SHAPE;
    *steps = state->steps;
    snapshot_release(state);
    return status;
}

enum engine_status checkpoint_restore(struct engine *engine, const struct edit_request *request,
                                      const char *label, struct snapshot **out,
                                      struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    struct block *block = NULL;
    uint64_t steps = 0;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    status = read_block(&edit, label, &block, &steps);
    if (status != ENGINE_OK)
        return edit_refuse(&edit, status, refusal);
    struct snapshot *next = snapshot_next(edit.base);
    if (next) {
        snapshot_set_block(next, block);
        next->steps = steps;
    }
    block_release(block);
    if (!next) {
        edit_abort(&edit);
        return ENGINE_NO_MEMORY;
    }
    snapshot_reference(next);
    status = edit_commit(&edit, next, &(struct edit_extent){.block = true}, commit);
    if (status == ENGINE_OK)
        *out = next;
    else
        snapshot_release(next);
    return status;
}
