#ifndef ENGINE_SNAPSHOT_H
#define ENGINE_SNAPSHOT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/definition.h"
#include "nn/trainer.h"
#include "storage/store.h"

enum { NAME_MAX_LENGTH = 128 };

/* Parameters and optimizer state. Immutable once it is part of a snapshot; shared by reference. */
struct block {
    atomic_size_t references;
    size_t parameter_count;
    size_t state_count; /* slots * parameter_count */
    uint64_t optimizer_updates;
    uint32_t numerics; /* version of the arithmetic that the values come from: nn/numerics.h */
    bool floats;       /* of a float32 network: each value is a float */
    double *parameters;
    double *state; /* NULL when state_count is 0 */
    double values[];
};

/* A block that fits the network and its optimizer: parameters 0, the state as it is before the
 * first update. NULL when out of memory, or when the size overflows. */
struct block *block_create(const struct network *net);
/* A copy to be changed. NULL when out of memory. */
struct block *block_copy(const struct block *block);
struct block *block_reference(struct block *block);
void block_release(struct block *block); /* NULL is allowed */

/* What the store writes of it; borrows the values. */
struct store_block block_for_store(const struct block *block);

/* What nn trains: the block's own arrays. Only before the block is shared; write back
 * optimizer_updates with block_take_model(). */
struct model block_model(struct block *block);
void block_take_model(struct block *block, const struct model *model);

/* One revision of one network: immutable, shared by reference, read without locks. */
struct snapshot {
    atomic_size_t references;
    char name[NAME_MAX_LENGTH + 1];
    int64_t id; /* the store's */
    uint64_t creation_id;
    uint64_t revision;
    uint64_t steps;
    int64_t created_at; /* microseconds since 1970, UTC */
    int64_t updated_at;
    struct definition *definition;
    struct block *block;
};

/* A new network's first revision. Takes references of its own to definition and block. */
struct snapshot *snapshot_create(const char *name, struct definition *definition,
                                 struct block *block);

/* The revision after `base`, to be changed before it is shared: same name, definition and block,
 * revision + 1, updated now. NULL when out of memory. */
struct snapshot *snapshot_next(const struct snapshot *base);
struct snapshot *snapshot_reference(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); /* NULL is allowed */

/* Puts another definition or block (a reference of its own is taken) in place of the present one.
 */
void snapshot_set_definition(struct snapshot *snapshot, struct definition *definition);
void snapshot_set_block(struct snapshot *snapshot, struct block *block);

/* Bytes of memory that it holds, for the cache's limit. */
size_t snapshot_size(const struct snapshot *snapshot);

/* Since 1970, UTC. */
int64_t microseconds_now(void);

/* 64 bits from the system's random source. */
uint64_t random_identity(void);

#endif
