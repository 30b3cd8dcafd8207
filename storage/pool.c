#include "storage/pool.h"

void pool_init(struct pool *pool)
{
    *pool = (struct pool){0};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->returned, NULL);
}

void pool_add(struct pool *pool)
{
    pool->idle[pool->idle_count++] = &pool->connections[pool->count++];
}

void pool_release(struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        connection_close(&pool->connections[i]);
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->returned);
}

struct connection *pool_borrow(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (!pool->idle_count)
        pthread_cond_wait(&pool->returned, &pool->mutex);
    struct connection *connection = pool->idle[--pool->idle_count];
    pthread_mutex_unlock(&pool->mutex);
    return connection;
}

void pool_return(struct pool *pool, struct connection *connection)
{
    pthread_mutex_lock(&pool->mutex);
    pool->idle[pool->idle_count++] = connection;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->mutex);
}
