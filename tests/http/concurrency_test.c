/* Many clients at once: nothing is lost, nothing is counted twice, nobody sees half a change. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define NETWORKS "/v1/networks"
#define NETWORK                                                                                    \
    "{'inputs': 2, 'layers': [{'units': 3}, {'units': 2}], 'seed': 1, "                            \
    "'optimizer': {'type': 'sgd', 'learning_rate': 0.1, 'momentum': 0.9}}"
#define SAMPLE "'inputs': [0.05, 0.1], 'targets': [0.01, 0.99]"

enum { CLIENTS = 8, STEPS = 40, REVISIONS = 1000 };

/* One client in a thread of its own. TAP belongs to the main thread: the others only count. */
struct worker {
    pthread_t thread;
    struct http_client *client;
    int number;
    int statuses[600]; /* how often each status was answered; [0]: no answer */
    void (*work)(struct worker *worker);
};

static pthread_barrier_t barrier;           /* where the workers wait for each other */
static atomic_int answered_with[REVISIONS]; /* revision -> how many steps answered it */

static void *run(void *argument)
{
    struct worker *worker = argument;
    pthread_barrier_wait(&barrier);
    worker->work(worker);
    return NULL;
}

static const struct http_answer *call(struct worker *worker, const char *method, const char *path,
                                      const char *body, const char *header)
{
    const struct http_answer *answer = http_call(worker->client, method, path, body, header, NULL);
    worker->statuses[answer->status < 600 ? answer->status : 0]++;
    return answer;
}

/* Runs `work` on all clients at once. */
static void at_once(struct worker *workers, int count, void (*work)(struct worker *worker))
{
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++) {
        memset(workers[i].statuses, 0, sizeof(workers[i].statuses));
        workers[i].work = work;
        workers[i].number = i;
        pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    }
    for (int i = 0; i < count; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_barrier_destroy(&barrier);
}

static int answers_of(const struct worker *workers, int count, int status)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += workers[i].statuses[status];
    return sum;
}

/* Steps in parallel ---------------------------------------------------------------------------- */

static void take_steps(struct worker *worker)
{
    for (int i = 0; i < STEPS; i++) {
        const struct http_answer *answer =
            call(worker, "POST", NETWORKS "/shared/step", "{" SAMPLE ", 'include': []}", NULL);
        double revision = pointer_number(answer->json, "/revision");
        if (revision >= 0 && revision < REVISIONS)
            atomic_fetch_add(&answered_with[(int)revision], 1);
    }
}

static void check_steps(struct worker *workers, struct http_client *client)
{
    char body[128];
    int right = 0;
    http_call(client, "PUT", NETWORKS "/shared", NETWORK, NULL);
    at_once(workers, CLIENTS, take_steps);
    tap_ok(answers_of(workers, CLIENTS, 200) == CLIENTS * STEPS, "%d clients take %d steps each",
           CLIENTS, STEPS);
    const struct http_answer *answer = http_call(client, "GET", NETWORKS "/shared", NULL, NULL);
    expect_number(answer, "/revision", CLIENTS * STEPS, 0, "each adds 1");
    expect_number(answer, "/steps", CLIENTS * STEPS, 0, "each counts once");
    for (int r = 1; r <= CLIENTS * STEPS; r++)
        right += answered_with[r] == 1;
    tap_ok(right == CLIENTS * STEPS, "each has a revision of its own");
    http_call(client, "PUT", NETWORKS "/alone", NETWORK, NULL);
    snprintf(body, sizeof(body), "{" SAMPLE ", 'epochs': %d, 'include': []}", CLIENTS * STEPS);
    http_call(client, "POST", NETWORKS "/alone/train", body, NULL);
    parameters_same(client, "shared", "alone", "together they are one run of as many epochs");
}

/* The same If-Match twice ------------------------------------------------------------------------
 */

static char tag[64]; /* written by the main thread while no worker runs */

static void step_if_match(struct worker *worker)
{
    char header[96];
    snprintf(header, sizeof(header), "If-Match: %s", tag);
    call(worker, "POST", NETWORKS "/matched/step", "{" SAMPLE ", 'include': []}", header);
}

static void check_if_match(struct worker *workers, struct http_client *client)
{
    enum { ROUNDS = 20, RIVALS = 4 };
    int right = 0;
    const struct http_answer *answer = http_call(client, "PUT", NETWORKS "/matched", NETWORK, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        const char *etag = http_header(answer, "ETag");
        snprintf(tag, sizeof(tag), "%s", etag ? etag : "none");
        at_once(workers, RIVALS, step_if_match);
        right +=
            answers_of(workers, RIVALS, 200) == 1 && answers_of(workers, RIVALS, 412) == RIVALS - 1;
        answer = http_call(client, "GET", NETWORKS "/matched", NULL, NULL);
    }
    tap_ok(right == ROUNDS, "of %d steps with one If-Match one is taken (%d of %d times)", RIVALS,
           right, ROUNDS);
    expect_number(answer, "/steps", ROUNDS, 0, "and only that one");
}

/* Whole changes ----------------------------------------------------------------------------------
 */

static atomic_int written[REVISIONS]; /* revision -> the value that was put */
static atomic_int torn;               /* answers that are no whole revision */
static atomic_int seen;               /* answers that were looked at */

/* Every number of the network is `k`, and so is its metadata. */
static void put_values(struct worker *worker)
{
    for (int i = 0; i < STEPS; i++) {
        char body[512];
        int k = 1 + worker->number * STEPS + i;
        snprintf(body, sizeof(body),
                 "{'inputs': 2, 'layers': [{'units': 2, 'activation': 'identity', 'weights': "
                 "[[%d, %d], [%d, %d]], 'biases': [%d, %d]}], 'metadata': {'k': '%d'}}",
                 k, k, k, k, k, k, k);
        const struct http_answer *answer = call(worker, "PUT", NETWORKS "/torn", body, NULL);
        double revision = pointer_number(answer->json, "/revision");
        if (revision >= 0 && revision < REVISIONS)
            atomic_store(&written[(int)revision], k);
    }
}

/* What the answer says k is, or -1 where its numbers differ. */
static double k_of_network(const struct http_answer *answer)
{
    static const char *const places[] = {"/layers/0/weights/0/1", "/layers/0/weights/1/0",
                                         "/layers/0/weights/1/1", "/layers/0/biases/0",
                                         "/layers/0/biases/1"};
    const char *metadata = pointer_text(answer->json, "/metadata/k");
    double k = pointer_number(answer->json, "/layers/0/weights/0/0");
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        if (pointer_number(answer->json, places[i]) != k)
            return -1;
    }
    return metadata && atof(metadata) == k ? k : -1;
}

/* The same of a forward pass of (1, 1): both outputs are 3 k. */
static double k_of_outputs(const struct http_answer *answer)
{
    double output = pointer_number(answer->json, "/outputs/0");
    return pointer_number(answer->json, "/outputs/1") == output ? output / 3 : -1;
}

struct observation {
    int revision;
    int k;
};
static struct observation observations[CLIENTS][2 * STEPS]; /* each row by its own worker */

static void observe(struct worker *worker, const struct http_answer *answer, double k, int i)
{
    double revision = pointer_number(answer->json, "/revision");
    atomic_fetch_add(&seen, 1);
    if (k < 0 || !(revision >= 0 && revision < REVISIONS))
        atomic_fetch_add(&torn, 1);
    else
        observations[worker->number][i] = (struct observation){(int)revision, (int)k};
}

static void read_values(struct worker *worker)
{
    for (int i = 0; i < STEPS; i++) {
        const struct http_answer *answer =
            call(worker, "GET", NETWORKS "/torn?include=parameters", NULL, NULL);
        observe(worker, answer, k_of_network(answer), 2 * i);
        answer = call(worker, "POST", NETWORKS "/torn/forward", "{'inputs': [1, 1]}", NULL);
        observe(worker, answer, k_of_outputs(answer), 2 * i + 1);
    }
}

static void put_or_read(struct worker *worker)
{
    if (worker->number < CLIENTS / 2)
        put_values(worker);
    else
        read_values(worker);
}

static void check_whole_changes(struct worker *workers, struct http_client *client)
{
    enum { PUTS = CLIENTS / 2 * STEPS };
    int wrong = 0;
    http_call(client, "PUT", NETWORKS "/torn",
              "{'inputs': 2, 'layers': [{'units': 2, 'activation': 'identity', 'weights': "
              "[[0, 0], [0, 0]], 'biases': [0, 0]}], 'metadata': {'k': '0'}}",
              NULL);
    at_once(workers, CLIENTS, put_or_read);
    tap_ok(answers_of(workers, CLIENTS, 200) == PUTS + CLIENTS / 2 * 2 * STEPS,
           "%d clients put a network while %d read it", CLIENTS / 2, CLIENTS / 2);
    for (int w = CLIENTS / 2; w < CLIENTS; w++) {
        for (int i = 0; i < 2 * STEPS; i++)
            wrong += observations[w][i].k != written[observations[w][i].revision];
    }
    tap_ok(torn == 0 && seen == CLIENTS / 2 * 2 * STEPS,
           "each of %d reads is of one piece (%d not)", seen, torn);
    tap_ok(wrong == 0, "and is what was put as its revision (%d not)", wrong);
    expect_number(http_call(client, "GET", NETWORKS "/torn", NULL, NULL), "/revision", PUTS, 0,
                  "as many revisions as PUTs");
}

/* Creation and deletion --------------------------------------------------------------------------
 */

static void create_one(struct worker *worker)
{
    call(worker, "POST", NETWORKS,
         "{'name': 'rival', 'inputs': 2, 'layers': [{'units': 3}, {'units': 2}]}", NULL);
}

static void step_or_delete(struct worker *worker)
{
    for (int i = 0; i < 5; i++)
        call(worker, "POST", NETWORKS "/rival/step", "{" SAMPLE ", 'include': []}", NULL);
    call(worker, "DELETE", NETWORKS "/rival", NULL, NULL);
    call(worker, "POST", NETWORKS "/rival/step", "{" SAMPLE ", 'include': []}", NULL);
}

static void check_creation(struct worker *workers, struct http_client *client)
{
    enum { ROUNDS = 10 };
    int created = 0;
    int deleted = 0;
    for (int round = 0; round < ROUNDS; round++) {
        at_once(workers, CLIENTS, create_one);
        created += answers_of(workers, CLIENTS, 201) == 1 &&
                   answers_of(workers, CLIENTS, 409) == CLIENTS - 1;
        at_once(workers, CLIENTS, step_or_delete);
        deleted += answers_of(workers, CLIENTS, 204) == 1 &&
                   answers_of(workers, CLIENTS, 200) + answers_of(workers, CLIENTS, 404) ==
                       CLIENTS * 7 - 1;
        deleted -= http_call(client, "GET", NETWORKS "/rival", NULL, NULL)->status != 404;
    }
    tap_ok(created == ROUNDS, "of %d creations one is made (%d of %d times)", CLIENTS, created,
           ROUNDS);
    tap_ok(deleted == ROUNDS, "of %d deletions one is made, steps are 200 or 404 (%d of %d times)",
           CLIENTS, deleted, ROUNDS);
}

int main(void)
{
    struct daemon server;
    static struct worker workers[CLIENTS];
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    for (int i = 0; i < CLIENTS; i++)
        workers[i].client = http_client_create(&server);
    check_steps(workers, client);
    check_if_match(workers, client);
    check_whole_changes(workers, client);
    check_creation(workers, client);
    for (int i = 0; i < CLIENTS; i++)
        http_client_free(workers[i].client);
    http_client_free(client);
    return daemon_done(&server);
}
