#ifndef STORAGE_WRITER_H
#define STORAGE_WRITER_H

#include <stdbool.h>

#include "storage/pool.h"
#include "storage/store.h"

/* The thread that makes all changes: group by group, each one commit. */
struct writer;

/* `pool` is borrowed; its one connection writes. NULL, with a sentence, when it cannot start. */
struct writer *writer_start(struct pool *pool, struct store_error *error);

/* Ends when all that has queued is done, and frees. NULL is allowed. */
void writer_stop(struct writer *writer);

void writer_submit(struct writer *writer, struct store_change *change);

bool writer_writable(const struct writer *writer);
bool writer_sync_failed(const struct writer *writer);

#endif
