#include "engine/listing.h"

#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

/* Adds a row to the listing, unless its definition cannot be read. */
static void add_row(struct engine *engine, const struct store_network *row, struct listing *out)
{
    struct definition *definition = engine->codec->decode(row->definition);
    if (!definition || strlen(row->name) > NAME_MAX_LENGTH) {
        definition_release(definition);
        return;
    }
    struct listed_network *item = &out->items[out->count++];
    memcpy(item->name, row->name, strlen(row->name) + 1);
    item->definition = definition;
    item->revision = row->revision;
    item->steps = row->steps;
    item->created_at = row->created_at;
    item->updated_at = row->updated_at;
}

enum engine_status network_list(struct engine *engine, const char *prefix, const char *after,
                                size_t limit, struct listing *out)
{
    struct store_network *rows = NULL;
    size_t count = 0;
    bool more = false;
    *out = (struct listing){0};
    enum engine_status status = engine_status_of(
        store_list_networks(engine->store, prefix, after, limit, &rows, &count, &more));
    if (status != ENGINE_OK)
        return status;
    out->items = calloc(count + 1, sizeof(*out->items));
    for (size_t i = 0; out->items && i < count; i++)
        add_row(engine, &rows[i], out);
    if (more && strlen(rows[count - 1].name) <= NAME_MAX_LENGTH)
        memcpy(out->last, rows[count - 1].name, strlen(rows[count - 1].name) + 1);
    for (size_t i = 0; i < count; i++)
        store_network_release(&rows[i]);
    free(rows);
    return out->items ? ENGINE_OK : ENGINE_NO_MEMORY;
}

void listing_release(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        definition_release(listing->items[i].definition);
    free(listing->items);
    *listing = (struct listing){0};
}
