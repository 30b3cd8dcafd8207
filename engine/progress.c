#include "engine/progress.h"

#include <time.h>

bool run_state_is_end(enum run_state state)
{
    return state == RUN_SUCCEEDED || state == RUN_FAILED || state == RUN_CANCELLED;
}

void bell_init(struct bell *bell)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&bell->lock, NULL);
    pthread_cond_init(&bell->rung, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_init(&bell->rings, 0);
    atomic_init(&bell->listeners, 0);
}

void bell_release(struct bell *bell)
{
    pthread_mutex_destroy(&bell->lock);
    pthread_cond_destroy(&bell->rung);
}

/* A listener that goes to sleep at this very moment may miss this ring: it is woken by the next. */
void bell_ring(struct bell *bell)
{
    atomic_fetch_add(&bell->rings, 1);
    if (atomic_load(&bell->listeners) > 0)
        pthread_cond_broadcast(&bell->rung);
}

uint64_t bell_wait(struct bell *bell, uint64_t seen, double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    atomic_fetch_add(&bell->listeners, 1);
    pthread_mutex_lock(&bell->lock);
    while (atomic_load(&bell->rings) == seen &&
           pthread_cond_timedwait(&bell->rung, &bell->lock, &until) == 0)
        continue;
    pthread_mutex_unlock(&bell->lock);
    atomic_fetch_sub(&bell->listeners, 1);
    return atomic_load(&bell->rings);
}
