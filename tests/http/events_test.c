/* Streams of events: what a browser's EventSource, or curl, sees of runs and networks. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/daemon.h"
#include "tests/harness/events.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/raw.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define ASYNC "Prefer: respond-async"
#define NDJSON "Accept: application/x-ndjson\r\n"
#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
#define ENDLESS "{" XOR ", 'epochs': 9007199254740992, 'include': []}"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LAST_BUT_ONE "899"
enum { ROWS = 400, EPOCHS = 900 }; /* which take as long: a sanitizer trains ten times as slowly */
#else
#define LAST_BUT_ONE "9899"
enum { ROWS = 400, EPOCHS = 9900 };
#endif

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Valid for the next 31 calls. */
static const char *path(const char *format, const char *word)
{
    static char text[32][256];
    static int next;
    next = (next + 1) % 32;
    snprintf(text[next], sizeof(text[next]), format, word);
    return text[next];
}

static void create(struct http_client *client, const char *name, int units)
{
    char body[160];
    snprintf(body, sizeof(body),
             "{'inputs': 2, 'layers': [{'units': %d}, {'units': 1}], 'seed': 4}", units);
    http_call(client, "PUT", path(NETWORKS "/%s", name), body, NULL);
}

/* Begins a run; its path. */
static const char *begin(struct http_client *client, const char *name, const char *body)
{
    const struct http_answer *answer =
        http_call(client, "POST", path(NETWORKS "/%s/train", name), body, ASYNC, NULL);
    const char *location = http_header(answer, "Location");
    return path("%s", location ? location : "/nowhere");
}

/* A training of some seconds, whose updates are its epochs. */
static const char *long_training(int epochs)
{
    static char body[ROWS * 40 + 200];
    int length = sprintf(body, "{'inputs': [");
    for (int i = 0; i < ROWS; i++)
        length += sprintf(body + length, "%s[%d, %d]", i ? "," : "", i % 2, i / 2 % 2);
    length += sprintf(body + length, "], 'targets': [");
    for (int i = 0; i < ROWS; i++)
        length += sprintf(body + length, "%s[%d]", i ? "," : "", (i ^ i / 2) % 2);
    sprintf(body + length, "], 'batch_size': 0, 'epochs': %d, 'include': []}", epochs);
    return body;
}

/* Every point is one of the curve's, which keeps all epochs of so short a run. */
static void check_points(struct http_client *client, const char *run, const struct events *events)
{
    const struct http_answer *answer =
        http_call(client, "GET", path("%s/history?points=10000", run), NULL, NULL);
    int last = 0, wrong = 0;
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];
        char pointer[64];
        int epoch = atoi(event->id);
        if (strcmp(event->name, "progress") != 0)
            continue;
        snprintf(pointer, sizeof(pointer), "/total_error/%d", epoch - 1);
        wrong += epoch <= last || epoch >= EPOCHS || pointer_number(event->data, "/epoch") != epoch;
        wrong +=
            pointer_number(event->data, "/total_error") != pointer_number(answer->json, pointer);
        last = epoch;
    }
    tap_ok(wrong == 0 && last > 0, "each point is one of the curve, and later than the one before");
}

static void check_run(struct http_client *client, int port)
{
    create(client, "watched", 256);
    const char *run = begin(client, "watched", long_training(EPOCHS));
    struct events *events = events_watch(port, path("%s/events?rate=5", run), "", 0.7);
    tap_ok(events->status == 200 && events->retry == 2000, "a browser is told when to come back");
    struct events *ahead =
        events_watch(port, path("%s/events?rate=50&last_event_id=" LAST_BUT_ONE, run), "", 0.2);
    tap_ok(ahead->status == 200 && ahead->count == 0, "nothing comes that the client knows");
    events_release(ahead);
    size_t count = events_count(events, "progress");
    tap_ok(count >= 2 && count <= 5, "%zu points in 0.7 s where 5 a second were asked for", count);
    const char *id = count ? events->items[count - 1].id : "0";
    struct events *later = events_watch(port, path("%s/events?last_event_id=1", run),
                                        path("Last-Event-ID: %s\r\nConnection: close\r\n", id), 30);
    tap_ok(later->closed && later->count > 1 && atoi(later->items[0].id) > atoi(id),
           "who comes back goes on behind the last event, whatever the page's query was");
    check_points(client, run, events);
    check_points(client, run, later);
    const struct event *end = events_find(later, "end", 0);
    tap_ok(end && end == &later->items[later->count - 1] && atoi(end->id) == EPOCHS,
           "the end comes last, and once");
    const struct http_answer *answer = http_call(client, "GET", run, NULL, NULL);
    if (end)
        expect_same(end->data, answer->json, "and says what the run's own page says");
    events_release(events);
    events_release(later);
}

static void check_after_end(struct http_client *client)
{
    create(client, "short", 4);
    const char *run = begin(client, "short", "{" XOR ", 'epochs': 3}");
    struct events *events = calloc(1, sizeof(*events));
    const struct http_answer *answer = http_call(client, "GET", path("%s/events", run), NULL, NULL);
    expect_status(answer, 200, "a run that has ended, or is about to");
    tap_text(http_header(answer, "Content-Type"), "text/event-stream", "is a stream");
    tap_text(http_header(answer, "X-Accel-Buffering"), "no", "that no proxy keeps back");
    events_parse(events, answer->body, false);
    tap_ok(events->retry == 2000 && events->count == 1 && events_find(events, "end", 0),
           "with nothing but the end in it");
    events_release(events);
    expect_status(http_call(client, "GET", path("%s/events", run), NULL, "Last-Event-ID: 2", NULL),
                  200, "it is sent to who has the epoch before");
    answer = http_call(client, "GET", path("%s/events", run), NULL, "Last-Event-ID: 3", NULL);
    expect_status(answer, 204, "who has seen the end is told not to come back");
    answer = http_call(client, "GET", path("%s/events?last_event_id=3", run), NULL, NULL);
    expect_status(answer, 204, "by way of the query as well");
    answer = http_call(client, "GET", path("%s/events", run), NULL, "Accept: application/x-ndjson",
                       NULL);
    expect_text(answer, "/event", "end", "as a line of JSON");
    expect_number(answer, "/data/epoch", 3, 0, "with the run in it");
    tap_text(http_header(answer, "Content-Type"), "application/x-ndjson", "under its name");
}

/* A stopped run's end has an id that none of its points has. */
static void check_cancelled(struct http_client *client)
{
    create(client, "stopped", 4);
    const char *run = begin(client, "stopped", ENDLESS);
    usleep(50000);
    const struct http_answer *answer =
        http_call(client, "POST", path("%s/cancel", run), NULL, NULL);
    char last[32];
    snprintf(last, sizeof(last), "%.0f", pointer_number(answer->json, "/epoch"));
    answer =
        http_call(client, "GET", path(path("%s/events?last_event_id=%%s", run), last), NULL, NULL);
    tap_ok(answer->status == 200 && strstr(answer->body, "id: 9007199254740992\nevent: end\n"),
           "who has the last epoch of a cancelled run still hears of its end");
}

/* The parameters beside a point are those that so many epochs give. */
static void check_parameters(struct http_client *client, int port)
{
    create(client, "shown", 32);
    const char *run = begin(client, "shown", long_training(200000));
    struct events *events =
        events_watch(port, path("%s/events?include=parameters&rate=20", run), NDJSON, 0.8);
    http_call(client, "POST", path("%s/cancel", run), NULL, NULL);
    tap_ok(events->count >= 2, "%zu points with parameters", events->count);
    if (events->count > 0) {
        const struct event *event = &events->items[events->count - 1];
        create(client, "again", 32);
        http_call(client, "POST", NETWORKS "/again/train", long_training(atoi(event->id)), NULL);
        json_t *again = parameters_of(client, "again");
        expect_same(pointer_get(event->data, "/parameters"), again,
                    "which are those after so many epochs");
        json_decref(again);
    }
    events_release(events);
}

static void check_faults(struct http_client *client)
{
    static const struct {
        const char *query;
        const char *header;
        int status;
        const char *slug;
        const char *pointers;
    } rows[] = {
        {"?rate=0", "X: 1", 422, "invalid-request", "rate"},
        {"?rate=1000", "X: 1", 422, "invalid-request", "rate"},
        {"?rate=10x", "X: 1", 422, "invalid-request", "rate"},
        {"?rate=", "X: 1", 422, "invalid-request", "rate"},
        {"?include=weights", "X: 1", 422, "invalid-request", "include"},
        {"?last_event_id=-1", "X: 1", 422, "invalid-request", "last_event_id"},
        {"", "Last-Event-ID: soon", 422, "invalid-request", "last_event_id"},
        {"?since=1", "X: 1", 422, "invalid-request", "since"},
        {"", "Accept: application/json", 406, "not-acceptable", NULL},
    };
    create(client, "faulty", 4);
    const char *run = begin(client, "faulty", "{" XOR ", 'epochs': 3}");
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_problem(http_call(client, "GET", path(path("%s/events%%s", run), rows[i].query),
                                 NULL, rows[i].header, NULL),
                       rows[i].status, rows[i].slug, rows[i].pointers, rows[i].query);
    expect_problem(http_call(client, "GET", "/v1/runs/0123456789abcdef/events", NULL, NULL), 404,
                   "run-not-found", NULL, "no such run");
    expect_problem(http_call(client, "GET", "/v1/events?rate=0", NULL, NULL), 422,
                   "invalid-request", "rate", "no such rate");
}

/* Everything -------------------------------------------------------------------------------- */

/* Waits until no run is in progress. */
static void await_quiet(struct http_client *client)
{
    for (int i = 0; i < 2000; i++) {
        const struct http_answer *answer = http_call(client, "GET", "/v1/runs", NULL, NULL);
        if (!strstr(answer->body, "\"state\":\"running\"") &&
            !strstr(answer->body, "\"state\":\"queued\""))
            return;
        usleep(2000);
    }
}

static void check_everything(struct http_client *client, int port)
{
    await_quiet(client);
    create(client, "first", 4);
    struct events *events = events_watch(port, "/v1/events", "", 0.4);
    tap_ok(events->count == 1 && events_find(events, "snapshot", 0),
           "who has no id begins with a snapshot");
    bool found = false;
    json_t *networks = pointer_get(events->items[0].data, "/networks");
    for (size_t i = 0; i < json_array_size(networks); i++) {
        const char *name = pointer_text(json_array_get(networks, i), "/network");
        found |= name && strcmp(name, "first") == 0;
    }
    tap_ok(found, "which has the networks");
    char header[128];
    snprintf(header, sizeof(header), "Last-Event-ID: %s\r\n", events->items[0].id);
    events_release(events);

    create(client, "second", 4);
    http_call(client, "POST", NETWORKS "/second/step", "{'inputs': [0, 1], 'targets': [1]}", NULL);
    http_call(client, "PATCH", NETWORKS "/first", "{'name': 'third'}",
              "Content-Type: application/merge-patch+json", NULL);
    begin(client, "third", "{" XOR ", 'epochs': 3}");
    await_quiet(client);
    usleep(20000); /* the end of a run is shown a moment before it is told */
    events = events_watch(port, "/v1/events", header, 0.4);
    static const struct {
        const char *name;
        const char *network;
        int revision; /* -1: none */
    } rows[] = {
        /* The newest of each: the step of "second" is in its creation, its run in that of third. */
        {"network_created", "second", 1},
        {"network_deleted", "first", -1},
        {"network_created", "third", 1},
        {"end", "third", 1},
    };
    bool good = events->count == COUNT(rows);
    for (size_t i = 0; good && i < COUNT(rows); i++) {
        const struct event *event = &events->items[i];
        const char *network = pointer_text(event->data, "/network");
        double revision = pointer_number(event->data, "/revision");
        good = network && strcmp(event->name, rows[i].name) == 0 &&
               strcmp(network, rows[i].network) == 0 &&
               (rows[i].revision < 0 || revision >= rows[i].revision);
    }
    tap_ok(good, "who comes back hears the newest of each network and run since then, in order");
    events_release(events);
    events = events_watch(port, "/v1/events", "Last-Event-ID: 0123456789abcdef-3\r\n", 0.4);
    tap_ok(events->count == 1 && events_find(events, "snapshot", 0),
           "an id of another daemon's begins with a snapshot");
    events_release(events);
}

/* As it happens, with the progress of what trains. */
static void check_all_live(struct http_client *client, int port)
{
    create(client, "live", 4);
    const char *run = begin(client, "live", ENDLESS);
    const char *id = strrchr(run, '/') + 1;
    struct events *events = events_watch(port, "/v1/events?rate=10", NDJSON, 0.8);
    size_t count = events_count(events, "progress");
    tap_ok(count >= 3 && count <= 10, "%zu points of a run", count);
    const struct event *snapshot = events_find(events, "snapshot", 0);
    const struct event *progress = events_find(events, "progress", 0);
    tap_text(snapshot ? pointer_text(snapshot->data, "/runs/0/run") : NULL, id,
             "it is in the snapshot");
    tap_text(progress ? pointer_text(progress->data, "/run") : NULL, id, "and named by its points");
    tap_ok(progress && !progress->id[0], "which have no id: it counts what is kept");
    events_release(events);
    http_call(client, "POST", path("%s/cancel", run), "{'keep': false}", NULL);
    expect_status(http_call(client, "HEAD", "/v1/events", NULL, NULL), 200, "there is a head, too");
}

/* Readers that give trouble -------------------------------------------------------------------- */

static int open_stream(int port, const char *path_and_query)
{
    char request[256];
    int connection = raw_connect(port);
    int small = 4096;
    int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                          path_and_query);
    setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    send(connection, request, (size_t)length, MSG_NOSIGNAL);
    return connection;
}

static int count_files(pid_t process)
{
    char folder[64];
    int count = 0;
    snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)process);
    DIR *files = opendir(folder);
    while (files && readdir(files))
        count++;
    if (files)
        closedir(files);
    return count;
}

/* Streams whose clients have gone are closed, whether or not there is anything to send. */
static void check_leaving(struct http_client *client, const struct daemon *server)
{
    enum { STREAMS = 150 };
    create(client, "left", 4);
    create(client, "waiting", 4);
    const char *run = begin(client, "left", ENDLESS);
    const char *queued = begin(client, "left", ENDLESS);
    int before = count_files(server->pid);
    const char *paths[] = {"/v1/events", path("%s/events", run), path("%s/events", queued)};
    int streams[STREAMS];
    for (int i = 0; i < STREAMS; i++)
        streams[i] = open_stream(server->port, paths[i % 3]);
    usleep(500000); /* what they begin with is sent */
    for (int i = 0; i < STREAMS; i++)
        close(streams[i]);
    int after = before + 1;
    for (double end = seconds() + 8; after > before && seconds() < end; usleep(50000))
        after = count_files(server->pid);
    tap_ok(after <= before, "%d streams were left: %d open files, %d before", STREAMS, after,
           before);
    http_call(client, "POST", path("%s/cancel", queued), NULL, NULL);
    http_call(client, "POST", path("%s/cancel", run), NULL, NULL);
}

/* Who does not read costs nobody anything, and does not hold up the end. */
static void check_dead_readers(struct daemon *server)
{
    enum { READERS = 30 };
    struct http_client *client = http_client_create(server);
    create(client, "dead", 2000); /* some 150 KB of digits a point */
    const char *run = begin(client, "dead", ENDLESS);
    int readers[READERS];
    const char *large = path("%s/events?include=parameters&rate=50", run);
    for (int i = 0; i < READERS; i++)
        readers[i] = open_stream(server->port, large);
    struct events *events = events_watch(server->port, path("%s/events", run), "", 1.5);
    tap_ok(events_count(events, "progress") >= 3, "others are served beside 30 who do not read");
    events_release(events);
    http_client_free(client);
    double begun = seconds();
    int code = daemon_stop(server, SIGTERM);
    double taken = seconds() - begun;
    tap_ok(code == 0 && taken < 2.5, "the daemon ends in order, after %.2f s", taken);
    for (int i = 0; i < READERS; i++)
        close(readers[i]);
}

static void check_end_of_daemon(struct daemon *server)
{
    struct http_client *client = http_client_create(server);
    create(client, "last", 4);
    const char *run = begin(client, "last", ENDLESS);
    int one = open_stream(server->port, path("%s/events", run));
    int all = open_stream(server->port, "/v1/events");
    usleep(300000);
    http_client_free(client);
    double begun = seconds();
    int code = daemon_stop(server, SIGTERM);
    double taken = seconds() - begun;
    tap_ok(code == 0 && taken < 2, "SIGTERM ends streams, after %.2f s", taken);
    close(one);
    close(all);
    daemon_restart(server);
    struct events *events = events_watch(server->port, path("%s/events", run), "", 0.6);
    tap_ok(events_count(events, "progress") >= 1, "and who comes back goes on watching");
    events_release(events);
    client = http_client_create(server);
    http_call(client, "POST", path("%s/cancel", run), NULL, NULL);
    http_client_free(client);
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_run(client, server.port);
    check_after_end(client);
    check_cancelled(client);
    check_parameters(client, server.port);
    check_faults(client);
    check_everything(client, server.port);
    check_all_live(client, server.port);
    check_leaving(client, &server);
    http_client_free(client);
    check_end_of_daemon(&server);
    check_dead_readers(&server);
    return tap_done();
}
