#ifndef TESTS_HARNESS_RAW_H
#define TESTS_HARNESS_RAW_H

#include <stdbool.h>
#include <stddef.h>

enum { RAW_MAX_ANSWERS = 128 };

/* What came back on a connection of its own for bytes that no HTTP client would send. */
struct raw_exchange {
    char *text; /* all that came, NUL-terminated; released by raw_release() */
    size_t length;
    bool closed;                   /* the server closed the connection */
    double seconds;                /* until it was closed, or until waiting ended */
    int statuses[RAW_MAX_ANSWERS]; /* of the answers in it, in order */
    size_t count;
    size_t interim; /* 1xx answers, which are not among them */
};

/*
 * Sends `length` bytes to 127.0.0.1:port and reads until the server closes, `answers` answers are
 * complete (0: as many as come), or `patience` seconds have gone by.
 */
void raw_send(int port, const char *bytes, size_t length, size_t answers, double patience,
              struct raw_exchange *exchange);
void raw_release(struct raw_exchange *exchange);

/* A connected socket for tests that go on by themselves; -1 when there is no connection. */
int raw_connect(int port);

#endif
