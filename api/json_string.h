#ifndef API_JSON_STRING_H
#define API_JSON_STRING_H

struct json_string_fault {
    const char *at;
    const char *advice; /* what is wrong and what to do, a clause */
};

/* Checks the string that starts at `text` with its quote: its escapes, and that it is UTF-8.
 * U+0000 is refused. Returns where it ends, or NULL and writes what is wrong. */
const char *json_string_check(const char *text, const char *end, struct json_string_fault *fault);

/* The opening quote of a string of a checked text; end  behind its closing quote */
const char *json_string_start(const char *end);

#endif
