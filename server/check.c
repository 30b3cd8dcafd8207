#include "server/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { CHECK_SECONDS = 3 };

static const char question[] =
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* Sends the question and reads what fits of the answer. Returns false, with errno, on failure. */
static bool ask(int client, const struct listen_address *address, char *answer, size_t size)
{
    const struct timeval patience = {.tv_sec = CHECK_SECONDS};
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); /* connect() too */
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(client, &address->any, address->length) != 0 ||
        send(client, question, strlen(question), MSG_NOSIGNAL) < 0)
        return false;
    ssize_t length = recv(client, answer, size - 1, MSG_WAITALL);
    if (length < 0)
        return false;
    answer[length] = '\0';
    return true;
}

int check_ready(const struct listen_address *address)
{
    char answer[sizeof("HTTP/1.1 200 ")] = "";
    struct listen_address local = listen_address_local(address);
    int client = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = client >= 0 && ask(client, &local, answer, sizeof(answer));
    int error = errno;
    if (client >= 0)
        close(client);
    if (answered && strncmp(answer, "HTTP/1.1 200", 12) == 0)
        return EXIT_SUCCESS;

    char text[LISTEN_TEXT_SIZE];
    listen_address_describe(&local, text);
    fprintf(stderr, "backpropd: %s is not ready: %s\n", text, answered ? answer : strerror(error));
    return EXIT_FAILURE;
}
