#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "api/request.h"
#include "server/framing.h"
#include "server/router.h"
#include "server/server.h"
#include "server/target.h"

enum { REQUEST_ID_SIZE = 64 + 1, LOGGED_METHOD_SIZE = 16, LOGGED_PATH_SIZE = 256 };

/* A connection, for as long as it is open. */
struct client {
    bool above_limit;          /* it is there for health checks, and to be told so */
    struct exchange *exchange; /* the request in progress; NULL between two */
};

enum exchange_stage {
    EXCHANGE_COLLECT, /* the body comes in and is kept for the handler */
    EXCHANGE_STREAM,  /* the body comes in and is given to the route's stream at once */
    EXCHANGE_SKIP,    /* the body comes in and is forgotten */
    EXCHANGE_LINGER,  /* the answer is out already; what still comes in is thrown away */
    EXCHANGE_HANDLED, /* the handler has been called; a suspended one answers once it is resumed */
};

/*
 * One request and its answer, from its headers until the answer is sent. It is touched by its
 * connection's event thread alone; while it is suspended, `request` belongs to who will resume it.
 */
struct exchange {
    struct request request; /* as handlers see it */
    struct server *server;
    struct MHD_Connection *connection;
    struct client *client;
    const char *version; /* "HTTP/1.1" */
    struct timespec begun;

    struct headers headers;
    struct framing framing;
    struct match match;
    struct query query;
    const struct route *route; /* NULL before it is found */
    char request_id[REQUEST_ID_SIZE];

    enum exchange_stage stage;
    bool cross_origin; /* of a page that --cors-origin lets in */
    bool unframed;     /* where the request ends cannot be trusted */
    bool close;        /* the connection is of no further use */
    bool suspended;    /* since the handler asked for it */
    bool handled;      /* counted in server->handled */
    char *body;
    size_t body_capacity;
    uint64_t received; /* bytes of the body, kept or not */

    /* For the log. libmicrohttpd writes over its own texts when it answers a fault itself. */
    char logged_method[LOGGED_METHOD_SIZE];
    char logged_path[LOGGED_PATH_SIZE];
    unsigned status;      /* of the answer; 0 before there is one */
    uint64_t answer_size; /* bytes of its body */
};

/*
 * What libmicrohttpd's callbacks do. The first call of a request begins it (NULL: no memory); each
 * piece of its body is taken in; then it is complete, and once more after each resume. They return
 * MHD_NO when the connection has to be closed at once.
 */
struct exchange *exchange_begin(struct server *server, struct client *client,
                                struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version);
enum MHD_Result exchange_judge(struct exchange *exchange);
enum MHD_Result exchange_receive(struct exchange *exchange, const char *data, size_t size);
enum MHD_Result exchange_complete(struct exchange *exchange);

/* Whether the body's stream waits for something. libmicrohttpd goes on with the chunks of a chunked
 * body that it has, suspended or not; what is left with it then comes again after the resume. */
bool exchange_waits(const struct exchange *exchange);

/* Logs and frees it. */
void exchange_end(struct exchange *exchange);

/* Bytes that the body of this request may have; once its route is found. */
uint64_t exchange_body_limit(const struct exchange *exchange);

/* The exchange that a request is part of. */
struct exchange *exchange_of(struct request *request);

#endif
