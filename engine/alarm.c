#include "engine/alarm.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "engine/state.h"

struct alarms {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    struct alarm *first; /* by time */
    bool ending;
    pthread_t thread;
};

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Waits until the first alarm is due, or something changes. Called with the lock. */
static void wait_for_first(struct alarms *alarms)
{
    if (!alarms->first) {
        pthread_cond_wait(&alarms->changed, &alarms->lock);
        return;
    }
    double whole, part = modf(alarms->first->at, &whole);
    struct timespec until = {(time_t)whole, (long)(part * 1e9)};
    pthread_cond_timedwait(&alarms->changed, &alarms->lock, &until);
}

static void *watch(void *argument)
{
    struct alarms *alarms = argument;
    pthread_mutex_lock(&alarms->lock);
    while (!alarms->ending) {
        struct alarm *first = alarms->first;
        if (!first || first->at > clock_seconds()) {
            wait_for_first(alarms);
            continue;
        }
        alarms->first = first->next;
        pthread_mutex_unlock(&alarms->lock);
        first->ring(first->argument); /* which may free it */
        pthread_mutex_lock(&alarms->lock);
    }
    pthread_mutex_unlock(&alarms->lock);
    return NULL;
}

struct alarms *alarms_create(void)
{
    struct alarms *alarms = calloc(1, sizeof(*alarms));
    if (!alarms)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&alarms->lock, NULL);
    pthread_cond_init(&alarms->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&alarms->thread, NULL, watch, alarms) == 0)
        return alarms;
    pthread_mutex_destroy(&alarms->lock);
    pthread_cond_destroy(&alarms->changed);
    free(alarms);
    return NULL;
}

void alarms_free(struct alarms *alarms)
{
    if (!alarms)
        return;
    pthread_mutex_lock(&alarms->lock);
    alarms->ending = true;
    pthread_cond_signal(&alarms->changed);
    pthread_mutex_unlock(&alarms->lock);
    pthread_join(alarms->thread, NULL);
    pthread_mutex_destroy(&alarms->lock);
    pthread_cond_destroy(&alarms->changed);
    free(alarms);
}

void alarm_set(struct engine *engine, struct alarm *alarm, double seconds)
{
    struct alarms *alarms = engine->alarms;
    alarm->at = clock_seconds() + seconds;
    pthread_mutex_lock(&alarms->lock);
    struct alarm **place = &alarms->first;
    while (*place && (*place)->at <= alarm->at)
        place = &(*place)->next;
    alarm->next = *place;
    *place = alarm;
    pthread_cond_signal(&alarms->changed);
    pthread_mutex_unlock(&alarms->lock);
}

bool alarm_cancel(struct engine *engine, struct alarm *alarm)
{
    struct alarms *alarms = engine->alarms;
    pthread_mutex_lock(&alarms->lock);
    struct alarm **place = &alarms->first;
    while (*place && *place != alarm)
        place = &(*place)->next;
    bool was_set = *place != NULL;
    if (was_set)
        *place = alarm->next;
    pthread_mutex_unlock(&alarms->lock);
    return was_set;
}
