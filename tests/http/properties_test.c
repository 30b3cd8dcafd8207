/* What must hold of any network, whatever its numbers: sums, means, and the same bits by two ways.
 */
#include <math.h>
#include <stdio.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define NETWORKS "/v1/networks"
#define NETWORK                                                                                    \
    "'inputs': 3, 'layers': [{'units': 5, 'activation': 'tanh'}, {'units': 4, 'bias': 'shared'}, " \
    "{'units': 2, 'bias': 'none'}], 'seed': 99, "                                                  \
    "'optimizer': {'type': 'sgd', 'learning_rate': 0.25, 'momentum': 0.5}"

enum { SAMPLES = 3, LAYERS = 3, UNITS = 5, OUTPUTS = 2 };
static const char *const inputs[SAMPLES] = {"[0.5, -1, 2]", "[1.5, 0.25, -0.75]", "[-0.1, 0.7, 3]"};
static const char *const targets[SAMPLES] = {"[1, 0]", "[0.2, 0.9]", "[0, 1]"};

static const char batch[] = "{'inputs': [[0.5, -1, 2], [1.5, 0.25, -0.75], [-0.1, 0.7, 3]], "
                            "'targets': [[1, 0], [0.2, 0.9], [0, 1]]%s}";

/* Posts to an action of a network. The caller releases the answer's JSON. */
static json_t *post(struct http_client *client, const char *name, const char *action,
                    const char *body)
{
    char path[160];
    snprintf(path, sizeof(path), NETWORKS "/%s/%s", name, action);
    const struct http_answer *answer = http_call(client, "POST", path, body, NULL);
    expect_status(answer, 200, name);
    return json_incref(answer->json);
}

static json_t *post_sample(struct http_client *client, const char *name, const char *action, int s)
{
    char body[256];
    snprintf(body, sizeof(body), "{'inputs': %s, 'targets': %s}", inputs[s], targets[s]);
    return post(client, name, action, body);
}

static json_t *post_batch(struct http_client *client, const char *name, const char *action,
                          const char *more)
{
    char body[512];
    snprintf(body, sizeof(body), batch, more);
    return post(client, name, action, body);
}

static bool near(double actual, double expected)
{
    return fabs(actual - expected) <= 1e-13 + 1e-12 * fabs(expected);
}

/* Compares a parameter's gradient of the batch with the mean of its samples'. */
static bool is_mean(json_t *const *samples, const json_t *whole, const char *pointer)
{
    double sum = 0;
    for (int s = 0; s < SAMPLES; s++)
        sum += pointer_number(samples[s], pointer);
    return near(pointer_number(whole, pointer), sum / SAMPLES);
}

static void check_means(json_t *const *samples, const json_t *whole)
{
    int compared = 0;
    int right = 0;
    for (int l = 0; l < LAYERS; l++) {
        for (int j = 0; j < UNITS; j++) {
            for (int i = -1; i < UNITS; i++) {
                char pointer[64];
                if (i < 0)
                    snprintf(pointer, sizeof(pointer), "/gradients/%d/biases/%d", l, j);
                else
                    snprintf(pointer, sizeof(pointer), "/gradients/%d/weights/%d/%d", l, j, i);
                if (!pointer_get(whole, pointer))
                    continue;
                compared++;
                right += is_mean(samples, whole, pointer);
            }
        }
    }
    /* 5 x 3 + 5, 4 x 5 + 1, 2 x 4 */
    tap_ok(compared == 49 && right == 49,
           "the batch's gradient is its samples' mean (%d of %d parameters)", right, compared);
}

static void check_sums(json_t *const *samples, const json_t *whole)
{
    double total = 0;
    for (int s = 0; s < SAMPLES; s++) {
        char pointer[64];
        total += pointer_number(samples[s], "/total_error");
        double shares = 0;
        for (int k = 0; k < OUTPUTS; k++) {
            snprintf(pointer, sizeof(pointer), "/errors/%d", k);
            shares += pointer_number(samples[s], pointer);
        }
        tap_ok(near(shares, pointer_number(samples[s], "/total_error")),
               "sample %d: its outputs' errors add up to its total", s);
    }
    tap_ok(near(pointer_number(whole, "/total_error"), total), "the totals add up to the batch's");
    tap_ok(near(pointer_number(whole, "/mean_error"), total / SAMPLES), "and the mean is theirs");
}

/* A sample alone and in a batch gives the same bits. */
static void check_rows(json_t *const *samples, const json_t *whole)
{
    for (int s = 0; s < SAMPLES; s++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/outputs/%d", s);
        expect_same(pointer_get(samples[s], "/outputs"), pointer_get(whole, pointer),
                    "the outputs of a sample alone are those in a batch");
        for (int l = 0; l < LAYERS; l++) {
            char alone[64];
            snprintf(alone, sizeof(alone), "/deltas/%d", l);
            snprintf(pointer, sizeof(pointer), "/deltas/%d/%d", l, s);
            expect_same(pointer_get(samples[s], alone), pointer_get(whole, pointer),
                        "so are its deltas");
        }
    }
}

/* The gradient of a shared bias is the sum of its layer's deltas; of a bias per unit its delta. */
static void check_biases(const json_t *sample)
{
    double sum = 0;
    for (int j = 0; j < 4; j++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/deltas/1/%d", j);
        sum += pointer_number(sample, pointer);
    }
    tap_ok(near(pointer_number(sample, "/gradients/1/biases/0"), sum),
           "a shared bias has the sum of the deltas");
    expect_same(pointer_get(sample, "/gradients/0/biases"), pointer_get(sample, "/deltas/0"),
                "a bias per unit has its delta");
    tap_ok(pointer_count(sample, "/gradients/2/biases") == 0, "no bias has no gradient");
}

static void check_batches(struct http_client *client)
{
    json_t *samples[SAMPLES];
    http_call(client, "PUT", NETWORKS "/batch", "{" NETWORK "}", NULL);
    for (int s = 0; s < SAMPLES; s++)
        samples[s] = post_sample(client, "batch", "gradients", s);
    json_t *whole = post_batch(client, "batch", "gradients", "");
    check_means(samples, whole);
    check_sums(samples, whole);
    check_rows(samples, whole);
    check_biases(samples[0]);
    for (int s = 0; s < SAMPLES; s++)
        json_decref(samples[s]);
    json_decref(whole);
}

/* The same updates as single steps and as a run end in the same bits, momentum included. */
static void check_steps_against_train(struct http_client *client)
{
    enum { EPOCHS = 4 };
    http_call(client, "PUT", NETWORKS "/steps", "{" NETWORK "}", NULL);
    http_call(client, "PUT", NETWORKS "/run", "{" NETWORK "}", NULL);
    parameters_same(client, "steps", "run", "two networks begin alike");
    for (int i = 0; i < EPOCHS * SAMPLES; i++)
        json_decref(post_sample(client, "steps", "step", i % SAMPLES));
    json_t *run = post_batch(client, "run", "train", ", 'epochs': 4");
    tap_ok(pointer_number(run, "/updates") == EPOCHS * SAMPLES, "as many updates as steps");
    json_decref(run);
    parameters_same(client, "steps", "run", "N steps are one online train");

    http_call(client, "POST", NETWORKS "/steps/reset", NULL, NULL);
    http_call(client, "POST", NETWORKS "/run/reset", NULL, NULL);
    for (int i = 0; i < EPOCHS; i++)
        json_decref(post_batch(client, "steps", "step", ""));
    json_decref(post_batch(client, "run", "train", ", 'epochs': 4, 'batch_size': 0"));
    parameters_same(client, "steps", "run", "steps by the whole set are a train by it");
}

/* Two runs of N epochs are one of 2 N. */
static void check_runs_add_up(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/halves", "{" NETWORK "}", NULL);
    http_call(client, "PUT", NETWORKS "/whole", "{" NETWORK "}", NULL);
    json_decref(post_batch(client, "halves", "train", ", 'epochs': 10, 'batch_size': 2"));
    json_decref(post_batch(client, "halves", "train", ", 'epochs': 10, 'batch_size': 2"));
    json_t *whole = post_batch(client, "whole", "train", ", 'epochs': 20, 'batch_size': 2");
    parameters_same(client, "halves", "whole", "two runs of 10 epochs are one of 20");
    tap_ok(pointer_number(whole, "/steps") == 40, "two updates an epoch, the second one smaller");
    json_decref(whole);
}

/* A step against its gradient raises no error when it is small, and lowers it. */
static void check_descent(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/descent", "{" NETWORK "}", NULL);
    json_t *first = post_batch(client, "descent", "step", ", 'learning_rate': 0.01");
    json_t *second = post_batch(client, "descent", "forward", "");
    tap_ok(pointer_number(second, "/total_error") < pointer_number(first, "/total_error"),
           "a small step lowers the error");
    json_decref(first);
    json_decref(second);
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_batches(client);
    check_steps_against_train(client);
    check_runs_add_up(client);
    check_descent(client);
    http_client_free(client);
    return daemon_done(&server);
}
