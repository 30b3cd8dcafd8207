#include "nn/history.h"

#include <stdlib.h>
#include <string.h>

/* The kept epochs and the last one. */
enum { MAX_ENTRIES = HISTORY_MAX_POINTS + 1 };

void history_init(struct history *history)
{
    *history = (struct history){.stride = 1};
}

void history_release(struct history *history)
{
    free(history->points);
    history_init(history);
}

bool history_reserve(struct history *history, uint64_t epochs)
{
    size_t capacity = epochs < MAX_ENTRIES ? (size_t)epochs : MAX_ENTRIES;
    if (capacity <= history->capacity)
        return true;
    struct history_point *points = realloc(history->points, capacity * sizeof *points);
    if (!points)
        return false;
    history->points = points;
    history->capacity = capacity;
    return true;
}

bool history_copy(struct history *to, const struct history *from)
{
    if (!history_reserve(to, from->count))
        return false;
    if (from->count > 0)
        memcpy(to->points, from->points, from->count * sizeof *to->points);
    to->count = from->count;
    to->stride = from->stride;
    to->last_extra = from->last_extra;
    return true;
}

/* Keeps every other point: the epochs 1 + k * 2^(m + 1). */
static void halve(struct history *history)
{
    history->count = (history->count + 1) / 2;
    for (size_t i = 1; i < history->count; i++)
        history->points[i] = history->points[2 * i];
    history->stride *= 2;
}

uint64_t history_next(const struct history *history)
{
    size_t kept = history->count - history->last_extra;
    return kept == 0 ? 1 : history->points[kept - 1].epoch + history->stride;
}

bool history_add(struct history *history, const struct history_point *point)
{
    size_t kept = history->count - history->last_extra;
    if (kept == history->capacity && !history_reserve(history, 2 * (uint64_t)kept + 16))
        return false;
    history->count = kept;
    history->last_extra = (point->epoch - 1) % history->stride != 0;
    /* Epoch 1 + HISTORY_MAX_POINTS * 2^m is one of those that the doubled stride keeps too. */
    if (!history->last_extra && kept == HISTORY_MAX_POINTS)
        halve(history);
    history->points[history->count++] = *point;
    return true;
}

size_t history_thin(const struct history *history, size_t points, size_t *indices)
{
    size_t count = history->count;
    if (count <= points) {
        for (size_t i = 0; i < count; i++)
            indices[i] = i;
        return count;
    }
    size_t steps = points - 1;
    for (size_t i = 0; i < points; i++)
        indices[i] = (2 * i * (count - 1) + steps) / (2 * steps);
    return points;
}
