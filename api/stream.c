#include "api/stream.h"

#include <stdlib.h>
#include <string.h>

/* A frame may be as large as a network's parameters in digits, and each slow reader may hold
 * another one. */
static const size_t max_frame_bytes = 64 << 20;

static atomic_size_t frame_bytes; /* of all frames that there are: frame_create(), -release() */

struct frame *frame_create(const struct json_writer *w)
{
    if (w->failed || w->length == 0 || atomic_load(&frame_bytes) > max_frame_bytes)
        return NULL;
    struct frame *frame = malloc(sizeof(*frame) + w->length);
    if (!frame)
        return NULL;
    atomic_init(&frame->references, 1);
    frame->length = w->length;
    memcpy(frame->text, w->data, w->length);
    atomic_fetch_add(&frame_bytes, w->length);
    return frame;
}

struct frame *frame_reference(struct frame *frame)
{
    atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);
    return frame;
}

void frame_release(struct frame *frame)
{
    if (!frame || atomic_fetch_sub_explicit(&frame->references, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_sub(&frame_bytes, frame->length);
    free(frame);
}

void stream_free(struct stream *stream)
{
    if (!stream)
        return;
    frame_release(stream->first);
    stream->free(stream);
}

static void append(struct json_writer *w, const char *text)
{
    json_append(w, text, strlen(text));
}

struct frame *stream_sign_of_life(const struct stream *stream)
{
    struct json_writer w;
    json_writer_init(&w);
    append(&w, stream->format == EVENTS_SSE ? ":\n\n" : "{\"event\":\"ping\"}\n");
    struct frame *frame = frame_create(&w);
    json_writer_release(&w);
    return frame;
}

void event_begin(struct json_writer *w, enum event_format format, const char *name, const char *id)
{
    w->comma = false;
    if (format == EVENTS_SSE) {
        if (id) {
            append(w, "id: ");
            append(w, id);
            append(w, "\n");
        }
        append(w, "event: ");
        append(w, name);
        append(w, "\ndata: ");
        return;
    }
    json_object_begin(w);
    json_key(w, "event");
    json_text(w, name);
    json_key(w, "id");
    if (id)
        json_text(w, id);
    else
        json_nil(w);
    json_key(w, "data");
}

void event_end(struct json_writer *w, enum event_format format)
{
    if (format == EVENTS_NDJSON)
        json_object_end(w);
    append(w, format == EVENTS_SSE ? "\n\n" : "\n");
}

void event_opening(struct json_writer *w, enum event_format format)
{
    if (format == EVENTS_SSE)
        append(w, "retry: 2000\n\n");
}
