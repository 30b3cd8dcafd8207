/* The journal: what it keeps, in which order, and what it says when it has forgotten. */
#include "engine/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

enum { MANY = 20000, ROOM = 8 };

static void write_network(struct journal *journal, enum news_kind kind, const char *name,
                          uint64_t revision)
{
    struct news news = {.kind = kind, .revision = revision};
    snprintf(news.network, sizeof(news.network), "%s", name);
    journal_write(journal, &news);
}

static void write_run(struct journal *journal, enum news_kind kind, const char *run)
{
    struct news news = {.kind = kind};
    snprintf(news.network, sizeof(news.network), "a");
    snprintf(news.run, sizeof(news.run), "%s", run);
    journal_write(journal, &news);
}

static void check_order(struct journal *journal)
{
    struct news news[ROOM];
    size_t count;
    tap_ok(journal_read(journal, 0, news, ROOM, &count) && count == 0, "it begins empty");
    write_network(journal, NEWS_NETWORK_CREATED, "a", 0);                /* 1 */
    write_network(journal, NEWS_NETWORK_CREATED, "b", 0);                /* 2 */
    write_run(journal, NEWS_RUN_QUEUED, "0123456789abcdef");             /* 3 */
    write_network(journal, NEWS_NETWORK_CHANGED, "a", 1);                /* 4 */
    write_network(journal, NEWS_NETWORK_CREATED, "0123456789abcdef", 0); /* 5 */
    tap_ok(journal_read(journal, 0, news, ROOM, &count) && count == 4, "one entry for each thing");
    static const uint64_t sequences[] = {2, 3, 4, 5};
    bool in_order = count == 4;
    for (size_t i = 0; in_order && i < 4; i++)
        in_order = news[i].sequence == sequences[i];
    tap_ok(in_order, "in the order of their newest news");
    tap_ok(news[2].revision == 1 && news[2].first == 1, "a change knows when its network began");
    tap_ok(news[1].run[0] && !news[3].run[0], "a run's id may be a network's name");
    tap_ok(journal_read(journal, 3, news, ROOM, &count) && count == 2 && news[0].sequence == 4,
           "from a place on");
    tap_ok(journal_read(journal, 0, news, 1, &count) && count == 1 && news[0].sequence == 2,
           "the oldest first where there is little room");
    tap_ok(!journal_read(journal, 6, news, ROOM, &count), "what has not happened is not known");
    write_network(journal, NEWS_NETWORK_DELETED, "a", 0);
    write_network(journal, NEWS_NETWORK_CHANGED, "a", 0);
    tap_ok(journal_read(journal, 6, news, ROOM, &count) && count == 1 && news[0].first == 0,
           "what is deleted has no beginning any more");
}

static void check_bound(struct journal *journal)
{
    struct news news[ROOM];
    size_t count;
    char name[32];
    uint64_t before = journal_last(journal);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "many-%d", i);
        write_network(journal, NEWS_NETWORK_CREATED, name, 0);
    }
    uint64_t last = journal_last(journal);
    tap_ok(last == before + MANY, "each has its number");
    tap_ok(!journal_read(journal, before, news, ROOM, &count), "the oldest are forgotten");
    tap_ok(journal_read(journal, last - 4000, news, ROOM, &count) && count == ROOM &&
               news[0].sequence == last - 3999,
           "the newest thousands are there");
    write_network(journal, NEWS_NETWORK_CHANGED, "many-7", 3);
    tap_ok(journal_read(journal, last, news, ROOM, &count) && count == 1 && news[0].first == 0 &&
               strcmp(news[0].network, "many-7") == 0,
           "and what was forgotten may come again");
    for (int i = 0; i < MANY; i++)
        write_network(journal, NEWS_NETWORK_CHANGED, "many-7", (uint64_t)i);
    tap_ok(journal_read(journal, last, news, ROOM, &count) && count == 1 &&
               news[0].revision == MANY - 1,
           "one network's many changes push nothing out");
}

int main(void)
{
    struct bell bell;
    bell_init(&bell);
    struct journal *journal = journal_create(&bell);
    if (!journal)
        return 1;
    check_order(journal);
    check_bound(journal);
    journal_free(journal);
    bell_release(&bell);
    return tap_done();
}
