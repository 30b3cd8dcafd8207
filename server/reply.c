#include "server/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/problem.h"
#include "server/exchange.h"
#include "server/streams.h"

enum { REPLY_MAX_HEADERS = 16 };

struct reply_header {
    const char *name;
    const char *value;
};

/* An answer as it goes out. */
struct reply {
    unsigned status;
    struct reply_header headers[REPLY_MAX_HEADERS];
    size_t header_count;
    const char *body;
    size_t length;
    char *owned;           /* the body, when it is to be freed */
    struct stream *stream; /* in place of a body */
    char retry_after[16];
};

/* The pages have a style sheet inside and load nothing. */
static const char page_policy[] = "default-src 'none'; style-src 'unsafe-inline'; "
                                  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* Adds a header; one without a value is left out. */
static void add_header(struct reply *reply, const char *name, const char *value)
{
    if (value[0])
        reply->headers[reply->header_count++] = (struct reply_header){name, value};
}

/* Moves a writer's text into the reply. Returns false when there was no memory for all of it. */
static bool take_text(struct reply *reply, struct json_writer *w)
{
    if (w->failed)
        return false;
    reply->owned = w->data;
    reply->body = w->data;
    reply->length = w->length;
    json_writer_init(w);
    return true;
}

static bool prepare_problem(struct exchange *exchange, struct reply *reply)
{
    const struct problem *problem = &exchange->request.problem;
    /* A path that is no path is not repeated. */
    const char *path = exchange->request.path;
    const char *instance = target_fault(path) ? NULL : path;
    struct json_writer w;
    json_writer_init(&w);
    problem_write(problem, instance, exchange->request_id, &w);
    json_append(&w, "\n", 1); /* as all answers end: a terminal shows them */
    if (!take_text(reply, &w)) {
        json_writer_release(&w);
        return false;
    }
    reply->status = (unsigned)problem_kinds[problem->kind].status;
    add_header(reply, "Content-Type", "application/problem+json");
    if (problem->kind == PROBLEM_METHOD_NOT_ALLOWED)
        add_header(reply, "Allow", exchange->match.allow);
    if (problem->retry_after)
        snprintf(reply->retry_after, sizeof(reply->retry_after), "%u", problem->retry_after);
    add_header(reply, "Retry-After", reply->retry_after);
    add_header(reply, "Location", exchange->request.answer.location);
    if (reply->status == 500)
        log_message(exchange->server->log, LOG_ERROR, "%s: %s: %s", exchange->request_id,
                    problem_kinds[problem->kind].slug, problem->detail);
    return true;
}

static bool prepare_answer(struct exchange *exchange, struct reply *reply)
{
    struct answer *answer = &exchange->request.answer;
    const char *type = answer->content_type ? answer->content_type : "application/json";
    reply->status = answer->status ? (unsigned)answer->status : MHD_HTTP_OK;
    reply->stream = answer->stream;
    answer->stream = NULL;
    reply->body = answer->static_body;
    reply->length = answer->static_length;
    if (!answer->static_body && !take_text(reply, &answer->body))
        return false;
    if (reply->length || reply->stream)
        add_header(reply, "Content-Type", type);
    if (reply->stream) /* nginx would keep events back until it has many */
        add_header(reply, "X-Accel-Buffering", "no");
    if (strncmp(type, "text/html", 9) == 0)
        add_header(reply, "Content-Security-Policy", page_policy);
    add_header(reply, "ETag", answer->etag);
    add_header(reply, "Location", answer->location);
    add_header(reply, "Allow", answer->allow);
    add_header(reply, "Link", answer->link);
    add_header(reply, "Preference-Applied", answer->preference_applied);
    return true;
}

/* What a browser has to see before it lets a page of another origin have the answer (the Fetch
 * standard, section 3.3); to OPTIONS also what the page may then send. */
static void add_cors(struct exchange *exchange, struct reply *reply)
{
    if (exchange->server->config->cors_origins[0])
        add_header(reply, "Vary", "Origin");
    if (!exchange->cross_origin)
        return;
    add_header(reply, "Access-Control-Allow-Origin", exchange->headers.origin);
    add_header(reply, "Access-Control-Expose-Headers",
               "ETag, Link, Location, Preference-Applied, Retry-After, X-Request-Id");
    if (strcmp(exchange->request.method, MHD_HTTP_METHOD_OPTIONS) != 0)
        return;
    add_header(reply, "Access-Control-Allow-Methods", exchange->match.allow);
    add_header(reply, "Access-Control-Allow-Headers",
               "Accept, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
               "Prefer, X-Request-Id");
    add_header(reply, "Access-Control-Max-Age", "600");
}

/* Returns false when there is no memory for it. */
static bool prepare(struct exchange *exchange, struct reply *reply)
{
    *reply = (struct reply){0};
    bool prepared = exchange->request.problem.kind == PROBLEM_NONE
                        ? prepare_answer(exchange, reply)
                        : prepare_problem(exchange, reply);
    if (!prepared)
        return false;
    add_header(reply, "Cache-Control", "no-store");
    add_header(reply, "X-Request-Id", exchange->request_id);
    add_cors(exchange, reply);
    if (exchange->close || atomic_load(&exchange->server->stopping))
        add_header(reply, "Connection", "close");
    exchange->status = reply->status;
    exchange->answer_size = reply->length;
    return true;
}

/* Takes the reply's body over. NULL when there is no memory, or no room for a stream. */
static struct MHD_Response *create_response(struct exchange *exchange, struct reply *reply)
{
    struct MHD_Response *response = NULL;
    /* To HEAD libmicrohttpd 0.9.75 would send the last chunk of a stream, which has none. */
    bool is_head = strcmp(exchange->request.method, MHD_HTTP_METHOD_HEAD) == 0;
    if (reply->stream && is_head)
        stream_free(reply->stream);
    if (reply->stream && !is_head)
        response = streams_open(exchange->server->streams, exchange, reply->stream);
    else
        response = MHD_create_response_from_buffer(reply->length, (void *)(uintptr_t)reply->body,
                                                   reply->owned ? MHD_RESPMEM_MUST_FREE
                                                                : MHD_RESPMEM_PERSISTENT);
    if (!response) {
        free(reply->owned);
        return NULL;
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        const struct reply_header *header = &reply->headers[i];
        if (MHD_add_response_header(response, header->name, header->value) == MHD_NO) {
            MHD_destroy_response(response);
            return NULL;
        }
    }
    return response;
}

static enum MHD_Result queue_no_memory(struct exchange *exchange)
{
    exchange->status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return MHD_queue_response(exchange->connection, exchange->status, exchange->server->no_memory);
}

enum MHD_Result reply_queue(struct exchange *exchange)
{
    struct reply reply;
    if (!prepare(exchange, &reply))
        return queue_no_memory(exchange);
    struct MHD_Response *response = create_response(exchange, &reply);
    if (!response)
        return queue_no_memory(exchange);
    enum MHD_Result result = MHD_queue_response(exchange->connection, reply.status, response);
    MHD_destroy_response(response);
    return result;
}

/* Writes the reply as HTTP/1.1 has it. */
static void write_reply(const struct reply *reply, bool with_body, FILE *out)
{
    fprintf(out, "HTTP/1.1 %u %s\r\n", reply->status, MHD_get_reason_phrase_for(reply->status));
    for (size_t i = 0; i < reply->header_count; i++)
        fprintf(out, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
    fprintf(out, "Content-Length: %zu\r\n\r\n", reply->length);
    if (with_body)
        fwrite(reply->body, 1, reply->length, out);
}

/* The whole reply as one text that the caller frees; NULL when there is no memory. */
static char *format_reply(const struct reply *reply, bool with_body, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    write_reply(reply, with_body, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

bool reply_send(struct exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct reply reply;
    exchange->close = true;
    if (!info || !prepare(exchange, &reply))
        return false;
    size_t length = 0;
    bool with_body = strcmp(exchange->request.method, MHD_HTTP_METHOD_HEAD) != 0;
    char *text = format_reply(&reply, with_body, &length);
    bool sent = text && send(info->connect_fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) ==
                            (ssize_t)length;
    sent = sent && shutdown(info->connect_fd, SHUT_WR) == 0;
    free(text);
    free(reply.owned);
    return sent;
}
