/* Runs that nobody waits for: begun, watched, ended and forgotten over HTTP. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/raw.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
#define XOR_NETWORK "{'inputs': 2, 'layers': [{'units': 4}, {'units': 1}], 'seed': 4}"
#define ENDLESS "{" XOR ", 'epochs': 9007199254740992, 'include': []}"
#define ASYNC "Prefer: respond-async"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const char *path(const char *format, const char *word)
{
    static char text[4][160];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof(text[next]), format, word);
    return text[next];
}

static void create(struct http_client *client, const char *name)
{
    http_call(client, "PUT", path(NETWORKS "/%s", name), XOR_NETWORK, NULL);
}

/* Begins a run apart; its path. */
static const char *begin(struct http_client *client, const char *name, const char *body)
{
    const struct http_answer *answer =
        http_call(client, "POST", path(NETWORKS "/%s/train", name), body, ASYNC, NULL);
    const char *location = http_header(answer, "Location");
    return path("%s", location ? location : "/nowhere");
}

/* Waits until a member of the run's answer is this text; the last answer. */
static const struct http_answer *await_text(struct http_client *client, const char *run,
                                            const char *pointer, const char *text)
{
    const struct http_answer *answer = NULL;
    for (int i = 0; i < 5000; i++) {
        answer = http_call(client, "GET", run, NULL, NULL);
        const char *found = pointer_text(answer->json, pointer);
        if (found && strcmp(found, text) == 0)
            break;
        usleep(2000);
    }
    return answer;
}

static void check_apart(struct http_client *client)
{
    create(client, "apart");
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS "/apart/train",
                  "{" XOR ", 'epochs': 20000, 'metadata': {'who': 'me'}, 'validation': {'inputs': "
                  "[[0, 0.5]], 'targets': [[0.5]]}}",
                  ASYNC, NULL);
    expect_status(answer, 202, "a run that nobody waits for");
    tap_text(http_header(answer, "Preference-Applied"), "respond-async", "as was preferred");
    char run[64];
    snprintf(run, sizeof(run), "/v1/runs/%s", pointer_text(answer->json, "/run"));
    tap_text(http_header(answer, "Location"), run, "where it is to be found");
    expect_text(answer, "/request/metadata/who", "me", "with what it was asked for");
    /* By reference/samples_hash.py. */
    expect_text(answer, "/request/samples/hash", "1f549f4f3fb5c085",
                "and a hash of what it trains on");
    answer = await_text(client, run, "/state", "succeeded");
    expect_text(answer, "/stopped_by", "epochs", "it ends");
    expect_number(answer, "/revision", 1, 0, "as a revision");
    expect_number(answer, "/steps", 80000, 0, "with its steps");
    tap_ok(pointer_number(answer->json, "/validation_error") > 0 &&
               pointer_number(answer->json, "/elapsed_seconds") > 0 &&
               json_is_null(pointer_get(answer->json, "/eta_seconds")) &&
               json_is_null(pointer_get(answer->json, "/problem")),
           "and its figures");
    create(client, "awaited");
    answer = http_call(client, "POST", NETWORKS "/awaited/train",
                       "{" XOR ", 'epochs': 20000, 'include': []}", NULL);
    double total = pointer_number(answer->json, "/total_error");
    char awaited[64];
    snprintf(awaited, sizeof(awaited), "/v1/runs/%s", pointer_text(answer->json, "/run"));
    parameters_same(client, "apart", "awaited", "it trains as one that is waited for");
    answer = http_call(client, "GET", run, NULL, NULL);
    expect_number(answer, "/total_error", total, 0, "to the same error");
    expect_text(http_call(client, "GET", awaited, NULL, NULL), "/state", "succeeded",
                "which is a run as well");
    create(client, "short");
    answer = http_call(client, "POST", NETWORKS "/short/train", "{" XOR ", 'epochs': 1}", NULL);
    snprintf(awaited, sizeof(awaited), "/v1/runs/%s", pointer_text(answer->json, "/run"));
    answer = http_call(client, "GET", awaited, NULL, NULL);
    expect_text(answer, "/state", "succeeded", "and so is the shortest");
    expect_number(answer, "/revision", 1, 0, "with its revision");
}

/* Prefer, and what is applied of it. */
static void check_preferences(struct http_client *client)
{
    static const struct {
        const char *prefer;
        int status;
        const char *applied; /* NULL: the header is not there */
        const char *body;
    } rows[] = {
        {"Prefer: wait=30", 200, "wait=30", "{" XOR ", 'epochs': 3}"},
        {"Prefer: respond-async, wait=30", 200, "respond-async, wait=30", "{" XOR ", 'epochs': 3}"},
        {"Prefer: handling=lenient", 200, NULL, "{" XOR ", 'epochs': 3}"},
        {"Prefer: wait=soon", 200, NULL, "{" XOR ", 'epochs': 3}"},
        {"Prefer: RESPOND-ASYNC; foo=bar, return=minimal", 202, "respond-async",
         "{" XOR ", 'epochs': 3}"},
        {"Prefer: wait=0", 202, "wait=0", "{" XOR ", 'epochs': 3}"},
        {"Prefer: wait=\"1\"", 202, "wait=1", ENDLESS},
    };
    create(client, "preferred");
    for (size_t i = 0; i < COUNT(rows); i++) {
        double begun = seconds();
        const struct http_answer *answer = http_call(client, "POST", NETWORKS "/preferred/train",
                                                     rows[i].body, rows[i].prefer, NULL);
        double taken = seconds() - begun;
        expect_status(answer, rows[i].status, rows[i].prefer);
        tap_text(http_header(answer, "Preference-Applied"), rows[i].applied, "what was applied");
        if (i == COUNT(rows) - 1)
            tap_ok(taken >= 1 && taken < 5, "after %.2f s", taken);
    }
    http_call(client, "DELETE", NETWORKS "/preferred?cancel=true", NULL, NULL);
}

static void check_cancel(struct http_client *client)
{
    create(client, "cancelled");
    const char *run = begin(client, "cancelled", ENDLESS);
    char first[64], second[64], cancel[96];
    snprintf(first, sizeof(first), "%s", run);
    snprintf(second, sizeof(second), "%s", begin(client, "cancelled", ENDLESS));
    await_text(client, first, "/state", "running");
    const struct http_answer *answer = http_call(client, "POST", NETWORKS "/cancelled/step",
                                                 "{'inputs': [0, 0], 'targets': [0]}", NULL);
    expect_problem(answer, 409, "network-busy", NULL, "a network that is trained");
    tap_ok(strstr(pointer_text(answer->json, "/detail"), first + strlen("/v1/runs/")) != NULL,
           "names the run");
    expect_problem(http_call(client, "DELETE", first, NULL, NULL), 409, "run-state", NULL,
                   "a run that trains is not deleted");
    snprintf(cancel, sizeof(cancel), "%s/cancel", second);
    answer = http_call(client, "POST", cancel, "{}", NULL);
    expect_text(answer, "/state", "cancelled", "one that waits is cancelled");
    expect_number(answer, "/epoch", 0, 0, "before it began");
    snprintf(cancel, sizeof(cancel), "%s/cancel", first);
    answer = http_call(client, "POST", cancel, NULL, NULL);
    expect_status(answer, 200, "one that trains is cancelled");
    expect_text(answer, "/stopped_by", "cancel", "which shows");
    double steps = pointer_number(answer->json, "/steps");
    answer = http_call(client, "GET", NETWORKS "/cancelled", NULL, NULL);
    tap_ok(steps > 0 && pointer_number(answer->json, "/steps") == steps &&
               pointer_number(answer->json, "/revision") == 1,
           "what it trained is kept");
    answer = http_call(client, "POST", cancel, NULL, NULL);
    expect_status(answer, 200, "once more: it stays as it is");
    snprintf(second, sizeof(second), "%s", begin(client, "cancelled", ENDLESS));
    await_text(client, second, "/state", "running");
    snprintf(cancel, sizeof(cancel), "%s/cancel", second);
    answer = http_call(client, "POST", cancel, "{'keep': false}", NULL);
    expect_text(answer, "/state", "cancelled", "with nothing");
    answer = http_call(client, "GET", NETWORKS "/cancelled", NULL, NULL);
    expect_number(answer, "/revision", 1, 0, "leaves the network");
    exchange(client,
             &(struct exchange){"a typing error", "POST", cancel, "{'kepp': true}", .status = 422,
                                .problem = "invalid-request", .pointers = "/kepp"});
    expect_status(http_call(client, "DELETE", second, NULL, NULL), 204, "an ended one is deleted");
    expect_problem(http_call(client, "GET", second, NULL, NULL), 404, "run-not-found", NULL,
                   "and gone");
    expect_problem(http_call(client, "POST", cancel, NULL, NULL), 404, "run-not-found", NULL,
                   "for a cancel too");
}

static void check_watch(struct http_client *client)
{
    char run[64], text[128];
    create(client, "watched");
    snprintf(run, sizeof(run), "%s", begin(client, "watched", ENDLESS));
    await_text(client, run, "/state", "running");
    const struct http_answer *answer =
        http_call(client, "GET", NETWORKS "/watched/parameters?live=true", NULL, NULL);
    json_t *live = json_incref(pointer_get(answer->json, "/layers"));
    expect_text(answer, "/run", run + strlen("/v1/runs/"), "live parameters name the run");
    double epoch = pointer_number(answer->json, "/epoch");
    tap_ok(epoch > 0 && !http_header(answer, "ETag"), "and epoch %.0f, and no revision", epoch);
    json_t *committed = parameters_of(client, "watched");
    tap_ok(live && !json_equal(live, committed), "they are not the committed ones");
    answer = http_call(client, "POST", NETWORKS "/watched/forward?live=true", "{'inputs': [0, 1]}",
                       "If-Match: \"0000000000000000.9\"", NULL);
    double newest = pointer_number(answer->json, "/outputs/0");
    tap_ok(pointer_number(answer->json, "/epoch") >= epoch, "a live pass goes on");
    answer = http_call(client, "POST", NETWORKS "/watched/forward", "{'inputs': [0, 1]}", NULL);
    tap_ok(fabs(newest - pointer_number(answer->json, "/outputs/0")) > 1e-3 &&
               !pointer_get(answer->json, "/run"),
           "and is not what is committed");
    snprintf(text, sizeof(text), "%s/parameters", run);
    answer = http_call(client, "GET", text, NULL, NULL);
    expect_status(answer, 200, "the run's own parameters");
    tap_ok(pointer_number(answer->json, "/steps") >= 4 * pointer_number(answer->json, "/epoch") &&
               pointer_count(answer->json, "/layers") == 2,
           "with its steps");
    snprintf(text, sizeof(text), "%s/history?points=5", run);
    answer = http_call(client, "GET", text, NULL, NULL);
    tap_ok(pointer_count(answer->json, "/epoch") == 5 &&
               pointer_number(answer->json, "/epoch/0") == 1 &&
               pointer_number(answer->json, "/total_error/4") <
                   pointer_number(answer->json, "/total_error/0") &&
               json_is_null(pointer_get(answer->json, "/validation_error")),
           "its curve so far");
    answer = http_call(client, "GET", run, NULL, NULL);
    tap_ok(pointer_number(answer->json, "/eta_seconds") > 0 &&
               pointer_number(answer->json, "/epoch") >= epoch,
           "and how long it will take");
    json_decref(live);
    json_decref(committed);
    snprintf(text, sizeof(text), "%s/cancel", run);
    http_call(client, "POST", text, NULL, NULL);
    snprintf(text, sizeof(text), "%s/history?points=2", run);
    answer = http_call(client, "GET", text, NULL, "Accept: text/csv", NULL);
    static const char header[] = "epoch,total_error,mean_error,validation_error,accuracy,"
                                 "learning_rate,elapsed_seconds\r\n1,";
    tap_ok(strncmp(answer->body, header, strlen(header)) == 0 &&
               strncmp(http_header(answer, "Content-Type"), "text/csv", 8) == 0,
           "the curve as CSV");
    expect_status(http_call(client, "GET", text, NULL, "Accept: application/json", NULL), 200,
                  "and as JSON");
    expect_problem(http_call(client, "GET", text, NULL, "Accept: image/png", NULL), 406,
                   "not-acceptable", NULL, "and as nothing else");
    snprintf(text, sizeof(text), "%s/parameters", run);
    expect_problem(http_call(client, "GET", text, NULL, NULL), 409, "run-state", NULL,
                   "an ended run has no parameters of its own");
    answer = http_call(client, "GET", NETWORKS "/watched/parameters?live=true", NULL, NULL);
    tap_ok(json_is_null(pointer_get(answer->json, "/run")) &&
               json_is_null(pointer_get(answer->json, "/epoch")),
           "where nothing trains, live is what is committed");
}

static void check_failure(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/failing",
              "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[1]]}], "
              "'optimizer': {'type': 'sgd', 'learning_rate': 1000}}",
              NULL);
    const char *run = begin(client, "failing",
                            "{'inputs': [[10]], 'targets': [[0]], 'epochs': "
                            "100000}");
    const struct http_answer *answer = await_text(client, run, "/state", "failed");
    expect_text(answer, "/problem/type", "/problems/diverged", "a run that diverges has failed");
    answer = http_call(client, "GET", NETWORKS "/failing", NULL, NULL);
    expect_number(answer, "/revision", 0, 0, "and its network is as it was");
}

static void check_lists(struct http_client *client)
{
    create(client, "listed");
    for (int i = 0; i < 4; i++)
        await_text(client, begin(client, "listed", "{" XOR ", 'epochs': 2}"), "/state",
                   "succeeded");
    const struct http_answer *answer =
        http_call(client, "GET", NETWORKS "/listed/runs?limit=2", NULL, NULL);
    expect_number(answer, "/items/0/revision", 4, 0, "the newest run first");
    tap_ok(pointer_count(answer->json, "/items") == 2, "a page");
    char next[128];
    snprintf(next, sizeof(next), NETWORKS "/listed/runs?cursor=%s",
             pointer_text(answer->json, "/next_cursor"));
    tap_ok(http_header(answer, "Link") && strstr(http_header(answer, "Link"), "/listed/runs?limit"),
           "that links to the next");
    answer = http_call(client, "GET", next, NULL, NULL);
    tap_ok(pointer_count(answer->json, "/items") == 1 &&
               pointer_number(answer->json, "/items/0/revision") == 2 &&
               json_is_null(pointer_get(answer->json, "/next_cursor")),
           "which has the last of the three that are kept");
    answer = http_call(client, "GET", "/v1/runs?limit=1", NULL, NULL);
    expect_text(answer, "/items/0/network", "listed", "all runs");
    expect_problem(http_call(client, "GET", NETWORKS "/nobody/runs", NULL, NULL), 404,
                   "network-not-found", NULL, "runs of a network that is not there");
    char run[64], queued[64];
    snprintf(run, sizeof(run), "%s", begin(client, "listed", ENDLESS));
    snprintf(queued, sizeof(queued), "%s", begin(client, "listed", ENDLESS));
    expect_problem(http_call(client, "DELETE", NETWORKS "/listed", NULL, NULL), 409, "network-busy",
                   NULL, "a network that is trained is not deleted");
    expect_status(http_call(client, "DELETE", NETWORKS "/listed?cancel=true", NULL, NULL), 204,
                  "unless its runs are to end first");
    expect_problem(http_call(client, "GET", run, NULL, NULL), 404, "run-not-found", NULL,
                   "they go with it");
    expect_problem(http_call(client, "GET", queued, NULL, NULL), 404, "run-not-found", NULL,
                   "both of them");
}

/* Sends a request for a run and closes the connection. */
static void leave(const struct daemon *daemon, const char *body)
{
    char request[1024];
    char *quoted = http_quoted(body);
    snprintf(request, sizeof(request),
             "POST " NETWORKS "/left/train HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
             "application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(quoted), quoted);
    free(quoted);
    int client = raw_connect(daemon->port);
    if (send(client, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
        abort();
    usleep(300000);
    close(client);
}

static const struct http_answer *newest_run(struct http_client *client)
{
    return http_call(client, "GET", NETWORKS "/left/runs?limit=1", NULL, NULL);
}

static void check_leaving(struct http_client *client, const struct daemon *daemon)
{
    create(client, "left");
    leave(daemon, ENDLESS);
    usleep(700000);
    expect_text(newest_run(client), "/items/0/state", "running",
                "a client that goes away does not stop its run");
    char cancel[96];
    snprintf(cancel, sizeof(cancel), "/v1/runs/%s/cancel",
             pointer_text(newest_run(client)->json, "/items/0/run"));
    http_call(client, "POST", cancel, NULL, NULL);
    leave(daemon, "{" XOR ", 'epochs': 9007199254740992, 'cancel_on_disconnect': true}");
    const struct http_answer *answer = NULL;
    for (int i = 0; i < 500; i++) {
        answer = newest_run(client);
        const char *state = pointer_text(answer->json, "/items/0/state");
        if (state && strcmp(state, "cancelled") == 0 &&
            pointer_number(answer->json, "/items/0/revision") == 2)
            break;
        usleep(10000);
    }
    expect_text(answer, "/items/0/state", "cancelled", "unless it said that it should");
    expect_number(answer, "/items/0/revision", 2, 0, "what it trained is kept");
}

/* A daemon that lets nobody wait for long. */
static void check_max_wait(void)
{
    struct daemon server;
    setenv("BACKPROPD_MAX_WAIT", "1", 1);
    daemon_start(&server, NULL, NULL);
    unsetenv("BACKPROPD_MAX_WAIT");
    struct http_client *client = http_client_create(&server);
    create(client, "long");
    double begun = seconds();
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS "/long/train", ENDLESS, NULL);
    double taken = seconds() - begun;
    expect_status(answer, 202, "who waits too long for the daemon");
    tap_ok(taken >= 1 && taken < 5 && !http_header(answer, "Preference-Applied") &&
               http_header(answer, "Location"),
           "is told where the run is, after %.2f s", taken);
    answer = http_call(client, "POST", NETWORKS "/long/train", ENDLESS, "Prefer: wait=100", NULL);
    expect_status(answer, 202, "whatever he prefers");
    expect_text(answer, "/state", "queued", "for one that waits, too");
    http_client_free(client);
    tap_ok(daemon_stop(&server, SIGTERM) == 0, "it ends in order");
}

int main(void)
{
    struct daemon server;
    check_max_wait();
    setenv("BACKPROPD_KEEP_RUNS", "3", 1);
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_apart(client);
    check_preferences(client);
    check_cancel(client);
    check_watch(client);
    check_failure(client);
    check_lists(client);
    check_leaving(client, &server);
    http_client_free(client);
    return daemon_done(&server);
}
