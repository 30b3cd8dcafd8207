#include "nn/core/workspace.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* Takes arrays one behind the other from one piece of memory, each at a multiple of 64 bytes. */
struct arena {
    char *memory; /* NULL: only counts */
    size_t size;
    size_t element; /* bytes of a real */
    bool overflow;
};

static void *take_bytes(struct arena *arena, size_t count, size_t size)
{
    size_t bytes, end;
    void *place = arena->memory ? arena->memory + arena->size : NULL;
    /* A vector that begins in the last row of an array may run on behind it. */
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, 2 * ALIGNMENT - 1, &bytes) ||
        __builtin_add_overflow(arena->size, bytes / ALIGNMENT * ALIGNMENT, &end)) {
        arena->overflow = true;
        return NULL;
    }
    arena->size = end;
    return place;
}

/* a x b reals. */
static void *take_reals(struct arena *arena, size_t a, size_t b)
{
    size_t count = 0;
    arena->overflow |= __builtin_mul_overflow(a, b, &count);
    return take_bytes(arena, count, arena->element);
}

static size_t padded_to(size_t count, size_t lanes)
{
    return (count + lanes - 1) / lanes * lanes;
}

static size_t row_stride(size_t count, size_t lanes)
{
    return count < lanes ? count : padded_to(count, lanes);
}

/* Lays the parameters out; returns how many reals the transposed ones are. The counts are some
 * small multiple of the network's parameters, which network_layout() bounds. */
static size_t lay_out(struct workspace *workspace)
{
    size_t lanes = ALIGNMENT / workspace->core->real_size;
    size_t offset = 0, transposed = 0;
    for (size_t l = 0; l < workspace->net->layer_count; l++) {
        const struct layer *layer = &workspace->net->layers[l];
        struct packed_layer *packed = &workspace->layers[l];
        packed->stride = row_stride(layer->units, lanes);
        packed->back_stride = row_stride(layer->inputs, lanes);
        packed->row = padded_to(layer->units, lanes);
        packed->weights = offset;
        packed->biases = offset + padded_to(layer->inputs * packed->stride, lanes);
        packed->end = packed->biases + packed->row;
        packed->transposed = transposed;
        if (l > 0)
            transposed += padded_to(layer->units * packed->back_stride, lanes);
        offset = packed->end;
    }
    workspace->packed = offset;
    return transposed;
}

static void place(struct workspace *workspace, struct arena *arena, size_t transposed)
{
    size_t rows = workspace->rows, widest = 0;
    for (size_t l = 0; l < workspace->net->layer_count; l++) {
        struct packed_layer *packed = &workspace->layers[l];
        packed->net = take_reals(arena, rows, packed->row);
        packed->out = take_reals(arena, rows, packed->row);
        packed->delta = take_reals(arena, rows, packed->row);
        packed->passed = packed->out;
        if (workspace->net->layers[l].dropout > 0) {
            packed->dropout = take_reals(arena, rows, packed->row);
            packed->dropped = take_reals(arena, rows, packed->row);
            widest = packed->row > widest ? packed->row : widest;
        }
    }
    workspace->parameters = take_reals(arena, workspace->packed, 1);
    workspace->gradient = take_reals(arena, workspace->packed, 1);
    workspace->state = take_reals(arena, workspace->packed, workspace->slots);
    workspace->transposed = take_reals(arena, transposed, 1);
    workspace->totals = take_bytes(arena, rows, sizeof(double));
    workspace->widest = widest;
    workspace->factors = take_bytes(arena, widest, sizeof(double));
    workspace->inputs_in_use = take_bytes(arena, workspace->net->inputs, sizeof(uint32_t));
}

static bool allocate(struct workspace *workspace)
{
    struct arena arena = {.element = workspace->core->real_size};
    size_t transposed = lay_out(workspace);
    place(workspace, &arena, transposed);
    if (arena.overflow)
        return false;
    arena.memory = workspace->memory = aligned_alloc(ALIGNMENT, arena.size);
    arena.size = 0;
    if (!arena.memory)
        return false;
    place(workspace, &arena, transposed);
    return true;
}

static void clear_reals(const struct workspace *workspace, void *reals, size_t first, size_t end)
{
    size_t size = workspace->core->real_size;
    memset((char *)reals + first * size, 0, (end - first) * size);
}

/* What no kernel writes anything but 0 to: further lanes of net and delta, padding of the gradient,
 * biases that are not there. The padding of the gradient's rows where it is looked at. */
static void clear(struct workspace *workspace)
{
    for (size_t l = 0; l < workspace->net->layer_count; l++) {
        const struct layer *layer = &workspace->net->layers[l];
        struct packed_layer *packed = &workspace->layers[l];
        size_t end = packed->weights + layer->inputs * packed->stride;
        size_t from = workspace->gradient_hides ? packed->weights : end;
        clear_reals(workspace, packed->net, 0, workspace->rows * packed->row);
        clear_reals(workspace, packed->delta, 0, workspace->rows * packed->row);
        clear_reals(workspace, workspace->gradient, from, packed->end);
    }
}

/* Frozen parameters have a gradient and do not move; of rprop its sign moves them. */
static bool gradient_hides(const struct network *net)
{
    for (size_t l = 0; l < net->layer_count; l++)
        if (net->layers[l].frozen_weights || net->layers[l].frozen_biases)
            return true;
    return net->optimizer.type == OPTIMIZER_RPROP;
}

struct workspace *workspace_create(const struct network *net, size_t rows)
{
    struct workspace *workspace =
        calloc(1, sizeof *workspace + net->layer_count * sizeof workspace->layers[0]);
    if (!workspace)
        return NULL;
    workspace->net = net;
    workspace->core = core_of(net->precision);
    workspace->rows = rows;
    workspace->slots = optimizer_slots(&net->optimizer);
    workspace->gradient_hides = gradient_hides(net);
    if (!allocate(workspace)) {
        workspace_free(workspace);
        return NULL;
    }
    clear(workspace);
    return workspace;
}

void workspace_free(struct workspace *workspace)
{
    if (!workspace)
        return;
    workspace_unshare(workspace);
    free(workspace->memory);
    free(workspace);
}

void *workspace_slot(const struct workspace *workspace, size_t slot)
{
    return (char *)workspace->state + slot * workspace->packed * workspace->core->real_size;
}

void *reals_allocate(const struct core *core, size_t a, size_t b)
{
    size_t count;
    return __builtin_mul_overflow(a, b, &count) ? NULL : calloc(count, core->real_size);
}
