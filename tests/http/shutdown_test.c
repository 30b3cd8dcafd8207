/*
 * The end of the daemon: among clients that keep their connections and go on stepping it ends in
 * order, whatever the moment; a second signal ends it at once.
 *
 * KILL_TEST_ROUNDS says how often (30).
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/tap.h"

enum { CLIENTS = 12 };

static struct daemon server; /* written by the main thread, while no client runs */

/* Steps until there is no answer any more. Gives the number of answers that are neither a step nor
 * a word about the end. */
static void *step_to_the_end(void *argument)
{
    long *wrong = argument;
    struct http_client *client = http_client_create(&server);
    const struct http_answer *answer;
    do {
        answer = http_call(client, "POST", "/v1/networks/mazur/step", "{" ARTICLE_SAMPLE "}", NULL);
        *wrong += answer->status != 0 && answer->status != 200 && answer->status != 503;
    } while (answer->status == 200);
    http_client_free(client);
    return NULL;
}

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

static void end_among_clients(int round)
{
    pthread_t threads[CLIENTS];
    long wrong[CLIENTS] = {0};
    long sum = 0;
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, step_to_the_end, &wrong[i]);
    sleep_milliseconds(5 + random() % 60);
    int code = daemon_stop(&server, round % 2 ? SIGTERM : SIGINT);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        sum += wrong[i];
    }
    tap_ok(code == 0 && sum == 0, "round %d: exit code %d, %ld wrong answers", round, code, sum);
    daemon_restart(&server);
}

/* What cannot be broken off: a check of some 1e10 multiplications, and that a second time. */
#define WIDE                                                                                       \
    "{'name': 'wide', 'inputs': 1, 'layers': [{'units': 200}, {'units': 200}, {'units': 1}]}"

static void *check_for_long(void *argument)
{
    struct http_client *client = http_client_create(argument);
    http_call(client, "POST", "/v1/networks", WIDE, NULL);
    http_call(client, "POST", "/v1/networks/wide/gradients",
              "{'inputs': [[1], [2]], 'targets': [[1], [2]], 'include': [], 'check': true}", NULL);
    http_client_free(client);
    return NULL;
}

static void *train_for_long(void *argument)
{
    struct http_client *client = http_client_create(argument);
    http_call(client, "POST", "/v1/networks/mazur/train",
              "{" ARTICLE_ROWS ", 'epochs': 1000000000000}", NULL);
    http_client_free(client);
    return NULL;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* One signal waits for what is in flight, but for no run, which goes on later; two do not wait. */
static void end_in_work(void *(*work)(void *), int signals)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, &server);
    sleep_milliseconds(300);
    double begun = now();
    if (signals == 2) {
        kill(server.pid, SIGTERM);
        sleep_milliseconds(100);
    }
    int code = daemon_stop(&server, SIGTERM);
    double taken = now() - begun;
    pthread_join(thread, NULL);
    if (signals == 2)
        tap_ok(code != 0 && taken < 2, "a second signal ends it at once: exit code %d", code);
    else
        tap_ok(code == 0 && taken < 2, "one signal ends it in a run: exit code %d", code);
    tap_note("%.1f s", taken);
    daemon_restart(&server);
}

int main(void)
{
    const char *wanted = getenv("KILL_TEST_ROUNDS");
    int rounds = wanted ? atoi(wanted) : 30;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    tap_ok(article_create(client, "mazur"), "a network to step");
    http_client_free(client);
    for (int i = 0; i < rounds; i++)
        end_among_clients(i);
    end_in_work(check_for_long, 2);
    end_in_work(train_for_long, 1);
    return daemon_done(&server);
}
