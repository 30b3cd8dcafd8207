#include "server/router.h"

#include <string.h>

#include "api/names.h"
#include "server/target.h"

static const char *const method_names[] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",       [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH",     [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_CONNECT] = "CONNECT", [METHOD_TRACE] = "TRACE",
};

enum method method_parse(const char *name)
{
    for (enum method method = METHOD_GET; method <= METHOD_TRACE; method++) {
        if (strcmp(method_names[method], name) == 0)
            return method;
    }
    return METHOD_UNKNOWN;
}

/* Reads the name at `path` into `out`. Returns its length in the path, 0 when it is none. */
static size_t read_name(const char *path, char out[NAME_SIZE])
{
    size_t length = strcspn(path, "/");
    return percent_decode(path, length, out, NAME_SIZE) && name_is_valid(out) ? length : 0;
}

static bool pattern_matches(const char *pattern, const char *path, struct match *match)
{
    match->name[0] = '\0';
    match->segment[0] = '\0';
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        bool is_name = strncmp(pattern, "{name}", 6) == 0;
        size_t length = read_name(path, is_name ? match->name : match->segment);
        if (length == 0)
            return false;
        path += length;
        pattern = strchr(pattern, '}') + 1;
    }
    return *path == '\0';
}

static void allow_add(struct match *match, enum method method)
{
    if (match->allow[0])
        strcat(match->allow, ", ");
    strcat(match->allow, method_names[method]);
}

/* Adds a matching resource's methods, and takes the one that is asked for. */
static void consider(const struct resource *resource, enum method method, struct match *match)
{
    if (method == METHOD_HEAD)
        method = METHOD_GET;
    for (const struct route *route = resource->routes; route->method; route++) {
        allow_add(match, route->method);
        if (route->method == METHOD_GET)
            allow_add(match, METHOD_HEAD);
        if (route->method == method)
            match->route = route;
    }
    match->found = true;
}

void route_find(enum method method, const char *path, struct match *match)
{
    *match = (struct match){0};
    for (size_t i = 0; i < resource_count && !match->route; i++) {
        if (pattern_matches(resources[i].pattern, path, match))
            consider(&resources[i], method, match);
    }
    if (match->found)
        allow_add(match, METHOD_OPTIONS);
}
