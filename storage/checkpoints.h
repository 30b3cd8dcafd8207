#ifndef STORAGE_CHECKPOINTS_H
#define STORAGE_CHECKPOINTS_H

#include "storage/changes.h"

/* What a change does to checkpoints, in the transaction that is open. */

/* STORE_STALE when there is one of this label already, or no such network. */
enum store_status checkpoint_write(struct chunks *chunks, const struct pending_change *pending);

/* STORE_STALE when there is none of this network and label. */
enum store_status checkpoint_delete(struct chunks *chunks,
                                    const struct store_checkpoint *checkpoint);

/* Deletes all checkpoints of a network. */
enum store_status checkpoints_delete_of(struct chunks *chunks, int64_t network_id);

#endif
