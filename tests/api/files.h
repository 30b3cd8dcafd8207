#ifndef TESTS_API_FILES_H
#define TESTS_API_FILES_H

#include <stddef.h>

/* A file's bytes, with a NUL after them; the caller frees. Exits when there is no such file. */
char *file_read(const char *path, size_t *length);

/* Calls `use` with the path of every file in `folder` whose name ends with `suffix`, by name.
 * Returns how many there were. */
int files_each(const char *folder, const char *suffix, void (*use)(const char *path));

#endif
