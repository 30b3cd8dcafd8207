/* Which route a method and a path lead to; the paths and methods are the contract's. */
#include <string.h>

#include "api/handlers.h"
#include "server/pages.h"
#include "server/router.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct route_case {
    enum method method;
    const char *path;
    request_handler handler; /* NULL: there is no such route */
    const char *name;
    const char *segment;
} route_cases[] = {
    {METHOD_GET, "/", handle_index},
    {METHOD_HEAD, "/", handle_index},
    {METHOD_GET, "/livez", handle_alive},
    {METHOD_GET, "/readyz", handle_ready},
    {METHOD_GET, "/openapi.yaml", handle_openapi_yaml},
    {METHOD_GET, "/openapi.json", handle_openapi_json},
    {METHOD_GET, "/metrics", handle_not_built},
    {METHOD_GET, "/problems/not-found", handle_problem_page, .segment = "not-found"},
    {METHOD_GET, "/v1", handle_service},
    {METHOD_GET, "/v1/networks", handle_network_list},
    {METHOD_POST, "/v1/networks", handle_network_create},
    {METHOD_GET, "/v1/networks/mazur", handle_network_get, "mazur"},
    {METHOD_HEAD, "/v1/networks/mazur", handle_network_get, "mazur"},
    {METHOD_PUT, "/v1/networks/mazur", handle_network_put, "mazur"},
    {METHOD_PATCH, "/v1/networks/mazur", handle_network_patch, "mazur"},
    {METHOD_DELETE, "/v1/networks/mazur", handle_network_delete, "mazur"},
    {METHOD_GET, "/v1/networks/mazur/parameters", handle_parameters_get, "mazur"},
    {METHOD_PUT, "/v1/networks/mazur/parameters", handle_parameters_put, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/reset", handle_reset, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/forward", handle_forward, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/gradients", handle_gradients, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/step", handle_step, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/train", handle_train, "mazur"},
    {METHOD_POST, "/v1/networks/mazur/evaluate", handle_evaluate, "mazur"},
    {METHOD_GET, "/v1/networks/mazur/checkpoints/a", handle_checkpoint_get, "mazur", "a"},
    {METHOD_POST, "/v1/networks/mazur/checkpoints/a/restore", handle_checkpoint_restore, "mazur",
     "a"},
    {METHOD_GET, "/v1/runs/1", handle_run_get, .segment = "1"},
    {METHOD_DELETE, "/v1/runs/1", handle_run_delete, .segment = "1"},
    {METHOD_GET, "/v1/networks/mazur/runs", handle_run_list, "mazur"},
    {METHOD_GET, "/v1/datasets/iris/rows", handle_dataset_rows, "iris"},

    /* A network may be called import, although POST of that path is something else. */
    {METHOD_POST, "/v1/networks/import", handle_import},
    {METHOD_GET, "/v1/networks/import", handle_network_get, "import"},
    {METHOD_DELETE, "/v1/networks/import", handle_network_delete, "import"},
    {METHOD_POST, "/v1/networks/import/step", handle_step, "import"},

    {METHOD_GET, "/v1/networks/%6D%61zur", handle_network_get, "mazur"},
    {METHOD_GET, "/v1/networks/0._-", handle_network_get, "0._-"},
    {METHOD_GET, "/v1/networks/forward", handle_network_get, "forward"},

    {METHOD_POST, "/v1/networks/mazur"},
    {METHOD_DELETE, "/v1/networks"},
    {METHOD_GET, "/v1/networks/mazur/step"},
    {METHOD_TRACE, "/v1"},
    {METHOD_UNKNOWN, "/v1"},
    {METHOD_GET, ""},
    {METHOD_GET, "//"},
    {METHOD_GET, "/v1/"},
    {METHOD_GET, "/V1"},
    {METHOD_GET, "/v1/networks/"},
    {METHOD_GET, "/v1//networks"},
    {METHOD_GET, "/v1/networks/mazur/"},
    {METHOD_GET, "/v1/networks//parameters"},
    {METHOD_GET, "/v1/networks/mazur/nothing"},
    {METHOD_GET, "/v1/networks/mazur/parameters/0"},
    {METHOD_GET, "/v1/networks/."},
    {METHOD_GET, "/v1/networks/.."},
    {METHOD_GET, "/v1/networks/%2e%2e"},
    {METHOD_GET, "/v1/networks/-mazur"},
    {METHOD_GET, "/v1/networks/ma%20zur"},
    {METHOD_GET, "/v1/networks/ma%C3%A9"},
    {METHOD_GET, "/v1/networks/../networks/mazur"},
    {METHOD_GET, "/livez.html"},
    {METHOD_GET, "/live"},
};

static void test_routes(void)
{
    for (size_t i = 0; i < COUNT(route_cases); i++) {
        const struct route_case *row = &route_cases[i];
        struct match match;
        route_find(row->method, row->path, &match);
        request_handler handler = match.route ? match.route->handler : NULL;
        tap_ok(handler == row->handler &&
                   (!handler || (strcmp(match.name, row->name ? row->name : "") == 0 &&
                                 strcmp(match.segment, row->segment ? row->segment : "") == 0)),
               "method %d of \"%s\" %s", row->method, row->path,
               row->handler ? "has its handler" : "is nothing");
    }
}

static const struct allow_case {
    const char *path;
    const char *allow; /* NULL: there is no such path */
} allow_cases[] = {
    {"/v1", "GET, HEAD, OPTIONS"},
    {"/v1/networks", "GET, HEAD, POST, OPTIONS"},
    {"/v1/networks/mazur", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    {"/v1/networks/import", "POST, GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    {"/v1/networks/mazur/step", "POST, OPTIONS"},
    {"/v1/datasets/iris", "GET, HEAD, PUT, DELETE, OPTIONS"},
    {"/v1/network", NULL},
};

static void test_allow(void)
{
    for (size_t i = 0; i < COUNT(allow_cases); i++) {
        const struct allow_case *row = &allow_cases[i];
        struct match match;
        route_find(METHOD_OPTIONS, row->path, &match);
        tap_text(match.found ? match.allow : NULL, row->allow, "Allow of %s", row->path);
    }
}

/* 128 bytes are a name, 129 are none. */
static void test_longest_name(void)
{
    char path[sizeof("/v1/networks/") + NAME_SIZE] = "/v1/networks/";
    size_t prefix = strlen(path);
    struct match match;
    memset(path + prefix, 'n', NAME_SIZE - 1);
    route_find(METHOD_GET, path, &match);
    tap_ok(match.route && strlen(match.name) == NAME_SIZE - 1, "a name of 128 bytes");
    path[prefix + NAME_SIZE - 1] = 'n';
    route_find(METHOD_GET, path, &match);
    tap_ok(!match.found, "a name of 129 bytes is nothing");
}

/* What the rows themselves have to hold, so that no list is cut off and no answer is too long. */
static void test_table(void)
{
    for (size_t i = 0; i < resource_count; i++) {
        const struct resource *resource = &resources[i];
        size_t count = 0;
        bool known = true;
        for (; count <= RESOURCE_MAX_ROUTES && resource->routes[count].method; count++) {
            enum method method = resource->routes[count].method;
            known = known && resource->routes[count].handler && method != METHOD_HEAD &&
                    method <= METHOD_DELETE;
        }
        tap_ok(known && count > 0 && count <= RESOURCE_MAX_ROUTES, "the row of %s is whole",
               resource->pattern);
    }
}

static void test_methods(void)
{
    tap_ok(method_parse("GET") == METHOD_GET && method_parse("DELETE") == METHOD_DELETE &&
               method_parse("TRACE") == METHOD_TRACE,
           "methods by their names");
    tap_ok(method_parse("get") == METHOD_UNKNOWN && method_parse("") == METHOD_UNKNOWN &&
               method_parse("GETS") == METHOD_UNKNOWN,
           "other words are no methods");
}

int main(void)
{
    test_routes();
    test_allow();
    test_longest_name();
    test_table();
    test_methods();
    return tap_done();
}
