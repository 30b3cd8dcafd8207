#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdbool.h>

#include "server/server.h"

struct MHD_Daemon;

/*
 * Serves HTTP on a listening socket, which it takes over, with event threads of its own. `server`
 * is borrowed until http_stop(). NULL when the threads cannot be started.
 */
struct MHD_Daemon *http_start(struct server *server, int listener);

/*
 * Waits until every request that has begun is answered. Returns false when that took more than
 * `seconds`. New connections are closed as soon as server->stopping is set.
 */
bool http_drain(struct server *server, double seconds);

/* Has no handler called any more, and waits until none is at work and nothing is suspended. Returns
 * false when that took more than `seconds`. */
bool http_close(struct server *server, double seconds);

/* Closes all connections and ends the threads. After http_close(). NULL is allowed. */
void http_stop(struct server *server, struct MHD_Daemon *daemon);

#endif
