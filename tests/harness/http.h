#ifndef TESTS_HARNESS_HTTP_H
#define TESTS_HARNESS_HTTP_H

#include <jansson.h>
#include <stddef.h>

#include "tests/harness/daemon.h"

/* A client with one connection, which it keeps. For one thread at a time; many may work side by
 * side. */
struct http_client;

struct http_field {
    char *name;
    char *value;
};

enum { HTTP_MAX_FIELDS = 64 };

/* An answer. It belongs to its client and is valid until that client's next call; `json` may be
 * kept with json_incref(). */
struct http_answer {
    const char *method; /* of the request that it answers */
    char *path;         /* likewise, with its query */
    int status;         /* 0: there was no answer, and `error` says why */
    const char *error;  /* "" when there was one */
    struct http_field fields[HTTP_MAX_FIELDS];
    size_t field_count;
    const char *body; /* NUL-terminated */
    size_t length;    /* bytes of the body */
    json_t *json;     /* the body as JSON, borrowed; NULL where it is none */
};

/* A client of this daemon; ends the program when there is no memory. http_client_free() frees. */
struct http_client *http_client_create(const struct daemon *daemon);
void http_client_free(struct http_client *client);

/*
 * Sends one request and waits for its answer, at most 60 s. `path` is sent as it stands, with its
 * query. `body` NULL: none; a ' in it is sent as ", so that JSON is easy to read in C. The further
 * arguments are headers ("Name: value"; "Name:" leaves out one that would be sent), up to a NULL. A
 * body goes as application/json where they do not say otherwise.
 */
const struct http_answer *http_call(struct http_client *client, const char *method,
                                    const char *path, const char *body, ...)
    __attribute__((sentinel));

/* The same for `length` bytes as they are, and a list of headers that ends with NULL (or is NULL).
 */
const struct http_answer *http_send(struct http_client *client, const char *method,
                                    const char *path, const char *body, size_t length,
                                    const char *const *headers);

/* A copy of the text with every ' made a ". The caller frees it. NULL gives NULL. */
char *http_quoted(const char *text);

/* The value of the answer's first header of this name, in any case; NULL where there is none. */
const char *http_header(const struct http_answer *answer, const char *name);

#endif
