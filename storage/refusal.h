#ifndef STORAGE_REFUSAL_H
#define STORAGE_REFUSAL_H

#include "storage/store.h"

/* Writes why a database is not opened, as one sentence, and returns `status`. */
enum store_status refuse(struct store_error *error, enum store_status status, const char *format,
                         ...) __attribute__((format(printf, 3, 4)));

#endif
