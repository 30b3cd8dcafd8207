/* evaluate: scikit-learn's figures for outputs that the network lets through as they are. */
#include <math.h>
#include <stdbool.h>
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
#define NETWORKS "/v1/networks"

enum { MAX_ROWS = 12, MAX_COLUMNS = 3 };

/* Made by tests/nn/reference/metrics_reference.py. */
static const struct class_row {
    const char *name;
    size_t columns, rows;
    double threshold;
    double outputs[MAX_ROWS * MAX_COLUMNS], targets[MAX_ROWS * MAX_COLUMNS], weights[MAX_ROWS];
    bool weighted;
    double accuracy, confusion[MAX_COLUMNS * MAX_COLUMNS];
    double precision[MAX_COLUMNS], recall[MAX_COLUMNS], f1[MAX_COLUMNS];
} class_rows[] = {
#include "tests/nn/reference/metrics_classes.inc"
};

static const struct number_row {
    const char *name;
    size_t columns, rows;
    double outputs[MAX_ROWS * MAX_COLUMNS], targets[MAX_ROWS * MAX_COLUMNS], weights[MAX_ROWS];
    bool weighted;
    double mae[MAX_COLUMNS], rmse[MAX_COLUMNS], r2[MAX_COLUMNS];
} number_rows[] = {
#include "tests/nn/reference/metrics_numbers.inc"
};

/* Networks "1", "2" and "3" of as many inputs and outputs, each output one of the inputs. */
#define THROUGH(count, weights, more)                                                              \
    "{'inputs': " count ", 'layers': [{'units': " count ", 'activation': 'identity', 'weights': "  \
    "[" weights "]}], 'loss': 'mean_squared_error'" more "}"

static const struct exchange begin[] = {
    {"one output", "PUT", NETWORKS "/1", THROUGH("1", "[1]", ", 'classes': ['no', 'yes']"),
     .status = 201},
    {"two outputs", "PUT", NETWORKS "/2", THROUGH("2", "[1, 0], [0, 1]", ""), .status = 201},
    {"three outputs", "PUT", NETWORKS "/3", THROUGH("3", "[1, 0, 0], [0, 1, 0], [0, 0, 1]", ""),
     .status = 201},
    {"a classifier", "PUT", NETWORKS "/classifier",
     "{'inputs': 3, 'layers': [{'units': 3, 'activation': 'softmax', 'weights': [[1, 0, 0], "
     "[0, 1, 0], [0, 0, 1]]}], 'loss': 'cross_entropy'}",
     .status = 201},
};

/* Small enough to be worked out by hand. */
static const struct exchange by_hand[] = {
    {"numbers, by the loss", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [[1, 0], [2, 4]], 'targets': [[1, 1], [4, 1]]}", .status = 200,
     .sights = {{"/network", "'2'"},
                {"/revision", "0"},
                {"/samples", "2"},
                {"/task", "'regression'"},
                {"/total_error", "7"},
                {"/mean_error", "3.5"},
                {"/mae", "[1, 2]"},
                {"/accuracy", "absent"}}},
    {"a single sample has no r2", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [1, 0], 'targets': [1, 3]}", .status = 200,
     .sights = {{"/r2", "[null, null]"}, {"/rmse", "[0, 3]"}, {"/samples", "1"}}},
    {"classes, by the loss", "POST", NETWORKS "/classifier/evaluate",
     "{'inputs': [[1, 0, 0], [0, 0, 1]], 'targets': [[1, 0, 0], [0, 1, 0]]}", .status = 200,
     .sights = {{"/task", "'classification'"},
                {"/accuracy", "0.5"},
                {"/confusion", "[[1, 0, 0], [0, 0, 1], [0, 0, 0]]"},
                {"/precision", "[1, 0, 0]"},
                {"/recall", "[1, 0, 0]"},
                {"/f1", "[1, 0, 0]"},
                {"/mae", "absent"},
                {"/classes", "absent"}}},
    {"names of the classes", "POST", NETWORKS "/1/evaluate",
     "{'inputs': [[0.5], [0.25]], 'targets': [[1], [1]], 'task': 'classification'}", .status = 200,
     .sights = {{"/classes", "['no', 'yes']"}, {"/confusion", "[[0, 0], [1, 1]]"}}},
    {"numbers of a classifier", "POST", NETWORKS "/classifier/evaluate",
     "{'inputs': [[0, 0, 0]], 'targets': [[0, 0, 0]], 'task': 'regression'}", .status = 200,
     .sights = {{"/mae/0", "0.3333333333333333"}}},
    {"changes nothing", "GET", NETWORKS "/2", NULL, .status = 200, .sights = {{"/revision", "0"}}},
};

#define INVALID .status = 422, .problem = "invalid-request"
static const struct exchange faults[] = {
    {"no targets", "POST", NETWORKS "/2/evaluate", "{'inputs': [1, 2]}", INVALID,
     .pointers = "/targets"},
    {"no body", "POST", NETWORKS "/2/evaluate", "{}", INVALID, .pointers = "/inputs /targets"},
    {"another task", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [1, 2], 'targets': [1, 2], 'task': 'clustering'}", INVALID, .pointers = "/task"},
    {"a threshold for numbers", "POST", NETWORKS "/1/evaluate",
     "{'inputs': [1], 'targets': [1], 'threshold': 0.5}", INVALID, .pointers = "/threshold"},
    {"a threshold of two outputs", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [1, 2], 'targets': [1, 2], 'task': 'classification', 'threshold': 0.5}", INVALID,
     .pointers = "/threshold"},
    {"targets of no class", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [[1, 2], [1, 2]], 'targets': [[0, 1], [1, 1]], 'task': 'classification'}", INVALID,
     .pointers = "/targets/1"},
    {"a single sample of no class", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [1, 2], 'targets': [1, 1], 'task': 'classification'}", INVALID,
     .pointers = "/targets"},
    {"outputs that are infinite", "POST", NETWORKS "/2/evaluate",
     "{'inputs': [[1e308, 0], [0, 0]], 'targets': [[-1e308, 0], [0, 0]]}", .status = 422,
     .problem = "diverged"},
    {"no network", "POST", NETWORKS "/nobody/evaluate", "{'inputs': [1], 'targets': [1]}",
     .status = 404, .problem = "network-not-found"},
    {"another revision", "POST", NETWORKS "/2/evaluate", "{'inputs': [1, 2], 'targets': [1, 2]}",
     .status = 412, .problem = "precondition-failed", .header = "If-Match: \"0000000000000000.7\""},
    {"live is not built yet", "POST", NETWORKS "/2/evaluate?live=true",
     "{'inputs': [1, 2], 'targets': [1, 2]}", INVALID, .pointers = "live"},
};

/* Writes rows of numbers as a member of the body. */
static void write_matrix(FILE *out, const char *key, const double *values, size_t rows,
                         size_t columns)
{
    fprintf(out, "\"%s\": [", key);
    for (size_t s = 0; s < rows; s++) {
        for (size_t j = 0; j < columns; j++)
            fprintf(out, "%s%.17g", j ? ", " : s ? "], [" : "[", values[s * columns + j]);
    }
    fprintf(out, "]]");
}

static void write_weights(FILE *out, const double *weights, size_t rows)
{
    fprintf(out, ", \"sample_weights\": [");
    for (size_t s = 0; s < rows; s++)
        fprintf(out, "%s%.17g", s ? ", " : "", weights[s]);
    fprintf(out, "]");
}

/* What both tables share, as a body; `more` closes it. */
static const struct http_answer *evaluate(struct http_client *client, size_t columns, size_t rows,
                                          const double *outputs, const double *targets,
                                          const double *weights, const char *more)
{
    char path[64], *body = NULL;
    size_t length;
    FILE *out = open_memstream(&body, &length);
    snprintf(path, sizeof(path), NETWORKS "/%zu/evaluate", columns);
    fputc('{', out);
    write_matrix(out, "inputs", outputs, rows, columns);
    fputs(", ", out);
    write_matrix(out, "targets", targets, rows, columns);
    if (weights)
        write_weights(out, weights, rows);
    fprintf(out, "%s}", more);
    fclose(out);
    const struct http_answer *answer = http_send(client, "POST", path, body, length, NULL);
    free(body);
    return answer;
}

/* An array of the answer, or an array of arrays. */
static void expect_values(const struct http_answer *answer, const char *key, const double *expected,
                          size_t rows, size_t columns, const char *why)
{
    for (size_t i = 0; i < rows * columns; i++) {
        char pointer[64];
        if (rows > 1)
            snprintf(pointer, sizeof(pointer), "/%s/%zu/%zu", key, i / columns, i % columns);
        else
            snprintf(pointer, sizeof(pointer), "/%s/%zu", key, i);
        tap_near(pointer_number(answer->json, pointer), expected[i],
                 1e-14 * fmax(1, fabs(expected[i])), "%s: %s", why, pointer);
    }
}

static void check_classes(struct http_client *client, const struct class_row *row)
{
    char more[96] = ", \"task\": \"classification\"";
    size_t classes = row->columns == 1 ? 2 : row->columns;
    if (row->columns == 1)
        snprintf(more, sizeof(more), ", \"task\": \"classification\", \"threshold\": %g",
                 row->threshold);
    const struct http_answer *answer =
        evaluate(client, row->columns, row->rows, row->outputs, row->targets,
                 row->weighted ? row->weights : NULL, more);
    expect_status(answer, 200, row->name);
    expect_number(answer, "/accuracy", row->accuracy, 1e-14, row->name);
    expect_values(answer, "confusion", row->confusion, classes, classes, row->name);
    expect_values(answer, "precision", row->precision, 1, classes, row->name);
    expect_values(answer, "recall", row->recall, 1, classes, row->name);
    expect_values(answer, "f1", row->f1, 1, classes, row->name);
}

static void check_numbers(struct http_client *client, const struct number_row *row)
{
    const struct http_answer *answer =
        evaluate(client, row->columns, row->rows, row->outputs, row->targets,
                 row->weighted ? row->weights : NULL, "");
    expect_status(answer, 200, row->name);
    expect_values(answer, "mae", row->mae, 1, row->columns, row->name);
    expect_values(answer, "rmse", row->rmse, 1, row->columns, row->name);
    expect_values(answer, "r2", row->r2, 1, row->columns, row->name);
}

int main(void)
{
    struct daemon daemon;
    daemon_start(&daemon, NULL, NULL);
    struct http_client *client = http_client_create(&daemon);
    exchange_all(client, begin, COUNT(begin));
    for (size_t i = 0; i < COUNT(class_rows); i++)
        check_classes(client, &class_rows[i]);
    for (size_t i = 0; i < COUNT(number_rows); i++)
        check_numbers(client, &number_rows[i]);
    exchange_all(client, by_hand, COUNT(by_hand));
    exchange_all(client, faults, COUNT(faults));
    http_client_free(client);
    return daemon_done(&daemon);
}
