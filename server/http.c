#include "server/http.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "server/exchange.h"

enum {
    CONNECTION_MEMORY = 32 * 1024, /* bytes; the request line and headers have to fit */
    SPARE_CONNECTIONS = 64,        /* above the limit, for health checks and to answer 503 */
    DRAIN_STEP_MILLISECONDS = 5,
    /* 0.9.75 is no stricter with 1 than we are, but sends the headers of such an answer twice. */
    STRICTNESS = MHD_VERSION >= 0x01000000 ? 1 : 0,
};

static void log_library(void *argument, const char *format, va_list arguments)
{
    struct server *server = argument;
    char message[512];
    vsnprintf(message, sizeof(message), format, arguments);
    message[strcspn(message, "\n")] = '\0';
    log_message(server->log, LOG_DEBUG, "libmicrohttpd: %s", message);
}

/* Leaves escapes as they are: what libmicrohttpd decoded could not be told from a real slash. */
static size_t keep_escapes(void *argument, struct MHD_Connection *connection, char *text)
{
    (void)argument;
    (void)connection;
    return strlen(text);
}

/* libmicrohttpd's own way to stop listening (MHD_quiesce_daemon) aborts when an event thread takes
 * the socket out of its set at the same instant, so the socket stays and connections do not. */
static enum MHD_Result accept_client(void *argument, const struct sockaddr *address,
                                     socklen_t length)
{
    struct server *server = argument;
    (void)address;
    (void)length;
    return atomic_load(&server->stopping) ? MHD_NO : MHD_YES;
}

static struct client *client_open(struct server *server)
{
    struct client *client = calloc(1, sizeof(*client));
    size_t before = atomic_fetch_add(&server->connections, 1);
    if (client)
        client->above_limit = before >= server->config->max_connections;
    return client;
}

/* libmicrohttpd 1.0.1 forgets to complete a request whose chunk extension does not fit into memory;
 * no exchange outlives its connection. */
static void client_close(struct server *server, struct client *client)
{
    atomic_fetch_sub(&server->connections, 1);
    if (client && client->exchange)
        exchange_end(client->exchange);
    free(client);
}

static void notice_connection(void *argument, struct MHD_Connection *connection, void **context,
                              enum MHD_ConnectionNotificationCode what)
{
    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *context = client_open(argument);
    else
        client_close(argument, *context);
}

/* NULL when there was no memory for one. */
static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static enum MHD_Result handle(void *argument, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    struct server *server = argument;
    struct exchange *exchange = *context;
    if (!exchange) {
        struct client *client = client_of(connection);
        if (client)
            exchange = exchange_begin(server, client, connection, path, method, version);
        if (!exchange)
            return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, server->no_memory);
        *context = exchange;
        return exchange_judge(exchange);
    }
    if (exchange_waits(exchange))
        return MHD_YES;
    if (*size == 0)
        return exchange_complete(exchange);
    size_t taken = *size;
    *size = 0;
    return exchange_receive(exchange, data, taken);
}

static void complete(void *argument, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode how)
{
    (void)argument;
    (void)connection;
    (void)how;
    if (*context)
        exchange_end(*context);
    *context = NULL;
}

static struct MHD_Daemon *start_daemon(struct server *server, int listener)
{
    const struct config *config = server->config;
    intptr_t threads = (intptr_t)config->event_threads;
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_library, server},
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)config->max_connections + SPARE_CONNECTIONS, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)config->idle_timeout, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, STRICTNESS, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)notice_connection, server},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)complete, server},
        /* A pool of one is refused. */
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG,
        0, accept_client, server, handle, server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* What is answered when there is no memory for an answer of the request's own. NULL when there is
 * none for this either. */
static struct MHD_Response *create_no_memory_response(void)
{
    struct problem problem = {0};
    struct json_writer w;
    json_writer_init(&w);
    problem_set(&problem, PROBLEM_UNAVAILABLE,
                "There is no memory for an answer just now; try again in a moment.");
    problem_write(&problem, NULL, NULL, &w);
    if (w.failed) {
        json_writer_release(&w);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(w.length, w.data, MHD_RESPMEM_MUST_FREE);
    if (response) {
        MHD_add_response_header(response, "Content-Type", "application/problem+json");
        MHD_add_response_header(response, "Cache-Control", "no-store");
        MHD_add_response_header(response, "Retry-After", "1");
    }
    return response;
}

struct MHD_Daemon *http_start(struct server *server, int listener)
{
    if (getrandom(&server->id_seed, sizeof(server->id_seed), 0) != sizeof(server->id_seed))
        server->id_seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    server->no_memory = create_no_memory_response();
    struct MHD_Daemon *daemon = server->no_memory ? start_daemon(server, listener) : NULL;
    if (!daemon && server->no_memory)
        MHD_destroy_response(server->no_memory);
    return daemon;
}

static double monotonic_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits until a count is 0; false when that took more than `seconds`. */
static bool wait_for_none(const atomic_size_t *count, double seconds)
{
    const struct timespec step = {.tv_nsec = DRAIN_STEP_MILLISECONDS * 1000000};
    double end = monotonic_seconds() + seconds;
    while (atomic_load(count) > 0) {
        if (monotonic_seconds() >= end)
            return false;
        nanosleep(&step, NULL);
    }
    return true;
}

bool http_drain(struct server *server, double seconds)
{
    return wait_for_none(&server->exchanges, seconds);
}

bool http_close(struct server *server, double seconds)
{
    atomic_store(&server->closed, true);
    return wait_for_none(&server->handled, seconds);
}

void http_stop(struct server *server, struct MHD_Daemon *daemon)
{
    if (!daemon)
        return;
    MHD_stop_daemon(daemon);
    MHD_destroy_response(server->no_memory);
}
