#ifndef SERVER_TARGET_H
#define SERVER_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"

/* The target of a request: its path, and its query as libmicrohttpd cuts it up. Nothing of either
 * is decoded by anybody before. */

/* Why the target of a request is no path: NULL, or a sentence. Its bytes must be printable ASCII
 * and its percent signs begin %XX, of which none may be a zero byte or a slash. */
const char *target_fault(const char *target);

/*
 * Decodes %XX in `length` bytes of `text` into `out`, which has room for `size` bytes with the zero
 * byte at the end. Returns false when it does not fit, or an escape is broken or is a zero byte.
 */
bool percent_decode(const char *text, size_t length, char *out, size_t size);

enum { QUERY_MAX = 8, QUERY_TEXT_SIZE = 1024 };

/* The parameters of a query, decoded. */
struct query {
    struct query_parameter parameters[QUERY_MAX];
    size_t count;
    const char *fault; /* NULL, or a sentence */
    size_t used;       /* of `text`, which holds the names and values */
    char text[QUERY_TEXT_SIZE];
};

/* Takes in one "name=value"; `value` is NULL where there was no equals sign. */
void query_add(struct query *query, const char *name, const char *value);

#endif
