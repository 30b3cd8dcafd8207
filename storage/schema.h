#ifndef STORAGE_SCHEMA_H
#define STORAGE_SCHEMA_H

#include <sqlite3.h>

#include "storage/store.h"

/* What the file's header carries: "bpdb" as PRAGMA application_id, the version as user_version. */
enum { SCHEMA_APPLICATION_ID = 0x62706462, SCHEMA_VERSION = 4 };

/*
 * Brings the tables from the version that the file has (0: it is empty) to SCHEMA_VERSION, one
 * transaction for each version: whenever it is broken off, the file is of one version or the next.
 * STORE_OK or what stopped it; then sqlite3_errmsg() says more.
 */
enum store_status schema_migrate(sqlite3 *db);

/* PRAGMA user_version; -1 when it cannot be read. */
int schema_version(sqlite3 *db);

#endif
