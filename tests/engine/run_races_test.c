/*
 * Twenty networks whose runs are begun, watched, cancelled, listed and forgotten by all at once,
 * and which are read, stepped and deleted with their runs meanwhile. In the end every run has come
 * to an end that its network shows. Most is seen under SANITIZE=thread.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/run_list.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

enum { NETWORKS = 20, CLIENTS = 4, DEEDS = 150, MAX_WAITING = 200 };

static struct store *store;
static struct engine *engine;
static char names[NETWORKS][8];

/* The client's own draws. */
struct client {
    pthread_t thread;
    uint64_t bits;
    unsigned strange; /* answers that are none of those that may come */
};

static unsigned draw(struct client *client, unsigned below)
{
    client->bits = client->bits * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (unsigned)(client->bits >> 40) % below;
}

static bool may_be(enum engine_status status)
{
    return status == ENGINE_OK || status == ENGINE_NOT_FOUND || status == ENGINE_BUSY ||
           status == ENGINE_QUEUE_FULL || status == ENGINE_AGAIN || status == ENGINE_EXISTS;
}

/* A run that nobody waits for; NULL where it was refused. */
static struct run *begin(struct client *client, const char *name)
{
    struct answer answer;
    const struct wish wish = {VERB_TRAIN_APART, name, .epochs = 1 + draw(client, 20000)};
    ask(engine, &wish, &answer);
    struct run *run = answer.handle ? run_reference(answer.handle) : NULL;
    if (!run || !run_forgo(run))
        answer_wait(&answer);
    enum engine_status status = answer.stored ? commit_wait(answer.stored) : answer.status;
    client->strange += !may_be(status);
    answer_release(&answer);
    return run;
}

static void look(struct client *client, const char *name)
{
    struct snapshot *newest;
    struct history curve;
    uint64_t epoch;
    struct run_progress progress;
    struct run *run = run_of_network(engine, name);
    if (!run)
        return;
    run_look(run, &progress);
    if (run_newest(run, &newest, &epoch) == ENGINE_OK) {
        client->strange += epoch > progress.epochs || newest->block->parameters[0] == 0;
        snapshot_release(newest);
    }
    client->strange += run_curve(run, &curve) != ENGINE_OK;
    for (size_t i = 1; i < curve.count; i++)
        client->strange += curve.points[i].epoch <= curve.points[i - 1].epoch;
    history_release(&curve);
    run_release(run);
}

static void list(struct client *client, const char *name)
{
    struct run_list runs;
    if (run_list_read(engine, draw(client, 2) ? name : NULL, INT64_MAX, 20, &runs) != ENGINE_OK)
        return;
    for (size_t i = 1; i < runs.count; i++)
        client->strange += runs.items[i].sequence >= runs.items[i - 1].sequence;
    if (runs.count > 0 && run_state_is_end(runs.items[runs.count - 1].progress.state)) {
        struct commit *commit = NULL;
        if (run_delete_ended(engine, runs.items[runs.count - 1].id, &commit) == ENGINE_OK)
            commit_wait(commit);
        commit_release(commit);
    }
    run_list_release(&runs);
}

static void cancel(struct client *client, const char *name)
{
    struct run *run = run_of_network(engine, name);
    if (!run)
        return;
    run_cancel(run, draw(client, 2));
    if (draw(client, 2))
        run_wait(run);
    run_release(run);
}

static void delete_network(struct client *client, const char *name)
{
    client->strange += !may_be(network_cancel_runs(engine, name));
    client->strange += !may_be(ask_and_wait(engine, &(struct wish){VERB_DELETE, name}));
    client->strange += !may_be(ask_and_wait(engine, &(struct wish){VERB_CREATE, name}));
}

static void *act(void *argument)
{
    struct client *client = argument;
    for (int i = 0; i < DEEDS; i++) {
        const char *name = names[draw(client, NETWORKS)];
        unsigned deed = draw(client, 16);
        if (deed < 6)
            run_release(begin(client, name));
        else if (deed < 9)
            look(client, name);
        else if (deed < 11)
            list(client, name);
        else if (deed < 14)
            cancel(client, name);
        else if (deed < 15)
            client->strange += !may_be(ask_and_wait(engine, &(struct wish){VERB_STEP, name}));
        else
            delete_network(client, name);
    }
    return NULL;
}

/* Whether the newest run that changed the network says what the network has. */
static bool is_as_told(const char *name)
{
    struct run_list runs;
    struct snapshot *snapshot = snapshot_of(engine, name);
    bool told = true;
    if (run_list_read(engine, name, INT64_MAX, 100, &runs) != ENGINE_OK)
        return false;
    for (size_t i = 0; i < runs.count; i++) {
        const struct run_progress *progress = &runs.items[i].progress;
        told &= run_state_is_end(progress->state) && progress->revision <= snapshot->revision &&
                progress->steps <= snapshot->steps;
        if (progress->state != RUN_FAILED && progress->revision == snapshot->revision)
            told &= progress->steps == snapshot->steps;
    }
    run_list_release(&runs);
    snapshot_release(snapshot);
    return told;
}

int main(void)
{
    struct client clients[CLIENTS];
    unsigned strange = 0;
    fixture_save_seconds = 0.01;
    fixture_keep_runs = 4;
    store = fixture_store("races.db");
    engine = fixture_engine(store, 0, MAX_WAITING);
    for (int i = 0; i < NETWORKS; i++) {
        snprintf(names[i], sizeof(names[i]), "n%d", i);
        ask_until_judged(engine, &(struct wish){VERB_CREATE, names[i]});
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.bits = (uint64_t)i + 1};
        pthread_create(&clients[i].thread, NULL, act, &clients[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        strange += clients[i].strange;
    }
    tap_ok(strange == 0, "%u answers that must not come", strange);
    struct run *run;
    for (int i = 0; i < NETWORKS; i++) {
        while ((run = run_of_network(engine, names[i])) != NULL) {
            run_wait(run);
            run_release(run);
        }
        tap_ok(is_as_told(names[i]), "%s is as its runs say", names[i]);
    }
    tap_ok(engine_run_count(engine) == 0, "no run is left");
    engine_close(engine);
    store_close(store);
    return tap_done();
}
