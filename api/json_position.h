#ifndef API_JSON_POSITION_H
#define API_JSON_POSITION_H

#include <stddef.h>

/* Where something is in a text, for messages: slow ways, walked only when something is wrong. */

/* Line and column of `at`, in characters, both from 1 on. */
void json_line_and_column(const char *text, const char *at, size_t *line, size_t *column);

/* The JSON Pointer to the value that begins at `at` in a text that is JSON; cut at `size`. */
void json_pointer_to(const char *text, const char *end, const char *at, char *pointer, size_t size);

#endif
