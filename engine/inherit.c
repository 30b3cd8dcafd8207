#include "engine/inherit.h"

#include <string.h>

static const size_t no_slot = SIZE_MAX;

/* What a slot is for, whatever the constants of its type are: its number in the list of
 * nn/optimizer.h with all options on. */
static size_t slot_role(const struct optimizer *optimizer, size_t slot)
{
    bool skips = optimizer->type == OPTIMIZER_RMSPROP && !optimizer->centered && slot == 1;
    return skips ? slot + 1 : slot;
}

/* The slot of `before` that means what `slot` means to `after`; no_slot where there is none. */
static size_t old_slot(const struct optimizer *after, size_t slot, const struct optimizer *before)
{
    if (after->type != before->type)
        return no_slot;
    size_t slots = optimizer_slots(before);
    for (size_t old = 0; old < slots; old++) {
        if (slot_role(before, old) == slot_role(after, slot))
            return old;
    }
    return no_slot;
}

/* Whether the state of one is the state of the other as it stands. */
static bool same_state(const struct optimizer *after, const struct optimizer *before)
{
    size_t slots = optimizer_slots(after);
    if (after->type != before->type || slots != optimizer_slots(before))
        return false;
    for (size_t slot = 0; slot < slots; slot++) {
        if (old_slot(after, slot, before) != slot)
            return false;
    }
    return true;
}

/* Copies the slots that both have, and the count of updates when there is one. */
static void inherit_state(const struct network *after, const struct network *before,
                          const struct block *from, struct block *to)
{
    size_t count = to->parameter_count;
    size_t slots = optimizer_slots(&after->optimizer);
    for (size_t slot = 0; slot < slots; slot++) {
        size_t old = old_slot(&after->optimizer, slot, &before->optimizer);
        if (old == no_slot)
            continue;
        memcpy(to->state + slot * count, from->state + old * count, count * sizeof(double));
        to->optimizer_updates = from->optimizer_updates;
    }
    if (same_state(&after->optimizer, &before->optimizer)) /* also where it has no slots */
        to->optimizer_updates = from->optimizer_updates;
}

enum engine_status block_inherit(const struct definition *definition, const struct snapshot *base,
                                 struct block **out)
{
    const struct network *before = base->definition->net;
    const struct network *after = definition->net;
    if (after->precision == before->precision &&
        same_state(&after->optimizer, &before->optimizer)) {
        *out = block_reference(base->block);
        return ENGINE_OK;
    }
    struct block *block = block_create(after);
    if (!block)
        return ENGINE_NO_MEMORY;
    memcpy(block->parameters, base->block->parameters, block->parameter_count * sizeof(double));
    inherit_state(after, before, base->block, block);
    block->numerics = base->block->numerics;
    values_round(after->precision, block->values, block->parameter_count + block->state_count);
    if (!values_finite(block->values, block->parameter_count + block->state_count)) {
        block_release(block);
        return ENGINE_DIVERGED;
    }
    *out = block;
    return ENGINE_OK;
}
