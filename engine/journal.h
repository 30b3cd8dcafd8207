#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/run.h"

/*
 * The news of an engine: which networks were created, changed and deleted, and which runs were
 * admitted, began and ended, once that is on disk or in the queue. Bounded: of each network and run
 * only the newest is kept, and of all of them the newest few thousand. Thread-safe.
 */
struct journal;

enum news_kind {
    NEWS_NETWORK_CREATED,
    NEWS_NETWORK_CHANGED,
    NEWS_NETWORK_DELETED,
    NEWS_RUN_QUEUED,
    NEWS_RUN_BEGUN,
    NEWS_RUN_ENDED,
};

struct news {
    uint64_t sequence; /* from 1; later news of the same thing take its place */
    uint64_t first;    /* of the creation, while the network is there; 0 where it is forgotten */
    enum news_kind kind;
    char network[NAME_MAX_LENGTH + 1];
    uint64_t revision;           /* of a network that is there */
    uint64_t steps;              /* likewise */
    char run[RUN_ID_LENGTH + 1]; /* "" for news of a network */
    struct run_progress progress;
};

/* NULL when out of memory. Writing rings `bell` (borrowed). */
struct journal *journal_create(struct bell *bell);
void journal_free(struct journal *journal); /* NULL is allowed */

/* What tells this journal's sequence numbers from those of a daemon that ran before. */
uint64_t journal_boot(const struct journal *journal);

/* The number of the newest news; 0 where there are none. */
uint64_t journal_last(struct journal *journal);

/*
 * Up to `limit` news whose sequence is above `after`, in order, as copies. False when some of them
 * are forgotten, or `after` has not been reached yet.
 */
bool journal_read(struct journal *journal, uint64_t after, struct news *out, size_t limit,
                  size_t *count);

/* Writes something down; its sequence and `first` are the journal's. Never blocks. */
void journal_write(struct journal *journal, const struct news *news);

struct journal *engine_journal(struct engine *engine);

#endif
