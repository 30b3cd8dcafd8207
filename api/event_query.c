#include "api/event_query.h"

#include <string.h>

#include "api/number.h"
#include "api/refusal.h"

static const double default_rate = 10, lowest_rate = 0.01, highest_rate = 50;

static void read_rate(struct request *request, double *interval)
{
    const char *text = request_query(request, "rate");
    const char *end = text ? text + strlen(text) : NULL;
    const char *stop = end;
    double rate = default_rate;
    if (text && (number_read(text, end, &rate, &stop) != NUMBER_OK || stop != end ||
                 rate < lowest_rate || rate > highest_rate)) {
        problem_add(&request->problem, "rate", "must be a number from %g to %g, of events a second",
                    lowest_rate, highest_rate);
        return;
    }
    *interval = 1 / rate;
}

bool event_query_read(struct request *request, struct event_query *query)
{
    *query = (struct event_query){
        .format = request->wants_second ? EVENTS_NDJSON : EVENTS_SSE,
        .last_id = request->last_event_id,
    };
    if (!query->last_id)
        query->last_id = request_query(request, "last_event_id");
    read_rate(request, &query->interval);
    return request->problem.kind == PROBLEM_NONE;
}

enum handled answer_stream(struct request *request, struct stream *stream)
{
    if (!stream)
        return answer_refusal(request, ENGINE_NO_MEMORY, NULL);
    request->answer.stream = stream;
    request->answer.content_type =
        stream->format == EVENTS_SSE ? "text/event-stream" : "application/x-ndjson";
    return REQUEST_ANSWERED;
}
