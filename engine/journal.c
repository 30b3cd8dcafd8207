#include "engine/journal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

enum { ENTRIES = 4096, BUCKETS = 8192 };

struct entry {
    struct news news;
    struct entry *older, *newer; /* in the order of sequence */
    struct entry *same_bucket;
};

struct journal {
    struct bell *bell;
    uint64_t boot;
    pthread_mutex_t lock; /* held for moments; guards what follows */
    uint64_t last;
    uint64_t forgotten; /* the newest sequence that is not here any more */
    struct entry *oldest, *newest;
    size_t count;
    struct entry *buckets[BUCKETS];
    struct entry entries[ENTRIES]; /* the first `count` are in use */
};

struct journal *journal_create(struct bell *bell)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (!journal)
        return NULL;
    journal->bell = bell;
    journal->boot = random_identity();
    pthread_mutex_init(&journal->lock, NULL);
    return journal;
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    pthread_mutex_destroy(&journal->lock);
    free(journal);
}

uint64_t journal_boot(const struct journal *journal)
{
    return journal->boot;
}

uint64_t journal_last(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t last = journal->last;
    pthread_mutex_unlock(&journal->lock);
    return last;
}

/* What the news are about: a run, or else a network. */
static const char *subject(const struct news *news)
{
    return news->run[0] ? news->run : news->network;
}

static struct entry **bucket_of(struct journal *journal, const struct news *news)
{
    uint64_t hash = news->run[0] ? 1 : 0; /* FNV-1a: a network may have a run's id for a name */
    for (const char *c = subject(news); *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return &journal->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static struct entry *find(struct journal *journal, const struct news *news)
{
    struct entry *entry = *bucket_of(journal, news);
    while (entry && (!entry->news.run[0] != !news->run[0] ||
                     strcmp(subject(&entry->news), subject(news)) != 0))
        entry = entry->same_bucket;
    return entry;
}

static void unlink_order(struct journal *journal, struct entry *entry)
{
    *(entry->older ? &entry->older->newer : &journal->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &journal->newest) = entry->older;
}

static void link_newest(struct journal *journal, struct entry *entry)
{
    entry->older = journal->newest;
    entry->newer = NULL;
    *(journal->newest ? &journal->newest->newer : &journal->oldest) = entry;
    journal->newest = entry;
}

/* An entry of no use yet: a new one, or the oldest, whose news are forgotten. It is in no list. */
static struct entry *take_entry(struct journal *journal)
{
    if (journal->count < ENTRIES)
        return &journal->entries[journal->count++];
    struct entry *entry = journal->oldest;
    struct entry **place = bucket_of(journal, &entry->news);
    while (*place && *place != entry)
        place = &(*place)->same_bucket;
    *place = entry->same_bucket;
    journal->forgotten = entry->news.sequence;
    unlink_order(journal, entry);
    return entry;
}

void journal_write(struct journal *journal, const struct news *news)
{
    pthread_mutex_lock(&journal->lock);
    uint64_t first = 0;
    struct entry *entry = find(journal, news);
    if (entry) {
        first = entry->news.first;
        unlink_order(journal, entry);
    } else {
        entry = take_entry(journal);
        struct entry **bucket = bucket_of(journal, news);
        entry->same_bucket = *bucket;
        *bucket = entry;
    }
    entry->news = *news;
    entry->news.sequence = ++journal->last;
    if (news->kind == NEWS_NETWORK_CREATED)
        first = journal->last;
    entry->news.first = news->kind == NEWS_NETWORK_DELETED ? 0 : first;
    link_newest(journal, entry);
    pthread_mutex_unlock(&journal->lock);
    bell_ring(journal->bell);
}

bool journal_read(struct journal *journal, uint64_t after, struct news *out, size_t limit,
                  size_t *count)
{
    *count = 0;
    pthread_mutex_lock(&journal->lock);
    bool known = after >= journal->forgotten && after <= journal->last;
    struct entry *entry = NULL;
    if (known && after < journal->last) {
        entry = journal->newest;
        while (entry->older && entry->older->news.sequence > after)
            entry = entry->older;
    }
    for (; entry && *count < limit; entry = entry->newer)
        out[(*count)++] = entry->news;
    pthread_mutex_unlock(&journal->lock);
    return known;
}

struct journal *engine_journal(struct engine *engine)
{
    return engine->journal;
}
