/*
 * openapi.yaml, as the daemon serves it, against the tables that the daemon works by, each in both
 * directions: problems, routes, and the names of everything that can be chosen by name.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/problem.h"
#include "nn/network.h"
#include "nn/trainer.h"
#include "server/assets.h"
#include "server/router.h"
#include "tests/harness/tap.h"

enum { PATH_SIZE = 160 };

/* The value behind the keys, which end with NULL; NULL where there is none. */
static json_t *member(json_t *value, const char *const *keys)
{
    for (; value && *keys; keys++)
        value = json_object_get(value, *keys);
    return value;
}

#define MEMBER(value, ...) member(value, (const char *const[]){__VA_ARGS__, NULL})

/* The object itself, or the one that its "#/a/b" refers to. */
static json_t *follow(json_t *document, json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    if (!reference)
        return value;
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%s", reference + strlen("#/"));
    json_t *target = document;
    char *rest = NULL;
    for (char *key = strtok_r(path, "/", &rest); key; key = strtok_r(NULL, "/", &rest))
        target = json_object_get(target, key);
    return target;
}

/* Problems ------------------------------------------------------------------------------------- */

static json_t *find_problem(json_t *problems, const char *slug)
{
    size_t i;
    json_t *row;
    json_array_foreach(problems, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "slug")), slug) == 0)
            return row;
    }
    return NULL;
}

static void check_problems(json_t *document)
{
    json_t *problems = json_object_get(document, "x-problems");
    for (int kind = PROBLEM_NONE + 1; kind < PROBLEM_KIND_COUNT; kind++) {
        const struct problem_kind_row *expected = &problem_kinds[kind];
        json_t *row = find_problem(problems, expected->slug);
        if (!tap_ok(row, "%s is in the document", expected->slug))
            continue;
        tap_text(json_string_value(json_object_get(row, "title")), expected->title, "its title");
        tap_ok(json_integer_value(json_object_get(row, "status")) == expected->status,
               "its status, %d", expected->status);
    }
    tap_ok(json_array_size(problems) == PROBLEM_KIND_COUNT - 1, "and the document has no others");
}

/* Routes --------------------------------------------------------------------------------------- */

/* A path with empty placeholders: "/v1/networks/{}", whatever their names. */
static void without_names(const char *path, char out[PATH_SIZE])
{
    size_t length = 0;
    bool inside = false;
    for (; *path && length + 1 < PATH_SIZE; path++) {
        inside = inside && *path != '}';
        if (!inside)
            out[length++] = *path;
        inside = inside || *path == '{';
    }
    out[length] = '\0';
}

static bool same_path(const char *a, const char *b)
{
    char plain_a[PATH_SIZE];
    char plain_b[PATH_SIZE];
    without_names(a, plain_a);
    without_names(b, plain_b);
    return strcmp(plain_a, plain_b) == 0;
}

static const struct route *find_route(const char *path, enum method method)
{
    for (size_t i = 0; i < resource_count; i++) {
        const struct route *route = resources[i].routes;
        for (; same_path(resources[i].pattern, path) && route->method; route++) {
            if (route->method == method)
                return route;
        }
    }
    return NULL;
}

/* How many members of a list of names, which NULL may end, are there. */
static size_t count_names(const char *const *names, size_t size)
{
    size_t count = 0;
    while (count < size && names[count])
        count++;
    return count;
}

static bool has_name(const char *const *names, size_t size, const char *name)
{
    for (size_t i = 0; i < size && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* One operation of the document and the route behind it. */
struct pair {
    json_t *document;
    json_t *operation;
    const struct route *route;
    const char *id; /* the operation's */
};

/* The query parameters of the document are those of the route; and so is the key. */
static void check_parameters(const struct pair *pair)
{
    size_t i;
    size_t found = 0;
    bool key = false;
    json_t *parameter;
    json_array_foreach(json_object_get(pair->operation, "parameters"), i, parameter)
    {
        parameter = follow(pair->document, parameter);
        const char *name = json_string_value(json_object_get(parameter, "name"));
        key = key || strcmp(name, "Idempotency-Key") == 0;
        if (strcmp(json_string_value(json_object_get(parameter, "in")), "query") != 0)
            continue;
        found++;
        tap_ok(has_name(pair->route->query, ROUTE_MAX_QUERY, name), "%s takes ?%s", pair->id, name);
    }
    tap_ok(found == count_names(pair->route->query, ROUTE_MAX_QUERY), "%s takes no other query",
           pair->id);
    tap_ok(key == pair->route->takes_idempotency_key, "%s: Idempotency-Key", pair->id);
}

static void check_body(const struct pair *pair)
{
    static const struct {
        bool json;
        bool merge_patch;
        bool csv;
    } kinds[] = {
        [BODY_NONE] = {false, false, false},
        [BODY_JSON] = {true, false, false},
        [BODY_MERGE_PATCH] = {true, true, false},
        [BODY_DATASET] = {true, false, true},
    };
    json_t *content = MEMBER(pair->operation, "requestBody", "content");
    bool json = json_object_get(content, "application/json");
    bool merge_patch = json_object_get(content, "application/merge-patch+json");
    bool csv = json_object_get(content, "text/csv");
    tap_ok(json == kinds[pair->route->body].json, "%s: a body of JSON", pair->id);
    tap_ok(merge_patch == kinds[pair->route->body].merge_patch, "%s: a merge patch", pair->id);
    tap_ok(csv == kinds[pair->route->body].csv, "%s: CSV", pair->id);
}

/* The media type of the answer is the route's, and 406 is listed where Accept is judged. */
static void check_answer(const struct pair *pair)
{
    json_t *responses = json_object_get(pair->operation, "responses");
    json_t *content = MEMBER(responses, "200", "content");
    if (!content)
        content = MEMBER(responses, "201", "content");
    const char *type = pair->route->answers;
    tap_ok(!type == !json_object_get(responses, "406"), "%s: 406", pair->id);
    if (type)
        tap_ok(json_object_get(content, type), "%s answers %s", pair->id, type);
}

static void check_operation(json_t *document, const char *path, const char *method,
                            json_t *operation)
{
    char name[16];
    snprintf(name, sizeof(name), "%s", method);
    for (char *c = name; *c; c++)
        *c = (char)(*c - 'a' + 'A');
    struct pair pair = {document, operation, find_route(path, method_parse(name)),
                        json_string_value(json_object_get(operation, "operationId"))};
    if (!tap_ok(pair.route, "%s %s has a route", name, path))
        return;
    bool not_built = !MEMBER(operation, "responses", "200") &&
                     !MEMBER(operation, "responses", "201") &&
                     !MEMBER(operation, "responses", "204");
    tap_ok(not_built == (pair.route->handler == handle_not_built), "%s: built or not", pair.id);
    if (not_built)
        return;
    check_parameters(&pair);
    check_body(&pair);
    check_answer(&pair);
}

/* Whether the key of a path's member is a method. */
static bool is_method(const char *key)
{
    return strcmp(key, "parameters") != 0;
}

static void check_operations(json_t *document)
{
    const char *path;
    json_t *item;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        const char *key;
        json_t *operation;
        json_object_foreach(item, key, operation)
        {
            if (is_method(key))
                check_operation(document, path, key, operation);
        }
    }
}

static bool document_has(json_t *document, const char *pattern, enum method method)
{
    static const char *const keys[] = {
        [METHOD_GET] = "get",     [METHOD_POST] = "post",     [METHOD_PUT] = "put",
        [METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete",
    };
    const char *path;
    json_t *item;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        if (same_path(path, pattern) && json_object_get(item, keys[method]))
            return true;
    }
    return false;
}

static void check_routes(json_t *document)
{
    for (size_t i = 0; i < resource_count; i++) {
        for (const struct route *route = resources[i].routes; route->method; route++)
            tap_ok(document_has(document, resources[i].pattern, route->method),
                   "%s, method %d, is in the document", resources[i].pattern, route->method);
    }
}

/* Names ---------------------------------------------------------------------------------------- */

/* The document's list has exactly these names, in the table's order. */
static void check_choices(json_t *list, const char *const *names, size_t count, const char *what)
{
    tap_ok(json_array_size(list) == count, "%zu kinds of %s", count, what);
    for (size_t i = 0; i < count; i++)
        tap_text(json_string_value(json_array_get(list, i)), names[i], "%s %zu", what, i);
}

/* The init kinds are in three schemas: those without constants, and two with their own. */
static void check_init_kinds(json_t *schemas)
{
    json_t *kinds = json_copy(MEMBER(schemas, "InitByLayer", "properties", "type", "enum"));
    json_array_append(kinds, MEMBER(schemas, "InitUniform", "properties", "type", "const"));
    json_array_append(kinds, MEMBER(schemas, "InitNormal", "properties", "type", "const"));
    check_choices(kinds, init_kind_names, INIT_KIND_COUNT, "init");
    json_decref(kinds);
}

/* A schema that is one of several, each with its `type`: these are the kinds in order. */
static void check_kinds(json_t *schemas, const char *name, const char *const *expected,
                        size_t count)
{
    json_t *kinds = json_array();
    json_t *one;
    size_t i;
    json_array_foreach(MEMBER(schemas, name, "oneOf"), i, one)
    {
        const char *reference = json_string_value(json_object_get(one, "$ref"));
        const char *slash = reference ? strrchr(reference, '/') : NULL;
        json_array_append(kinds, slash ? MEMBER(schemas, slash + 1, "properties", "type", "const")
                                       : json_null());
    }
    check_choices(kinds, expected, count, name);
    json_decref(kinds);
}

static void check_all_choices(json_t *document)
{
    json_t *schemas = MEMBER(document, "components", "schemas");
    check_choices(MEMBER(schemas, "Activation", "enum"), activation_names, ACTIVATION_COUNT,
                  "activation");
    check_choices(MEMBER(schemas, "Loss", "enum"), loss_names, LOSS_COUNT, "loss");
    check_choices(MEMBER(schemas, "Precision", "enum"), precision_names, PRECISION_COUNT,
                  "precision");
    check_kinds(schemas, "Optimizer", optimizer_names, OPTIMIZER_COUNT);
    check_kinds(schemas, "Schedule", schedule_names, SCHEDULE_COUNT);
    check_choices(MEMBER(schemas, "Bias", "enum"), bias_kind_names, BIAS_KIND_COUNT, "bias");
    check_choices(MEMBER(schemas, "UpdateOrder", "enum"), update_order_names, UPDATE_ORDER_COUNT,
                  "update order");
    check_init_kinds(schemas);
}

int main(void)
{
    json_error_t error;
    json_t *document = json_loadb(asset_openapi_json.data, asset_openapi_json.size,
                                  JSON_REJECT_DUPLICATES, &error);
    if (!tap_ok(document, "openapi.json is JSON: %s", error.text))
        return tap_done();
    check_problems(document);
    check_operations(document);
    check_routes(document);
    check_all_choices(document);
    json_decref(document);
    return tap_done();
}
