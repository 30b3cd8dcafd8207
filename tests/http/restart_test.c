/*
 * Runs outlive the daemon: killed at random moments and ended in order, it goes on with them, and
 * they end with the bits of runs that nobody disturbed: parameters, optimizer state, curve.
 *
 * KILL_TEST_ROUNDS says how many kills there are at least (3).
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define NETWORKS "/v1/networks"
#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
/* 256 samples: nearly every break is inside an epoch, and every epoch is a point of the curve. */
#define FOUR(text) text ", " text ", " text ", " text
#define MANY(four) FOUR(FOUR(FOUR(four)))
#define LONG_EPOCH                                                                                 \
    "'inputs': [" MANY("[0, 0.1], [0.2, 1], [1, 0], [1, 0.7]") "], 'targets': [" MANY(             \
        "[0.1], [1], [0.8], [0]") "]"
#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* A second of work each, roughly; more under sanitizers, which train ten times as slowly. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EPOCHS(release, sanitized) "'epochs': " #sanitized
#else
#define EPOCHS(release, sanitized) "'epochs': " #release
#endif

static const struct {
    const char *name;
    const char *network;
    const char *train;
} rows[] = {
    {"momentum",
     "{'inputs': 2, 'layers': [{'units': 3}, {'units': 1}], 'seed': 1, 'optimizer': "
     "{'type': 'sgd', 'learning_rate': 0.01, 'momentum': 0.9}}",
     "{" EPOCHS(1500000, 500000) ", " XOR ", 'include': []}"},
    {"shuffled",
     "{'inputs': 2, 'layers': [{'units': 20, 'activation': 'tanh', 'dropout': 0.2}, {'units': 1}], "
     "'seed': 2, 'precision': 'float32', 'optimizer': {'type': 'adam'}}",
     "{" EPOCHS(240000, 80000) ", " XOR ", 'shuffle': true, 'batch_size': 3, 'include': [], "
                               "'schedule': {'type': 'plateau', 'patience': 50}}"},
    {"best",
     "{'inputs': 2, 'layers': [{'units': 12}, {'units': 1}], 'seed': 3, 'input_scaling': "
     "{'offset': [0.5, 0.5], 'scale': [2, 2]}}",
     "{" EPOCHS(600000, 200000) ", " XOR ", 'include': [], 'validation': {'inputs': [[0.2, 0.9]], "
                                "'targets': [[1]]}, 'early_stopping': {'patience': 4000000, "
                                "'restore_best': true}}"},
    {"long-epochs", "{'inputs': 2, 'layers': [{'units': 6}, {'units': 1}], 'seed': 4}",
     "{" EPOCHS(18000, 6000) ", " LONG_EPOCH ", 'include': [], 'learning_rate': 0.01}"},
};

static const char *path(const char *format, const char *word)
{
    static char text[4][160];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof(text[next]), format, word);
    return text[next];
}

static char runs[COUNT(rows)][64]; /* their paths */

static void begin_all(struct http_client *client)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        http_call(client, "PUT", path(NETWORKS "/%s", rows[i].name), rows[i].network, NULL);
        const struct http_answer *answer =
            http_call(client, "POST", path(NETWORKS "/%s/train", rows[i].name), rows[i].train,
                      "Prefer: respond-async", NULL);
        expect_status(answer, 202, rows[i].name);
        snprintf(runs[i], sizeof(runs[i]), "%s", http_header(answer, "Location"));
    }
}

static bool has_ended(struct http_client *client, size_t i)
{
    const struct http_answer *answer = http_call(client, "GET", runs[i], NULL, NULL);
    const char *state = pointer_text(answer->json, "/state");
    return state && strcmp(state, "queued") != 0 && strcmp(state, "running") != 0;
}

static bool all_ended(struct http_client *client)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!has_ended(client, i))
            return false;
    return true;
}

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static json_t *curve_of(struct http_client *client, const char *run)
{
    const struct http_answer *answer =
        http_call(client, "GET", path("%s/history?points=10000", run), NULL, NULL);
    json_t *curve = json_incref(answer->json);
    json_object_del(curve, "elapsed_seconds");
    return curve;
}

/* A twin of the network, trained here and now in one go. */
static void check_twin(struct http_client *client, size_t i)
{
    char twin[64], run[64];
    const char *name = rows[i].name;
    snprintf(twin, sizeof(twin), "twin-of-%s", name);
    http_call(client, "PUT", path(NETWORKS "/%s", twin), rows[i].network, NULL);
    const struct http_answer *answer =
        http_call(client, "POST", path(NETWORKS "/%s/train", twin), rows[i].train, NULL);
    expect_status(answer, 200, "its twin trains undisturbed");
    snprintf(run, sizeof(run), "/v1/runs/%s", pointer_text(answer->json, "/run"));
    double updates = pointer_number(answer->json, "/updates");
    answer = http_call(client, "GET", runs[i], NULL, NULL);
    expect_text(answer, "/state", "succeeded", name);
    expect_number(answer, "/updates", updates, 0, "as many updates");
    parameters_same(client, name, twin, "the same parameters");
    json_t *mine = curve_of(client, runs[i]), *its = curve_of(client, run);
    expect_same(mine, its, "the same curve");
    json_decref(mine);
    json_decref(its);
    /* The optimizer's state shows in what is trained next. */
    http_call(client, "POST", path(NETWORKS "/%s/train", name), "{" XOR ", 'epochs': 3}", NULL);
    http_call(client, "POST", path(NETWORKS "/%s/train", twin), "{" XOR ", 'epochs': 3}", NULL);
    parameters_same(client, name, twin, "and the same state");
}

struct waiting {
    struct daemon *daemon;
    int status;
    char location[64];
};

static void *wait_for_a_run(void *argument)
{
    struct waiting *waiting = argument;
    struct http_client *client = http_client_create(waiting->daemon);
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS "/waited/train",
                  "{" XOR ", 'epochs': 9007199254740992, 'include': []}", NULL);
    waiting->status = answer->status;
    const char *location = http_header(answer, "Location");
    snprintf(waiting->location, sizeof(waiting->location), "%s", location ? location : "");
    http_client_free(client);
    return NULL;
}

/* Who waits for a run when the daemon ends is told where it goes on. */
static void check_waiting(struct daemon *server)
{
    struct waiting waiting = {server, 0, ""};
    struct http_client *client = http_client_create(server);
    http_call(client, "PUT", NETWORKS "/waited", rows[0].network, NULL);
    http_client_free(client);
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_a_run, &waiting);
    sleep_milliseconds(500);
    double begun = seconds();
    int code = daemon_stop(server, SIGTERM);
    double taken = seconds() - begun;
    pthread_join(thread, NULL);
    tap_ok(code == 0 && taken < 2, "with a run in progress it ends in %.2f s", taken);
    tap_ok(waiting.status == 503 && strncmp(waiting.location, "/v1/runs/", 9) == 0,
           "who waits hears 503 and where: %d %s", waiting.status, waiting.location);
    daemon_restart(server);
    client = http_client_create(server);
    const struct http_answer *answer = http_call(client, "GET", waiting.location, NULL, NULL);
    tap_ok(pointer_number(answer->json, "/epoch") > 0, "there it goes on");
    answer = http_call(client, "POST", path("%s/cancel", waiting.location), NULL, NULL);
    expect_text(answer, "/state", "cancelled", "until it is cancelled");
    http_client_free(client);
}

int main(void)
{
    enum { SHORTEST = 150, LONGEST = 450 }; /* milliseconds */
    const char *wanted = getenv("KILL_TEST_ROUNDS");
    int least = wanted ? atoi(wanted) : 3, kills = 0, ends = 0;
    struct daemon server;
    setenv("BACKPROPD_SAVE_EVERY", "30", 1);
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    begin_all(client);
    srandom((unsigned)time(NULL));
    while (!all_ended(client) && kills < 100) {
        sleep_milliseconds(SHORTEST + random() % (LONGEST - SHORTEST));
        http_client_free(client);
        bool kill = (kills + ends) % 3 < 2;
        daemon_stop(&server, kill ? SIGKILL : SIGTERM);
        kills += kill;
        ends += !kill;
        daemon_restart(&server);
        client = http_client_create(&server);
    }
    tap_ok(kills >= least, "killed %d times, ended in order %d times", kills, ends);
    for (size_t i = 0; i < COUNT(rows); i++)
        check_twin(client, i);
    http_client_free(client);
    check_waiting(&server);
    return daemon_done(&server);
}
