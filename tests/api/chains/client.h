#ifndef TESTS_API_CHAINS_CLIENT_H
#define TESTS_API_CHAINS_CLIENT_H

#include <pthread.h>
#include <stdbool.h>

#include "api/request.h"

/* A request as the server hands it to a handler, without a server: it counts what the server must
 * be able to rely on. */
struct client {
    struct request request; /* first: the one is found by the other */
    char if_match[64];
    int status; /* of the answer; 0 before there is one */
    int faults; /* suspended or resumed otherwise than once, and in that order */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool suspended;
    int resumes;
};

struct question {
    request_handler handler;
    const char *name; /* NULL where the path has none */
    const char *body;
    bool if_match; /* at this revision of the network that readers see now: */
    unsigned match;
};

/* Calls the handler as an event thread does. */
void client_ask(struct client *client, struct engine *engine, const struct question *question);

/* The status of the answer, once there is one; 0: not yet. client_wait() gives it some seconds. */
int client_status(struct client *client);
int client_wait(struct client *client);

void client_release(struct client *client);

#endif
