#include "api/feeds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/layer_fields.h"
#include "api/run_encoder.h"

static const uint64_t idle_rounds = 1000;       /* after which an unused feed is dropped */
static const double share_of_time = 0.05;       /* that the points of one feed may take */
static const size_t large_buffer = 1024 * 1024; /* is not kept from one point to the next */

enum { ID_SIZE = 24 };

struct feeds {
    struct feed *first;
    uint64_t round;
    struct json_writer writer; /* its memory is kept */
};

static double clock_seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct feeds *feeds_create(void)
{
    return calloc(1, sizeof(struct feeds));
}

static void feed_free(struct feed *feed)
{
    frame_release(feed->point);
    frame_release(feed->end);
    run_release(feed->run);
    free(feed);
}

void feeds_clear(struct feeds *feeds)
{
    while (feeds->first) {
        struct feed *feed = feeds->first;
        feeds->first = feed->next;
        feed_free(feed);
    }
    json_writer_release(&feeds->writer);
}

void feeds_free(struct feeds *feeds)
{
    if (feeds)
        feeds_clear(feeds);
    free(feeds);
}

void feeds_begin_round(struct feeds *feeds)
{
    feeds->round++;
    struct feed **place = &feeds->first;
    while (*place) {
        struct feed *feed = *place;
        if (feeds->round - feed->used <= idle_rounds) {
            place = &feed->next;
            continue;
        }
        *place = feed->next;
        feed_free(feed);
    }
}

struct feed *feeds_find(struct feeds *feeds, struct run *run, enum event_format format,
                        enum feed_kind kind)
{
    struct feed *feed = feeds->first;
    while (feed && (feed->run != run || feed->format != format || feed->kind != kind))
        feed = feed->next;
    if (!feed) {
        feed = calloc(1, sizeof(*feed));
        if (!feed)
            return NULL;
        feed->run = run_reference(run);
        feed->format = format;
        feed->kind = kind;
        feed->next = feeds->first;
        feeds->first = feed;
    }
    feed->used = feeds->round;
    return feed;
}

/* The writer's text as a frame; the writer is emptied. */
static struct frame *take_frame(struct feeds *feeds)
{
    struct json_writer *w = &feeds->writer;
    struct frame *frame = frame_create(w);
    if (w->capacity > large_buffer)
        json_writer_release(w);
    json_writer_reset(w);
    return frame;
}

void encode_end_event(struct json_writer *w, enum event_format format, const struct run_view *view)
{
    char id[ID_SIZE];
    snprintf(id, sizeof(id), "%" PRIu64, view->progress.epochs);
    event_begin(w, format, "end", id);
    encode_run_view(w, view);
    event_end(w, format);
}

/* How far the run is, asked once a round. */
static const struct run_progress *look(const struct feeds *feeds, struct feed *feed)
{
    if (feed->looked != feeds->round)
        run_look(feed->run, &feed->progress);
    feed->looked = feeds->round;
    return &feed->progress;
}

struct frame *feed_end(struct feeds *feeds, struct feed *feed)
{
    struct run_view view;
    if (feed->end || !run_state_is_end(look(feeds, feed)->state) ||
        run_view_of(feed->run, &view) != ENGINE_OK)
        return feed->end;
    encode_end_event(&feeds->writer, feed->format, &view);
    run_view_release(&view);
    feed->end = take_frame(feeds);
    return feed->end;
}

static void encode_progress(struct json_writer *w, const struct feed *feed,
                            const struct run_progress *progress, const struct snapshot *state)
{
    json_object_begin(w);
    json_key(w, "run");
    json_text(w, run_id(feed->run));
    json_key(w, "network");
    json_text(w, run_network(feed->run));
    json_key(w, "epoch");
    json_unsigned(w, progress->epoch);
    json_key(w, "epochs");
    json_unsigned(w, progress->epochs);
    encode_optional(w, "total_error", progress->total_error);
    encode_optional(w, "mean_error", progress->mean_error);
    encode_optional(w, "validation_error", progress->validation_error);
    encode_optional(w, "learning_rate", progress->learning_rate);
    encode_optional(w, "elapsed_seconds", run_seconds(progress->elapsed));
    encode_optional(w, "eta_seconds", run_seconds(progress->eta));
    if (state) {
        json_key(w, "parameters");
        encode_layer_values(w, state->definition->net, state->block->parameters);
    }
    json_object_end(w);
}

/* Puts a newer point in the place of the feed's. Without memory the old one stays. */
static void renew_point(struct feeds *feeds, struct feed *feed, const struct run_progress *progress,
                        const struct snapshot *state)
{
    char id[ID_SIZE];
    struct json_writer *w = &feeds->writer;
    double begun = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    snprintf(id, sizeof(id), "%" PRIu64, progress->epoch);
    event_begin(w, feed->format, "progress", feed->kind == FEED_AMONG_ALL ? NULL : id);
    encode_progress(w, feed, progress, state);
    event_end(w, feed->format);
    struct frame *point = take_frame(feeds);
    double cost = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - begun;
    feed->point_after = clock_seconds(CLOCK_MONOTONIC) + cost / share_of_time;
    if (!point)
        return;
    frame_release(feed->point);
    feed->point = point;
    feed->epoch = progress->epoch;
}

/* An epoch that is done, and not the last: that one is the end's. */
static bool is_news(const struct feed *feed, const struct run_progress *progress)
{
    return progress->state == RUN_RUNNING && progress->epoch > 0 &&
           progress->epoch < progress->epochs && (!feed->point || progress->epoch > feed->epoch);
}

struct frame *feed_point(struct feeds *feeds, struct feed *feed)
{
    struct snapshot *state;
    struct run_progress then;
    const struct run_progress *progress = look(feeds, feed);
    if (!is_news(feed, progress) || clock_seconds(CLOCK_MONOTONIC) < feed->point_after)
        return feed->point;
    if (feed->kind != FEED_WITH_STATE) {
        renew_point(feeds, feed, progress, NULL);
    } else if (run_glance(feed->run, &state, &then)) {
        if (is_news(feed, &then))
            renew_point(feeds, feed, &then, state);
        snapshot_release(state);
    }
    return feed->point;
}
