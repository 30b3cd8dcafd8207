/* train: its options, its history, what it leaves behind, and who may do what while it runs. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define MAZUR NETWORKS "/mazur"
#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
#define XOR_NETWORK "{'inputs': 2, 'layers': [{'units': 4}, {'units': 1}], 'seed': 4}"

static const struct exchange answers[] = {
    {"begin", "PUT", MAZUR, "{" ARTICLE_MEMBERS "}", .status = 201},
    {"one sample as a vector", "POST", MAZUR "/train", "{" ARTICLE_SAMPLE ", 'epochs': 3}",
     .status = 200,
     .sights = {{"/network", "'mazur'"},
                {"/revision", "1"},
                {"/state", "'succeeded'"},
                {"/epochs", "3"},
                {"/epoch", "3"},
                {"/updates", "3"},
                {"/steps", "3"},
                {"/stopped_by", "'epochs'"}}},
    {"whose history has every epoch", "POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 3}",
     .status = 200,
     .sights = {{"/history/epoch", "[1, 2, 3]"},
                {"/history/validation_error", "null"},
                {"/history/accuracy", "null"},
                {"/history/learning_rate", "[0.5, 0.5, 0.5]"},
                {"/steps", "6"},
                {"/revision", "2"},
                {"/parameters", "absent"}}},
    {"a learning rate of this run", "POST", MAZUR "/train",
     "{" ARTICLE_ROWS ", 'epochs': 2, 'learning_rate': 0.25}", .status = 200,
     .sights = {{"/history/learning_rate", "[0.25, 0.25]"}}},
    {"is not kept", "GET", MAZUR, NULL, .status = 200,
     .sights = {{"/optimizer/learning_rate", "0.5"}}},
    {"nothing more", "POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 1, 'include': []}",
     .status = 200,
     .sights = {{"/outputs", "absent"}, {"/gradients", "absent"}, {"/parameters", "absent"}}},
    {"parameters", "POST", MAZUR "/train",
     "{" ARTICLE_ROWS ", 'epochs': 1, 'include': ['parameters']}", .status = 200,
     .sights = {{"/parameters/0/biases", "[0.35]"}, {"/outputs", "absent"}}},
    {"a few points of the history", "POST", MAZUR "/train",
     "{" ARTICLE_ROWS ", 'epochs': 10, 'history_points': 4}", .status = 200,
     .sights = {{"/history/epoch", "[1, 4, 7, 10]"}}},
    {"halves are rounded up", "POST", MAZUR "/train",
     "{" ARTICLE_ROWS ", 'epochs': 4, 'history_points': 3}", .status = 200,
     .sights = {{"/history/epoch", "[1, 3, 4]"}}},
    {"beyond 10,000 epochs every other one is kept, and the last", "POST", MAZUR "/train",
     "{" ARTICLE_ROWS ", 'epochs': 10002, 'history_points': 10000, 'include': []}", .status = 200,
     .sights = {{"/history/epoch/0", "1"},
                {"/history/epoch/1", "3"},
                {"/history/epoch/5000", "10001"},
                {"/history/epoch/5001", "10002"},
                {"/history/epoch/5002", "absent"}}},
    {"the whole set as a batch", "POST", MAZUR "/train",
     "{'inputs': [[0, 1], [1, 0], [1, 1]], 'targets': [[0, 1], [1, 0], [1, 1]], 'epochs': 5, "
     "'batch_size': 0}",
     .status = 200, .sights = {{"/updates", "5"}}},
    {"a batch above the set is the whole", "POST", MAZUR "/train",
     "{'inputs': [[0, 1], [1, 0], [1, 1]], 'targets': [[0, 1], [1, 0], [1, 1]], 'epochs': 5, "
     "'batch_size': 1000000}",
     .status = 200, .sights = {{"/updates", "5"}}},
    {"the last batch may be smaller", "POST", MAZUR "/train",
     "{'inputs': [[0, 1], [1, 0], [1, 1]], 'targets': [[0, 1], [1, 0], [1, 1]], 'epochs': 5, "
     "'batch_size': 2}",
     .status = 200, .sights = {{"/updates", "10"}}},
};

/* The article's 10,000 rounds: which epochs the answer shows, and that each is what it saw. */
static void check_history(struct http_client *client)
{
    article_create(client, "history");
    const struct http_answer *answer = http_call(client, "POST", NETWORKS "/history/train",
                                                 "{" ARTICLE_ROWS ", 'epochs': 10000}", NULL);
    int right = 0;
    bool falls = true;
    bool in_time = true;
    double error = INFINITY;
    double elapsed = 0;
    for (int i = 0; i < 100; i++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/history/epoch/%d", i);
        right += pointer_number(answer->json, pointer) == 1 + round(i * 9999 / 99.0);
        snprintf(pointer, sizeof(pointer), "/history/total_error/%d", i);
        falls = falls && pointer_number(answer->json, pointer) < error;
        error = pointer_number(answer->json, pointer);
        snprintf(pointer, sizeof(pointer), "/history/elapsed_seconds/%d", i);
        in_time = in_time && pointer_number(answer->json, pointer) >= elapsed;
        elapsed = pointer_number(answer->json, pointer);
    }
    tap_ok(right == 100 && pointer_count(answer->json, "/history/epoch") == 100,
           "100 points at epochs 1, 102, ... 10000");
    tap_ok(falls, "the error falls from point to point");
    tap_ok(in_time && pointer_number(answer->json, "/elapsed_seconds") >= elapsed,
           "the seconds rise");
    expect_same(pointer_get(answer->json, "/history/mean_error"),
                pointer_get(answer->json, "/history/total_error"), "of one sample mean is total");
    const char *run = pointer_text(answer->json, "/run");
    tap_ok(run && strlen(run) == 16, "the run has an id");
}

/* What is answered at the top is measured after the last update, as forward does. */
static void check_after(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/after", XOR_NETWORK, NULL);
    const struct http_answer *answer = http_call(
        client, "POST", NETWORKS "/after/train",
        "{" XOR ", 'epochs': 50, 'include': ['outputs', 'gradients', 'parameters']}", NULL);
    json_t *trained = json_incref(answer->json);
    answer = http_call(client, "POST", NETWORKS "/after/forward", "{" XOR "}", NULL);
    expect_same(pointer_get(trained, "/outputs"), pointer_get(answer->json, "/outputs"),
                "outputs are those after the last update");
    expect_same(pointer_get(trained, "/total_error"), pointer_get(answer->json, "/total_error"),
                "and so is the error");
    answer = http_call(client, "POST", NETWORKS "/after/gradients", "{" XOR "}", NULL);
    expect_same(pointer_get(trained, "/gradients"), pointer_get(answer->json, "/gradients"),
                "and the gradient, over all rows");
    json_t *parameters = parameters_of(client, "after");
    expect_same(pointer_get(trained, "/parameters"), parameters, "and the parameters");
    json_decref(parameters);
    json_decref(trained);
}

static void check_shuffle(struct http_client *client)
{
    static const struct {
        const char *name;
        const char *options;
    } runs[] = {
        {"plain", ""},
        {"by-5", ", 'shuffle': true, 'seed': 5"},
        {"by-5-again", ", 'shuffle': true, 'seed': '5'"},
        {"by-6", ", 'shuffle': true, 'seed': 6"},
        {"by-own", ", 'shuffle': true"},
        {"by-own-again", ", 'shuffle': true, 'seed': 4"},
    };
    for (size_t i = 0; i < COUNT(runs); i++) {
        char path[128];
        char body[512];
        snprintf(path, sizeof(path), NETWORKS "/%s", runs[i].name);
        http_call(client, "PUT", path, XOR_NETWORK, NULL);
        snprintf(path, sizeof(path), NETWORKS "/%s/train", runs[i].name);
        snprintf(body, sizeof(body), "{" XOR ", 'epochs': 20%s}", runs[i].options);
        expect_status(http_call(client, "POST", path, body, NULL), 200, "trains");
    }
    parameters_same(client, "by-5", "by-5-again", "the same seed shuffles alike");
    parameters_differ(client, "by-5", "by-6", "another seed does not");
    parameters_differ(client, "by-5", "plain", "nor does none");
    parameters_same(client, "by-own", "by-own-again", "left out it is the network's");
}

static void check_stop_below(struct http_client *client)
{
    article_create(client, "stop");
    const struct http_answer *answer = http_call(
        client, "POST", NETWORKS "/stop/train",
        "{" ARTICLE_ROWS ", 'epochs': 10000, 'stop_below': 0.01, 'history_points': 10000}", NULL);
    expect_text(answer, "/stopped_by", "stop_below", "stops when it is good enough");
    expect_text(answer, "/state", "succeeded", "which is a success");
    int epoch = (int)pointer_number(answer->json, "/epoch");
    char last[64];
    char before[64];
    snprintf(last, sizeof(last), "/history/mean_error/%d", epoch - 1);
    snprintf(before, sizeof(before), "/history/mean_error/%d", epoch - 2);
    tap_ok(epoch > 1 && epoch < 10000, "long before the end: epoch %d", epoch);
    tap_ok(pointer_number(answer->json, last) < 0.01 &&
               pointer_number(answer->json, before) >= 0.01,
           "after the first epoch that saw less");
    tap_ok(pointer_number(answer->json, "/steps") == epoch, "with as many steps");
}

static const struct exchange divergence[] = {
    {"begin", "PUT", NETWORKS "/diverging",
     "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[1]]}], "
     "'optimizer': {'type': 'sgd', 'learning_rate': 1000}}",
     .status = 201},
    {"a run that leaves the finite numbers", "POST", NETWORKS "/diverging/train",
     "{'inputs': [[10]], 'targets': [[0]], 'epochs': 1000}", .status = 422, .problem = "diverged"},
    {"a step that does", "POST", NETWORKS "/diverging/step",
     "{'inputs': [1e200], 'targets': [0], 'learning_rate': 1e300}", .status = 422,
     .problem = "diverged"},
    {"a gradient that does", "POST", NETWORKS "/diverging/gradients",
     "{'inputs': [1e308], 'targets': [-1e308]}", .status = 422, .problem = "diverged"},
    {"errors that do", "POST", NETWORKS "/diverging/forward",
     "{'inputs': [1e308], 'targets': [-1e308]}", .status = 422, .problem = "diverged"},
    {"and the network is as it was", "GET", NETWORKS "/diverging?include=parameters", NULL,
     .status = 200,
     .sights = {{"/revision", "0"}, {"/steps", "0"}, {"/layers/0/weights", "[[1]]"}}},
    {"and goes on", "POST", NETWORKS "/diverging/step",
     "{'inputs': [1], 'targets': [0], 'learning_rate': 0.5}", .status = 200,
     .sights = {{"/parameters/0/weights", "[[0.5]]"}, {"/revision", "1"}}},
};

/* A run in a thread of its own, for as long as others look at it. */
struct run {
    const struct daemon *daemon;
    const char *path;
    const char *body;
    int status;      /* of its answer; written by the thread, read after its end */
    double revision; /* likewise */
    double steps;
    atomic_bool ended;
    pthread_t thread;
};

static void *train(void *argument)
{
    struct run *run = argument;
    struct http_client *client = http_client_create(run->daemon);
    const struct http_answer *answer = http_call(client, "POST", run->path, run->body, NULL);
    run->status = answer->status;
    run->revision = pointer_number(answer->json, "/revision");
    run->steps = pointer_number(answer->json, "/steps");
    http_client_free(client);
    atomic_store(&run->ended, true);
    return NULL;
}

static void start(struct run *run)
{
    pthread_create(&run->thread, NULL, train, run);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Epochs of the long run's network that take about `wanted` seconds here. */
static long epochs_for(struct http_client *client, double wanted)
{
    enum { TRIAL = 20000 };
    char body[256];
    snprintf(body, sizeof(body), "{" XOR ", 'epochs': %d, 'include': []}", TRIAL);
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS "/trial/train", body, NULL);
    double elapsed = pointer_number(answer->json, "/elapsed_seconds");
    return (long)(wanted / fmax(elapsed / TRIAL, 1e-9));
}

/* What a run forbids on its network, and by which problem. */
static const struct exchange forbidden[] = {
    {"step", "POST", NETWORKS "/long/step", "{'inputs': [0, 0], 'targets': [0]}", .status = 409,
     .problem = "network-busy"},
    {"PUT", "PUT", NETWORKS "/long", XOR_NETWORK, .status = 409, .problem = "network-busy"},
    {"PATCH", "PATCH", NETWORKS "/long", "{'name': 'short'}", .status = 409,
     .problem = "network-busy"},
    {"DELETE", "DELETE", NETWORKS "/long", NULL, .status = 409, .problem = "network-busy"},
    {"reset", "POST", NETWORKS "/long/reset", NULL, .status = 409, .problem = "network-busy"},
    {"PUT of parameters", "PUT", NETWORKS "/long/parameters",
     "{'layers': [{'weights': [[1, 2], [1, 2], [1, 2], [1, 2]], 'biases': [1, 2, 3, 4]}, "
     "{'weights': [[1, 2, 3, 4]], 'biases': [1]}]}",
     .status = 409, .problem = "network-busy"},
};

/* What goes on meanwhile: reads of the last committed revision, and everything on others. */
static const struct exchange allowed[] = {
    {"forward", "POST", NETWORKS "/long/forward", "{'inputs': [0, 0]}", .status = 200,
     .sights = {{"/revision", "0"}}},
    {"gradients", "POST", NETWORKS "/long/gradients", "{'inputs': [0, 0], 'targets': [0]}",
     .status = 200, .sights = {{"/revision", "0"}}},
    {"GET", "GET", NETWORKS "/long", NULL, .status = 200,
     .sights = {{"/revision", "0"}, {"/steps", "0"}}},
    {"GET of parameters", "GET", NETWORKS "/long/parameters", NULL, .status = 200,
     .sights = {{"/revision", "0"}}},
    {"the list", "GET", NETWORKS "?prefix=long", NULL, .status = 200},
    {"a step of another network", "POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}", .status = 200},
    {"a run of another network", "POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 10}",
     .status = 200},
    {"creating", "PUT", NETWORKS "/meanwhile", "{" ARTICLE_MEMBERS "}", .status = 201},
    {"deleting", "DELETE", NETWORKS "/meanwhile", NULL, .status = 204},
};

/* Waits until the run has the network: until then a change of it is not refused. */
static void await_begin(struct http_client *client, const struct run *run)
{
    for (int i = 0; i < 1000 && !atomic_load(&run->ended); i++) {
        const struct http_answer *answer =
            http_call(client, "PATCH", NETWORKS "/long", "{'name': 'mazur'}", NULL);
        if (pointer_text(answer->json, "/type") &&
            strstr(pointer_text(answer->json, "/type"), "network-busy"))
            return;
        usleep(2000);
    }
}

/* The run lasts some seconds; everything beside it is over in a fraction of that. */
static void check_beside_a_run(struct http_client *client, const struct daemon *daemon)
{
    char body[512];
    http_call(client, "PUT", NETWORKS "/trial", XOR_NETWORK, NULL);
    http_call(client, "PUT", NETWORKS "/long", XOR_NETWORK, NULL);
    long epochs = epochs_for(client, 4);
    snprintf(body, sizeof(body), "{" XOR ", 'epochs': %ld, 'include': []}", epochs);
    struct run first = {.daemon = daemon, .path = NETWORKS "/long/train", .body = body};
    struct run second = {.daemon = daemon,
                         .path = NETWORKS "/long/train",
                         .body = "{" XOR ", 'epochs': 3, 'include': []}"};
    start(&first);
    await_begin(client, &first);
    double began = seconds();
    start(&second);
    for (size_t i = 0; i < COUNT(forbidden); i++) {
        const struct http_answer *answer = exchange(client, &forbidden[i]);
        const char *detail = pointer_text(answer->json, "/detail");
        tap_ok(detail && strspn(strchr(detail, ' ') ? strchr(detail, ' ') + 1 : "",
                                "0123456789abcdef") == 16,
               "names the run: %s", detail ? detail : "");
    }
    exchange_all(client, allowed, COUNT(allowed));
    bool running = !atomic_load(&first.ended);
    tap_ok(running, "all of it while the run goes on, in %.2f s", seconds() - began);
    tap_ok(running && !atomic_load(&second.ended), "a second run waits");
    pthread_join(first.thread, NULL);
    pthread_join(second.thread, NULL);
    tap_ok(first.status == 200 && first.revision == 1, "the run ends as revision 1");
    tap_ok(second.status == 200 && second.revision == 2 && second.steps == first.steps + 12,
           "the second one stands on it");
    exchange(client, &(struct exchange){"and then the network is free", "POST",
                                        NETWORKS "/long/step", "{'inputs': [0, 0], 'targets': [0]}",
                                        .status = 200, .sights = {{"/revision", "3"}}});
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    exchange_all(client, answers, COUNT(answers));
    check_history(client);
    check_after(client);
    check_shuffle(client);
    check_stop_below(client);
    exchange_all(client, divergence, COUNT(divergence));
    check_beside_a_run(client, &server);
    http_client_free(client);
    return daemon_done(&server);
}
