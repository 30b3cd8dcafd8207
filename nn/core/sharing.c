#include "nn/core/workspace.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64, PAGE = 4096 };

static size_t workspace_size(const struct workspace *workspace)
{
    return sizeof *workspace + workspace->net->layer_count * sizeof workspace->layers[0];
}

/* Zeros on pages of their own, so that no prefetcher takes another member's. NULL also where that
 * overflows. */
static void *pages_allocate(const struct workspace *workspace, size_t a, size_t b)
{
    size_t count, bytes;
    if (__builtin_mul_overflow(a, b, &count) ||
        __builtin_mul_overflow(count, workspace->core->real_size, &bytes) ||
        __builtin_add_overflow(bytes, 2 * PAGE, &bytes))
        return NULL;
    bytes = bytes / PAGE * PAGE;
    void *reals = aligned_alloc(PAGE, bytes);
    return reals ? memset(reals, 0, bytes) : NULL;
}

static bool block_init(const struct workspace *workspace, size_t first, size_t end,
                       struct block *block)
{
    const struct layer *layer = &workspace->net->layers[0];
    size_t pad = ALIGNMENT / workspace->core->real_size;
    size_t stride = (end - first + pad - 1) / pad * pad;
    *block = (struct block){
        .first = first,
        .count = end - first,
        .stride = stride,
        .size = layer->inputs * stride,
        .w = pages_allocate(workspace, layer->inputs, stride),
        .gradient = pages_allocate(workspace, layer->inputs, stride),
        .state = pages_allocate(workspace, layer->inputs * stride, workspace->slots),
        .net = pages_allocate(workspace, workspace->rows, stride),
        .out = pages_allocate(workspace, workspace->rows, stride),
        .delta = pages_allocate(workspace, workspace->rows, stride),
    };
    return block->w && block->gradient && block->state && block->net && block->out && block->delta;
}

static struct workspace *view_create(const struct workspace *workspace)
{
    struct workspace *view = malloc(workspace_size(workspace));
    if (!view)
        return NULL;
    memcpy(view, workspace, workspace_size(workspace));
    view->factors = calloc(workspace->widest + 1, sizeof *view->factors);
    if (view->factors)
        return view;
    free(view);
    return NULL;
}

bool workspace_can_share(const struct workspace *workspace, size_t members)
{
    const struct layer *layer = &workspace->net->layers[0];
    size_t pad = ALIGNMENT / workspace->core->real_size;
    return workspace->net->layer_count > 1 && layer->units > 16 && layer->units / pad >= members &&
           layer->bias != BIAS_SHARED && !workspace->gradient_hides;
}

bool workspace_share(struct workspace *workspace, struct team *team, size_t members)
{
    size_t units = workspace->net->layers[0].units;
    size_t pad = ALIGNMENT / workspace->core->real_size;
    workspace->views = calloc(members, sizeof(void *));
    workspace->blocks = calloc(members, sizeof *workspace->blocks);
    if (!workspace->views || !workspace->blocks)
        return false;
    for (size_t n = 0; n < members; n++) {
        size_t first = units * n / members / pad * pad;
        size_t end = n + 1 == members ? units : units * (n + 1) / members / pad * pad;
        workspace->views[n] = view_create(workspace);
        bool made = block_init(workspace, first, end, &workspace->blocks[n]);
        workspace->members++;
        if (!workspace->views[n] || !made)
            return false;
    }
    workspace->team = team;
    return true;
}

void workspace_unshare(struct workspace *workspace)
{
    for (size_t n = 0; n < workspace->members; n++) {
        struct block *block = &workspace->blocks[n];
        free(block->w);
        free(block->gradient);
        free(block->state);
        free(block->net);
        free(block->out);
        free(block->delta);
        if (workspace->views[n])
            free(workspace->views[n]->factors);
        free(workspace->views[n]);
    }
    free(workspace->views);
    free(workspace->blocks);
}

static void *row_of(const struct workspace *workspace, void *rows, size_t row, size_t first)
{
    return rows ? (char *)rows + first * row * workspace->core->real_size : NULL;
}

struct workspace *workspace_view(struct workspace *workspace, size_t first, size_t n)
{
    struct workspace *view = workspace->views[n];
    for (size_t l = 0; l < workspace->net->layer_count; l++) {
        const struct packed_layer *whole = &workspace->layers[l];
        struct packed_layer *part = &view->layers[l];
        part->net = row_of(workspace, whole->net, whole->row, first);
        part->out = row_of(workspace, whole->out, whole->row, first);
        part->delta = row_of(workspace, whole->delta, whole->row, first);
        part->dropout = row_of(workspace, whole->dropout, whole->row, first);
        part->dropped = row_of(workspace, whole->dropped, whole->row, first);
    }
    view->totals = workspace->totals + first;
    return view;
}
