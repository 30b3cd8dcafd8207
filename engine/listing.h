#ifndef ENGINE_LISTING_H
#define ENGINE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/snapshot.h"

/* One network of a list: what is on disk of it, without its parameters. */
struct listed_network {
    char name[NAME_MAX_LENGTH + 1];
    struct definition *definition;
    uint64_t revision;
    uint64_t steps;
    int64_t created_at; /* microseconds since 1970, UTC */
    int64_t updated_at;
};

struct listing {
    struct listed_network *items;
    size_t count;
    char last[NAME_MAX_LENGTH + 1]; /* where the next page goes on; "" at the end */
};

/*
 * Up to `limit` networks by name (byte order) whose names begin with `prefix` (NULL: all), after
 * the name `after` (NULL: from the start). One whose definition is damaged is left out; its own
 * reading says so. Blocks on I/O. Released with listing_release().
 */
enum engine_status network_list(struct engine *engine, const char *prefix, const char *after,
                                size_t limit, struct listing *out);

void listing_release(struct listing *listing);

#endif
