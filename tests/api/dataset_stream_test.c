/* A body of CSV, piece by piece, while the disk is held up: the request waits, and is resumed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/dataset_text.h"
#include "api/definition_text.h"
#include "api/handlers.h"
#include "api/json_reader.h"
#include "engine/engine.h"
#include "storage/store_datasets.h"
#include "tests/harness/tap.h"

static atomic_int suspended, resumed;

static void suspend(struct request *request)
{
    (void)request;
    atomic_fetch_add(&suspended, 1);
}

static void resume(struct request *request)
{
    (void)request;
    atomic_fetch_add(&resumed, 1);
}

/* Keeps the store's thread until its lock is let go. */
struct hold {
    struct store_change barrier; /* first: both have one address */
    pthread_mutex_t lock;
};

static void keep(struct store_change *change, enum store_status status)
{
    (void)status;
    pthread_mutex_lock(&((struct hold *)change)->lock);
    pthread_mutex_unlock(&((struct hold *)change)->lock);
}

/* Takes rows of one value until the stream asks to wait, or `most` rows have come. */
static enum streamed take_rows(struct request *request, size_t most, size_t *rows)
{
    enum streamed streamed = STREAM_GOES_ON;
    for (*rows = 0; *rows < most && streamed == STREAM_GOES_ON; ++*rows)
        streamed = dataset_stream.take(request, "1\n", 2);
    return streamed;
}

static void test_wait(struct store *store, struct request *request)
{
    struct hold hold = {.barrier = {.kind = STORE_BARRIER, .done = keep},
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    size_t rows;
    tap_ok(dataset_stream.wanted(request) && dataset_stream.begin(request), "a body of CSV");
    tap_ok(dataset_stream.take(request, "x\n", 2) == STREAM_GOES_ON, "its first line");

    pthread_mutex_lock(&hold.lock);
    store_submit(store, &hold.barrier);
    enum streamed streamed = take_rows(request, 10 * (size_t)STORE_PART_VALUES, &rows);
    tap_ok(streamed == STREAM_WAITS && rows == 2 * (size_t)STORE_PART_VALUES,
           "it waits with two parts on their way: after %zu rows", rows);
    tap_ok(suspended == 1 && resumed == 0, "the request is suspended");
    pthread_mutex_unlock(&hold.lock);
    for (int i = 0; i < 10000 && !resumed; i++)
        usleep(1000);
    tap_ok(resumed == 1, "and resumed once the disk has caught up");
    tap_ok(take_rows(request, 10, &rows) == STREAM_GOES_ON, "it goes on");
    dataset_stream.end(request);
    tap_ok(!request->stream, "and ends");
}

static void test_refusals(struct request *request)
{
    tap_ok(dataset_stream.begin(request), "another one");
    tap_ok(dataset_stream.take(request, "x,\"y\"z\n", 7) == STREAM_ENDS &&
               request->problem.kind == PROBLEM_INVALID_REQUEST,
           "of which nothing more is wanted");
    dataset_stream.end(request);
    problem_release(&request->problem);

    static const char *const others[] = {NULL, "application/json", "text/csvx", "text/html"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        request->content_type = others[i];
        tap_ok(!dataset_stream.wanted(request), "%s is collected",
               others[i] ? others[i] : "what has no type");
    }
}

int main(void)
{
    static const struct limits limits = {.max_dataset = 1 << 30};
    const struct engine_options options = {.request_workers = 1,
                                           .train_workers = 1,
                                           .cache_bytes = 1 << 20,
                                           .max_queued_runs = 1,
                                           .datasets = &dataset_text_codec};
    char path[200];
    struct store *store;
    struct store_error error;
    json_reader_setup();
    snprintf(path, sizeof(path), "%s/stream.db", tap_directory());
    if (store_open(path, &store, &error) != STORE_OK)
        abort();
    struct engine *engine = engine_open(store, &definition_text_codec, &options);
    struct request request = {.method = "PUT",
                              .path = "/v1/datasets/a",
                              .name = "a",
                              .content_type = "text/csv; charset=utf-8",
                              .engine = engine,
                              .limits = &limits,
                              .suspend = suspend,
                              .resume = resume};
    test_wait(store, &request);
    test_refusals(&request);
    engine_close(engine);
    store_close(store);
    return tap_done();
}
