#ifndef TESTS_HARNESS_PARAMETERS_H
#define TESTS_HARNESS_PARAMETERS_H

#include <stdbool.h>

#include "tests/harness/http.h"

/* All weights and biases of a network, as GET answers them in "layers"; NULL when it does not. The
 * caller releases them with json_decref(). */
json_t *parameters_of(struct http_client *client, const char *name);

/* Checks that two networks have the same parameters, to the bit. */
bool parameters_same(struct http_client *client, const char *a, const char *b, const char *why);

/* Checks that at least one of their parameters differs. */
bool parameters_differ(struct http_client *client, const char *a, const char *b, const char *why);

#endif
