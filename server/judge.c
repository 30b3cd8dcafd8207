#include "server/judge.h"

#include <string.h>

#include "api/handlers.h"
#include "server/exchange.h"
#include "server/origin.h"
#include "server/pages.h"

/* Sets a problem. Returns false, for `return refuse(...)`. */
#define refuse(exchange, ...) (problem_set(&(exchange)->request.problem, __VA_ARGS__), false)

static const struct route options_route = {.method = METHOD_OPTIONS, .handler = handle_options};

static bool judge_framing(struct exchange *exchange)
{
    const char *fault = headers_framing(&exchange->headers, exchange->version, &exchange->framing);
    if (!fault)
        return true;
    exchange->unframed = true;
    exchange->close = true;
    return refuse(exchange, PROBLEM_MALFORMED_REQUEST, "The headers are at fault: %s.", fault);
}

static bool judge_version(struct exchange *exchange)
{
    if (strcmp(exchange->version, "HTTP/1.1") == 0 || strcmp(exchange->version, "HTTP/1.0") == 0)
        return true;
    exchange->close = true;
    return refuse(exchange, PROBLEM_HTTP_VERSION, "Send the request as HTTP/1.1 or HTTP/1.0.");
}

static bool judge_host(struct exchange *exchange)
{
    if (host_accepted(&exchange->server->hosts, exchange->headers.host))
        return true;
    return refuse(exchange, PROBLEM_MISDIRECTED_REQUEST,
                  "This service does not answer for the Host of this request; use localhost, "
                  "127.0.0.1 or [::1], or start it with --host and the name.");
}

static bool judge_origin(struct exchange *exchange)
{
    const struct headers *headers = &exchange->headers;
    const struct host_rule *rule = &exchange->server->hosts;
    if (!headers->origin || origin_is_own(rule, headers->origin, headers->host))
        return true;
    exchange->cross_origin =
        origin_is_named(exchange->server->config->cors_origins, headers->origin);
    if (exchange->cross_origin)
        return true;
    return refuse(exchange, PROBLEM_FOREIGN_ORIGIN,
                  "The Origin is not this service's own; send the request from a page of its own, "
                  "start the service with --cors-origin and the Origin, or use no browser.");
}

static bool judge_method(struct exchange *exchange)
{
    if (method_parse(exchange->request.method) != METHOD_UNKNOWN)
        return true;
    return refuse(exchange, PROBLEM_NOT_BUILT_YET,
                  "No path here has this method; use GET, HEAD, POST, PUT, PATCH, DELETE or "
                  "OPTIONS, in capitals.");
}

/* OPTIONS * and CONNECT HOST:PORT, whose targets are no paths: answered for the whole service. */
static bool judge_other_target(struct exchange *exchange, enum method method)
{
    strcpy(exchange->match.allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if (method == METHOD_CONNECT)
        return refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "This service is no proxy.");
    exchange->route = &options_route;
    return true;
}

static bool judge_path(struct exchange *exchange)
{
    const char *path = exchange->request.path;
    enum method method = method_parse(exchange->request.method);
    if (method == METHOD_CONNECT || (method == METHOD_OPTIONS && strcmp(path, "*") == 0))
        return judge_other_target(exchange, method);
    const char *fault = target_fault(path);
    if (fault)
        return refuse(exchange, PROBLEM_MALFORMED_REQUEST, "The target is at fault: %s.", fault);

    struct match *match = &exchange->match;
    route_find(method, path, match);
    if (!match->found)
        return refuse(exchange, PROBLEM_NOT_FOUND,
                      "There is nothing at this path; /v1 and /openapi.yaml tell what there is.");
    exchange->route = method == METHOD_OPTIONS ? &options_route : match->route;
    if (!exchange->route)
        return refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "This path has only %s.", match->allow);
    return true;
}

/* A connection above the limit is there to answer health checks, and to say why it is of no use. */
static bool judge_load(struct exchange *exchange)
{
    if (!exchange->client->above_limit || exchange->route->handler == handle_alive ||
        exchange->route->handler == handle_ready)
        return true;
    exchange->close = true;
    problem_set(&exchange->request.problem, PROBLEM_UNAVAILABLE,
                "All of the service's connections are in use; try again in a moment.");
    exchange->request.problem.retry_after = 1;
    return false;
}

static bool listed(const char *const names[ROUTE_MAX_QUERY], const char *name)
{
    for (size_t i = 0; i < ROUTE_MAX_QUERY && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void judge_parameter(struct exchange *exchange, size_t index)
{
    struct problem *problem = &exchange->request.problem;
    const struct query_parameter *parameters = exchange->query.parameters;
    const char *name = parameters[index].name;
    if (listed(exchange->route->later, name))
        problem_add(problem, name, "is not supported yet");
    else if (!listed(exchange->route->query, name))
        problem_add(problem, name, "is no query parameter of this path and method");
    for (size_t i = 0; i < index; i++) {
        if (strcmp(parameters[i].name, name) == 0)
            problem_add(problem, name, "is given more than once");
    }
}

static bool judge_query(struct exchange *exchange)
{
    const struct query *query = &exchange->query;
    if (query->fault)
        return refuse(exchange, PROBLEM_MALFORMED_REQUEST, "The query is at fault: %s.",
                      query->fault);
    if (exchange->route->handler == handle_not_built)
        return true;
    for (size_t i = 0; i < query->count; i++)
        judge_parameter(exchange, i);
    return exchange->request.problem.kind == PROBLEM_NONE;
}

static bool judge_media(struct exchange *exchange)
{
    const struct headers *headers = &exchange->headers;
    enum body_kind kind = exchange->route->body;
    bool has_body = exchange->framing.chunked || exchange->framing.length > 0;
    if (kind == BODY_NONE || !has_body)
        return true;
    if (!media_encoding_accepted(headers->content_encoding))
        return refuse(exchange, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "Send the body as it is, without a Content-Encoding.");
    if (media_type_accepted(kind, headers->content_type, headers->origin != NULL))
        return true;
    return refuse(exchange, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                  "Send the body as %s, in UTF-8, and name it so in Content-Type.",
                  media_types_taken(kind));
}

static bool judge_accept(struct exchange *exchange)
{
    const char *type = exchange->route->answers, *also = exchange->route->also;
    const char *accept = exchange->headers.accept;
    if (also && accept && media_type_acceptable(accept, also) &&
        (strcasestr(accept, also) || !media_type_acceptable(accept, type))) {
        exchange->request.wants_second = true;
        return true;
    }
    if (!type || media_type_acceptable(exchange->headers.accept, type))
        return true;
    return refuse(exchange, PROBLEM_NOT_ACCEPTABLE,
                  "The answer is %s; name it in Accept, or leave Accept out.", type);
}

static bool judge_idempotency_key(struct exchange *exchange)
{
    if (!exchange->route->takes_idempotency_key || !exchange->headers.idempotency_key)
        return true;
    return refuse(exchange, PROBLEM_NOT_BUILT_YET,
                  "The Idempotency-Key header is not supported yet; leave it out.");
}

static bool judge_size(struct exchange *exchange)
{
    uint64_t limit = exchange_body_limit(exchange);
    if (exchange->framing.length <= limit)
        return true;
    return refuse(exchange, PROBLEM_BODY_TOO_LARGE,
                  "The body has more than the %ju bytes that are taken.", (uintmax_t)limit);
}

bool judge(struct exchange *exchange)
{
    static bool (*const steps[])(struct exchange *) = {
        judge_framing, judge_version, judge_host,  judge_origin, judge_method,          judge_path,
        judge_load,    judge_query,   judge_media, judge_accept, judge_idempotency_key, judge_size,
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (!steps[i](exchange))
            return false;
    }
    return true;
}
