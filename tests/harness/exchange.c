#include "tests/harness/exchange.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/expect.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

static void check_sight(const struct http_answer *answer, const struct exchange *row,
                        const struct sight *sight)
{
    const json_t *value = pointer_get(answer->json, sight->at);
    char text[256];
    snprintf(text, sizeof(text), "%s: %s is %s", row->why, sight->at, sight->json);
    if (strcmp(sight->json, "absent") == 0) {
        tap_ok(!value, "%s", text);
        return;
    }
    char *json = http_quoted(sight->json);
    json_t *expected = json_loads(json, JSON_DECODE_ANY, NULL);
    expect_same(value, expected, text);
    json_decref(expected);
    free(json);
}

const struct http_answer *exchange(struct http_client *client, const struct exchange *row)
{
    const struct http_answer *answer =
        http_call(client, row->method, row->path, row->body, row->header, NULL);
    if (row->problem) {
        expect_problem(answer, row->status, row->problem, row->pointers, row->why);
        return answer;
    }
    if (!expect_status(answer, row->status, row->why))
        return answer;
    for (int i = 0; i < EXCHANGE_MAX_SIGHTS && row->sights[i].at; i++)
        check_sight(answer, row, &row->sights[i]);
    return answer;
}

void exchange_all(struct http_client *client, const struct exchange *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exchange(client, &rows[i]);
}
