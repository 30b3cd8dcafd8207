#ifndef API_PAGING_H
#define API_PAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"

enum { PAGE_DEFAULT_LIMIT = 50, PAGE_MAX_LIMIT = 500 };

/* Reads `?limit=`: a whole number from 1 to PAGE_MAX_LIMIT in plain digits, or not there. Else a
 * problem. */
void page_limit(struct request *request, size_t *limit);

/* A whole number in plain digits, of at most 18. */
bool parse_digits(const char *text, size_t *number);

#endif
