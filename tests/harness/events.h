#ifndef TESTS_HARNESS_EVENTS_H
#define TESTS_HARNESS_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { EVENTS_MAX = 4096 };

struct event {
    char name[32]; /* "" where it has none */
    char id[64];
    json_t *data; /* NULL where it is no JSON */
};

/* What came of a stream. */
struct events {
    int status;
    int retry; /* milliseconds; 0: it was not sent */
    size_t comments;
    bool closed;    /* the server ended it */
    double seconds; /* until then, or until waiting ended */
    size_t count;
    struct event items[EVENTS_MAX];
};

/* Reads Server-Sent Events by the rules of the HTML standard (9.2.6), or with `is_ndjson` one JSON
 * object a line. An event that is not complete is left out. */
void events_parse(struct events *events, const char *text, bool is_ndjson);

/* GETs a path with further header lines ("Name: value\r\n", or "") on a connection of its own, and
 * reads for at most so many seconds. Released with events_release(). */
struct events *events_watch(int port, const char *path, const char *headers, double seconds);

void events_release(struct events *events);

/* The first event of this name at or after index `from`; NULL where there is none. */
const struct event *events_find(const struct events *events, const char *name, size_t from);

/* How many have this name. */
size_t events_count(const struct events *events, const char *name);

#endif
