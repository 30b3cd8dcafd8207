/*
 * What is refused before the body is looked at: paths, methods, media types, sizes, hosts, origins,
 * queries, and what is named but not built yet. Also the pages of the problems.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define WITNESS NETWORKS "/witness"
#define STEP "POST", WITNESS "/step", "{" ARTICLE_SAMPLE "}"

#define BYTES_32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BYTES_128 BYTES_32 BYTES_32 BYTES_32 BYTES_32

#define NOT_FOUND .status = 404, .problem = "not-found"
#define NOT_ALLOWED .status = 405, .problem = "method-not-allowed"
#define NO_MEDIA .status = 415, .problem = "unsupported-media-type"
#define NOT_BUILT .status = 501, .problem = "not-built-yet"
#define FOREIGN .status = 403, .problem = "foreign-origin"
#define MISDIRECTED .status = 421, .problem = "misdirected-request"
#define INVALID .status = 422, .problem = "invalid-request"

static const struct exchange paths[] = {
    {"nothing there", "GET", "/nothing", NULL, NOT_FOUND},
    {"another version", "GET", "/v2/networks", NULL, NOT_FOUND},
    {"in the singular", "GET", "/v1/network", NULL, NOT_FOUND},
    {"in capitals", "GET", "/V1/networks", NULL, NOT_FOUND},
    {"below a network", "GET", WITNESS "/nothing", NULL, NOT_FOUND},
    {"below its parameters", "GET", WITNESS "/parameters/0", NULL, NOT_FOUND},
    {"two slashes", "GET", "//v1/networks", NULL, NOT_FOUND},
    {"two slashes within", "GET", "/v1//networks", NULL, NOT_FOUND},
    {"dots are not resolved", "GET", "/v1/networks/../networks/witness", NULL, NOT_FOUND},
    {"an unknown problem", "GET", "/problems/none", NULL, NOT_FOUND},
    {"a name that cannot be", "GET", NETWORKS "/.hidden", NULL, NOT_FOUND},
    {"a name of dots", "GET", NETWORKS "/%2e%2e", NULL, NOT_FOUND},
    {"a name with a blank", "GET", NETWORKS "/a%20b", NULL, NOT_FOUND},
    {"a name of an emoji", "GET", NETWORKS "/%F0%9F%A7%A0", NULL, NOT_FOUND},
    {"a name of 129 bytes", "GET", NETWORKS "/" BYTES_128 "a", NULL, NOT_FOUND},
    {"a name that cannot be, to PUT", "PUT", NETWORKS "/-n",
     "{'inputs': 1, 'layers': [{'units': 1}]}", NOT_FOUND},
};

static const struct {
    struct exchange row;
    const char *allow;
} methods[] = {
    {{"DELETE of the list", "DELETE", NETWORKS, NULL, NOT_ALLOWED}, "GET, HEAD, POST, OPTIONS"},
    {{"PUT of the list", "PUT", NETWORKS, "{}", NOT_ALLOWED}, "GET, HEAD, POST, OPTIONS"},
    {{"POST to a network", "POST", WITNESS, "{}", NOT_ALLOWED},
     "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    {{"DELETE of parameters", "DELETE", WITNESS "/parameters", NULL, NOT_ALLOWED},
     "GET, HEAD, PUT, OPTIONS"},
    {{"GET of a pass", "GET", WITNESS "/forward", NULL, NOT_ALLOWED}, "POST, OPTIONS"},
    {{"PUT of a step", "PUT", WITNESS "/step", "{}", NOT_ALLOWED}, "POST, OPTIONS"},
    {{"DELETE of a reset", "DELETE", WITNESS "/reset", NULL, NOT_ALLOWED}, "POST, OPTIONS"},
    {{"POST to the root of the API", "POST", "/v1", "{}", NOT_ALLOWED}, "GET, HEAD, OPTIONS"},
    {{"POST to the home page", "POST", "/", "{}", NOT_ALLOWED}, "GET, HEAD, OPTIONS"},
    {{"PATCH of health", "PATCH", "/livez", "{}", NOT_ALLOWED}, "GET, HEAD, OPTIONS"},
    {{"TRACE", "TRACE", WITNESS, NULL, NOT_ALLOWED}, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    {{"an unknown method comes after an unknown path", "DELETE", "/nothing", NULL, NOT_FOUND},
     NULL},
};

static const struct exchange media[] = {
    {"text", STEP, NO_MEDIA, .header = "Content-Type: text/plain"},
    {"CSV", STEP, NO_MEDIA, .header = "Content-Type: text/csv"},
    {"XML", STEP, NO_MEDIA, .header = "Content-Type: application/xml"},
    {"a form with files", STEP, NO_MEDIA,
     .header = "Content-Type: multipart/form-data; boundary=x"},
    {"nearly JSON", STEP, NO_MEDIA, .header = "Content-Type: application/jsonx"},
    {"other JSON", STEP, NO_MEDIA, .header = "Content-Type: application/vnd.api+json"},
    {"a merge patch where there is none", STEP, NO_MEDIA,
     .header = "Content-Type: application/merge-patch+json"},
    {"CSV to PATCH", "PATCH", WITNESS, "{}", NO_MEDIA, .header = "Content-Type: text/csv"},
    {"compressed", STEP, NO_MEDIA, .header = "Content-Encoding: gzip"},
    {"no type is JSON", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Content-Type:"},
    {"what curl -d sends is JSON", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Content-Type: application/x-www-form-urlencoded"},
    {"a charset is allowed", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Content-Type: application/json; charset=utf-8"},
    {"case does not matter", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Content-Type: Application/JSON"},
    {"an answer as CSV", "GET", WITNESS, NULL, .status = 406, .problem = "not-acceptable",
     .header = "Accept: text/csv"},
    {"an answer as anything but JSON", "GET", WITNESS, NULL, .status = 406,
     .problem = "not-acceptable", .header = "Accept: */*, application/json;q=0"},
    {"what a browser accepts", "GET", WITNESS, NULL, .status = 200,
     .header = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {"any application", "GET", WITNESS, NULL, .status = 200, .header = "Accept: application/*"},
    {"a range is ignored", "GET", WITNESS, NULL, .status = 200, .header = "Range: bytes=0-3"},
};

static const struct exchange queries[] = {
    {"of a list", "GET", NETWORKS "?page=2", NULL, INVALID, .pointers = "page"},
    {"of a network", "GET", WITNESS "?includes=parameters", NULL, INVALID, .pointers = "includes"},
    {"of a pass", "POST", WITNESS "/forward?trace=true", "{'inputs': [1, 2]}", INVALID,
     .pointers = "trace"},
    {"of a step", "POST", WITNESS "/step?dry_run=true", "{" ARTICLE_SAMPLE "}", INVALID,
     .pointers = "dry_run"},
    {"of DELETE", "DELETE", WITNESS "?force=true", NULL, INVALID, .pointers = "force"},
    {"without a value", "GET", WITNESS "?verbose", NULL, INVALID, .pointers = "verbose"},
    {"of the API's root", "GET", "/v1?x=1", NULL, INVALID, .pointers = "x"},
    {"two of them", "GET", WITNESS "?a=1&b=2", NULL, INVALID, .pointers = "a b"},
    {"empty is none", "GET", WITNESS "?", NULL, .status = 200},
    {"neither true nor false", "POST", WITNESS "/forward?live=perhaps", "{'inputs': [1, 2]}",
     INVALID, .pointers = "live"},
    {"nor this", "DELETE", WITNESS "?cancel=", NULL, INVALID, .pointers = "cancel"},
    {"of a run", "GET", "/v1/runs/0123456789abcdef?live=true", NULL, INVALID, .pointers = "live"},
    {"too few points", "GET", "/v1/runs/0123456789abcdef/history?points=1", NULL, INVALID,
     .pointers = "points"},
    {"too many points", "GET", "/v1/runs/0123456789abcdef/history?points=10001", NULL, INVALID,
     .pointers = "points"},
    {"a page of too many runs", "GET", "/v1/runs?limit=501", NULL, INVALID, .pointers = "limit"},
    {"a page behind nothing", "GET", WITNESS "/runs?cursor=abc", NULL, INVALID,
     .pointers = "cursor"},
    {"checkpoints are not built yet", "POST", WITNESS "/forward?checkpoint=a", "{'inputs': [1, 2]}",
     INVALID, .pointers = "checkpoint"},
};

static const struct exchange later[] = {
    {"explain", "POST", WITNESS "/explain", "{}", NOT_BUILT},
    {"metrics", "GET", "/metrics", NULL, NOT_BUILT},
    {"the document as pages", "GET", "/docs", NULL, NOT_BUILT},
    {"a method that nothing has", "FOO", WITNESS, NULL, NOT_BUILT,
     .sights = {{"/detail",
                 "'No path here has this method; use GET, HEAD, POST, PUT, PATCH, DELETE "
                 "or OPTIONS, in capitals.'"}}},
    {"a key for a step", STEP, NOT_BUILT, .header = "Idempotency-Key: 1"},
    {"a key for a run", "POST", WITNESS "/train", "{" ARTICLE_ROWS ", 'epochs': 1}", NOT_BUILT,
     .header = "Idempotency-Key: 1"},
    {"a key for a creation", "POST", NETWORKS, "{'name': 'n', " ARTICLE_MEMBERS "}", NOT_BUILT,
     .header = "Idempotency-Key: 1"},
};

/* Web pages of others, and names that others made up. %d is the daemon's port. */
static const struct exchange browsers[] = {
    {"a page of another site", STEP, FOREIGN, .header = "Origin: http://example.com"},
    {"a page of a file or sandbox", STEP, FOREIGN, .header = "Origin: null"},
    {"a page of this machine's other port", STEP, FOREIGN, .header = "Origin: http://127.0.0.1:1"},
    {"an empty origin", STEP, FOREIGN, .header = "Origin: nonsense"},
    {"our name within another", STEP, FOREIGN, .header = "Origin: http://127.0.0.1.example.com:%d"},
    {"reading is refused too", "GET", WITNESS, NULL, FOREIGN,
     .header = "Origin: https://example.com"},
    {"a page of our own", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Origin: http://127.0.0.1:%d"},
    {"by another of our names", "POST", WITNESS "/forward", "{'inputs': [1, 2]}", .status = 200,
     .header = "Origin: http://localhost:%d"},
    {"a rebound name", "GET", WITNESS, NULL, MISDIRECTED, .header = "Host: example.com"},
    {"a rebound name with our port", STEP, MISDIRECTED, .header = "Host: example.com:%d"},
    {"our name within another", STEP, MISDIRECTED, .header = "Host: localhost.example.com:%d"},
    {"our address within another", STEP, MISDIRECTED, .header = "Host: 127.0.0.1.example.com"},
    {"any address of this machine", STEP, MISDIRECTED, .header = "Host: 0.0.0.0:%d"},
    {"localhost", "GET", WITNESS, NULL, .status = 200, .header = "Host: localhost:%d"},
    {"localhost in capitals", "GET", WITNESS, NULL, .status = 200, .header = "Host: LocalHost:%d"},
    {"without a port", "GET", WITNESS, NULL, .status = 200, .header = "Host: 127.0.0.1"},
    {"IPv6", "GET", WITNESS, NULL, .status = 200, .header = "Host: [::1]:%d"},
};

/* With an Origin, a body must say that it is JSON: pages can send the other types unasked. */
static void check_simple_requests(struct witness *witness, int port)
{
    static const char *const types[] = {"Content-Type: application/x-www-form-urlencoded",
                                        "Content-Type:", "Content-Type: text/plain"};
    char origin[64];
    snprintf(origin, sizeof(origin), "Origin: http://127.0.0.1:%d", port);
    for (size_t i = 0; i < COUNT(types); i++) {
        const struct http_answer *answer = http_call(witness->client, STEP, origin, types[i], NULL);
        expect_problem(answer, 415, "unsupported-media-type", NULL, types[i]);
        witness_check(witness, types[i]);
    }
}

static void check_browsers(struct witness *witness, int port)
{
    for (size_t i = 0; i < COUNT(browsers); i++) {
        char header[128];
        struct exchange row = browsers[i];
        const char *mark = strstr(row.header, "%d");
        if (mark) {
            snprintf(header, sizeof(header), "%.*s%d", (int)(mark - row.header), row.header, port);
            row.header = header;
        }
        const struct http_answer *answer = exchange(witness->client, &row);
        tap_ok(!http_header(answer, "Access-Control-Allow-Origin"), "%s: no CORS", row.why);
        witness_check(witness, row.why);
    }
}

static void check_methods(struct witness *witness)
{
    for (size_t i = 0; i < COUNT(methods); i++) {
        const struct http_answer *answer = exchange(witness->client, &methods[i].row);
        if (methods[i].allow)
            tap_text(http_header(answer, "Allow"), methods[i].allow, "Allow of %s",
                     methods[i].row.path);
        witness_check(witness, methods[i].row.why);
    }
}

/* The order of judging, as far as one request can have two faults. */
static const struct exchange order[] = {
    {"Host before Origin", "GET", WITNESS, NULL, MISDIRECTED,
     .header = "Host: example.com\r\nOrigin: http://example.com"},
    {"Origin before path", "GET", "/nothing", NULL, FOREIGN,
     .header = "Origin: http://example.com"},
    {"path before media type", "POST", "/nothing", "{}", NOT_FOUND,
     .header = "Content-Type: text/plain"},
    {"method before media type", "POST", WITNESS, "{}", NOT_ALLOWED,
     .header = "Content-Type: text/plain"},
    {"media type before body", "POST", WITNESS "/step", "{", NO_MEDIA,
     .header = "Content-Type: text/plain"},
};

static void check_size(struct witness *witness)
{
    enum { LIMIT = 16 * 1024 * 1024 };
    char *body = malloc(LIMIT + 1);
    if (!body)
        exit(2);
    memset(body, ' ', LIMIT + 1);
    const struct http_answer *answer =
        http_send(witness->client, "POST", WITNESS "/step", body, LIMIT + 1, NULL);
    expect_problem(answer, 413, "body-too-large", NULL, "one byte above the limit");
    witness_check(witness, "a body too large");
    memcpy(body, "{\"inputs\": [1, 2]}", 18);
    answer = http_send(witness->client, "POST", WITNESS "/forward", body, LIMIT, NULL);
    expect_status(answer, 200, "blanks up to the limit");
    free(body);
}

static void check_request_ids(struct http_client *client)
{
    static const struct {
        const char *sent;
        bool taken;
    } rows[] = {
        {"abc-1.2_3", true},
        {"0123456789012345678901234567890123456789012345678901234567890123", true},
        {"01234567890123456789012345678901234567890123456789012345678901234", false},
        {"a b", false},
        {"a\"b", false},
        {"\xc3\xa9", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char header[128];
        snprintf(header, sizeof(header), "X-Request-Id: %s", rows[i].sent);
        const struct http_answer *answer = http_call(client, "GET", "/nothing", NULL, header, NULL);
        const char *answered = http_header(answer, "X-Request-Id");
        tap_ok(answered && (strcmp(answered, rows[i].sent) == 0) == rows[i].taken,
               "the request id %s is %s: %s", rows[i].sent, rows[i].taken ? "taken" : "replaced",
               answered ? answered : "none");
        expect_problem(answer, 404, "not-found", NULL, "has it in the problem too");
    }
}

/* Every type of problem is the address of a page. */
static void check_pages(struct http_client *client)
{
    static const char *const slugs[] = {
        "malformed-request",
        "invalid-json",
        "foreign-origin",
        "not-found",
        "network-not-found",
        "method-not-allowed",
        "not-acceptable",
        "network-exists",
        "network-busy",
        "precondition-failed",
        "body-too-large",
        "unsupported-media-type",
        "misdirected-request",
        "invalid-request",
        "diverged",
        "internal-error",
        "network-damaged",
        "outcome-unknown",
        "not-built-yet",
        "unavailable",
        "queue-full",
        "shutting-down",
        "http-version-not-supported",
        "disk-full",
    };
    for (size_t i = 0; i < COUNT(slugs); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/problems/%s", slugs[i]);
        const struct http_answer *answer = http_call(client, "GET", path, NULL, NULL);
        const char *type = http_header(answer, "Content-Type");
        expect_status(answer, 200, "a page");
        tap_ok(type && strncmp(type, "text/html", 9) == 0 && strstr(answer->body, "<h1"),
               "%s is a page for people: %s", path, type ? type : "no type");
    }
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    witness_exchange_all(&witness, paths, COUNT(paths));
    check_methods(&witness);
    witness_exchange_all(&witness, media, COUNT(media));
    witness_exchange_all(&witness, queries, COUNT(queries));
    witness_exchange_all(&witness, later, COUNT(later));
    check_browsers(&witness, server.port);
    check_simple_requests(&witness, server.port);
    witness_exchange_all(&witness, order, COUNT(order));
    check_size(&witness);
    check_request_ids(client);
    check_pages(client);
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
