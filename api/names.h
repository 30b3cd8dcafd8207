#ifndef API_NAMES_H
#define API_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `text` may name a network: 1 to 128 of A-Z a-z 0-9 . _ -, the first a letter or digit. */
bool name_is_valid(const char *text);

/* The rule, for messages. */
extern const char name_rule[];

#endif
