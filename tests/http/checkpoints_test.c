/* Checkpoints: kept states of a network that it can go back to. */
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
#define KEPT NETWORKS "/a/checkpoints"
#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
#define TRAIN "{" XOR ", 'epochs': 7, 'shuffle': true, 'include': []}"
#define ADAM                                                                                       \
    "{'inputs': 2, 'layers': [{'units': 4}, {'units': 1}], 'seed': 4, 'optimizer': {'type': "      \
    "'adam'}}"

static const struct http_answer *train(struct http_client *client, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), NETWORKS "/%s/train", name);
    return http_call(client, "POST", path, TRAIN, NULL);
}

/* What is restored goes on with the same bits as if nothing had come between. */
static void check_restore(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/a", ADAM, NULL);
    http_call(client, "PUT", NETWORKS "/b", ADAM, NULL);
    train(client, "a");
    train(client, "b");
    const struct http_answer *answer = http_call(client, "POST", KEPT, "{'label': 'before'}", NULL);
    expect_status(answer, 201, "a state is kept");
    tap_text(http_header(answer, "Location"), KEPT "/before", "and has a place");
    expect_text(answer, "/label", "before", "and its label");
    expect_number(answer, "/revision", 1, 0, "the revision that it is of");
    expect_number(answer, "/steps", 28, 0, "and the steps up to it");
    json_t *made = json_incref(answer->json);
    expect_same(http_call(client, "GET", KEPT "/before", NULL, NULL)->json, made,
                "it is read as it was made");
    json_decref(made);
    json_t *values = parameters_of(client, "b");
    answer = http_call(client, "GET", KEPT "/before?include=parameters", NULL, NULL);
    expect_same(pointer_get(answer->json, "/layers"), values, "with its parameters");
    json_decref(values);
    train(client, "a");
    parameters_differ(client, "a", "b", "the network goes on");
    answer = http_call(client, "POST", KEPT "/before/restore", NULL, NULL);
    expect_status(answer, 200, "and comes back");
    expect_number(answer, "/revision", 3, 0, "as a new revision");
    expect_number(answer, "/steps", 28, 0, "with the steps that it had");
    tap_ok(http_header(answer, "ETag"), "and a tag");
    parameters_same(client, "a", "b", "the parameters are those that were kept");
    train(client, "a");
    train(client, "b");
    parameters_same(client, "a", "b", "and it trains on with the same bits: the optimizer's state");
}

/* It stays when the daemon is killed. */
static void check_disk(struct http_client **client, struct daemon *server)
{
    http_client_free(*client);
    daemon_stop(server, SIGKILL);
    daemon_restart(server);
    *client = http_client_create(server);
    expect_text(http_call(*client, "GET", KEPT "/before", NULL, NULL), "/label", "before",
                "a checkpoint outlives the daemon");
    expect_status(http_call(*client, "POST", KEPT "/before/restore", "{}", NULL), 200,
                  "and can be restored then");
}

static void check_refusals(struct http_client *client)
{
    static const struct {
        const char *method, *path, *body;
        int status;
        const char *slug, *pointers;
    } rows[] = {
        {"POST", KEPT, "{'label': 'before'}", 409, "checkpoint-exists", NULL},
        {"POST", KEPT, "{}", 422, "invalid-request", "/label"},
        {"POST", KEPT, "{'label': ''}", 422, "invalid-request", "/label"},
        {"POST", KEPT, "{'label': '../b'}", 422, "invalid-request", "/label"},
        {"POST", KEPT, "{'label': 7}", 422, "invalid-request", "/label"},
        {"POST", KEPT, "{'label': 'x', 'name': 'y'}", 422, "invalid-request", "/name"},
        {"POST", NETWORKS "/none/checkpoints", "{'label': 'x'}", 404, "network-not-found", NULL},
        {"GET", NETWORKS "/none/checkpoints", NULL, 404, "network-not-found", NULL},
        {"GET", NETWORKS "/none/checkpoints/x", NULL, 404, "network-not-found", NULL},
        {"GET", KEPT "/none", NULL, 404, "checkpoint-not-found", NULL},
        {"GET", KEPT "/before?include=state", NULL, 422, "invalid-request", "include"},
        {"GET", KEPT "?cursor=.", NULL, 422, "invalid-request", "cursor"},
        {"DELETE", KEPT "/none", NULL, 404, "checkpoint-not-found", NULL},
        {"POST", KEPT "/none/restore", NULL, 404, "checkpoint-not-found", NULL},
        {"POST", KEPT "/before/restore", "{'x': 1}", 422, "invalid-request", "/x"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_problem(http_call(client, rows[i].method, rows[i].path, rows[i].body, NULL),
                       rows[i].status, rows[i].slug, rows[i].pointers, rows[i].path);
    expect_problem(http_call(client, "POST", KEPT "/before/restore", NULL,
                             "If-Match: \"0000000000000000.0\"", NULL),
                   412, "precondition-failed", NULL, "not of that revision");
    expect_problem(http_call(client, "POST", KEPT, "{'label': 'other'}",
                             "If-Match: \"0000000000000000.0\"", NULL),
                   412, "precondition-failed", NULL, "not of that revision");
}

static void check_list(struct http_client *client)
{
    static const char *const labels[] = {"zeta", "alpha", "Beta"};
    char body[64];
    for (size_t i = 0; i < COUNT(labels); i++) {
        snprintf(body, sizeof(body), "{'label': '%s'}", labels[i]);
        http_call(client, "POST", KEPT, body, NULL);
    }
    const struct http_answer *answer = http_call(client, "GET", KEPT "?limit=2", NULL, NULL);
    expect_text(answer, "/items/0/label", "Beta", "the list goes by label");
    expect_text(answer, "/items/1/label", "alpha", "in the order of bytes");
    tap_text(http_header(answer, "Link"),
             "</v1/networks/a/checkpoints?limit=2&cursor=alpha>; rel=\"next\"", "page by page");
    answer = http_call(client, "GET", KEPT "?limit=2&cursor=alpha", NULL, NULL);
    expect_text(answer, "/items/1/label", "zeta", "to its end");
    tap_ok(json_is_null(pointer_get(answer->json, "/next_cursor")), "where there is no next page");
    expect_status(http_call(client, "DELETE", KEPT "/alpha", NULL, NULL), 204, "one is deleted");
    expect_status(http_call(client, "GET", KEPT "/alpha", NULL, NULL), 404, "and gone");
    expect_status(http_call(client, "POST", KEPT, "{'label': 'alpha'}", NULL), 201,
                  "its label is free again");
}

/* The definition may have changed since. */
static void check_changed(struct http_client *client)
{
    http_call(client, "PATCH", NETWORKS "/a", "{'optimizer': {'type': 'sgd'}}",
              "Content-Type: application/merge-patch+json", NULL);
    const struct http_answer *answer =
        http_call(client, "POST", KEPT "/before/restore", NULL, NULL);
    expect_text(answer, "/optimizer/type", "sgd", "another optimizer stays, and begins anew");
    http_call(client, "PUT", NETWORKS "/a", "{'inputs': 2, 'layers': [{'units': 1}]}", NULL);
    expect_problem(http_call(client, "POST", KEPT "/before/restore", NULL, NULL), 409,
                   "checkpoint-shape", NULL, "other layers");
    answer = http_call(client, "GET", KEPT "/before?include=parameters", NULL, NULL);
    tap_ok(pointer_count(answer->json, "/layers") == 2, "whose checkpoint is read all the same");
}

static void check_runs(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/a", ADAM, NULL);
    http_call(client, "POST", NETWORKS "/a/train",
              "{" XOR ", 'epochs': 9007199254740992, 'include': []}", "Prefer: respond-async",
              NULL);
    expect_status(http_call(client, "POST", KEPT, "{'label': 'beside'}", NULL), 201,
                  "one is made beside a run, of what is committed");
    expect_problem(http_call(client, "POST", KEPT "/beside/restore", NULL, NULL), 409,
                   "network-busy", NULL, "and not restored under it");
}

/* They go with their network, and a new one of its name has none. */
static void check_delete(struct http_client *client)
{
    expect_status(http_call(client, "DELETE", NETWORKS "/a?cancel=true", NULL, NULL), 204,
                  "the network is deleted");
    expect_status(http_call(client, "GET", KEPT "/before", NULL, NULL), 404,
                  "its checkpoints, too");
    http_call(client, "PUT", NETWORKS "/a", ADAM, NULL);
    const struct http_answer *answer = http_call(client, "GET", KEPT, NULL, NULL);
    tap_ok(pointer_count(answer->json, "/items") == 0, "a new network of its name has none");
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_restore(client);
    check_disk(&client, &server);
    check_refusals(client);
    check_list(client);
    check_changed(client);
    check_runs(client);
    check_delete(client);
    http_client_free(client);
    return daemon_done(&server);
}
