#ifndef STORAGE_CHUNKS_H
#define STORAGE_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/block.h"
#include "storage/connection.h"

/* An encoded block lies in chunks of this many bytes, the last one shorter. A small block is one
 * chunk. */
enum { CHUNK_SIZE = 1 << 20 };

/* Chunks that one transaction of chunks_sweep() removes. */
enum { SWEPT_AT_ONCE = 8 };

/* Where a block lies. */
struct place {
    int64_t id;    /* block_id of its chunks; 0: nowhere */
    int64_t bytes; /* of the encoded block */
};

/* The writer's hand: what it needs to lay blocks down and to take them away. */
struct chunks {
    struct connection *connection;
    unsigned char *buffer; /* CHUNK_SIZE bytes */
    int64_t last_id;       /* the newest block_id; none is used twice while the store is open */
    bool loose;            /* there may be chunks to sweep */
    int64_t *forgotten;    /* staged datasets that nobody goes on with; see datasets.h */
    size_t forgotten_count;
};

enum store_status chunks_init(struct chunks *chunks, struct connection *connection);
void chunks_release(struct chunks *chunks);

/* Writes a small block, over the one that is there; in the caller's transaction. */
enum store_status chunks_write(struct chunks *chunks, const struct store_block *block, int64_t id);

/*
 * Writes a large block in transactions of its own, as a loose one: unless it is published, it is
 * swept. The log is checkpointed in between, so that it does not grow by the whole block.
 */
enum store_status chunks_stage(struct chunks *chunks, const struct store_block *block, int64_t *id);

/* A staged block is loose no more; in the transaction that refers to it. */
enum store_status chunks_publish(struct chunks *chunks, int64_t id);

/* Takes a block away: a small one at once, a large one becomes loose; in the transaction that no
 * longer refers to it. */
enum store_status chunks_drop(struct chunks *chunks, struct place place);

/* Removes some of the loose chunks in one transaction. Not while a staged block waits to be
 * published. */
enum store_status chunks_sweep(struct chunks *chunks);

/*
 * The reader's: decodes the block at `place`, whose first chunk is the column `data` of the row
 * that `statement` is at; resets the statement as soon as that is read. STORE_STALE when the block
 * went away meanwhile.
 */
enum store_status chunks_read(struct connection *connection, enum statement statement, int data,
                              struct place place, struct store_block_copy *out);

#endif
