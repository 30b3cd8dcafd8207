#include "tests/harness/parameters.h"

#include <stdio.h>

#include "tests/harness/expect.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

json_t *parameters_of(struct http_client *client, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "/v1/networks/%s/parameters", name);
    const struct http_answer *answer = http_call(client, "GET", path, NULL, NULL);
    return json_incref(pointer_get(answer->json, "/layers"));
}

bool parameters_same(struct http_client *client, const char *a, const char *b, const char *why)
{
    json_t *of_a = parameters_of(client, a);
    json_t *of_b = parameters_of(client, b);
    bool same = expect_same(of_a, of_b, why);
    json_decref(of_a);
    json_decref(of_b);
    return same;
}

bool parameters_differ(struct http_client *client, const char *a, const char *b, const char *why)
{
    json_t *of_a = parameters_of(client, a);
    json_t *of_b = parameters_of(client, b);
    bool differ = tap_ok(of_a && of_b && !json_equal(of_a, of_b), "%s", why);
    json_decref(of_a);
    json_decref(of_b);
    return differ;
}
