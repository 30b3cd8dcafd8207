#ifndef ENGINE_WORKERS_H
#define ENGINE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/* Threads that take jobs from one queue, in order. */
struct workers;

/* NULL when out of memory or when no thread could be started. */
struct workers *workers_create(size_t count);

/* Queues work(argument). False when out of memory. */
bool workers_submit(struct workers *workers, void (*work)(void *argument), void *argument);

/* Finishes what has queued, ends the threads, frees. NULL is allowed. */
void workers_free(struct workers *workers);

#endif
