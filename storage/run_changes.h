#ifndef STORAGE_RUN_CHANGES_H
#define STORAGE_RUN_CHANGES_H

#include "storage/changes.h"

/* What a change does to runs, in the transaction that is open. */

/* Writes the row and the blocks of the change's run, and takes away what is beyond its limit. */
enum store_status run_write(struct chunks *chunks, const struct pending_change *pending);

/* STORE_STALE when there is none of this id. */
enum store_status run_delete(struct chunks *chunks, uint64_t id);

/* Deletes all runs of a network. */
enum store_status runs_delete_of(struct chunks *chunks, int64_t network_id);

#endif
