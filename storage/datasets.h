#ifndef STORAGE_DATASETS_H
#define STORAGE_DATASETS_H

#include "storage/chunks.h"
#include "storage/store_datasets.h"

/* The changes of datasets, in the transaction that is open; as change_apply() of changes.h. */

/* STORE_STAGE. The values' block gets its id with the first part that is tried. */
enum store_status dataset_stage(struct chunks *chunks, const struct store_change *change);

/* STORE_UNSTAGE. Writes nothing yet: dataset_loosen_forgotten() does, and again where it failed. */
enum store_status dataset_unstage(struct chunks *chunks, const struct store_change *change);

/* Makes what was forgotten loose, in a transaction of its own. */
enum store_status dataset_loosen_forgotten(struct chunks *chunks);

/* STORE_DATASET_PUT. STORE_STALE when the dataset of that name is not the one that the change
 * stands on. */
enum store_status dataset_put(struct chunks *chunks, const struct store_change *change);

/* STORE_DATASET_DELETE. STORE_STALE when it is gone. */
enum store_status dataset_delete(struct chunks *chunks, const struct store_change *change);

/* Makes all that is staged loose: what a crash has left. In a transaction of its own. */
enum store_status dataset_abandon_all(struct chunks *chunks);

#endif
