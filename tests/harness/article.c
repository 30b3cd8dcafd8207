#include "tests/harness/article.h"

#include <stdio.h>

bool article_create(struct http_client *client, const char *name)
{
    char body[1024];
    snprintf(body, sizeof(body), "{'name': '%s', " ARTICLE_MEMBERS "}", name);
    return http_call(client, "POST", "/v1/networks", body, NULL)->status == 201;
}
