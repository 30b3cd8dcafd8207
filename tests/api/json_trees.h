#ifndef TESTS_API_JSON_TREES_H
#define TESTS_API_JSON_TREES_H

#include <jansson.h>
#include <stdbool.h>

#include "api/json_reader.h"

/* Whether `value` of the document, with its arrays of numbers, is what Jansson made of the same
 * text alone (`reference`, read with JSON_DECODE_INT_AS_REAL): every key, string and bit. */
bool json_trees_equal(const struct json_document *document, const json_t *value,
                      const json_t *reference);

#endif
