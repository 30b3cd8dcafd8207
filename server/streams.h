#ifndef SERVER_STREAMS_H
#define SERVER_STREAMS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/stream.h"

struct engine;
struct exchange;

/*
 * The answers that have no end of their own, and the one thread that asks them for what is new. A
 * connection is suspended while it has nothing to send; a slow one is asked for nothing new before
 * it has taken what it was given. Nobody waits for a reader: it costs one frame of memory, which it
 * shares with others.
 */
struct streams;

/* Starts the thread. At most `limit` streams are open at once. NULL when out of memory or threads.
 */
struct streams *streams_create(struct engine *engine, size_t limit);

/* A response that sends a stream (taken over) on this exchange's connection. NULL when there are
 * too many or no memory. */
struct MHD_Response *streams_open(struct streams *streams, struct exchange *exchange,
                                  struct stream *stream);

/* Ends all streams, and those that still come, soon: who has not read what it was sent after a
 * second loses its connection. Returns at once. */
void streams_end(struct streams *streams);

/* Frees, once all connections are closed. NULL is allowed. */
void streams_free(struct streams *streams);

#endif
