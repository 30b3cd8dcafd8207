#ifndef ENGINE_STORED_H
#define ENGINE_STORED_H

#include "engine/snapshot.h"

struct engine;

/* The snapshot that a definition's text and a block come to, as the store has them; without id,
 * revision, steps and times. ENGINE_DAMAGED where they do not fit, ENGINE_NO_MEMORY. */
enum engine_status snapshot_of_stored(struct engine *engine, const char *name,
                                      const char *definition, const struct store_block_copy *stored,
                                      struct snapshot **out);

/* A fresh block of stored start values, rounded where the network is float32 by now:
 * ENGINE_DIVERGED when one is beyond that. ENGINE_DAMAGED, ENGINE_NO_MEMORY. */
enum engine_status block_of_start(const struct network *net, const struct store_block_copy *stored,
                                  struct block **out);

#endif
