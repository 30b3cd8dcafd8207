#ifndef API_JSON_PLACE_HOLDER_H
#define API_JSON_PLACE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The strings that stand in Jansson's tree where the text has an array of numbers. They begin with
 * 64 bits that are drawn when the process starts, so that no client can write one.
 */

enum { JSON_PLACE_HOLDER_LENGTH = 24 }; /* without quotes: 16 digits of the nonce, 8 of the index */

/* Draws the nonce. Once, before threads; until then it is zeros. */
void json_place_holder_setup(void);

/* Writes JSON_PLACE_HOLDER_LENGTH characters, no NUL. index  below 2^32 */
void json_place_holder_write(size_t index, char *out);

/* Returns whether the text is a place holder; writes its index if so. */
bool json_place_holder_read(const char *text, size_t length, size_t *index);

#endif
