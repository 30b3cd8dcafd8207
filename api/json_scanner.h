#ifndef API_JSON_SCANNER_H
#define API_JSON_SCANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/json_arrays.h"
#include "api/json_reader.h"
#include "api/json_writer.h"

/*
 * Goes over a text once: checks it against RFC 8259 (all but equal keys), its depth and its number
 * of values, takes the arrays of numbers out of it, and makes a text without them for Jansson.
 */
struct json_scanner {
    const char *start;
    const char *end;
    const char *at; /* what is read next */
    size_t depth;
    size_t max_depth;
    size_t values;
    size_t max_values;

    struct json_arrays arrays;
    struct json_writer rewritten; /* the text for Jansson, where it is not the original itself */
    const char *pending;          /* what of the original is not in it yet begins here */

    enum json_fault fault;
    const char *fault_at; /* NULL: the text as a whole */
    const char *advice;   /* JSON_FAULT_SYNTAX: what is wrong and what to do, a clause */

    size_t wanted;     /* an offset in the text for Jansson ... */
    const char *found; /* ... and the place in the original that it stands for, or NULL */
};

/* Scans `length` bytes, and looks for `wanted`. Returns whether it is JSON within the limits. To be
 * released either way. */
bool json_scanner_run(struct json_scanner *scanner, const char *text, size_t length,
                      const struct json_limits *limits, size_t wanted);
void json_scanner_release(struct json_scanner *scanner);

/* After a successful run: the text for Jansson; borrowed from the scanner or the original. */
const char *json_scanner_text(const struct json_scanner *scanner, size_t *length);

#endif
