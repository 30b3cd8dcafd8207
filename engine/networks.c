#include "engine/networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inherit.h"
#include "engine/state.h"
#include "engine/stored.h"

/* Creation ----------------------------------------------------------------------------- */

static void apply_create(struct commit *commit, enum store_status status)
{
    if (status == STORE_OK)
        commit->next->id = commit->change.id; /* nobody else sees it yet */
    live_settle(commit->engine, commit->live, status == STORE_OK ? commit->next : NULL);
}

enum engine_status network_store_new(struct engine *engine, const struct edit_request *request,
                                     struct snapshot *snapshot, struct block *start,
                                     struct snapshot **out, struct commit **out_commit)
{
    struct live *live;
    enum engine_status status = ENGINE_AGAIN;
    if (!changes_pile_up(engine))
        status = live_reserve(engine, snapshot->name, &live);
    if (status == ENGINE_OK && !preconditions_hold(request->preconditions, NULL)) {
        live_release(engine, live);
        status = ENGINE_PRECONDITION;
    }
    if (status != ENGINE_OK) {
        snapshot_release(snapshot);
        return status;
    }
    struct commit *commit = commit_create(engine);
    char *definition = engine->codec->encode(snapshot->definition);
    if (!commit || !definition) {
        commit_release(commit);
        free(definition);
        live_release(engine, live);
        snapshot_release(snapshot);
        return ENGINE_NO_MEMORY;
    }
    commit->live = live;
    commit->next = snapshot_reference(snapshot);
    commit->apply = apply_create;
    commit->definition = definition;
    commit->block = block_for_store(snapshot->block);
    commit->change.kind = STORE_CREATE;
    commit->change.name = snapshot->name;
    commit->change.definition = definition;
    commit->change.creation_id = snapshot->creation_id;
    commit->change.revision = snapshot->revision;
    commit->change.steps = snapshot->steps;
    commit->change.created_at = snapshot->created_at;
    commit->change.updated_at = snapshot->updated_at;
    commit->change.block = &commit->block;
    if (start) {
        commit->start_values = block_reference(start);
        commit->start = block_for_store(start);
        commit->change.start = &commit->start;
    }
    commit_submit(commit);
    *out = snapshot;
    *out_commit = commit;
    return ENGINE_OK;
}

enum engine_status network_create_new(struct engine *engine, const struct edit_request *request,
                                      const struct proposal *proposal, struct snapshot **out,
                                      struct commit **commit)
{
    struct block *block = block_create(proposal->definition->net);
    if (!block)
        return ENGINE_NO_MEMORY;
    proposal_parameters(proposal, block->parameters);
    struct snapshot *snapshot = snapshot_create(request->name, proposal->definition, block);
    block_release(block);
    return snapshot ? network_store_new(engine, request, snapshot, NULL, out, commit)
                    : ENGINE_NO_MEMORY;
}

enum engine_status network_clone_as(struct engine *engine, const struct edit_request *request,
                                    const struct snapshot *source, char *metadata,
                                    struct snapshot **out, struct commit **commit)
{
    struct definition *definition =
        metadata ? definition_copy(source->definition) : definition_reference(source->definition);
    if (!definition) {
        free(metadata);
        return ENGINE_NO_MEMORY;
    }
    if (metadata) {
        free(definition->metadata);
        definition->metadata = metadata;
    }
    struct snapshot *snapshot = snapshot_create(request->name, definition, source->block);
    definition_release(definition);
    if (!snapshot)
        return ENGINE_NO_MEMORY;
    snapshot->steps = source->steps;
    return network_store_new(engine, request, snapshot, NULL, out, commit);
}

/* Changes ------------------------------------------------------------------------------ */

/* Ends an edit with `next` (NULL: out of memory), and gives the caller its snapshot. */
static enum engine_status finish(struct edit *edit, struct snapshot *next,
                                 const struct edit_extent *extent, struct snapshot **out,
                                 struct commit **commit)
{
    if (!next) {
        edit_abort(edit);
        return ENGINE_NO_MEMORY;
    }
    snapshot_reference(next);
    enum engine_status status = edit_commit(edit, next, extent, commit);
    if (status == ENGINE_OK)
        *out = next;
    else
        snapshot_release(next);
    return status;
}

/* A definition with another seed. NULL when out of memory. */
static struct definition *with_seed(struct definition *definition, uint64_t seed)
{
    if (definition->net->seed == seed)
        return definition_reference(definition);
    struct definition *copy = definition_copy(definition);
    if (copy)
        copy->net->seed = seed;
    return copy;
}

/* Puts a definition and a block (either NULL: out of memory) into the next revision. */
static struct snapshot *next_with(const struct snapshot *base, struct definition *definition,
                                  struct block *block)
{
    struct snapshot *next = definition && block ? snapshot_next(base) : NULL;
    if (next) {
        snapshot_set_definition(next, definition);
        snapshot_set_block(next, block);
    }
    return next;
}

/* A block of the proposal's start values. */
static enum engine_status start_anew(const struct proposal *proposal, struct block **out)
{
    struct block *block = block_create(proposal->definition->net);
    if (!block)
        return ENGINE_NO_MEMORY;
    proposal_parameters(proposal, block->parameters);
    *out = block;
    return ENGINE_OK;
}

enum engine_status network_replace(struct engine *engine, const struct edit_request *request,
                                   const struct proposal *proposal, struct snapshot **out,
                                   struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    const struct snapshot *base = edit.base;
    bool keep = !proposal->values_given &&
                network_same_shape(proposal->definition->net, base->definition->net);
    bool same_seed = keep && !proposal->seed_given;
    struct block *block = NULL;
    struct definition *definition =
        with_seed(proposal->definition,
                  same_seed ? base->definition->net->seed : proposal->definition->net->seed);
    if (!definition)
        status = ENGINE_NO_MEMORY;
    else
        status = keep ? block_inherit(definition, base, &block) : start_anew(proposal, &block);
    if (status == ENGINE_OK) {
        struct edit_extent extent = {.definition = true, .block = block != base->block};
        struct snapshot *next = next_with(base, definition, block);
        if (!keep)
            extent.start = block;
        if (next && !keep)
            next->steps = 0;
        status = finish(&edit, next, &extent, out, commit);
    } else {
        status = edit_refuse(&edit, status, refusal);
    }
    definition_release(definition);
    block_release(block);
    return status;
}

enum engine_status network_patch(struct engine *engine, const struct edit_request *request,
                                 const struct patch *patch, struct snapshot **out,
                                 struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    struct edit_extent extent = {.definition = true};
    struct definition *definition = patch->make(patch->argument, edit.base->definition);
    if (!definition)
        return edit_refuse(&edit, ENGINE_INVALID, refusal);
    struct block *block = NULL;
    bool renames = patch->new_name && strcmp(patch->new_name, edit.base->name) != 0;
    status = block_inherit(definition, edit.base, &block);
    if (status == ENGINE_OK && renames)
        status = live_reserve(engine, patch->new_name, &extent.rename_to);
    if (status != ENGINE_OK) {
        definition_release(definition);
        block_release(block);
        return edit_refuse(&edit, status, refusal);
    }
    extent.block = block != edit.base->block;
    struct snapshot *next = next_with(edit.base, definition, block);
    if (next && renames)
        memcpy(next->name, patch->new_name, strlen(patch->new_name) + 1);
    if (!next && renames)
        live_release(engine, extent.rename_to);
    status = finish(&edit, next, &extent, out, commit);
    definition_release(definition);
    block_release(block);
    return status;
}

/* Deletes a network whose definition or values do not pass their checks: its row is enough. */
static enum engine_status delete_damaged(struct engine *engine, const struct edit_request *request,
                                         struct commit **out)
{
    struct store_network row;
    enum engine_status status =
        engine_status_of(store_read_network(engine->store, request->name, &row));
    if (status != ENGINE_OK)
        return status;
    const struct snapshot stored = {.creation_id = row.creation_id, .revision = row.revision};
    struct commit *commit = NULL;
    if (!preconditions_hold(request->preconditions, &stored)) {
        status = ENGINE_PRECONDITION;
    } else if (!(commit = commit_create(engine))) {
        status = ENGINE_NO_MEMORY;
    } else {
        commit->change.kind = STORE_DELETE;
        commit->change.chain = &commit->chain;
        commit->change.id = row.id;
        commit->change.parent_revision = row.revision;
        snprintf(commit->gone, sizeof(commit->gone), "%s", request->name);
        commit_submit(commit);
        *out = commit;
    }
    store_network_release(&row);
    return status;
}

enum engine_status network_delete(struct engine *engine, const struct edit_request *request,
                                  struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status == ENGINE_DAMAGED)
        return delete_damaged(engine, request, commit);
    return status == ENGINE_OK ? edit_delete(&edit, commit) : status;
}

enum engine_status network_set_parameters(struct engine *engine, const struct edit_request *request,
                                          const struct new_parameters *parameters,
                                          struct snapshot **out, struct commit **commit,
                                          struct refusal *refusal)
{
    struct edit edit;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    const struct network *net = edit.base->definition->net;
    const double *values = parameters->check(parameters->argument, net);
    if (!values)
        return edit_refuse(&edit, ENGINE_INVALID, refusal);
    struct block *block = block_create(net);
    if (block)
        memcpy(block->parameters, values, block->parameter_count * sizeof(double));
    struct snapshot *next = next_with(edit.base, edit.base->definition, block);
    status = finish(&edit, next, &(struct edit_extent){.block = true}, out, commit);
    block_release(block);
    return status;
}

/* Waits until the base is on disk; ENGINE_AGAIN when it fails. With the write lock held nobody can
 * put another state on top meanwhile. */
static enum engine_status wait_for_ground(const struct edit *edit)
{
    struct commit *ground;
    enum engine_status status = edit_ground(edit, &ground);
    if (ground)
        status = commit_wait(ground);
    commit_release(ground);
    return status;
}

/* The start values of an edit's base as a fresh block. The store has them once the base is on disk;
 * not to ask before lets a reset have its turn among many steps. */
static enum engine_status read_start(struct edit *edit, struct block **out)
{
    struct store_block_copy stored;
    const struct snapshot *base = edit->base;
    enum engine_status status = wait_for_ground(edit);
    if (status != ENGINE_OK)
        return status;
    enum store_status read =
        store_read_start(edit->engine->store, base->id, base->revision, &stored);
    if (read == STORE_STALE)
        live_remove(edit->engine, edit->live); /* the store has another state than we know */
    if (read != STORE_OK)
        return engine_status_of(read);
    status = block_of_start(base->definition->net, &stored, out);
    store_block_release(&stored);
    return status;
}

/* One attempt; ENGINE_AGAIN when the network has changed meanwhile. */
static enum engine_status read_whole(struct engine *engine, const char *name, struct snapshot **out,
                                     struct block **start)
{
    struct snapshot *snapshot;
    struct store_block_copy stored;
    enum engine_status status = network_read(engine, name, true, &snapshot);
    if (status != ENGINE_OK)
        return status;
    status = engine_status_of(
        store_read_start(engine->store, snapshot->id, snapshot->revision, &stored));
    if (status == ENGINE_OK) {
        status = block_of_start(snapshot->definition->net, &stored, start);
        store_block_release(&stored);
    }
    if (status == ENGINE_OK)
        *out = snapshot;
    else
        snapshot_release(snapshot);
    return status;
}

enum engine_status network_read_whole(struct engine *engine, const char *name,
                                      struct snapshot **out, struct block **start)
{
    enum { ATTEMPTS = 50 };
    enum engine_status status = ENGINE_AGAIN;
    for (int attempt = 0; status == ENGINE_AGAIN && attempt < ATTEMPTS; attempt++)
        status = read_whole(engine, name, out, start);
    return status == ENGINE_AGAIN ? ENGINE_UNAVAILABLE : status;
}

/* New start values by the layers' inits and a seed. */
static enum engine_status draw_start(struct definition *definition, struct block **out)
{
    struct block *block = block_create(definition->net);
    if (!block)
        return ENGINE_NO_MEMORY;
    network_initialize(definition->net, block->parameters);
    *out = block;
    return ENGINE_OK;
}

enum engine_status network_reset(struct engine *engine, const struct edit_request *request,
                                 const uint64_t *seed, struct snapshot **out,
                                 struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    struct block *block = NULL;
    struct definition *definition = edit.base->definition;
    definition = seed ? with_seed(definition, *seed) : definition_reference(definition);
    if (!definition)
        status = ENGINE_NO_MEMORY;
    else
        status = seed ? draw_start(definition, &block) : read_start(&edit, &block);
    if (status == ENGINE_OK) {
        struct edit_extent extent = {.block = true};
        if (seed)
            extent = (struct edit_extent){.block = true, .definition = true, .start = block};
        struct snapshot *next = next_with(edit.base, definition, block);
        if (next)
            next->steps = 0;
        status = finish(&edit, next, &extent, out, commit);
    } else {
        status = edit_refuse(&edit, status, refusal);
    }
    definition_release(definition);
    block_release(block);
    return status;
}
