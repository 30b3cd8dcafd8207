#ifndef STORAGE_LOCK_FILE_H
#define STORAGE_LOCK_FILE_H

#include "storage/store.h"

/*
 * Keeps a second daemon away from a database: flock() on PATH.lock, never on the database itself
 * (closing any descriptor of that would drop SQLite's locks). It holds our process id, for the
 * message that the second one gives, and goes when it is released.
 */
struct lock_file {
    char *path; /* NULL: nothing is locked */
    int descriptor;
};

/* STORE_BUSY when another process (or another handle of this one) has it. */
enum store_status lock_file_take(struct lock_file *lock, const char *database,
                                 struct store_error *error);

/* A lock that was never taken is allowed, when all its bytes are zero. */
void lock_file_release(struct lock_file *lock);

#endif
