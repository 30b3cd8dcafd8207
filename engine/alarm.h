#ifndef ENGINE_ALARM_H
#define ENGINE_ALARM_H

#include <stdbool.h>

struct engine;
struct alarms;

/* Something to be done at a later time; kept by who sets it until it has rung or is cancelled. */
struct alarm {
    /* Called on the alarms' thread; must not block. May set the alarm again. */
    void (*ring)(void *argument);
    void *argument;
    double at; /* these two: the alarms' own */
    struct alarm *next;
};

/* One thread for all alarms. NULL when out of memory or threads. */
struct alarms *alarms_create(void);

/* Ends the thread; what is set does not ring any more. NULL is allowed. */
void alarms_free(struct alarms *alarms);

/* Has an alarm ring in so many seconds. */
void alarm_set(struct engine *engine, struct alarm *alarm, double seconds);

/* True when it was set and now will not ring. */
bool alarm_cancel(struct engine *engine, struct alarm *alarm);

#endif
