/*
 * kill -9 at random moments: a child steps networks and tells through a pipe of each change that
 * was answered; the next child opens what is left. Every answered change must be there, and no
 * network half changed. KILL_TEST_ROUNDS children, 20 unless told otherwise.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

enum {
    SMALL = 7, /* networks of one chunk; the last one is large */
    NETWORKS = SMALL + 1,
    LARGE = 150 * 1000, /* parameters: two chunks */
    IN_FLIGHT = 3,      /* changes of one network, each standing on the one before */
    NAME_SIZE = 16,
    LONGEST_LIFE = 60000, /* microseconds */
};

struct client;

struct flight {
    struct store_change change;
    struct client *client;
    struct store_block *block;
    char definition[32];
};

struct client {
    struct store *store;
    struct store_chain chain;
    struct flight flights[IN_FLIGHT];
    int64_t id;
    uint64_t next; /* revision */
    int number;
    int pipe;
};

/* What a child tells. */
struct report {
    int network; /* -1: what it found is wrong */
    uint64_t revision;
};

static void tell(int pipe, int network, uint64_t revision)
{
    struct report report = {.network = network, .revision = revision};
    if (write(pipe, &report, sizeof(report)) != sizeof(report))
        _exit(2);
}

static void name_of(int number, char *name)
{
    snprintf(name, NAME_SIZE, "n%d", number);
}

static struct store_block *block_of(int number, uint64_t revision)
{
    return fixture_block(number < SMALL ? 10 + revision % 5 : LARGE, 0, revision * 8 + number);
}

static void fly(struct flight *flight)
{
    struct client *client = flight->client;
    uint64_t parent = client->next++;
    if (flight->block)
        fixture_block_free(flight->block);
    flight->block = block_of(client->number, parent + 1);
    snprintf(flight->definition, sizeof(flight->definition), "%llu",
             (unsigned long long)parent + 1);
    void (*done)(struct store_change *, enum store_status) = flight->change.done;
    flight->change = fixture_update(client->id, parent, flight->block);
    flight->change.definition = flight->definition;
    flight->change.chain = &client->chain;
    flight->change.done = done;
    store_submit(client->store, &flight->change);
}

static void landed(struct store_change *change, enum store_status status)
{
    struct flight *flight = (struct flight *)change;
    tell(flight->client->pipe, status == STORE_OK ? flight->client->number : -1, change->revision);
    fly(flight);
}

/* Whether a network is whole, at a revision that was answered or at a later one. */
static bool is_right(struct store *store, int number, uint64_t answered, struct client *client)
{
    char name[NAME_SIZE], definition[32];
    struct store_network row;
    struct store_block_copy copy;
    name_of(number, name);
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return false;
    struct store_block *block = block_of(number, row.revision);
    snprintf(definition, sizeof(definition), "%llu", (unsigned long long)row.revision);
    bool right = row.revision >= answered && row.revision <= answered + IN_FLIGHT &&
                 row.steps == row.revision && strcmp(row.definition, definition) == 0 &&
                 fixture_same_block(&copy, block);
    client->id = row.id;
    client->next = row.revision;
    fixture_block_free(block);
    store_block_release(&copy);
    store_network_release(&row);
    return right;
}

static void live(const char *path, const uint64_t *answered, int pipe)
{
    static struct client clients[NETWORKS];
    struct store *store = fixture_open(path);
    for (int i = 0; i < NETWORKS; i++) {
        clients[i] = (struct client){.store = store, .number = i, .pipe = pipe};
        if (!is_right(store, i, answered[i], &clients[i]))
            tell(pipe, -1, i);
        tell(pipe, i, clients[i].next);
    }
    /* Until all are under way none may land, and start another from the writer's thread. */
    struct hold writer;
    hold(&writer, store);
    for (int i = 0; i < NETWORKS; i++) {
        for (int f = 0; f < IN_FLIGHT; f++) {
            clients[i].flights[f].client = &clients[i];
            clients[i].flights[f].change.done = landed;
            fly(&clients[i].flights[f]);
        }
    }
    release(&writer);
    for (;;)
        pause();
}

/* Takes up one report. Returns false when the child is dead. */
static bool take_report(int pipe, uint64_t *answered, int *wrong)
{
    struct report report;
    if (read(pipe, &report, sizeof(report)) != sizeof(report))
        return false;
    if (report.network < 0)
        ++*wrong;
    else
        answered[report.network] = report.revision;
    return true;
}

/* One child, from its start to its death: at any moment, or at one when it is at work. */
static int run_round(const char *path, bool at_work, uint64_t *answered, size_t *count)
{
    int ends[2], wrong = 0, status;
    fflush(stdout);
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        live(path, answered, ends[1]);
    }
    close(ends[1]);
    for (; at_work && *count <= NETWORKS && take_report(ends[0], answered, &wrong); ++*count)
        continue;
    usleep(rand() % LONGEST_LIFE);
    kill(child, SIGKILL);
    while (take_report(ends[0], answered, &wrong))
        ++*count;
    close(ends[0]);
    waitpid(child, &status, 0);
    return wrong + !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void create_networks(const char *path)
{
    struct store *store = fixture_open(path);
    for (int i = 0; i < NETWORKS; i++) {
        char name[NAME_SIZE];
        struct store_block *block = block_of(i, 0);
        name_of(i, name);
        struct store_change create = fixture_create(name, block);
        create.definition = "0";
        if (fixture_commit(store, &create) != STORE_OK)
            abort();
        fixture_block_free(block);
    }
    store_close(store);
}

int main(void)
{
    const char *wanted = getenv("KILL_TEST_ROUNDS");
    const int rounds = wanted ? atoi(wanted) : 20;
    const unsigned seed = (unsigned)time(NULL);
    srand(seed);
    tap_note("moments by srand(%u)", seed);

    char *path = fixture_path("killed.db");
    uint64_t answered[NETWORKS] = {0}, all = 0;
    create_networks(path);
    for (int round = 0; round < rounds; round++) {
        size_t reports = 0;
        int wrong = run_round(path, round % 2, answered, &reports);
        tap_ok(wrong == 0, "round %d: %zu answers, %d wrong", round, reports, wrong);
    }
    struct store *store = fixture_open(path);
    for (int i = 0; i < NETWORKS; i++) {
        struct client client;
        tap_ok(is_right(store, i, answered[i], &client), "network %d at the end", i);
        all += answered[i];
    }
    store_close(store);
    tap_ok(all > (uint64_t)rounds, "the children made %llu changes", (unsigned long long)all);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks") == 2 * SMALL + 4 &&
               fixture_query(path, "SELECT count(*) FROM loose_blocks") == 0,
           "nothing is left of blocks that were not finished");
    free(path);
    return tap_done();
}
