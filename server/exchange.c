#include "server/exchange.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "server/judge.h"
#include "server/reply.h"

enum {
    BODY_FIRST_CAPACITY = 64 * 1024, /* a longer body is believed in as it comes */
    BODY_SKIP_LIMIT = 64 * 1024,     /* a longer body of a refused request costs its connection */
    LINGER_FACTOR = 4,               /* times max_body are thrown away after an answer */
};

struct exchange *exchange_of(struct request *request)
{
    return (struct exchange *)((char *)request - offsetof(struct exchange, request));
}

static void suspend(struct request *request)
{
    struct exchange *exchange = exchange_of(request);
    if (exchange->suspended)
        return;
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
}

/* The event thread may take the exchange up, and free it, before this returns. */
static void resume(struct request *request)
{
    MHD_resume_connection(exchange_of(request)->connection);
}

/* A suspended connection is not looked at by libmicrohttpd, and its socket stays open. */
static bool client_left(const struct request *request)
{
    const struct exchange *exchange = exchange_of((struct request *)(uintptr_t)request);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd socket = {.events = POLLRDHUP};
    if (!info)
        return false;
    socket.fd = info->connect_fd;
    return poll(&socket, 1, 0) == 1 && (socket.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* The request's own id where it may be taken over, else a new one: 16 hexadecimal digits of
 * splitmix64 (S. Vigna), which gives each count another number. */
static void choose_id(struct exchange *exchange)
{
    static const char digits[] = "0123456789abcdef";
    struct server *server = exchange->server;
    const char *given = exchange->headers.request_id;
    if (given && request_id_valid(given)) {
        strcpy(exchange->request_id, given);
        return;
    }
    uint64_t count = atomic_fetch_add_explicit(&server->id_count, 1, memory_order_relaxed);
    uint64_t id = server->id_seed + count * UINT64_C(0x9e3779b97f4a7c15);
    id = (id ^ (id >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    id = (id ^ (id >> 27)) * UINT64_C(0x94d049bb133111eb);
    id ^= id >> 31;
    for (int i = 0; i < 16; i++, id >>= 4)
        exchange->request_id[i] = digits[id & 15];
}

static enum MHD_Result take_header(void *argument, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    headers_add(argument, name, name_length, value ? value : "", value ? value_length : 0);
    return MHD_YES;
}

static enum MHD_Result take_parameter(void *argument, enum MHD_ValueKind kind, const char *name,
                                      size_t name_length, const char *value, size_t value_length)
{
    (void)kind;
    (void)name_length;
    (void)value_length;
    query_add(argument, name, value);
    return MHD_YES;
}

/* Fills in what handlers read. */
static void fill_request(struct exchange *exchange, const char *path, const char *method)
{
    struct server *server = exchange->server;
    const struct headers *headers = &exchange->headers;
    exchange->request = (struct request){
        .method = method,
        .path = path,
        .query = exchange->query.parameters,
        .query_count = exchange->query.count,
        .content_type = headers->content_type,
        .accept = headers->accept,
        .if_match = headers->if_match,
        .if_none_match = headers->if_none_match,
        .prefer = headers->prefer,
        .idempotency_key = headers->idempotency_key,
        .last_event_id = headers->last_event_id,
        .request_id = exchange->request_id,
        .engine = server->engine,
        .limits = &server->config->limits,
        .suspend = suspend,
        .resume = resume,
        .client_left = client_left,
    };
}

struct exchange *exchange_begin(struct server *server, struct client *client,
                                struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    atomic_fetch_add(&server->exchanges, 1);
    exchange->server = server;
    exchange->client = client;
    client->exchange = exchange;
    exchange->connection = connection;
    exchange->version = version;
    memccpy(exchange->logged_method, method, '\0', LOGGED_METHOD_SIZE - 1);
    memccpy(exchange->logged_path, path, '\0', LOGGED_PATH_SIZE - 1);
    clock_gettime(CLOCK_MONOTONIC, &exchange->begun);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &exchange->headers);
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_parameter,
                                &exchange->query);
    choose_id(exchange);
    fill_request(exchange, path, method);
    return exchange;
}

/* Answers in the middle of a body. What the client still sends is read for a while: closing at once
 * would reset the connection, and the client might never see the answer. */
static enum MHD_Result answer_now(struct exchange *exchange)
{
    exchange->stage = EXCHANGE_LINGER;
    exchange->received = 0; /* from here on: of what is thrown away */
    free(exchange->body);
    exchange->body = NULL;
    return reply_send(exchange) ? MHD_YES : MHD_NO;
}

/* Decides how a refused request is answered: after its body, so that the connection stays in step,
 * or before, when there is too much of it or its end is not known. */
static enum MHD_Result choose_moment(struct exchange *exchange)
{
    const struct framing *framing = &exchange->framing;
    if (exchange->unframed || exchange->headers.expect)
        return reply_queue(exchange);
    exchange->stage = EXCHANGE_SKIP;
    if (framing->chunked || framing->length > BODY_SKIP_LIMIT)
        return answer_now(exchange);
    return MHD_YES;
}

/* The stream that takes the body of this request while it comes in; NULL: it is collected. */
static const struct body_stream *stream_of(const struct exchange *exchange)
{
    const struct body_stream *stream = exchange->route ? exchange->route->stream : NULL;
    return stream && stream->wanted(&exchange->request) ? stream : NULL;
}

uint64_t exchange_body_limit(const struct exchange *exchange)
{
    const struct limits *limits = &exchange->server->config->limits;
    return stream_of(exchange) ? limits->max_dataset : limits->max_body;
}

enum MHD_Result exchange_judge(struct exchange *exchange)
{
    if (!judge(exchange))
        return choose_moment(exchange);
    const struct match *match = &exchange->match;
    const struct body_stream *stream = stream_of(exchange);
    exchange->request.handler = exchange->route->handler;
    exchange->request.name = match->name[0] ? match->name : NULL;
    exchange->request.segment = match->segment[0] ? match->segment : NULL;
    if (stream && !stream->begin(&exchange->request))
        return choose_moment(exchange);
    exchange->stage = stream ? EXCHANGE_STREAM : EXCHANGE_COLLECT;
    if (exchange->route->body == BODY_NONE)
        exchange->stage = EXCHANGE_SKIP;
    return MHD_YES;
}

/* Makes room for `size` more bytes. A body's length is what its sender says, so memory for a long
 * one is taken in steps, as it comes in. */
static bool reserve(struct exchange *exchange, size_t size)
{
    size_t needed = exchange->request.body_length + size;
    if (needed <= exchange->body_capacity)
        return true;
    size_t expected = (size_t)exchange->framing.length;
    size_t capacity = exchange->body_capacity * 2;
    if (capacity < needed)
        capacity = needed;
    if (capacity < expected && expected <= BODY_FIRST_CAPACITY)
        capacity = expected;
    if (expected && capacity > expected)
        capacity = expected;
    char *body = realloc(exchange->body, capacity);
    if (!body)
        return false;
    exchange->body = body;
    exchange->body_capacity = capacity;
    return true;
}

/* Keeps a piece of the body. Returns false when there is no memory. */
static bool collect(struct exchange *exchange, const char *data, size_t size)
{
    struct request *request = &exchange->request;
    if (!reserve(exchange, size))
        return false;
    memcpy(exchange->body + request->body_length, data, size);
    request->body_length += size;
    request->body = exchange->body;
    return true;
}

/* Counts the exchange as handled, unless the service is closed by now. The count comes first: who
 * closes the service and then sees it at 0 knows that no handler is called any more. */
static bool enter_handler(struct exchange *exchange)
{
    exchange->handled = true;
    atomic_fetch_add(&exchange->server->handled, 1);
    if (!atomic_load(&exchange->server->closed))
        return true;
    problem_set(&exchange->request.problem, PROBLEM_SHUTTING_DOWN,
                "The service is shutting down; nothing was changed. Try again.");
    return false;
}

static void leave_handler(struct exchange *exchange)
{
    if (exchange->handled)
        atomic_fetch_sub(&exchange->server->handled, 1);
    exchange->handled = false;
}

/* A stream that waited has been resumed. */
static void end_wait(struct exchange *exchange)
{
    leave_handler(exchange);
    exchange->suspended = false;
}

bool exchange_waits(const struct exchange *exchange)
{
    if (exchange->stage != EXCHANGE_STREAM || !exchange->suspended)
        return false;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
    return info && info->suspended == MHD_YES;
}

/* Gives a piece of the body to its stream. */
static enum MHD_Result stream(struct exchange *exchange, const char *data, size_t size)
{
    enum streamed streamed = STREAM_ENDS;
    end_wait(exchange);
    if (enter_handler(exchange))
        streamed = exchange->route->stream->take(&exchange->request, data, size);
    if (streamed == STREAM_WAITS)
        return MHD_YES;
    leave_handler(exchange);
    return streamed == STREAM_GOES_ON ? MHD_YES : answer_now(exchange);
}

enum MHD_Result exchange_receive(struct exchange *exchange, const char *data, size_t size)
{
    uint64_t limit = exchange_body_limit(exchange);
    size_t max_body = exchange->server->config->limits.max_body;
    struct problem *problem = &exchange->request.problem;
    exchange->received += size;
    if (exchange->stage == EXCHANGE_LINGER)
        return exchange->received > LINGER_FACTOR * max_body ? MHD_NO : MHD_YES;
    if (exchange->received > limit) {
        problem_set(problem, PROBLEM_BODY_TOO_LARGE,
                    "The body has more than the %ju bytes that are taken.", (uintmax_t)limit);
        return answer_now(exchange);
    }
    if (exchange->stage == EXCHANGE_COLLECT && !collect(exchange, data, size)) {
        problem_set(problem, PROBLEM_UNAVAILABLE, "There is no memory for the body just now.");
        return answer_now(exchange);
    }
    return exchange->stage == EXCHANGE_STREAM ? stream(exchange, data, size) : MHD_YES;
}

static enum handled call_handler(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    if (request->problem.kind != PROBLEM_NONE)
        return REQUEST_ANSWERED;
    return enter_handler(exchange) ? request->handler(request) : REQUEST_ANSWERED;
}

enum MHD_Result exchange_complete(struct exchange *exchange)
{
    if (exchange->stage == EXCHANGE_LINGER)
        return MHD_NO;
    if (exchange->stage == EXCHANGE_STREAM)
        end_wait(exchange);
    if (exchange->stage != EXCHANGE_HANDLED) {
        exchange->stage = EXCHANGE_HANDLED;
        if (call_handler(exchange) == REQUEST_PENDING)
            return MHD_YES;
    }
    leave_handler(exchange);
    return reply_queue(exchange);
}

static uint64_t microseconds_since(const struct timespec *begun)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t nanoseconds =
        (now.tv_sec - begun->tv_sec) * INT64_C(1000000000) + now.tv_nsec - begun->tv_nsec;
    return (uint64_t)nanoseconds / 1000;
}

/* Of the answer; libmicrohttpd may have given one of its own, to a broken chunk. 0: none. */
static unsigned answered_status(const struct exchange *exchange)
{
    if (exchange->status)
        return exchange->status;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info ? info->http_status : 0;
}

void exchange_end(struct exchange *exchange)
{
    leave_handler(exchange); /* where its connection ended before it was taken up again */
    struct server *server = exchange->server;
    struct request *request = &exchange->request;
    log_request(server->log, &(struct log_request){
                                 .method = exchange->logged_method,
                                 .path = exchange->logged_path,
                                 .request_id = exchange->request_id,
                                 .status = answered_status(exchange),
                                 .bytes = exchange->answer_size,
                                 .microseconds = microseconds_since(&exchange->begun),
                             });
    if (request->stream)
        exchange->route->stream->end(request);
    problem_release(&request->problem);
    stream_free(request->answer.stream); /* one that was not sent */
    json_writer_release(&request->answer.body);
    free(exchange->body);
    exchange->client->exchange = NULL;
    free(exchange);
    atomic_fetch_sub(&server->exchanges, 1);
}
