#ifndef API_JSON_BYTES_H
#define API_JSON_BYTES_H

#include <stdbool.h>

/* The first byte from `text` on that is not one of JSON's blanks, or `end`. */
static inline const char *json_skip_blanks(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\n' || *text == '\r' || *text == '\t'))
        text++;
    return text;
}

/* Whether the byte can stand in a string as it is, without a look at those after it. */
static inline bool json_is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

#endif
