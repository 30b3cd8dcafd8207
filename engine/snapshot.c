#include "engine/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "nn/numerics.h"

struct block *block_create(const struct network *net)
{
    size_t count = net->parameter_count;
    size_t slots = optimizer_slots(&net->optimizer);
    size_t bytes;
    if (__builtin_mul_overflow(count, (1 + slots) * sizeof(double), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct block), &bytes))
        return NULL;
    struct block *block = calloc(1, bytes);
    if (!block)
        return NULL;
    atomic_init(&block->references, 1);
    block->parameter_count = count;
    block->state_count = slots * count;
    block->numerics = NN_NUMERICS;
    block->floats = net->precision == PRECISION_FLOAT32;
    block->parameters = block->values;
    block->state = slots ? block->values + count : NULL;
    struct model model = block_model(block);
    model_start(net, &model);
    block_take_model(block, &model);
    return block;
}

struct block *block_copy(const struct block *block)
{
    size_t values = (block->parameter_count + block->state_count) * sizeof(double);
    struct block *copy = malloc(sizeof(*copy) + values);
    if (!copy)
        return NULL;
    memcpy(copy, block, sizeof(*copy));
    memcpy(copy->values, block->values, values);
    atomic_init(&copy->references, 1);
    copy->parameters = copy->values;
    copy->state = copy->state_count ? copy->values + copy->parameter_count : NULL;
    return copy;
}

struct block *block_reference(struct block *block)
{
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
    return block;
}

void block_release(struct block *block)
{
    if (block && atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
        free(block);
}

struct model block_model(struct block *block)
{
    return (struct model){.parameters = block->parameters,
                          .state = block->state,
                          .optimizer_updates = block->optimizer_updates};
}

void block_take_model(struct block *block, const struct model *model)
{
    block->optimizer_updates = model->optimizer_updates;
}

struct store_block block_for_store(const struct block *block)
{
    return (struct store_block){.parameters = block->parameters,
                                .state = block->state,
                                .parameter_count = block->parameter_count,
                                .state_count = block->state_count,
                                .optimizer_updates = block->optimizer_updates,
                                .numerics = block->numerics,
                                .floats = block->floats};
}

int64_t microseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct snapshot *snapshot_create(const char *name, struct definition *definition,
                                 struct block *block)
{
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return NULL;
    atomic_init(&snapshot->references, 1);
    snprintf(snapshot->name, sizeof(snapshot->name), "%s", name);
    snapshot->creation_id = random_identity();
    snapshot->created_at = snapshot->updated_at = microseconds_now();
    snapshot->definition = definition_reference(definition);
    snapshot->block = block_reference(block);
    return snapshot;
}

struct snapshot *snapshot_next(const struct snapshot *base)
{
    struct snapshot *next = malloc(sizeof(*next));
    if (!next)
        return NULL;
    memcpy(next, base, sizeof(*next));
    atomic_init(&next->references, 1);
    next->revision++;
    int64_t now = microseconds_now();
    if (now > next->updated_at) /* a clock that was set back must not make time run backwards */
        next->updated_at = now;
    definition_reference(next->definition);
    block_reference(next->block);
    return next;
}

struct snapshot *snapshot_reference(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    definition_release(snapshot->definition);
    block_release(snapshot->block);
    free(snapshot);
}

void snapshot_set_definition(struct snapshot *snapshot, struct definition *definition)
{
    definition_reference(definition);
    definition_release(snapshot->definition);
    snapshot->definition = definition;
}

void snapshot_set_block(struct snapshot *snapshot, struct block *block)
{
    block_reference(block);
    block_release(snapshot->block);
    snapshot->block = block;
}

size_t snapshot_size(const struct snapshot *snapshot)
{
    const struct block *block = snapshot->block;
    return sizeof(*snapshot) + definition_size(snapshot->definition) + sizeof(*block) +
           (block->parameter_count + block->state_count) * sizeof(double);
}

uint64_t random_identity(void)
{
    uint64_t identity = 0;
    /* Requests of up to 256 bytes are never cut short once the system's source is seeded. */
    while (getrandom(&identity, sizeof(identity), 0) != sizeof(identity))
        continue;
    return identity;
}
