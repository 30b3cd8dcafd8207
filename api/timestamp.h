#ifndef API_TIMESTAMP_H
#define API_TIMESTAMP_H

#include <stdint.h>

enum { TIMESTAMP_SIZE = 40 };

/* Writes microseconds since 1970 as RFC 3339 in UTC, with a NUL; returns `out`. */
const char *timestamp_write(int64_t microseconds, char out[TIMESTAMP_SIZE]);

#endif
