#ifndef API_JSON_ARRAYS_H
#define API_JSON_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "api/json_reader.h"

/*
 * The arrays of numbers of one document, as they are found. All values are in one block that grows;
 * the arrays' own pointers into it are set at the end, by json_arrays_give().
 */
struct json_arrays {
    struct json_numbers *items;
    size_t count;
    size_t capacity;
    double *values;
    size_t value_count;
    size_t value_capacity;
    const char *range_at; /* the first number beyond the finite doubles (it is 0 here), or NULL */
    bool failed;          /* out of memory */
};

/*
 * Takes the array that starts at `text` with its bracket, when it is one of numbers, or of arrays
 * of numbers and `rows_allowed`. Returns where it ends; NULL when it is something else, or broken,
 * or memory ran out: then nothing is taken. Linear in what it reads.
 */
const char *json_arrays_take(struct json_arrays *arrays, const char *text, const char *end,
                             bool rows_allowed);

/* Gives the arrays, to be freed with json_numbers_free(); only their struct is left to release. */
void json_arrays_give(struct json_arrays *arrays, struct json_numbers **items, size_t *count);

void json_arrays_release(struct json_arrays *arrays);

/* Frees arrays that json_arrays_give() gave. The first one's values are those of all. */
void json_numbers_free(struct json_numbers *items, size_t count);

#endif
