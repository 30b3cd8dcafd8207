#ifndef ENGINE_TEAM_H
#define ENGINE_TEAM_H

#include <stddef.h>

#include "nn/team.h"

/*
 * Threads that help one thread with its work, from team->run() to team->run(): they look for the
 * next for some 20 us before they sleep. One thread at a time uses a team.
 *
 *   members   with the one who asks; fewer where the system has no more threads
 *   may_work  says how many may work at the moment; NULL: all
 *
 * NULL when out of memory.
 */
struct team *team_create(size_t members, size_t (*may_work)(void *argument), void *argument);

/* Ends the threads. NULL is allowed. */
void team_free(struct team *team);

#endif
