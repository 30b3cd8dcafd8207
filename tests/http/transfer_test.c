/* A network that is exported and imported by another daemon is the same one, to the bit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define IMPORT NETWORKS "/import"
#define TRAIN                                                                                      \
    "{'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]], 'epochs': 9, "  \
    "'shuffle': true, 'include': []}"

static const char *path(const char *format, const char *name)
{
    static char text[4][200];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof(text[next]), format, name);
    return text[next];
}

/* The parameters of two daemons' networks of one name. */
static void check_same(struct http_client *here, struct http_client *there, const char *name,
                       const char *why)
{
    json_t *ours = parameters_of(here, name);
    json_t *theirs = parameters_of(there, name);
    expect_same(theirs, ours, path(why, name));
    json_decref(ours);
    json_decref(theirs);
}

static void train_both(struct http_client *here, struct http_client *there, const char *name)
{
    http_call(here, "POST", path(NETWORKS "/%s/train", name), TRAIN, NULL);
    http_call(there, "POST", path(NETWORKS "/%s/train", name), TRAIN, NULL);
}

static void check_network(struct http_client *here, struct http_client *there, const char *name,
                          const char *definition)
{
    http_call(here, "PUT", path(NETWORKS "/%s", name), definition, NULL);
    http_call(here, "POST", path(NETWORKS "/%s/train", name), TRAIN, NULL);
    json_t *trained = parameters_of(here, name);
    const struct http_answer *answer =
        http_call(here, "GET", path(NETWORKS "/%s/export", name), NULL, NULL);
    expect_status(answer, 200, path("%s is exported", name));
    tap_ok(http_header(answer, "ETag") != NULL, "with its tag");
    json_t *document = json_incref(answer->json);
    tap_ok(strlen(pointer_text(document, "/runs/0/request/samples/hash")) == 16,
           "and the hash of what it was trained on");
    char *body = strdup(answer->body);
    answer = http_call(there, "POST", IMPORT, body, NULL);
    expect_status(answer, 201, "and imported elsewhere");
    tap_text(http_header(answer, "Location"), path(NETWORKS "/%s", name), "under its name");
    expect_number(answer, "/steps", 36, 0, "with its steps");
    check_same(here, there, name, "%s: the parameters");
    train_both(here, there, name);
    check_same(here, there, name, "%s: and what training makes of them");
    http_call(here, "POST", path(NETWORKS "/%s/reset", name), NULL, NULL);
    http_call(there, "POST", path(NETWORKS "/%s/reset", name), NULL, NULL);
    check_same(here, there, name, "%s: and what they began with");
    train_both(here, there, name);
    json_t *again = parameters_of(there, name);
    expect_same(again, trained, "its run, repeated there, ends with the same bits");
    free(body);
    json_decref(again);
    json_decref(trained);
    json_decref(document);
}

static void check_again(struct http_client *client)
{
    const struct http_answer *answer =
        http_call(client, "GET", NETWORKS "/adam/export", NULL, NULL);
    json_t *first = json_deep_copy(answer->json);
    char *body = strdup(answer->body);
    expect_problem(http_call(client, "POST", IMPORT, body, NULL), 409, "network-exists", NULL,
                   "its name is taken");
    answer = http_call(client, "POST", IMPORT "?name=twin", body, NULL);
    expect_status(answer, 201, "another name is given beside it");
    answer = http_call(client, "GET", NETWORKS "/twin/export", NULL, NULL);
    json_t *second = json_deep_copy(answer->json);
    json_object_set_new(json_object_get(second, "network"), "name", json_string("adam"));
    json_object_del(first, "runs");
    json_object_del(second, "runs");
    expect_same(second, first, "and its export is the same, but for name and runs");
    free(body);
    json_decref(first);
    json_decref(second);
}

#define NETWORK                                                                                    \
    "'network': {'name': 'x', 'inputs': 1, 'optimizer': {'type': 'sgd', 'momentum': 0.5}, "        \
    "'layers': [{'units': 1, 'weights': [[1]], 'biases': [0]}]}"
#define START "'start': {'layers': [{'weights': [[1]], 'biases': [0]}]}"
#define STATE                                                                                      \
    "'optimizer_state': {'updates': 1, 'slots': [{'layers': [{'weights': [[1]], 'biases': "        \
    "[0]}]}]}"
#define HEAD "'format': 'backpropd-network', 'version': 1, 'numerics': 2, 'steps': 1, "

static void check_faults(struct http_client *client)
{
    static const struct {
        const char *body;
        const char *pointers;
    } rows[] = {
        {"{}", "/format /version /numerics /network /steps /start /optimizer_state"},
        {"{'format': 'onnx', 'version': 2, 'numerics': -1, 'steps': 0.5, 'network': {}, 'start': "
         "{}, "
         "'optimizer_state': {}}",
         "/format /version /numerics /steps"},
        {"{" HEAD START ", " STATE ", 'network': {'inputs': 1, 'layers': [{'units': 0}]}}",
         "/network/name /network/layers/0/units"},
        {"{" HEAD START ", " STATE
         ", 'network': {'name': 'x', 'inputs': 1, 'layers': [{'units': 1}]}}",
         "/network"},
        {"{" HEAD NETWORK ", " STATE
         ", 'start': {'layers': [{'weights': [[1, 2]], 'biases': [0]}]}}",
         "/start/layers/0/weights/0"},
        {"{" HEAD NETWORK ", " STATE ", 'start': {'layers': []}}", "/start/layers"},
        {"{" HEAD NETWORK ", " START ", 'optimizer_state': {'updates': 1, 'slots': []}}",
         "/optimizer_state/slots"},
        {"{" HEAD NETWORK ", " START ", 'optimizer_state': {'updates': -1, 'slots': [{}]}}",
         "/optimizer_state/updates /optimizer_state/slots/0/layers"},
        {"{" HEAD NETWORK ", " START ", " STATE ", 'extra': 1}", "/extra"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_problem(http_call(client, "POST", IMPORT, rows[i].body, NULL), 422,
                       "invalid-request", rows[i].pointers, rows[i].body);
    expect_problem(http_call(client, "POST", IMPORT "?name=..",
                             "{" HEAD NETWORK ", " START ", " STATE "}", NULL),
                   422, "invalid-request", "name", "no name");
    expect_status(http_call(client, "GET", NETWORKS "/x", NULL, NULL), 404,
                  "none of them is there");
    expect_status(
        http_call(client, "POST", IMPORT, "{" HEAD NETWORK ", " START ", " STATE "}", NULL), 201,
        "what is whole is taken");
    expect_problem(http_call(client, "GET", NETWORKS "/none/export", NULL, NULL), 404,
                   "network-not-found", NULL, "no such network");
}

int main(void)
{
    static const struct {
        const char *name, *definition;
    } rows[] = {
        {"plain", "{'inputs': 2, 'layers': [{'units': 3}, {'units': 1}]}"},
        {"adam",
         "{'inputs': 2, 'layers': [{'units': 3, 'dropout': 0.2}, {'units': 1}], 'optimizer': "
         "{'type': 'adam', 'amsgrad': true}, 'seed': '18446744073709551615', 'metadata': "
         "{'a': 'b'}}"},
        {"float32",
         "{'inputs': 2, 'layers': [{'units': 3, 'bias': 'shared'}, {'units': 1, 'bias': "
         "'none'}], 'precision': 'float32', 'optimizer': {'type': 'rmsprop', 'momentum': "
         "0.5, 'centered': true}, 'frozen': ['layers.0.biases']}"},
    };
    struct daemon one, two;
    daemon_start(&one, NULL, NULL);
    char database[200];
    snprintf(database, sizeof(database), "%s/other.db", tap_directory());
    daemon_start(&two, NULL, database);
    struct http_client *here = http_client_create(&one);
    struct http_client *there = http_client_create(&two);
    for (size_t i = 0; i < COUNT(rows); i++)
        check_network(here, there, rows[i].name, rows[i].definition);
    check_again(there);
    check_faults(there);
    http_client_free(here);
    http_client_free(there);
    tap_ok(daemon_stop(&one, SIGTERM) == 0, "the first daemon ends in order");
    return daemon_done(&two);
}
