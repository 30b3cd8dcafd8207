/* Datasets in place of samples, scalings and classes; and what Fisher's flowers teach. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define DATASETS "/v1/datasets"
#define NETWORKS "/v1/networks"
#define INVALID .status = 422, .problem = "invalid-request"

static const char *const csv_type[] = {"Content-Type: text/csv", NULL};

static void put_csv(struct http_client *client, const char *path, const char *text)
{
    const struct http_answer *answer = http_send(client, "PUT", path, text, strlen(text), csv_type);
    tap_ok(answer->status == 201, "%s", path);
}

/* ---- iris ---- */

/* The whole file; the caller frees. The tests run where the repository begins. */
static char *read_file(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = fopen(path, "r"), *out = open_memstream(&text, &length);
    for (int c; file && out && (c = getc(file)) != EOF;)
        putc(c, out);
    if (!file || fclose(out) != 0)
        abort();
    fclose(file);
    return text;
}

/* scikit-learn's StandardScaler().fit(load_iris().data), and the columns' least and largest. */
static const struct {
    double mean, deviation, low, high;
} iris_columns[4] = {
    {5.843333333333335, 0.8253012917851409, 4.3, 7.9},
    {3.057333333333334, 0.43441096773549437, 2.0, 4.4},
    {3.7580000000000027, 1.7594040657753032, 1.0, 6.9},
    {1.199333333333334, 0.7596926279021594, 0.1, 2.5},
};

#define IRIS_NETWORK                                                                               \
    "{'inputs': 4, 'layers': [{'units': 16, 'activation': 'tanh'}, {'units': 3, 'activation': "    \
    "'softmax'}], 'loss': 'cross_entropy', 'optimizer': {'type': 'adam', 'learning_rate': 0.01}, " \
    "'input_scaling': {'dataset': 'iris', 'method': 'standard'}, "                                 \
    "'classes': {'dataset': 'iris'}, 'seed': 1}"

static const struct exchange iris_calls[] = {
    {"three species", "GET", DATASETS "/iris", NULL, .status = 200,
     .sights = {{"/samples", "150"},
                {"/inputs", "4"},
                {"/targets", "3"},
                {"/columns/0/name", "'sepal_length'"},
                {"/classes", "['setosa', 'versicolor', 'virginica']"}}},
    {"a network for them", "PUT", NETWORKS "/iris", IRIS_NETWORK, .status = 201,
     .sights = {{"/classes", "['setosa', 'versicolor', 'virginica']"}}},
    {"learns them", "POST", NETWORKS "/iris/train",
     "{'dataset': 'iris', 'epochs': 100, 'batch_size': 16, 'shuffle': true, 'history_points': 2, "
     "'validation': {'split': 0.2}}",
     .status = 200,
     .sights = {{"/updates", "800"}, {"/outputs", "absent"}, {"/gradients", "absent"}}},
};

static void check_iris(struct http_client *client)
{
    char *text = read_file("data/iris.csv"), at[64];
    put_csv(client, DATASETS "/iris?targets=species", text);
    free(text);
    exchange_all(client, iris_calls, 1);
    const struct http_answer *answer = http_call(client, "GET", DATASETS "/iris", NULL, NULL);
    for (int i = 0; i < 4; i++) {
        snprintf(at, sizeof(at), "/columns/%d/mean", i);
        expect_number(answer, at, iris_columns[i].mean, 1e-14, "iris");
        snprintf(at, sizeof(at), "/columns/%d/deviation", i);
        expect_number(answer, at, iris_columns[i].deviation, 1e-14, "iris");
        snprintf(at, sizeof(at), "/columns/%d/min", i);
        expect_number(answer, at, iris_columns[i].low, 0, "iris");
        snprintf(at, sizeof(at), "/columns/%d/max", i);
        expect_number(answer, at, iris_columns[i].high, 0, "iris");
    }
    exchange_all(client, iris_calls + 1, COUNT(iris_calls) - 1);
    answer = http_call(client, "GET", NETWORKS "/iris", NULL, NULL);
    for (int i = 0; i < 4; i++) {
        snprintf(at, sizeof(at), "/input_scaling/offset/%d", i);
        expect_number(answer, at, iris_columns[i].mean, 1e-14, "iris");
        snprintf(at, sizeof(at), "/input_scaling/scale/%d", i);
        expect_number(answer, at, 1 / iris_columns[i].deviation, 1e-14, "iris");
    }
    answer = http_call(client, "POST", NETWORKS "/iris/evaluate", "{'dataset': 'iris'}", NULL);
    expect_status(answer, 200, "iris");
    double accuracy = pointer_number(answer->json, "/accuracy");
    tap_ok(accuracy >= 0.97, "146 of the 150 flowers are told, or more: %.17g", accuracy);
    tap_ok(pointer_number(answer->json, "/confusion/0/0") == 50, "all setosa are");
}

/* ---- the same as samples in the body ---- */

/* Runs the same request on two networks that are the same, once with a dataset. */
static void check_same_as_body(struct http_client *client)
{
    static const char network[] =
        "{'inputs': 2, 'layers': [{'units': 3}, {'units': 1}], 'seed': 7}";
    static const char *const bodies[][2] = {
        {"'dataset': 'some'",
         "'inputs': [[0, 1], [1, 0.5], [0.25, 2]], 'targets': [[1], [0], [1]]"},
        {"'dataset': 'heavy'",
         "'inputs': [[0, 1], [1, 0.5], [0.25, 2]], 'targets': [[1], [0], [1]], 'sample_weights': "
         "[1, 2, 0.5]"},
    };
    put_csv(client, DATASETS "/some?targets=t", "a,t,b\n0,1,1\n1,0,0.5\n0.25,1,2\n");
    http_call(client, "PUT", DATASETS "/heavy",
              "{'inputs': [[0, 1], [1, 0.5], [0.25, 2]], 'targets': [[1], [0], [1]], "
              "'sample_weights': [1, 2, 0.5]}",
              NULL);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        json_t *seen[2][2];
        for (int which = 0; which < 2; which++) {
            char body[400];
            http_call(client, "PUT", NETWORKS "/same", network, NULL);
            http_call(client, "POST", NETWORKS "/same/reset", NULL, NULL);
            snprintf(body, sizeof(body),
                     "{%s, 'epochs': 5, 'shuffle': true, 'include': ['parameters', 'outputs'], "
                     "'validation': {'split': 0.3}}",
                     bodies[i][which]);
            const struct http_answer *answer =
                http_call(client, "POST", NETWORKS "/same/train", body, NULL);
            seen[which][0] = json_incref(pointer_get(answer->json, "/parameters"));
            snprintf(body, sizeof(body), "{%s}", bodies[i][which]);
            answer = http_call(client, "POST", NETWORKS "/same/evaluate", body, NULL);
            seen[which][1] = json_incref(pointer_get(answer->json, "/total_error"));
        }
        expect_same(seen[0][0], seen[1][0], "trained on a dataset");
        expect_same(seen[0][1], seen[1][1], "evaluated with it");
        for (int k = 0; k < 4; k++)
            json_decref(seen[k / 2][k % 2]);
    }
}

/* ---- what goes together ---- */

static const struct exchange begin[] = {
    {"inputs alone", "PUT", DATASETS "/bare", "{'inputs': [[1, 2], [3, 4]]}", .status = 201},
    {"a network of two inputs", "PUT", NETWORKS "/two",
     "{'inputs': 2, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[1, 1]]}], "
     "'loss': 'mean_squared_error'}",
     .status = 201},
    {"with three classes", "PUT", NETWORKS "/fruit",
     "{'inputs': 1, 'layers': [{'units': 3, 'activation': 'identity', 'weights': [[1], [0], "
     "[0]]}], "
     "'classes': ['pear', 'apple', 'fig']}",
     .status = 201},
    {"with two classes and one output", "PUT", NETWORKS "/sour",
     "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[1]]}], "
     "'classes': ['sweet', 'sour'], 'loss': 'mean_squared_error'}",
     .status = 201},
};

static const struct exchange uses[] = {
    {"forward", "POST", NETWORKS "/two/forward", "{'dataset': 'bare'}", .status = 200,
     .sights = {{"/outputs", "[[3], [7]]"}, {"/errors", "absent"}}},
    {"with targets", "POST", NETWORKS "/two/forward", "{'dataset': 'some'}", .status = 200,
     .sights = {{"/outputs", "[[1], [1.5], [2.25]]"}, {"/errors", "[[0], [2.25], [1.5625]]"}}},
    {"words by their names", "POST", NETWORKS "/fruit/evaluate",
     "{'dataset': 'fruit', 'task': 'classification'}", .status = 200,
     .sights = {{"/classes", "['pear', 'apple', 'fig']"},
                {"/confusion", "[[1, 0, 0], [1, 0, 0], [0, 0, 0]]"}}},
    {"of one output the first is 0", "POST", NETWORKS "/sour/evaluate", "{'dataset': 'taste'}",
     .status = 200, .sights = {{"/total_error", "0"}, {"/samples", "2"}}},
    {"validation", "POST", NETWORKS "/two/train",
     "{'dataset': 'some', 'epochs': 1, 'validation': {'dataset': 'some'}, 'learning_rate': 0}",
     .status = 200, .sights = {{"/history/validation_error", "[1.2708333333333333]"}}},
    {"scaling", "PATCH", NETWORKS "/two",
     "{'input_scaling': {'dataset': 'bare', 'method': "
     "'minmax'}}",
     .status = 200, .sights = {{"/input_scaling", "{'offset': [1, 2], 'scale': [0.5, 0.5]}"}}},
    {"of targets", "PATCH", NETWORKS "/two",
     "{'target_scaling': {'dataset': 'some', 'method': 'minmax'}}", .status = 200,
     .sights = {{"/target_scaling", "{'offset': [0], 'scale': [1]}"}}},
    {"of a column that is always the same", "PATCH", NETWORKS "/two",
     "{'input_scaling': {'dataset': 'flat', 'method': 'standard'}}", .status = 200,
     .sights = {{"/input_scaling", "{'offset': [3, 1.5], 'scale': [1, 2]}"}}},
    {"classes", "PATCH", NETWORKS "/fruit", "{'classes': {'dataset': 'three'}}", .status = 200,
     .sights = {{"/classes", "['apple', 'fig', 'pear']"}}},
};

static const struct exchange misfits[] = {
    {"one that is not there", "POST", NETWORKS "/two/evaluate", "{'dataset': 'nobody'}", INVALID,
     .pointers = "/dataset"},
    {"no name", "POST", NETWORKS "/two/evaluate", "{'dataset': 7}", INVALID,
     .pointers = "/dataset"},
    {"a bad name", "POST", NETWORKS "/two/evaluate", "{'dataset': '/etc'}", INVALID,
     .pointers = "/dataset"},
    {"no targets", "POST", NETWORKS "/two/evaluate", "{'dataset': 'bare'}", INVALID,
     .pointers = "/dataset"},
    {"none to train on", "POST", NETWORKS "/two/train", "{'dataset': 'bare', 'epochs': 1}", INVALID,
     .pointers = "/dataset"},
    {"none to validate with", "POST", NETWORKS "/two/train",
     "{'dataset': 'some', 'epochs': 1, 'validation': {'dataset': 'bare'}}", INVALID,
     .pointers = "/validation/dataset"},
    {"other inputs", "POST", NETWORKS "/fruit/forward", "{'dataset': 'bare'}", INVALID,
     .pointers = "/dataset"},
    {"other targets", "POST", NETWORKS "/two/evaluate", "{'dataset': 'wide'}", INVALID,
     .pointers = "/dataset"},
    {"a class that the network has not", "POST", NETWORKS "/sour/evaluate", "{'dataset': 'fruit'}",
     INVALID, .pointers = "/dataset"},
    {"samples beside it", "POST", NETWORKS "/two/evaluate",
     "{'dataset': 'some', 'inputs': [[1, 2]], 'targets': [[1]], 'sample_weights': [1]}", INVALID,
     .pointers = "/inputs /targets /sample_weights"},
    {"a split beside it", "POST", NETWORKS "/two/train",
     "{'dataset': 'some', 'epochs': 1, 'validation': {'dataset': 'some', 'split': 0.5}}", INVALID,
     .pointers = "/validation/split"},
    {"neither", "POST", NETWORKS "/two/train", "{'epochs': 1}", INVALID,
     .pointers = "/inputs /targets"},
    {"not for step", "POST", NETWORKS "/two/step", "{'dataset': 'some'}", INVALID,
     .pointers = "/dataset /inputs /targets"},
    {"a scaling of another size", "PATCH", NETWORKS "/two",
     "{'input_scaling': {'dataset': 'fruit', 'method': 'minmax'}}", INVALID,
     .pointers = "/input_scaling/dataset"},
    {"a scaling of words", "PATCH", NETWORKS "/fruit",
     "{'target_scaling': {'dataset': 'fruit', 'method': 'minmax'}}", INVALID,
     .pointers = "/target_scaling/dataset"},
    {"classes of numbers", "PATCH", NETWORKS "/two", "{'classes': {'dataset': 'some'}}", INVALID,
     .pointers = "/classes/dataset"},
    {"too many classes", "PATCH", NETWORKS "/sour", "{'classes': {'dataset': 'three'}}", INVALID,
     .pointers = "/classes"},
};

int main(void)
{
    struct daemon daemon;
    daemon_start(&daemon, NULL, NULL);
    struct http_client *client = http_client_create(&daemon);
    check_iris(client);
    check_same_as_body(client);
    put_csv(client, DATASETS "/fruit?targets=y", "x,y\n1,pear\n2,apple\n");
    put_csv(client, DATASETS "/three?targets=y", "x,y\n1,pear\n2,apple\n3,fig\n");
    put_csv(client, DATASETS "/taste?targets=y", "x,y\n0,sweet\n1,sour\n");
    put_csv(client, DATASETS "/wide?targets=y,z", "a,b,y,z\n0,1,2,3\n");
    put_csv(client, DATASETS "/flat", "a,b\n3,1\n3,2\n");
    exchange_all(client, begin, COUNT(begin));
    exchange_all(client, uses, COUNT(uses));
    exchange_all(client, misfits, COUNT(misfits));
    http_client_free(client);
    return daemon_done(&daemon);
}
