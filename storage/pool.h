#ifndef STORAGE_POOL_H
#define STORAGE_POOL_H

#include <pthread.h>
#include <stddef.h>

#include "storage/connection.h"

enum { POOL_MAX = 4 };

/* Connections that threads borrow in turn. */
struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t returned;
    struct connection connections[POOL_MAX];
    size_t count; /* of connections */
    struct connection *idle[POOL_MAX];
    size_t idle_count;
};

/* An empty pool; connections are opened in place and then added. */
void pool_init(struct pool *pool);
void pool_add(struct pool *pool);     /* the connection at [count], open or half open */
void pool_release(struct pool *pool); /* closes all; none is lent */

/* Waits for a connection that nobody has. */
struct connection *pool_borrow(struct pool *pool);
void pool_return(struct pool *pool, struct connection *connection);

#endif
