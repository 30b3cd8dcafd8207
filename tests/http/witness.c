#include "tests/http/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/tap.h"

static const char witness_path[] = "/v1/networks/witness?include=parameters";

void witness_create(struct witness *witness, struct http_client *client)
{
    witness->client = client;
    tap_ok(article_create(client, "witness"), "the witness is created");
    const struct http_answer *answer = http_call(client, "GET", witness_path, NULL, NULL);
    const char *tag = http_header(answer, "ETag");
    witness->body = strdup(answer->body);
    snprintf(witness->tag, sizeof(witness->tag), "%s", tag ? tag : "none");
}

void witness_release(struct witness *witness)
{
    free(witness->body);
    witness->body = NULL;
}

void witness_check(struct witness *witness, const char *why)
{
    const struct http_answer *answer = http_call(witness->client, "GET", witness_path, NULL, NULL);
    const char *tag = http_header(answer, "ETag");
    if (answer->status != 200 || !tag || strcmp(tag, witness->tag) != 0 ||
        strcmp(answer->body, witness->body) != 0)
        tap_ok(false, "after \"%s\" the network is as before: %d %s %s", why, answer->status,
               tag ? tag : answer->error, answer->body);
}

void witness_exchange_all(struct witness *witness, const struct exchange *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        exchange(witness->client, &rows[i]);
        witness_check(witness, rows[i].why);
    }
    tap_ok(true, "the network outlives %zu requests", count);
}
