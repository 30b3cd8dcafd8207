#ifndef STORAGE_CHANGES_H
#define STORAGE_CHANGES_H

#include "storage/chunks.h"

/* One of the blocks that a change brings. */
struct pending_block {
    struct store_block values;
    bool given;
    bool superseded; /* a later change of the group writes it */
    int64_t staged;  /* block_id, when it is on disk already but not published; else 0 */
};

/* A network's blocks come first, then a run's. */
enum { PENDING_BLOCKS = STORE_BLOCKS + STORE_RUN_BLOCKS };

/* A change in its group. */
struct pending_change {
    struct store_change *change;
    enum store_status status;
    struct pending_block blocks[PENDING_BLOCKS];
};

void change_init(struct pending_change *pending, struct store_change *change);

/* Before the group's transaction: writes the large blocks that are not on disk yet. */
enum store_status change_stage(struct chunks *chunks, struct pending_change *pending);

/*
 * Makes the change, in the transaction that is open. It judges itself before it writes anything:
 * after STORE_STALE and STORE_EXISTS the transaction goes on as if it had not been there. After any
 * other failure the transaction is to be rolled back.
 */
enum store_status change_apply(struct chunks *chunks, const struct pending_change *pending);

/* Whether it is a failure by which the change alone is refused. */
bool change_is_refused(enum store_status status);

/* Where a block will lie that may have lain at `old`: a small one where a small one was, any other
 * in a new place. */
struct place block_choose(struct chunks *chunks, const struct pending_block *block,
                          struct place old);

/* Writes a block, in the transaction that is open, and takes the old one away where it lay
 * elsewhere. */
enum store_status block_write(struct chunks *chunks, const struct pending_block *block,
                              struct place old, struct place new);

#endif
