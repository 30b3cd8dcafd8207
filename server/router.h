#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"
#include "server/media.h"

/* Which handler a method and a path lead to. */

enum method {
    METHOD_UNKNOWN,
    METHOD_GET, /* answers HEAD too */
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_CONNECT, /* this and TRACE are known and never allowed */
    METHOD_TRACE,
};

enum { ROUTE_MAX_QUERY = 3, RESOURCE_MAX_ROUTES = 4 };

/* A method of a resource. */
struct route {
    enum method method; /* METHOD_UNKNOWN ends a resource's list */
    request_handler handler;
    enum body_kind body;
    const char *answers; /* the media type of its answers; NULL: Accept does not matter */
    const char *also;    /* a second one, taken where Accept names it or refuses the first */
    bool takes_idempotency_key;
    const struct body_stream *stream;   /* for bodies that are not collected; NULL: all are */
    const char *query[ROUTE_MAX_QUERY]; /* names that it takes; NULL fills up */
    const char *later[ROUTE_MAX_QUERY]; /* names that the contract has and that are not built yet */
};

/* A path: {name} stands for a name, {segment} for any other single word of the same characters. */
struct resource {
    const char *pattern;
    struct route routes[RESOURCE_MAX_ROUTES + 1];
};

/* The table: routes.c. Where two patterns match a path, the first that has the method is taken. */
extern const struct resource resources[];
extern const size_t resource_count;

enum { NAME_SIZE = 128 + 1 };

struct match {
    const struct route *route; /* NULL: no such path, or not with this method */
    bool found;                /* the path is there */
    char name[NAME_SIZE];      /* with `route`: decoded; "" where the pattern has none */
    char segment[NAME_SIZE];   /* likewise */
    char allow[64];            /* with `found`: the methods of the path, for Allow */
};

/* The method of that name; names are in capitals. */
enum method method_parse(const char *name);

/* Finds the route of a path without faults (target_fault()). */
void route_find(enum method method, const char *path, struct match *match);

#endif
