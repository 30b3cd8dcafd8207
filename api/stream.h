#ifndef API_STREAM_H
#define API_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/json_writer.h"

/*
 * Answers without an end of their own: events, sent as they come to be. A handler makes a stream,
 * and the server's streams' thread asks it for what is new, so that whoever causes the events has
 * nothing to do with who reads them.
 */

/* A piece of text: immutable, shared by reference with all who send the same. */
struct frame {
    atomic_size_t references;
    size_t length; /* > 0 */
    char text[];
};

/* A copy of the writer's text. NULL when the writer failed, there is no memory, or the frames that
 * slow readers hold are so many that there must be no more: all together have a limit. */
struct frame *frame_create(const struct json_writer *w);
struct frame *frame_reference(struct frame *frame);
void frame_release(struct frame *frame); /* NULL is allowed */

enum event_format { EVENTS_SSE, EVENTS_NDJSON };

struct feeds; /* what several streams send alike; the streams' thread's */

/* NULL when out of memory. */
struct feeds *feeds_create(void);
void feeds_free(struct feeds *feeds); /* NULL is allowed */

/* Lets go of all that it has made; when no stream is open. */
void feeds_clear(struct feeds *feeds);

/* Begins a look at all streams: what is asked of one run is asked once in it. */
void feeds_begin_round(struct feeds *feeds);

struct stream {
    enum event_format format;
    double interval;     /* seconds from one point to the next, at least */
    struct frame *first; /* what it begins with; the stream's, or NULL */
    bool is_whole;       /* nothing follows `first` */
    /*
     * What is new, for frame_release(), or NULL. Not `is_due`: only what does not wait for the
     * rate. *ends: nothing will follow. Never blocks. This and free() are called by one thread.
     */
    struct frame *(*next)(struct stream *stream, struct feeds *feeds, bool is_due, bool *ends);
    void (*free)(struct stream *stream);
};

/* Ends a stream and what it holds. NULL is allowed. */
void stream_free(struct stream *stream);

/* What is sent when nothing has been for a while, so that the connection is known to be alive. */
struct frame *stream_sign_of_life(const struct stream *stream);

/*
 * Writes one event around its data: begin, one JSON value, end. Nothing of the data may have a line
 * break in it, and nothing that json_writer writes has.
 *   id  what a client sends back to go on behind this event; NULL: none
 */
void event_begin(struct json_writer *w, enum event_format format, const char *name, const char *id);
void event_end(struct json_writer *w, enum event_format format);

/* What a stream begins with: how soon a browser comes back when the connection is lost. */
void event_opening(struct json_writer *w, enum event_format format);

#endif
