#ifndef STORAGE_DATABASE_CHECK_H
#define STORAGE_DATABASE_CHECK_H

#include "storage/store.h"

/*
 * Looks at what lies at `path`, without changing it: STORE_OK for a database of ours that seems
 * whole, STORE_NOT_FOUND where there is nothing, else a sentence in `error`. Not while this process
 * has it open: closing a descriptor drops SQLite's locks.
 */
enum store_status database_check(const char *path, struct store_error *error);

#endif
