#include "server/pages.h"

#include <string.h>

#include "server/assets.h"
#include "server/exchange.h"
#include "storage/store.h"

static enum handled answer_asset(struct request *request, const struct asset *asset,
                                 const char *content_type)
{
    request->answer.content_type = content_type;
    request->answer.static_body = asset->data;
    request->answer.static_length = asset->size;
    return REQUEST_ANSWERED;
}

enum handled handle_index(struct request *request)
{
    return answer_asset(request, &asset_index_html, "text/html; charset=utf-8");
}

enum handled handle_openapi_yaml(struct request *request)
{
    return answer_asset(request, &asset_openapi_yaml, "application/yaml");
}

enum handled handle_openapi_json(struct request *request)
{
    return answer_asset(request, &asset_openapi_json, "application/json");
}

enum handled handle_alive(struct request *request)
{
    static const char text[] = "{\"status\":\"ok\"}\n";
    return answer_asset(request, &(struct asset){text, strlen(text)}, "application/json");
}

enum handled handle_ready(struct request *request)
{
    static const char text[] = "{\"status\":\"ok\"}\n";
    struct server *server = exchange_of(request)->server;
    if (atomic_load(&server->stopping))
        problem_set(&request->problem, PROBLEM_SHUTTING_DOWN, "The service is shutting down.");
    else if (!store_writable(server->store))
        problem_set(&request->problem, PROBLEM_UNAVAILABLE,
                    "The database takes no changes just now; see the service's log.");
    return answer_asset(request, &(struct asset){text, strlen(text)}, "application/json");
}

enum handled handle_options(struct request *request)
{
    request->answer.status = MHD_HTTP_NO_CONTENT;
    strcpy(request->answer.allow, exchange_of(request)->match.allow);
    return REQUEST_ANSWERED;
}
