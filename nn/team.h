#ifndef NN_TEAM_H
#define NN_TEAM_H

#include <stddef.h>

/*
 * Who does several parts of a work at once: this library has no threads of its own. Results never
 * depend on who or how many do it. NULL is the one who asks, alone.
 */
struct team {
    /* How many may work now, at least 1. */
    size_t (*members)(struct team *team);
    /* Calls part(argument, n) for every n < parts, in any order or at once, and returns when all
     * have returned. */
    void (*run)(struct team *team, size_t parts, void (*part)(void *argument, size_t n),
                void *argument);
};

/* Multiplications (parameters times samples) of one update from which a team is worth it: some 50
 * us of work. Beyond half of that, an update by two costs some 15 us: they wait for each other
 * twice, and each reads from the other's cache what that one has made of the samples. */
enum { TEAM_WORK = 1000000 };

/* Samples of a batch from which it is: a team begins and ends a burst with copies of the first
 * layer, and of a large network a burst may be one update. */
enum { TEAM_BATCH = 16 };

static inline size_t team_members(struct team *team)
{
    return team ? team->members(team) : 1;
}

#endif
