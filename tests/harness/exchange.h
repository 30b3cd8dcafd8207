#ifndef TESTS_HARNESS_EXCHANGE_H
#define TESTS_HARNESS_EXCHANGE_H

#include <stddef.h>

#include "tests/harness/http.h"

/* A value that an answer must hold. */
struct sight {
    const char *at;   /* JSON Pointer */
    const char *json; /* the value there, with ' for "; "absent": there is none */
};

enum { EXCHANGE_MAX_SIGHTS = 8 };

/* One row of a table of requests: what is sent and what must come back. */
struct exchange {
    const char *why;
    const char *method;
    const char *path;
    const char *body; /* with ' for "; NULL: none */
    int status;
    const char *problem;  /* /problems/…, or NULL where it is not an error */
    const char *pointers; /* of the faults, see expect_problem(); NULL: not looked at */
    const char *header;   /* sent with it, or NULL */
    struct sight sights[EXCHANGE_MAX_SIGHTS];
};

/* Sends the row's request and makes its checks. The answer is the client's, as http_call()'s. */
const struct http_answer *exchange(struct http_client *client, const struct exchange *row);

/* All rows in order. */
void exchange_all(struct http_client *client, const struct exchange *rows, size_t count);

#endif
