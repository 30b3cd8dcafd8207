#ifndef API_JSON_WRITER_H
#define API_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes one JSON document into a growing buffer, without a tree of values. Commas are its own
 * business. A fault (out of memory, a number that is not finite) is remembered; ask at the end.
 * No name may be one of Jansson's, whose json_string() and json_null() are linked in beside it.
 */
struct json_writer {
    char *data; /* not NUL-terminated */
    size_t length;
    size_t capacity;
    bool comma;      /* the next value or key needs one before it */
    bool failed;     /* out of memory: the text is unusable */
    bool not_finite; /* a NaN or infinity was to be written (it became null) */
};

void json_writer_init(struct json_writer *w);
void json_writer_release(struct json_writer *w);

/* Forgets the text and the faults, keeps the memory. */
void json_writer_reset(struct json_writer *w);

void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
/* `key` is a plain ASCII literal that needs no escapes. */
void json_key(struct json_writer *w, const char *key);
void json_text(struct json_writer *w, const char *text);
void json_text_n(struct json_writer *w, const char *text, size_t length);
void json_number(struct json_writer *w, double value);
void json_unsigned(struct json_writer *w, uint64_t value);
void json_bool(struct json_writer *w, bool value);
void json_nil(struct json_writer *w);
/* [v, v, ...] */
void json_vector(struct json_writer *w, const double *values, size_t count);
/* The same of numbers that are floats, each with the fewest digits that read back to that float. */
void json_float_vector(struct json_writer *w, const double *values, size_t count);
/* [[...], ...], row-major */
void json_matrix(struct json_writer *w, const double *values, size_t rows, size_t columns);
/* A value that is JSON text already. */
void json_raw(struct json_writer *w, const char *text, size_t length);
/* Bytes outside of JSON's grammar, as they are (a closing newline). */
void json_append(struct json_writer *w, const char *text, size_t length);

#endif
