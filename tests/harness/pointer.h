#ifndef TESTS_HARNESS_POINTER_H
#define TESTS_HARNESS_POINTER_H

#include <jansson.h>

/* Values of a JSON document by their JSON Pointer ("/layers/0/weights/1/0"; "" is the root). The
 * root may be NULL: then nothing is found. */

/* Borrowed; NULL where there is none. */
json_t *pointer_get(const json_t *root, const char *pointer);

/* NaN where there is no number. */
double pointer_number(const json_t *root, const char *pointer);

/* Borrowed; NULL where there is no string. */
const char *pointer_text(const json_t *root, const char *pointer);

/* Elements of the array, or -1 where there is none. */
int pointer_count(const json_t *root, const char *pointer);

#endif
