#ifndef API_UTF8_H
#define API_UTF8_H

#include <stddef.h>

/* Bytes of the character that starts at `text` (before `end`): 1 to 4, or 0 when it is not UTF-8
 * (a stray byte, an overlong form, a surrogate, above U+10FFFF, cut off). */
size_t utf8_length(const char *text, const char *end);

#endif
