#include "api/json_reader.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_arrays.h"
#include "api/json_place_holder.h"
#include "api/json_position.h"
#include "api/json_scanner.h"
#include "api/json_string.h"
#include "api/utf8.h"

enum { QUOTED_KEY = 80 }; /* bytes of a key that a message repeats */

static _Thread_local bool memory_ended; /* written by allocate(), cleared by read_tree() */

/* Jansson drops a character without a word when it has no memory to put it into a string or number:
 * so its failures are noted here. */
static void *allocate(size_t size)
{
    void *block = malloc(size);
    memory_ended |= !block;
    return block;
}

void json_reader_setup(void)
{
    json_set_alloc_funcs(allocate, free);
    json_object_seed(0); /* 0: from the system; against floods of keys of the same hash */
    json_place_holder_setup();
}

/* Makes `what`, a clause, the document's detail. at  its place in the text, or NULL */
static void describe(struct json_document *document, const char *text, const char *at,
                     const char *what)
{
    char place[64] = "";
    if (at) {
        size_t line, column;
        json_line_and_column(text, at, &line, &column);
        snprintf(place, sizeof(place), "Line %zu, column %zu: ", line, column);
    }
    snprintf(document->detail, sizeof(document->detail), "%s%s.", place, what);
}

static void describe_scan(struct json_document *document, const struct json_scanner *scanner,
                          const struct json_limits *limits)
{
    char what[160];
    document->fault = scanner->fault;
    switch (scanner->fault) {
    case JSON_FAULT_SYNTAX:
        snprintf(what, sizeof(what), "%s", scanner->advice);
        break;
    case JSON_FAULT_DEPTH:
        snprintf(what, sizeof(what),
                 "arrays and objects are nested deeper than %zu levels here; nest them less",
                 limits->max_depth);
        break;
    case JSON_FAULT_TOO_MANY:
        snprintf(what, sizeof(what),
                 "The body has more than %zu values, not counting numbers in arrays; send fewer",
                 limits->max_values);
        break;
    case JSON_FAULT_NO_MEMORY:
        snprintf(what, sizeof(what), "There is no memory left for the body; send it again later");
        break;
    case JSON_FAULT_NONE:
    case JSON_FAULT_DUPLICATE: /* only Jansson sees that */
    case JSON_FAULT_RANGE:     /* does not end the scan */
        return;
    }
    describe(document, scanner->start, scanner->fault_at, what);
}

/* The length of a key's text with its quotes, as far as a message repeats it. */
static int quoted_length(const char *key, const char *end)
{
    const char *stop = key;
    while (stop < end && stop - key < QUOTED_KEY)
        stop += utf8_length(stop, end);
    return (int)(stop - key);
}

/* Scans again to find the place in the original that Jansson names in its own text: behind a key.
 */
static void describe_duplicate(struct json_document *document, struct json_scanner *scanner,
                               const struct json_limits *limits, size_t position)
{
    const char *text = scanner->start;
    const char *end = scanner->end;
    json_scanner_release(scanner);
    document->fault = JSON_FAULT_DUPLICATE;
    if (!json_scanner_run(scanner, text, (size_t)(end - text), limits, position) ||
        !scanner->found) {
        describe(document, text, NULL, "A key is twice in one object; keep one of the two");
        return;
    }
    const char *key = json_string_start(scanner->found);
    int length = quoted_length(key, scanner->found);
    char what[QUOTED_KEY + 80];
    snprintf(what, sizeof(what), "the key %.*s%s is twice in one object; keep one of the two",
             length, key, key + length < scanner->found ? "..." : "");
    describe(document, text, key, what);
}

/* The scanner has checked all but equal keys: what else can fail here is memory. */
static bool read_tree(struct json_document *document, struct json_scanner *scanner,
                      const struct json_limits *limits)
{
    size_t length;
    const char *text = json_scanner_text(scanner, &length);
    json_error_t error;
    memory_ended = false;
    document->root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (document->root && !memory_ended)
        return true;
    if (!memory_ended && json_error_code(&error) == json_error_duplicate_key) {
        describe_duplicate(document, scanner, limits, (size_t)error.position);
    } else {
        scanner->fault = JSON_FAULT_NO_MEMORY;
        describe_scan(document, scanner, limits);
    }
    return false;
}

static void describe_range(struct json_document *document, const struct json_scanner *scanner)
{
    const char *number = scanner->arrays.range_at;
    document->fault = JSON_FAULT_RANGE;
    describe(document, scanner->start, number,
             "this number is beyond the range of a double; send one below 1.8e308");
    json_pointer_to(scanner->start, scanner->end, number, document->pointer,
                    sizeof(document->pointer));
}

bool json_document_read(struct json_document *document, const char *text, size_t length,
                        const struct json_limits *limits)
{
    struct json_scanner scanner;
    *document = (struct json_document){0};
    if (!json_scanner_run(&scanner, text, length, limits, SIZE_MAX)) {
        describe_scan(document, &scanner, limits);
    } else if (read_tree(document, &scanner, limits)) {
        if (scanner.arrays.range_at)
            describe_range(document, &scanner);
        json_arrays_give(&scanner.arrays, &document->arrays, &document->array_count);
    }
    json_scanner_release(&scanner);
    return document->fault == JSON_FAULT_NONE;
}

void json_document_release(struct json_document *document)
{
    json_decref(document->root);
    json_numbers_free(document->arrays, document->array_count);
    *document = (struct json_document){0};
}

const struct json_numbers *json_document_numbers(const struct json_document *document,
                                                 const json_t *value)
{
    size_t index;
    if (!json_is_string(value) ||
        !json_place_holder_read(json_string_value(value), json_string_length(value), &index) ||
        index >= document->array_count)
        return NULL;
    return &document->arrays[index];
}

static const char *numbers_type_name(const struct json_numbers *numbers)
{
    if (numbers->rank == 2)
        return "an array of arrays of numbers";
    return numbers->count > 0 ? "an array of numbers" : "an empty array";
}

const char *json_document_type_name(const struct json_document *document, const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    const struct json_numbers *numbers = json_document_numbers(document, value);
    if (numbers)
        return numbers_type_name(numbers);
    return value ? names[json_typeof(value)] : "nothing";
}

/* Appends as a whole, or not at all. `length` is that of the pointer. */
static bool append(char *pointer, size_t size, size_t *length, const char *text, size_t more)
{
    if (*length + more >= size)
        return false;
    memcpy(pointer + *length, text, more);
    *length += more;
    pointer[*length] = '\0';
    return true;
}

void json_pointer_append(char *pointer, size_t size, const char *key)
{
    size_t length = strlen(pointer);
    const char *end = key + strlen(key);
    bool fits = append(pointer, size, &length, "/", 1);
    while (fits && key < end) {
        size_t bytes = utf8_length(key, end);
        bytes += bytes == 0;
        if (*key == '~')
            fits = append(pointer, size, &length, "~0", 2);
        else if (*key == '/')
            fits = append(pointer, size, &length, "~1", 2);
        else
            fits = append(pointer, size, &length, key, bytes);
        key += bytes;
    }
}
