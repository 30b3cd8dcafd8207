#include "engine/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    /* Looks for work before a thread sleeps: some 30 us. Without a pause instruction between two
     * looks, which on virtual machines may cost more than the work that is waited for. */
    SPINS = 30000,
    ALIGNMENT = 64,
};

struct crew {
    struct team team;
    size_t (*may_work)(void *argument);
    void *argument;

    /* What is done now; written before `round`. */
    void (*part)(void *argument, size_t n);
    void *part_argument;
    size_t parts;

    _Alignas(ALIGNMENT) atomic_uint round;   /* of work; odd or even, it only has to change */
    _Alignas(ALIGNMENT) atomic_size_t taken; /* helpers that have ended this round */
    _Alignas(ALIGNMENT) atomic_size_t sleeping;
    atomic_bool ending;
    pthread_mutex_t lock; /* to sleep by */
    pthread_cond_t woken;
    size_t helpers;
    struct helper {
        struct crew *crew;
        size_t n; /* the part that is its own: 1 .. helpers */
        pthread_t thread;
    } helper[];
};

static void sleep_until_round(struct crew *crew, unsigned seen)
{
    pthread_mutex_lock(&crew->lock);
    atomic_fetch_add(&crew->sleeping, 1);
    while (atomic_load(&crew->round) == seen)
        pthread_cond_wait(&crew->woken, &crew->lock);
    atomic_fetch_sub(&crew->sleeping, 1);
    pthread_mutex_unlock(&crew->lock);
}

/* Waits for a round other than `seen`, and returns it. */
static unsigned wait_for_round(struct crew *crew, unsigned seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        unsigned round = atomic_load_explicit(&crew->round, memory_order_acquire);
        if (round != seen)
            return round;
    }
    sleep_until_round(crew, seen);
    return atomic_load(&crew->round);
}

static void *help(void *argument)
{
    struct helper *helper = argument;
    struct crew *crew = helper->crew;
    unsigned round = 0;
    for (;;) {
        round = wait_for_round(crew, round);
        if (atomic_load(&crew->ending))
            return NULL;
        for (size_t n = helper->n; n < crew->parts; n += crew->helpers + 1)
            crew->part(crew->part_argument, n);
        atomic_fetch_add_explicit(&crew->taken, 1, memory_order_release);
    }
}

static void next_round(struct crew *crew)
{
    atomic_fetch_add(&crew->round, 1);
    if (atomic_load(&crew->sleeping) == 0)
        return;
    pthread_mutex_lock(&crew->lock);
    pthread_cond_broadcast(&crew->woken);
    pthread_mutex_unlock(&crew->lock);
}

static void crew_run(struct team *team, size_t parts, void (*part)(void *argument, size_t n),
                     void *argument)
{
    struct crew *crew = (struct crew *)team;
    if (parts == 1 || crew->helpers == 0) {
        for (size_t n = 0; n < parts; n++)
            part(argument, n);
        return;
    }
    crew->part = part;
    crew->part_argument = argument;
    crew->parts = parts;
    atomic_store(&crew->taken, 0);
    next_round(crew);
    for (size_t n = 0; n < parts; n += crew->helpers + 1)
        part(argument, n);
    for (int spin = 0; atomic_load_explicit(&crew->taken, memory_order_acquire) < crew->helpers;
         spin++)
        if (spin > SPINS)
            sched_yield(); /* there are more threads than cores */
}

static size_t crew_members(struct team *team)
{
    struct crew *crew = (struct crew *)team;
    size_t all = crew->helpers + 1;
    size_t may = crew->may_work ? crew->may_work(crew->argument) : all;
    return may < all ? (may > 0 ? may : 1) : all;
}

struct team *team_create(size_t members, size_t (*may_work)(void *argument), void *argument)
{
    size_t size = sizeof(struct crew) + members * sizeof(struct helper);
    struct crew *crew = aligned_alloc(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (!crew)
        return NULL;
    *crew =
        (struct crew){.team = {crew_members, crew_run}, .may_work = may_work, .argument = argument};
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->woken, NULL);
    for (size_t n = 1; n < members; n++) {
        struct helper *helper = &crew->helper[n - 1];
        *helper = (struct helper){.crew = crew, .n = n};
        if (pthread_create(&helper->thread, NULL, help, helper) != 0)
            break;
        crew->helpers++; /* before any round; a round is what makes it seen */
    }
    return &crew->team;
}

void team_free(struct team *team)
{
    struct crew *crew = (struct crew *)team;
    if (!crew)
        return;
    atomic_store(&crew->ending, true);
    next_round(crew);
    for (size_t n = 0; n < crew->helpers; n++)
        pthread_join(crew->helper[n].thread, NULL);
    pthread_cond_destroy(&crew->woken);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}
