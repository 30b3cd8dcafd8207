#include "server/streams.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "engine/progress.h"
#include "server/exchange.h"

enum { BLOCK_SIZE = 4096 };

static const double round_seconds = 0.02;        /* between two looks at all streams, at least */
static const double quiet_seconds = 0.25;        /* at most, where nothing happens */
static const double life_seconds = 15;           /* without a word: then a sign of life is sent */
static const double visit_seconds = 1;           /* between two looks whether a client is there */
static const double frames_a_second = 2000;      /* of all streams together */
static const double seconds_to_take_the_end = 1; /* for who reads slowly */

/* Who may touch the rest of an outlet. */
enum outlet_state {
    OUTLET_SENDING, /* its connection's event thread: there is something to send, or about to be */
    OUTLET_WAITING, /* the streams' thread: it is suspended */
    OUTLET_CLOSED,  /* the streams' thread, which frees it */
};

/* A stream on its connection. */
struct outlet {
    struct outlet *next; /* the streams' thread's, once it is in the list */
    struct streams *streams;
    struct stream *stream; /* the streams' thread's */
    struct exchange *exchange;
    struct MHD_Connection *connection;
    int socket;
    _Atomic enum outlet_state state; /* changed under the lock */
    struct frame *frame;             /* what is being sent; or NULL */
    size_t sent;                     /* bytes of it */
    bool ends;                       /* with that */
    double due, spoken, visited;     /* times of the monotonic clock: the streams' thread's */
};

struct streams {
    struct bell *bell;
    struct feeds *feeds;
    size_t limit;
    pthread_t thread;
    pthread_mutex_t lock; /* held for moments; guards what follows */
    pthread_cond_t changed;
    struct outlet *first;
    size_t count; /* of outlets in the list */
    bool ending;
    bool freeing;
};

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* On the connection's event thread --------------------------------------------------------- */

/* Hands the outlet to the streams' thread; takes it back at once where that gives no more. */
static void park(struct outlet *outlet)
{
    struct streams *streams = outlet->streams;
    MHD_suspend_connection(outlet->connection);
    pthread_mutex_lock(&streams->lock);
    bool ending = streams->ending;
    if (!ending)
        outlet->state = OUTLET_WAITING;
    pthread_mutex_unlock(&streams->lock);
    if (!ending)
        return;
    outlet->ends = true;
    MHD_resume_connection(outlet->connection);
}

static ssize_t give(void *argument, uint64_t position, char *buffer, size_t size)
{
    struct outlet *outlet = argument;
    (void)position;
    if (!outlet->frame && outlet->ends)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!outlet->frame) {
        park(outlet);
        return 0;
    }
    size_t rest = outlet->frame->length - outlet->sent;
    size_t length = rest < size ? rest : size;
    memcpy(buffer, outlet->frame->text + outlet->sent, length);
    outlet->sent += length;
    outlet->exchange->answer_size += length;
    if (length == rest) {
        frame_release(outlet->frame);
        outlet->frame = NULL;
    }
    return (ssize_t)length;
}

/* The response is gone, and its socket is about to be. */
static void close_outlet(void *argument)
{
    struct outlet *outlet = argument;
    struct streams *streams = outlet->streams;
    pthread_mutex_lock(&streams->lock);
    outlet->state = OUTLET_CLOSED; /* it may be freed from here on */
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
}

/* Enters the list; false when it is full. */
static bool enter(struct streams *streams, struct outlet *outlet)
{
    pthread_mutex_lock(&streams->lock);
    bool has_room = streams->count < streams->limit;
    if (has_room) {
        outlet->next = streams->first;
        streams->first = outlet;
        streams->count++;
        pthread_cond_signal(&streams->changed);
    }
    pthread_mutex_unlock(&streams->lock);
    return has_room;
}

struct MHD_Response *streams_open(struct streams *streams, struct exchange *exchange,
                                  struct stream *stream)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct outlet *outlet = info ? calloc(1, sizeof(*outlet)) : NULL;
    struct MHD_Response *response = NULL;
    if (!outlet) {
        stream_free(stream);
        return NULL;
    }
    *outlet = (struct outlet){
        .streams = streams,
        .stream = stream,
        .exchange = exchange,
        .connection = exchange->connection,
        .socket = info->connect_fd,
        .frame = stream->first,
        .ends = stream->is_whole,
        .spoken = clock_seconds(),
    };
    atomic_init(&outlet->state, OUTLET_SENDING);
    stream->first = NULL;
    if (enter(streams, outlet)) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, give, outlet,
                                                     close_outlet);
        if (!response)
            close_outlet(outlet);
        return response;
    }
    frame_release(outlet->frame);
    stream_free(stream);
    free(outlet);
    return NULL;
}

/* On the streams' thread --------------------------------------------------------------------- */

/* What a stream that waits has to say now. Sets outlet->ends. */
static struct frame *ask(struct streams *streams, struct outlet *outlet, double now, bool ending)
{
    if (ending) {
        outlet->ends = true;
        return NULL;
    }
    struct frame *frame =
        outlet->stream->next(outlet->stream, streams->feeds, now >= outlet->due, &outlet->ends);
    if (frame || outlet->ends)
        return frame;
    if (now - outlet->spoken >= life_seconds)
        return stream_sign_of_life(outlet->stream);
    if (now - outlet->visited >= visit_seconds) {
        const struct request *request = &outlet->exchange->request;
        outlet->visited = now;
        outlet->ends = request->client_left(request);
    }
    return NULL;
}

/* Looks after a suspended connection. */
static void tend(struct streams *streams, struct outlet *outlet, size_t count, bool ending)
{
    double now = clock_seconds();
    struct frame *frame = ask(streams, outlet, now, ending);
    if (!frame && !outlet->ends)
        return;
    double interval = outlet->stream->interval;
    double share = (double)count / frames_a_second;
    outlet->frame = frame;
    outlet->sent = 0;
    outlet->spoken = now;
    outlet->due = now + (interval > share ? interval : share);
    outlet->state = OUTLET_SENDING;
    MHD_resume_connection(outlet->connection);
}

/* Takes what is closed off the list, and frees it. */
static void sweep(struct streams *streams)
{
    struct outlet *closed = NULL;
    pthread_mutex_lock(&streams->lock);
    struct outlet **place = &streams->first;
    while (*place) {
        struct outlet *outlet = *place;
        if (outlet->state != OUTLET_CLOSED) {
            place = &outlet->next;
            continue;
        }
        *place = outlet->next;
        streams->count--;
        outlet->next = closed;
        closed = outlet;
    }
    pthread_mutex_unlock(&streams->lock);
    while (closed) {
        struct outlet *outlet = closed;
        closed = outlet->next;
        frame_release(outlet->frame);
        stream_free(outlet->stream);
        free(outlet);
    }
}

/* Cuts off who still has not taken the end. */
static void cut_off(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    for (struct outlet *outlet = streams->first; outlet; outlet = outlet->next) {
        if (outlet->state == OUTLET_SENDING)
            shutdown(outlet->socket, SHUT_RDWR);
    }
    pthread_mutex_unlock(&streams->lock);
}

static void look_round(struct streams *streams, bool ending)
{
    pthread_mutex_lock(&streams->lock);
    struct outlet *first = streams->first;
    size_t count = streams->count;
    pthread_mutex_unlock(&streams->lock);
    feeds_begin_round(streams->feeds);
    for (struct outlet *outlet = first; outlet; outlet = outlet->next) {
        if (outlet->state == OUTLET_WAITING)
            tend(streams, outlet, count, ending);
    }
}

/* Sleeps until there is a stream. False when the thread is to end. */
static bool wait_for_streams(struct streams *streams, bool *ending)
{
    pthread_mutex_lock(&streams->lock);
    if (!streams->first)
        feeds_clear(streams->feeds); /* nobody else touches them */
    while (!streams->first && !streams->freeing)
        pthread_cond_wait(&streams->changed, &streams->lock);
    bool goes_on = streams->first != NULL;
    *ending = streams->ending;
    pthread_mutex_unlock(&streams->lock);
    return goes_on;
}

static void pause_for(double seconds)
{
    const struct timespec time = {.tv_nsec = (long)(seconds * 1e9)};
    nanosleep(&time, NULL);
}

static void *serve(void *argument)
{
    struct streams *streams = argument;
    uint64_t rings = 0;
    double ended_at = 0;
    bool ending;
    while (wait_for_streams(streams, &ending)) {
        double now = clock_seconds();
        look_round(streams, ending);
        if (ending && ended_at == 0)
            ended_at = now;
        if (ending && now - ended_at >= seconds_to_take_the_end)
            cut_off(streams);
        sweep(streams);
        pause_for(round_seconds);
        if (!ending)
            rings = bell_wait(streams->bell, rings, quiet_seconds - round_seconds);
    }
    return NULL;
}

struct streams *streams_create(struct engine *engine, size_t limit)
{
    struct streams *streams = calloc(1, sizeof(*streams));
    if (!streams)
        return NULL;
    streams->bell = engine_bell(engine);
    streams->limit = limit;
    streams->feeds = feeds_create();
    pthread_mutex_init(&streams->lock, NULL);
    pthread_cond_init(&streams->changed, NULL);
    if (streams->feeds && pthread_create(&streams->thread, NULL, serve, streams) == 0)
        return streams;
    feeds_free(streams->feeds);
    pthread_mutex_destroy(&streams->lock);
    pthread_cond_destroy(&streams->changed);
    free(streams);
    return NULL;
}

void streams_end(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->ending = true;
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
}

void streams_free(struct streams *streams)
{
    if (!streams)
        return;
    pthread_mutex_lock(&streams->lock);
    streams->freeing = true;
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
    pthread_join(streams->thread, NULL);
    feeds_free(streams->feeds);
    pthread_mutex_destroy(&streams->lock);
    pthread_cond_destroy(&streams->changed);
    free(streams);
}
