/* A dataset that is replaced again and again while others read, evaluate and train on it: each sees
 * one version whole. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define DATASET "/v1/datasets/shared"

enum { ROUNDS = 12, VERSIONS = 2 };

/* Version v has so many rows "v, v, v, v" (of one part and two), the last column being a target. */
static const size_t rows_of[VERSIONS] = {20000, 40000};

struct texts {
    char *text[VERSIONS];
    size_t length[VERSIONS];
};

struct witness {
    const struct daemon *daemon;
    const struct texts *texts;
    atomic_bool over;
    atomic_uint wrong;
    atomic_uint seen; /* of which version something was seen: bits */
    atomic_uint answers;
};

static char *make_text(size_t version, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    fputs("a,b,c,t\n", out);
    for (size_t s = 0; s < rows_of[version]; s++)
        fprintf(out, "%zu,%zu,%zu,%zu\n", version, version, version, version);
    fclose(out);
    return text;
}

static void count(struct witness *witness, bool good, unsigned version)
{
    atomic_fetch_add(&witness->answers, 1);
    if (good)
        atomic_fetch_or(&witness->seen, 1u << version);
    else
        atomic_fetch_add(&witness->wrong, 1);
}

static void *replace(void *argument)
{
    static const char *const headers[] = {"Content-Type: text/csv", NULL};
    struct witness *witness = argument;
    struct http_client *client = http_client_create(witness->daemon);
    for (int i = 0; i < ROUNDS; i++) {
        int v = i % VERSIONS;
        const struct http_answer *answer =
            http_send(client, "PUT", DATASET "?targets=t", witness->texts->text[v],
                      witness->texts->length[v], headers);
        bool whole =
            answer->status == 200 && pointer_number(answer->json, "/samples") == (double)rows_of[v];
        count(witness, whole, (unsigned)v);
    }
    atomic_store(&witness->over, true);
    http_client_free(client);
    return NULL;
}

static void *read_rows(void *argument)
{
    struct witness *witness = argument;
    struct http_client *client = http_client_create(witness->daemon);
    while (!atomic_load(&witness->over)) {
        const struct http_answer *answer =
            http_call(client, "GET", DATASET "/rows?offset=19980&limit=30", NULL, NULL);
        int rows = pointer_count(answer->json, "/inputs");
        unsigned version = rows == 20 ? 0 : 1;
        char last[32];
        snprintf(last, sizeof(last), "/targets/%d/0", rows - 1);
        bool good = answer->status == 200 && (rows == 20 || rows == 30) &&
                    pointer_number(answer->json, "/inputs/0/0") == version &&
                    pointer_number(answer->json, last) == version;
        count(witness, good, version);
    }
    http_client_free(client);
    return NULL;
}

/* The network answers 0: each sample's error is its target, squared. */
static void *evaluate(void *argument)
{
    struct witness *witness = argument;
    struct http_client *client = http_client_create(witness->daemon);
    while (!atomic_load(&witness->over)) {
        const struct http_answer *answer =
            http_call(client, "POST", "/v1/networks/zero/evaluate", "{'dataset': 'shared'}", NULL);
        double samples = pointer_number(answer->json, "/samples");
        unsigned version = samples == (double)rows_of[0] ? 0 : 1;
        bool good = answer->status == 200 && samples == (double)rows_of[version] &&
                    pointer_number(answer->json, "/total_error") == version * samples;
        count(witness, good, version);
    }
    http_client_free(client);
    return NULL;
}

static void *train(void *argument)
{
    struct witness *witness = argument;
    struct http_client *client = http_client_create(witness->daemon);
    while (!atomic_load(&witness->over)) {
        const struct http_answer *answer = http_call(
            client, "POST", "/v1/networks/still/train",
            "{'dataset': 'shared', 'epochs': 3, 'batch_size': 500, 'learning_rate': 0}", NULL);
        double total = pointer_number(answer->json, "/total_error");
        unsigned version = total == 0 ? 0 : 1;
        count(witness,
              answer->status == 200 && (total == 0 || total == (double)rows_of[1]) &&
                  pointer_number(answer->json, "/history/total_error/2") == total,
              version);
    }
    http_client_free(client);
    return NULL;
}

static bool begin(struct http_client *client)
{
    static const char network[] =
        "{'inputs': 3, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[0, 0, 0]]}], "
        "'loss': 'mean_squared_error'}";
    return http_call(client, "PUT", "/v1/networks/zero", network, NULL)->status == 201 &&
           http_call(client, "PUT", "/v1/networks/still", network, NULL)->status == 201 &&
           http_call(client, "PUT", DATASET "?targets=t", "a,b,c,t\n1,1,1,1\n",
                     "Content-Type: text/csv", NULL)
                   ->status == 201;
}

int main(void)
{
    static void *(*const roles[])(void *) = {replace,  read_rows, read_rows,
                                             evaluate, evaluate,  train};
    enum { THREADS = sizeof(roles) / sizeof(roles[0]) };
    struct daemon daemon;
    struct texts texts;
    pthread_t threads[THREADS];
    daemon_start(&daemon, NULL, NULL);
    for (size_t v = 0; v < VERSIONS; v++)
        texts.text[v] = make_text(v, &texts.length[v]);
    struct witness witness = {.daemon = &daemon, .texts = &texts};
    struct http_client *client = http_client_create(&daemon);
    tap_ok(begin(client), "networks, and a dataset");
    /* The first version whole, before anybody looks. */
    static const char *const headers[] = {"Content-Type: text/csv", NULL};
    http_send(client, "PUT", DATASET "?targets=t", texts.text[0], texts.length[0], headers);

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, roles[i], &witness);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    tap_ok(witness.wrong == 0, "%u of %u answers were of no version, or none", witness.wrong,
           witness.answers);
    tap_ok(witness.seen == 3, "both versions were seen");
    for (size_t v = 0; v < VERSIONS; v++)
        free(texts.text[v]);
    http_client_free(client);
    return daemon_done(&daemon);
}
