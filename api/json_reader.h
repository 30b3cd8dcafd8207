#ifndef API_JSON_READER_H
#define API_JSON_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads a request's JSON. One pass over the text checks depth and size, takes every array of
 * numbers straight into doubles, and hands Jansson the rest with a place holder where such an array
 * was, so that the heap stays within a small multiple of the body.
 */

/* An array of numbers ([1, 2]: rank 1) or of such arrays ([[1, 2], [3, 4]]: rank 2). [] has rank 1
 * and no values; an array that mixes numbers with anything else is left to Jansson. */
struct json_numbers {
    int rank;            /* 1 or 2 */
    size_t rows;         /* rank 2: number of rows; rank 1: 1 */
    size_t columns;      /* values in the (first) row */
    bool ragged;         /* rank 2: not all rows have `columns` values */
    size_t *row_lengths; /* only when ragged: values in each row */
    size_t count;        /* all values */
    double *values;      /* row after row */
};

struct json_limits {
    size_t max_depth; /* nesting of arrays and objects; 16 */
    size_t
        max_values; /* values that Jansson may be given (not numbers in arrays): bounds its tree */
};

enum json_fault {
    JSON_FAULT_NONE,
    JSON_FAULT_SYNTAX,    /* not JSON: empty, broken, BOM, invalid UTF-8, \u0000, two documents */
    JSON_FAULT_DUPLICATE, /* a key twice in one object */
    JSON_FAULT_DEPTH,
    JSON_FAULT_TOO_MANY, /* more than max_values */
    JSON_FAULT_RANGE,    /* a number beyond the finite doubles (well-formed: 422) */
    JSON_FAULT_NO_MEMORY,
};

struct json_document {
    json_t *root; /* borrowed from the document */
    struct json_numbers *arrays;
    size_t array_count;
    enum json_fault fault;
    char detail[200];  /* one sentence: what is wrong, with line and column where there is one */
    char pointer[256]; /* JSON_FAULT_RANGE: where */
};

/*
 * Reads `length` bytes. The root may be of any type. Integers of any size are taken: what does not
 * fit Jansson's integers, or is above 2^53, becomes a real. -0 stays negative zero (a real).
 * Returns whether it was read; otherwise document->fault and detail say why. Released either way.
 */
bool json_document_read(struct json_document *document, const char *text, size_t length,
                        const struct json_limits *limits);
void json_document_release(struct json_document *document);

/* The numbers that `value` (anywhere in the document) stands for, or NULL when it is something
 * else. */
const struct json_numbers *json_document_numbers(const struct json_document *document,
                                                 const json_t *value);

/* What `value` is, for messages: "an array of numbers", "a string", "null", ... */
const char *json_document_type_name(const struct json_document *document, const json_t *value);

/* Appends "/key" to a JSON Pointer, escaped (~0, ~1); cut at `size`, always terminated. */
void json_pointer_append(char *pointer, size_t size, const char *key);

/* Must be called once, before threads and any use of Jansson: sets Jansson's allocation, seeds its
 * hash tables, draws the place holder's nonce. */
void json_reader_setup(void);

#endif
