#ifndef TESTS_HTTP_WITNESS_H
#define TESTS_HTTP_WITNESS_H

#include <stddef.h>

#include "tests/harness/exchange.h"

/* A network that no refused request may change, and that must be answered after each of them. */
struct witness {
    struct http_client *client;
    char *body; /* what GET answers, with the parameters */
    char tag[64];
};

/* Creates the article's network under the name "witness". */
void witness_create(struct witness *witness, struct http_client *client);
void witness_release(struct witness *witness);

/* Checks that the next request is answered and that the network is as it was; says so only when
 * that is not so. */
void witness_check(struct witness *witness, const char *why);

/* Sends every row, each followed by witness_check(). */
void witness_exchange_all(struct witness *witness, const struct exchange *rows, size_t count);

#endif
