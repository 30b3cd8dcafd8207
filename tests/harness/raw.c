#include "tests/harness/raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RAW_MAX_BYTES = 1 << 20 };

int raw_connect(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The value of Content-Length among the header lines from `head` to `end`; 0 without one. */
static size_t content_length(const char *head, const char *end)
{
    static const char name[] = "\r\nContent-Length:";
    for (const char *at = head; at < end; at++) {
        if (strncasecmp(at, name, strlen(name)) == 0)
            return strtoul(at + strlen(name), NULL, 10);
    }
    return 0;
}

/* Where the answer that begins at `text` ends, or NULL when it is not complete. */
static const char *answer_end(const char *text, const char *end)
{
    const char *blank = strstr(text, "\r\n\r\n");
    if (!blank)
        return NULL;
    size_t length = content_length(text, blank);
    const char *body = blank + 4;
    return length <= (size_t)(end - body) ? body + length : NULL;
}

/* Finds the answers in the text. Returns how many of them are complete. */
static size_t count_answers(struct raw_exchange *exchange)
{
    const char *at = exchange->text;
    const char *end = at + exchange->length;
    exchange->count = 0;
    exchange->interim = 0;
    while (at && exchange->count < RAW_MAX_ANSWERS && strncmp(at, "HTTP/1.", 7) == 0 &&
           end - at > 12) {
        int status = atoi(at + 9);
        at = answer_end(at, end);
        if (status < 200)
            exchange->interim++;
        else
            exchange->statuses[exchange->count++] = status;
    }
    return exchange->count - (!at && exchange->count > 0);
}

/* Sends what the socket takes; false when the server takes no more for good. */
static bool send_some(int fd, const char *bytes, size_t length, size_t *sent)
{
    ssize_t n = send(fd, bytes + *sent, length - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        *sent += (size_t)n;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Receives what is there. A reset counts as closed, as does the end. */
static void receive_some(int fd, struct raw_exchange *exchange)
{
    ssize_t n =
        recv(fd, exchange->text + exchange->length, RAW_MAX_BYTES - exchange->length, MSG_DONTWAIT);
    if (n > 0)
        exchange->length += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        exchange->closed = true;
    exchange->text[exchange->length] = '\0';
}

void raw_send(int port, const char *bytes, size_t length, size_t answers, double patience,
              struct raw_exchange *exchange)
{
    *exchange = (struct raw_exchange){.text = calloc(1, RAW_MAX_BYTES + 1)};
    double start = now();
    int fd = raw_connect(port);
    size_t sent = 0;
    bool sending = true;
    if (fd < 0 || !exchange->text) {
        perror("raw_send");
        exit(2);
    }
    while (!exchange->closed && now() - start < patience) {
        sending = sending && sent < length;
        struct pollfd wait = {fd, (short)(POLLIN | (sending ? POLLOUT : 0)), 0};
        if (poll(&wait, 1, 50) <= 0)
            continue;
        if (sending && (wait.revents & POLLOUT))
            sending = send_some(fd, bytes, length, &sent);
        if (wait.revents & (POLLIN | POLLHUP | POLLERR))
            receive_some(fd, exchange);
        if (count_answers(exchange) >= answers && answers > 0)
            break;
    }
    count_answers(exchange);
    exchange->seconds = now() - start;
    close(fd);
}

void raw_release(struct raw_exchange *exchange)
{
    free(exchange->text);
    *exchange = (struct raw_exchange){0};
}
