#ifndef API_EVENT_QUERY_H
#define API_EVENT_QUERY_H

#include "api/request.h"
#include "api/stream.h"

/* What a request for events says of how it wants them. */
struct event_query {
    enum event_format format;
    double interval;     /* seconds, by ?rate= */
    const char *last_id; /* behind which it goes on; NULL: from here */
};

/* A browser that comes back sends the header, and the query that the page began with: the header
 * counts. False with a problem. */
bool event_query_read(struct request *request, struct event_query *query);

/* Answers with a stream (taken over; NULL: no memory). */
enum handled answer_stream(struct request *request, struct stream *stream);

#endif
