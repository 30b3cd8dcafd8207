/*
 * What HTTP itself costs: libmicrohttpd (epoll, as many threads as the daemon's) that answers every
 * request with the same JSON of a given length. Takes the body of a POST, as the daemon has to.
 *
 *   bare_server THREADS LENGTH   prints its port, serves until SIGTERM
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result answer(void *argument, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **context)
{
    static int begun;
    (void)path;
    (void)method;
    (void)version;
    (void)data;
    if (!*context || *size) { /* the first call has the headers, others have pieces of the body */
        *context = &begun;
        *size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, argument);
}

static int port_of(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bare_server THREADS LENGTH\n");
        return 2;
    }
    unsigned threads = (unsigned)atoi(argv[1]);
    size_t length = (size_t)atoi(argv[2]);
    char *body = malloc(length);
    if (!body)
        return 1;
    memset(body, ' ', length);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type", "application/json");

    sigset_t end;
    int taken;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigprocmask(SIG_BLOCK, &end, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, 1000u,
        threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, MHD_OPTION_END);
    if (!daemon)
        return 1;
    printf("%d\n", port_of(daemon));
    fflush(stdout);
    sigwait(&end, &taken);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
