#include <stdlib.h>
#include <string.h>

#include "api/event_query.h"
#include "api/feeds.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "api/refusal.h"

/* One client that watches one run. */
struct run_stream {
    struct stream stream;
    enum feed_kind kind;
    struct run *run; /* referenced; NULL where all is said with `first` */
    uint64_t seen;   /* the epoch that the client knows */
};

static struct run_stream *of(struct stream *stream)
{
    return (struct run_stream *)stream; /* its first member */
}

static struct frame *next(struct stream *stream, struct feeds *feeds, bool is_due, bool *ends)
{
    struct run_stream *self = of(stream);
    struct feed *feed = feeds_find(feeds, self->run, stream->format, self->kind);
    if (!feed)
        return NULL;
    struct frame *end = feed_end(feeds, feed);
    if (end) {
        *ends = true;
        return frame_reference(end);
    }
    struct frame *point = is_due ? feed_point(feeds, feed) : NULL;
    if (!point || feed->epoch <= self->seen)
        return NULL;
    self->seen = feed->epoch;
    return frame_reference(point);
}

static void release(struct stream *stream)
{
    run_release(of(stream)->run);
    free(stream);
}

static struct run_stream *create(const struct event_query *query, struct run *run)
{
    struct run_stream *self = calloc(1, sizeof(*self));
    if (!self) {
        run_release(run);
        return NULL;
    }
    self->stream.format = query->format;
    self->stream.interval = query->interval;
    self->stream.next = next;
    self->stream.free = release;
    self->run = run;
    return self;
}

/* Gives it what it begins with: with `view`, the end of a run that is over as well. */
static struct stream *open_stream(struct run_stream *self, const struct run_view *view)
{
    struct json_writer w;
    if (!self)
        return NULL;
    json_writer_init(&w);
    event_opening(&w, self->stream.format);
    if (view)
        encode_end_event(&w, self->stream.format, view);
    self->stream.is_whole = view != NULL;
    if (w.length > 0 || w.failed) {
        self->stream.first = frame_create(&w);
        if (!self->stream.first) {
            stream_free(&self->stream);
            self = NULL;
        }
    }
    json_writer_release(&w);
    return self ? &self->stream : NULL;
}

struct run_query {
    struct event_query events;
    enum feed_kind kind;
    size_t seen;
};

/* False with a problem. */
static bool read_query(struct request *request, struct run_query *query)
{
    const char *include = request_query(request, "include");
    *query = (struct run_query){.kind = FEED_OF_RUN};
    event_query_read(request, &query->events);
    if (include && strcmp(include, "parameters") != 0)
        problem_add(&request->problem, "include", "must be \"parameters\"");
    else if (include)
        query->kind = FEED_WITH_STATE;
    if (query->events.last_id && !parse_digits(query->events.last_id, &query->seen))
        problem_add(&request->problem, "last_event_id",
                    "must be the id of an event of this run, which is a number of epochs");
    return request->problem.kind == PROBLEM_NONE;
}

static enum handled answer_ended(struct request *request, const struct run_query *query,
                                 const struct run_view *view)
{
    if (query->events.last_id && query->seen >= view->progress.epochs) {
        request->answer.status = 204; /* which tells a browser not to come back */
        return REQUEST_ANSWERED;
    }
    return answer_stream(request, open_stream(create(&query->events, NULL), view));
}

static enum handled answer_running(struct request *request, const struct run_query *query)
{
    struct run *run = run_find(request->engine, request->segment);
    if (!run) /* it has ended since: the store has it */
        return request_offload(request, handle_run_events);
    struct run_stream *self = create(&query->events, run);
    if (self) {
        self->kind = query->kind;
        self->seen = query->seen;
    }
    return answer_stream(request, open_stream(self, NULL));
}

enum handled handle_run_events(struct request *request)
{
    struct run_query query;
    struct run_view view;
    if (!read_query(request, &query))
        return REQUEST_ANSWERED;
    enum engine_status status =
        run_view_read(request->engine, request->segment, request->on_worker, &view);
    if (status != ENGINE_OK)
        return refuse_run(request, status);
    enum handled handled = run_state_is_end(view.progress.state)
                               ? answer_ended(request, &query, &view)
                               : answer_running(request, &query);
    run_view_release(&view);
    return handled;
}
