#include "engine/stored.h"

#include <string.h>

#include "engine/state.h"

/* A block of the stored values. */
static enum engine_status copy_block(const struct network *net,
                                     const struct store_block_copy *stored, struct block **out)
{
    struct block *block = block_create(net);
    if (!block)
        return ENGINE_NO_MEMORY;
    if (block->state_count != stored->state_count) {
        block_release(block);
        return ENGINE_DAMAGED;
    }
    memcpy(block->parameters, stored->parameters, stored->parameter_count * sizeof(double));
    if (stored->state_count)
        memcpy(block->state, stored->state, stored->state_count * sizeof(double));
    block->optimizer_updates = stored->optimizer_updates;
    block->numerics = stored->numerics;
    *out = block;
    return ENGINE_OK;
}

enum engine_status snapshot_of_stored(struct engine *engine, const char *name, const char *text,
                                      const struct store_block_copy *stored, struct snapshot **out)
{
    struct block *block = NULL;
    struct definition *definition = engine->codec->decode(text);
    enum engine_status status = ENGINE_DAMAGED;
    if (definition && definition->net->parameter_count == stored->parameter_count)
        status = copy_block(definition->net, stored, &block);
    struct snapshot *snapshot = NULL;
    if (status == ENGINE_OK && !(snapshot = snapshot_create(name, definition, block)))
        status = ENGINE_NO_MEMORY;
    definition_release(definition);
    block_release(block);
    if (status == ENGINE_OK)
        *out = snapshot;
    return status;
}

enum engine_status block_of_start(const struct network *net, const struct store_block_copy *stored,
                                  struct block **out)
{
    if (stored->parameter_count != net->parameter_count)
        return ENGINE_DAMAGED;
    struct block *block = block_create(net);
    if (!block)
        return ENGINE_NO_MEMORY;
    memcpy(block->parameters, stored->parameters, stored->parameter_count * sizeof(double));
    values_round(net->precision, block->parameters, block->parameter_count);
    block->numerics = stored->numerics;
    if (!values_finite(block->parameters, block->parameter_count)) {
        block_release(block);
        return ENGINE_DIVERGED;
    }
    *out = block;
    return ENGINE_OK;
}
