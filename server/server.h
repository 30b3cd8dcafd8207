#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>
#include <stdint.h>

#include "server/config.h"
#include "server/log.h"
#include "server/origin.h"

struct engine;
struct store;
struct streams;
struct MHD_Response;

/* What all requests share. */
struct server {
    const struct config *config;
    struct log *log;
    struct store *store;
    struct engine *engine;
    struct streams *streams;
    struct host_rule hosts;
    struct MHD_Response *no_memory; /* what is answered when there is none for an answer */

    atomic_bool stopping;      /* no new connections; every answer is its connection's last */
    atomic_size_t connections; /* open ones */
    atomic_size_t exchanges;   /* requests whose answer is not sent yet */
    atomic_bool closed;        /* no handler is called any more: requests are answered 503 */
    atomic_size_t handled;     /* of these: those in a handler, or that somebody is to resume */

    uint64_t id_seed; /* request ids are a bijection of this and the count */
    atomic_uint_least64_t id_count;
};

#endif
