#ifndef API_FEEDS_H
#define API_FEEDS_H

#include "api/stream.h"
#include "engine/run_list.h"

/* What a feed's points are. */
enum feed_kind {
    FEED_OF_RUN,     /* its epochs are their ids */
    FEED_WITH_STATE, /* the same, with the run's parameters */
    FEED_AMONG_ALL,  /* without ids */
};

/* What is sent of one run in one format: made once, however many streams send it. */
struct feed {
    struct feed *next;
    struct run *run; /* referenced */
    enum event_format format;
    enum feed_kind kind;
    uint64_t used;       /* the round in which it was asked for last */
    uint64_t looked;     /* in which the run was looked at last */
    struct frame *point; /* the newest "progress", or NULL */
    uint64_t epoch;      /* of the point */
    double point_after;  /* no newer point before: they would cost too much */
    struct frame *end;   /* "end", once the run has ended */
    struct run_progress progress;
};

/* The feed of a run, made where there is none; valid in this round. NULL when out of memory. */
struct feed *feeds_find(struct feeds *feeds, struct run *run, enum event_format format,
                        enum feed_kind kind);

/* The run's "end", or NULL while it has not ended (or there is no memory). The feed's own. */
struct frame *feed_end(struct feeds *feeds, struct feed *feed);

/* Its newest "progress", with feed->epoch; NULL where there is none. The feed's own. */
struct frame *feed_point(struct feeds *feeds, struct feed *feed);

/* Writes "end" of a run that has ended. Its id is the number of epochs that were asked for, which
 * no "progress" has. */
void encode_end_event(struct json_writer *w, enum event_format format, const struct run_view *view);

#endif
