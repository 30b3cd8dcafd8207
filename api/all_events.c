#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/event_query.h"
#include "api/feeds.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "api/refusal.h"
#include "api/run_encoder.h"
#include "engine/journal.h"
#include "engine/listing.h"

enum {
    ID_SIZE = 48,            /* "<boot>-<sequence>" */
    BOOT_DIGITS = 16,        /* hexadecimal ones */
    NEWS_AT_ONCE = 32,       /* that one frame tells of */
    RUNS_AT_ONCE = 64,       /* whose progress is told of */
    SNAPSHOT_NETWORKS = 500, /* and then there are more, which GET /v1/networks lists */
    SNAPSHOT_RUNS = 500,
};

/* One client that watches everything. */
struct all_stream {
    struct stream stream;
    struct engine *engine;
    uint64_t seen; /* the sequence of the newest news that it has */
    struct {
        char run[RUN_ID_LENGTH + 1];
        uint64_t epoch;
    } told[RUNS_AT_ONCE]; /* of runs in training: the epochs that it has */
    size_t told_count;
};

static struct all_stream *of(struct stream *stream)
{
    return (struct all_stream *)stream; /* its first member */
}

static void write_id(struct engine *engine, uint64_t sequence, char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "%016" PRIx64 "-%" PRIu64, journal_boot(engine_journal(engine)),
             sequence);
}

/* The sequence in an id of this daemon's own, from which it can go on; false where it cannot. */
static bool read_id(struct engine *engine, const char *id, uint64_t *sequence)
{
    char boot[BOOT_DIGITS + 1];
    size_t number, count;
    snprintf(boot, sizeof(boot), "%016" PRIx64, journal_boot(engine_journal(engine)));
    if (!id || strncmp(id, boot, BOOT_DIGITS) != 0 || id[BOOT_DIGITS] != '-' ||
        !parse_digits(id + BOOT_DIGITS + 1, &number))
        return false;
    *sequence = number;
    return journal_read(engine_journal(engine), number, NULL, 0, &count);
}

/* News ---------------------------------------------------------------------------------- */

static void encode_network_state(struct json_writer *w, const char *name, uint64_t revision,
                                 uint64_t steps)
{
    json_object_begin(w);
    json_key(w, "network");
    json_text(w, name);
    json_key(w, "revision");
    json_unsigned(w, revision);
    json_key(w, "steps");
    json_unsigned(w, steps);
    json_object_end(w);
}

static const char *event_name(const struct news *news, uint64_t seen)
{
    switch (news->kind) {
    case NEWS_NETWORK_CREATED:
        return "network_created";
    case NEWS_NETWORK_CHANGED: /* the newest of it; its creation may be news to this client, too */
        return news->first > seen ? "network_created" : "network_changed";
    case NEWS_NETWORK_DELETED:
        return "network_deleted";
    case NEWS_RUN_QUEUED:
        return "run_queued";
    case NEWS_RUN_BEGUN:
        return "run_started";
    case NEWS_RUN_ENDED:
        break;
    }
    return "end";
}

static void encode_news(struct json_writer *w, const struct all_stream *self,
                        const struct news *news)
{
    char id[ID_SIZE];
    write_id(self->engine, news->sequence, id);
    event_begin(w, self->stream.format, event_name(news, self->seen), id);
    if (news->run[0]) {
        encode_run_state(w, news->run, news->network, &news->progress);
    } else if (news->kind == NEWS_NETWORK_DELETED) {
        json_object_begin(w);
        json_key(w, "network");
        json_text(w, news->network);
        json_object_end(w);
    } else {
        encode_network_state(w, news->network, news->revision, news->steps);
    }
    event_end(w, self->stream.format);
}

/* Adds what the journal has. False when this client cannot go on from where it is. */
static bool add_news(struct all_stream *self, struct json_writer *w)
{
    struct news news[NEWS_AT_ONCE];
    size_t count;
    if (!journal_read(engine_journal(self->engine), self->seen, news, NEWS_AT_ONCE, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        encode_news(w, self, &news[i]);
    if (count > 0)
        self->seen = news[count - 1].sequence;
    return true;
}

/* Progress ------------------------------------------------------------------------------ */

/* The epoch that the client has of a run; 0 where it has none. */
static uint64_t told_epoch(const struct all_stream *self, const char *run)
{
    for (size_t i = 0; i < self->told_count; i++)
        if (strcmp(self->told[i].run, run) == 0)
            return self->told[i].epoch;
    return 0;
}

/* Adds how far the runs in training are. */
static void add_progress(struct all_stream *self, struct feeds *feeds, struct json_writer *w)
{
    struct run *runs[RUNS_AT_ONCE];
    struct all_stream now = {.told_count = 0};
    size_t count = runs_in_training(self->engine, runs, RUNS_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        struct feed *feed = feeds_find(feeds, runs[i], self->stream.format, FEED_AMONG_ALL);
        struct frame *point = feed ? feed_point(feeds, feed) : NULL;
        if (point) {
            if (feed->epoch > told_epoch(self, run_id(runs[i])))
                json_append(w, point->text, point->length);
            memcpy(now.told[now.told_count].run, run_id(runs[i]), RUN_ID_LENGTH + 1);
            now.told[now.told_count++].epoch = feed->epoch;
        }
        run_release(runs[i]);
    }
    memcpy(self->told, now.told, sizeof(now.told));
    self->told_count = now.told_count;
}

static struct frame *next(struct stream *stream, struct feeds *feeds, bool is_due, bool *ends)
{
    struct all_stream *self = of(stream);
    struct json_writer w;
    if (!is_due)
        return NULL;
    json_writer_init(&w);
    uint64_t seen = self->seen;
    *ends = !add_news(self, &w); /* it comes back, and begins with a snapshot */
    if (!*ends)
        add_progress(self, feeds, &w);
    struct frame *frame = frame_create(&w);
    if (!frame)
        self->seen = seen;
    json_writer_release(&w);
    return frame;
}

/* Opening ------------------------------------------------------------------------------- */

static void encode_networks(struct json_writer *w, const struct listing *networks)
{
    json_key(w, "networks");
    json_array_begin(w);
    for (size_t i = 0; i < networks->count; i++)
        encode_network_state(w, networks->items[i].name, networks->items[i].revision,
                             networks->items[i].steps);
    json_array_end(w);
    json_key(w, "more_networks");
    json_bool(w, networks->last[0] != '\0');
}

static void encode_runs(struct json_writer *w, const struct run_list *runs)
{
    json_key(w, "runs");
    json_array_begin(w);
    for (size_t i = 0; i < runs->count; i++)
        encode_run_state(w, runs->items[i].id, runs->items[i].network, &runs->items[i].progress);
    json_array_end(w);
    json_key(w, "more_runs");
    json_bool(w, runs->more);
}

/* Writes what there is: all that has happened up to `sequence`, and perhaps more. Blocks. */
static enum engine_status write_snapshot(struct engine *engine, enum event_format format,
                                         uint64_t sequence, struct json_writer *w)
{
    char id[ID_SIZE];
    struct listing networks;
    struct run_list runs;
    enum engine_status status = network_list(engine, NULL, NULL, SNAPSHOT_NETWORKS, &networks);
    if (status != ENGINE_OK)
        return status;
    status = run_list_in_progress(engine, SNAPSHOT_RUNS, &runs);
    if (status == ENGINE_OK) {
        write_id(engine, sequence, id);
        event_begin(w, format, "snapshot", id);
        json_object_begin(w);
        encode_networks(w, &networks);
        encode_runs(w, &runs);
        json_object_end(w);
        event_end(w, format);
        run_list_release(&runs);
    }
    listing_release(&networks);
    return status;
}

static void release(struct stream *stream)
{
    free(stream);
}

/* Takes over nothing. NULL when out of memory. */
static struct stream *create(struct engine *engine, const struct event_query *query,
                             uint64_t sequence, const struct json_writer *first)
{
    struct all_stream *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->stream.format = query->format;
    self->stream.interval = query->interval;
    self->stream.next = next;
    self->stream.free = release;
    self->engine = engine;
    self->seen = sequence;
    if (first->length > 0 || first->failed) {
        self->stream.first = frame_create(first);
        if (!self->stream.first) {
            free(self);
            return NULL;
        }
    }
    return &self->stream;
}

enum handled handle_all_events(struct request *request)
{
    struct event_query query;
    struct engine *engine = request->engine;
    uint64_t sequence;
    if (!event_query_read(request, &query))
        return REQUEST_ANSWERED;
    bool goes_on = read_id(engine, query.last_id, &sequence);
    if (!goes_on && !request->on_worker)
        return request_offload(request, handle_all_events);
    struct json_writer w;
    enum engine_status status = ENGINE_OK;
    json_writer_init(&w);
    event_opening(&w, query.format);
    if (!goes_on) {
        sequence = journal_last(engine_journal(engine)); /* before the rest is read */
        status = write_snapshot(engine, query.format, sequence, &w);
    }
    enum handled handled = status == ENGINE_OK
                               ? answer_stream(request, create(engine, &query, sequence, &w))
                               : answer_refusal(request, status, NULL);
    json_writer_release(&w);
    return handled;
}
