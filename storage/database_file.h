#ifndef STORAGE_DATABASE_FILE_H
#define STORAGE_DATABASE_FILE_H

#include "storage/store.h"

/*
 * The absolute path of a database, without links, so that two names of one file are locked by one
 * name. The caller frees it; NULL when its folder cannot be used, with a sentence in `error`.
 */
char *database_file_resolve(const char *path, struct store_error *error);

/* Makes an empty database of the newest schema: the whole of it appears, or nothing. */
enum store_status database_file_create(const char *path, struct store_error *error);

#endif
