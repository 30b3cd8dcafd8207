/* train and step with all that they take: networks that learn, and what each option does to the
 * numbers, worked out by hand. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define PUT(name) "PUT", "/v1/networks/" name
#define GET(name) "GET", "/v1/networks/" name, NULL
#define POST(name, verb) "POST", "/v1/networks/" name "/" verb

#define XOR "'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]], 'targets': [[0], [1], [1], [0]]"
#define XOR_MEMBERS                                                                                \
    "'inputs': 2, 'layers': [{'units': 8, 'activation': 'tanh'}, {'units': 1}], "                  \
    "'loss': 'binary_cross_entropy', 'optimizer': {'type': 'adam', 'learning_rate': 0.05}, "       \
    "'classes': ['same', 'different'], 'seed': 1"

/* Four points around each of three corners; the classes can be told apart. */
#define FLOWERS                                                                                    \
    "'inputs': [[0, 0], [0.2, 0], [0, 0.2], [0.1, 0.1], [1, 0], [0.8, 0], [1, 0.2], [0.9, 0.1], "  \
    "[0.5, 1], [0.4, 0.9], [0.6, 0.9], [0.5, 0.8]]"
#define FLOWER_TARGETS                                                                             \
    "'targets': [[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0], "    \
    "[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]]"

static const struct exchange learners[] = {
    {"XOR", PUT("xor"), "{" XOR_MEMBERS "}", .status = 201},
    {"is learned", POST("xor", "train"), "{" XOR ", 'epochs': 500, 'batch_size': 0}", .status = 200,
     .sights = {{"/updates", "500"}}},
    {"and told", POST("xor", "forward"), "{'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]]}",
     .status = 200, .sights = {{"/class", "['same', 'different', 'different', 'same']"}}},
    {"XOR in single precision", PUT("single"), "{" XOR_MEMBERS ", 'precision': 'float32'}",
     .status = 201},
    {"is learned too", POST("single", "train"), "{" XOR ", 'epochs': 500, 'batch_size': 0}",
     .status = 200},
    {"and told too", POST("single", "forward"), "{'inputs': [[0, 0], [0, 1], [1, 0], [1, 1]]}",
     .status = 200, .sights = {{"/class", "['same', 'different', 'different', 'same']"}}},
    {"flowers", PUT("flowers"),
     "{'inputs': 2, 'layers': [{'units': 8, 'activation': 'gelu', 'dropout': 0.1}, "
     "{'units': 3, 'activation': 'softmax'}], 'loss': 'cross_entropy', "
     "'optimizer': {'type': 'adamw', 'learning_rate': 0.05}, 'classes': ['a', 'b', 'c'], "
     "'input_scaling': {'offset': [0.5, 0.4], 'scale': [2.5, 2.5]}, 'seed': 2}",
     .status = 201},
    {"are learned", POST("flowers", "train"),
     "{" FLOWERS ", " FLOWER_TARGETS ", 'epochs': 300, 'batch_size': 4, 'shuffle': true, "
     "'schedule': {'type': 'cosine', 't_max': 300}}",
     .status = 200},
    {"and told apart", POST("flowers", "forward"), "{" FLOWERS "}", .status = 200,
     .sights = {{"/class", "['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'c', 'c', 'c', 'c']"}}},
};

/* The mean error that a name's samples have by now. */
static void check_learned(struct http_client *client, const char *name, const char *samples)
{
    char path[64], body[1024];
    snprintf(path, sizeof(path), "/v1/networks/%s/forward", name);
    snprintf(body, sizeof(body), "{%s}", samples);
    const struct http_answer *answer = http_call(client, "POST", path, body, NULL);
    double error = pointer_number(answer->json, "/mean_error");
    tap_ok(error < 0.05, "%s: the mean error is low: %g", name, error);
}

/* One weight w of one input, no bias, identity: with input x and target t the gradient of the
 * squared error is (w x - t) x. */
#define WIRE(fields)                                                                               \
    "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'bias': 'none', "             \
    "'weights': [[0]]}], " fields "}"
#define RATE(rate) "'optimizer': {'learning_rate': " rate "}"

static const struct exchange by_hand[] = {
    {"weights of samples", PUT("w"), WIRE(RATE("0.5")), .status = 201},
    {"the error and the gradient, still divided by 2", POST("w", "gradients"),
     "{'inputs': [[1], [1]], 'targets': [[2], [4]], 'sample_weights': [3, 0]}", .status = 200,
     .sights = {{"/total_error", "6"},
                {"/mean_error", "3"},
                {"/gradients/0/weights", "[[-3]]"},
                {"/deltas/0/0", "[-6]"}}},
    {"of one sample", POST("w", "gradients"),
     "{'inputs': [1], 'targets': [2], 'sample_weights': [0.5]}", .status = 200,
     .sights = {{"/total_error", "1"}, {"/gradients/0/weights", "[[-1]]"}}},
    {"a step by them", POST("w", "step"),
     "{'inputs': [[1], [1]], 'targets': [[2], [4]], 'sample_weights': [3, 0]}", .status = 200,
     .sights = {{"/parameters/0/weights", "[[1.5]]"}}},
    {"training by them", POST("w", "train"),
     "{'inputs': [[1], [1]], 'targets': [[3.5], [9]], 'sample_weights': [1, 0], 'epochs': 1, "
     "'batch_size': 0, 'include': ['parameters']}",
     .status = 200, .sights = {{"/total_error", "1.125"}, {"/parameters/0/weights", "[[2]]"}}},

    {"regularization", PUT("r"),
     "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[-2]], "
     "'biases': [8]}], 'regularization': {'l1': 0.25, 'l2': 0.5}}",
     .status = 201},
    {"l1 sign(w) + l2 w, not of biases, not in the error", POST("r", "gradients"),
     "{'inputs': [0], 'targets': [8]}", .status = 200,
     .sights = {{"/total_error", "0"},
                {"/gradients/0/weights", "[[-1.25]]"},
                {"/gradients/0/biases", "[0]"}}},

    {"target scaling", PUT("s"),
     WIRE(RATE("0.5") ", 'input_scaling': {'offset': [10], 'scale': [0.5]}, "
                      "'target_scaling': {'offset': [1], 'scale': [4]}"),
     .status = 201},
    {"(t - 1) 4 of (x - 10) / 2", POST("s", "gradients"), "{'inputs': [14], 'targets': [3]}",
     .status = 200,
     .sights = {{"/outputs", "[1]"}, {"/total_error", "32"}, {"/gradients/0/weights", "[[-16]]"}}},

    {"a schedule", PUT("e"), WIRE(RATE("0.5")), .status = 201},
    {"halves each epoch", POST("e", "train"),
     "{'inputs': [[1]], 'targets': [[1]], 'epochs': 3, 'schedule': {'type': 'exponential', "
     "'gamma': 0.5}, 'include': ['parameters']}",
     .status = 200,
     .sights = {{"/history/learning_rate", "[0.5, 0.25, 0.125]"},
                {"/history/mean_error", "[0.5, 0.125, 0.0703125]"},
                {"/parameters/0/weights", "[[0.671875]]"}}},
    {"is anew in each run, from this run's rate", POST("e", "train"),
     "{'inputs': [[1]], 'targets': [[1]], 'epochs': 3, 'learning_rate': 0.25, 'schedule': "
     "{'type': 'step', 'step_size': 2}}",
     .status = 200, .sights = {{"/history/learning_rate", "[0.25, 0.25, 0.025]"}}},

    {"a gradient that is clipped", PUT("c"), WIRE(RATE("0.5")), .status = 201},
    {"moves by rate times norm", POST("c", "train"),
     "{'inputs': [[1]], 'targets': [[1000000]], 'epochs': 1, 'clip_norm': 0.25, "
     "'include': ['parameters', 'gradients']}",
     .status = 200, .sights = {{"/history/total_error", "[500000000000]"}}},

    {"rprop's first step", PUT("rp"),
     WIRE("'optimizer': {'type': 'rprop', 'learning_rate': "
          "0.25}"),
     .status = 201},
    {"is its learning rate", POST("rp", "step"), "{'inputs': [1], 'targets': [100]}", .status = 200,
     .sights = {{"/parameters/0/weights", "[[0.25]]"}}},
    {"its second is larger", POST("rp", "step"), "{'inputs': [1], 'targets': [100]}", .status = 200,
     .sights = {{"/parameters/0/weights", "[[0.55]]"}}},
    {"and the first again", POST("rp", "reset"), "{}", .status = 200},
    {"after a reset", POST("rp", "step"), "{'inputs': [1], 'targets': [100]}", .status = 200,
     .sights = {{"/parameters/0/weights", "[[0.25]]"}}},
    {"adagrad's first sum", PUT("ag"),
     WIRE("'optimizer': {'type': 'adagrad', 'learning_rate': 0.5, 'eps': 0, "
          "'initial_accumulator_value': 0.5625}"),
     .status = 201},
    {"0.5625 + 1 is 1.25 squared", POST("ag", "step"), "{'inputs': [1], 'targets': [1]}",
     .status = 200, .sights = {{"/parameters/0/weights", "[[0.4]]"}}},
};

/* Identity of one weight trained towards 1, validated against 0: the validation error rises. */
static const struct exchange courses[] = {
    {"validation samples", PUT("v"), WIRE(RATE("0.5")), .status = 201},
    {"are measured after each epoch", POST("v", "train"),
     "{'inputs': [[1]], 'targets': [[1]], 'epochs': 2, 'validation': {'inputs': [[1], [2]], "
     "'targets': [[0], [0]]}}",
     .status = 200,
     .sights = {{"/history/validation_error", "[0.3125, 0.703125]"},
                {"/outputs", "[[0.75]]"},
                {"/stopped_by", "'epochs'"}}},
    {"back to the start", POST("v", "reset"), "{}", .status = 200},
    {"an early end", POST("v", "train"),
     "{'inputs': [[1]], 'targets': [[1]], 'epochs': 100, 'validation': {'inputs': [[1]], "
     "'targets': [[0]]}, 'early_stopping': {'patience': 3, 'restore_best': true}, "
     "'include': ['parameters']}",
     .status = 200,
     .sights = {{"/stopped_by", "'early_stopping'"},
                {"/epochs", "100"},
                {"/epoch", "4"},
                {"/updates", "1"},
                {"/steps", "1"},
                {"/parameters/0/weights", "[[0.5]]"}}},
    {"is what is kept", GET("v"), .status = 200, .sights = {{"/steps", "1"}}},
    {"without a restoration", POST("v", "train"),
     "{'inputs': [[1]], 'targets': [[1]], 'epochs': 100, 'validation': {'inputs': [[1]], "
     "'targets': [[0]]}, 'early_stopping': {'patience': 1}}",
     .status = 200,
     .sights = {{"/stopped_by", "'early_stopping'"}, {"/updates", "2"}, {"/steps", "3"}}},
    {"a split", PUT("split"), WIRE(RATE("0.5")), .status = 201},
    {"takes the last rows", POST("split", "train"),
     "{'inputs': [[1], [2], [1], [1], [3]], 'targets': [[0], [0], [0], [0], [0]], 'epochs': 1, "
     "'validation': {'split': 0.3}}",
     .status = 200,
     .sights = {{"/updates", "3"},
                {"/outputs", "[[0], [0], [0]]"},
                {"/history/validation_error", "[0]"}}},
    {"with its weights", POST("split", "train"),
     "{'inputs': [[1], [1]], 'targets': [[0], [2]], 'sample_weights': [1, 5], 'epochs': 1, "
     "'validation': {'split': 0.5}}",
     .status = 200, .sights = {{"/total_error", "0"}, {"/history/validation_error", "[10]"}}},
    {"a shuffled split", POST("split", "train"),
     "{'inputs': [[1], [2], [3], [4]], 'targets': [[0], [0], [0], [0]], 'epochs': 2, "
     "'batch_size': 2, 'shuffle': true, 'seed': 5, 'validation': {'split': 0.25}}",
     .status = 200, .sights = {{"/updates", "4"}, {"/outputs", "[[0], [0], [0]]"}}},
};

static void check_clipped(struct http_client *client)
{
    const struct http_answer *answer = http_call(client, GET("c/parameters"), NULL);
    expect_number(answer, "/layers/0/weights/0/0", 0.125, 1e-6, "clipped to 0.25, by rate 0.5");
}

/* Steps and training drop the same units: of the seed, the steps before, and the sample. */
static void check_dropout(struct http_client *client)
{
    static const char body[] = "{'inputs': 2, 'layers': [{'units': 16, 'activation': 'tanh', "
                               "'dropout': 0.5}, {'units': 1}], 'seed': 3}";
    http_call(client, PUT("steps"), body, NULL);
    http_call(client, PUT("run"), body, NULL);
    http_call(client, PUT("plain"),
              "{'inputs': 2, 'layers': [{'units': 16, 'activation': 'tanh'}, "
              "{'units': 1}], 'seed': 3}",
              NULL);
    static const char *const samples[] = {
        "{'inputs': [0, 0], 'targets': [0]}", "{'inputs': [0, 1], 'targets': [1]}",
        "{'inputs': [1, 0], 'targets': [1]}", "{'inputs': [1, 1], 'targets': [0]}"};
    for (int epoch = 0; epoch < 2; epoch++)
        for (size_t s = 0; s < COUNT(samples); s++)
            http_call(client, POST("steps", "step"), samples[s], NULL);
    http_call(client, POST("run", "train"), "{" XOR ", 'epochs': 2}", NULL);
    http_call(client, POST("plain", "train"), "{" XOR ", 'epochs': 2}", NULL);
    parameters_same(client, "steps", "run", "N steps are one training, dropout and all");
    parameters_differ(client, "plain", "run", "dropout does something");
}

/* A float, and written with no more digits than one needs. */
static void check_floats(const json_t *value, const char *what, int *wrong)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            check_floats(json_array_get(value, i), what, wrong);
    } else if (json_is_object(value)) {
        check_floats(json_object_get(value, "weights"), what, wrong);
        check_floats(json_object_get(value, "biases"), what, wrong);
        check_floats(json_object_get(value, "net"), what, wrong);
        check_floats(json_object_get(value, "out"), what, wrong);
    } else if (value) {
        char digits[32];
        double number = json_number_value(value);
        snprintf(digits, sizeof(digits), "%.9g", number); /* enough for any float */
        *wrong += strtod(digits, NULL) != number;
    }
}

/* What a float32 network answers: parameters, gradients, outputs, deltas and traces are floats. */
static void check_single(struct http_client *client)
{
    static const char *const parts[] = {"outputs", "gradients", "deltas", "trace", "parameters"};
    const struct http_answer *answer =
        http_call(client, POST("single", "step"),
                  "{" XOR ", 'include': ['gradients', 'deltas', 'trace', 'parameters']}", NULL);
    for (size_t i = 0; i < COUNT(parts); i++) {
        int wrong = 0;
        const json_t *part = json_object_get(answer->json, parts[i]);
        check_floats(part, parts[i], &wrong);
        tap_ok(part && wrong == 0, "single precision: %s have at most 9 digits", parts[i]);
    }
    json_t *parameters = json_deep_copy(json_object_get(answer->json, "parameters"));
    expect_same(pointer_get(http_call(client, GET("single/parameters"), NULL)->json, "/layers"),
                parameters, "are what is kept");
    json_t *body = json_pack("{s: o}", "layers", parameters);
    char *text = json_dumps(body, 0);
    http_call(client, PUT("single/parameters"), text, NULL);
    expect_same(pointer_get(http_call(client, GET("single/parameters"), NULL)->json, "/layers"),
                parameters, "and come back the same through PUT");
    free(text);
    json_decref(body);
}

static const struct exchange rounding[] = {
    {"0.1 is rounded to a float", PUT("f"),
     "{'inputs': 1, 'layers': [{'units': 1, 'weights': [[0.1000000000001]], "
     "'biases': [16777217]}], 'precision': 'float32'}",
     .status = 201},
    {"and written as one", GET("f/parameters"), .status = 200,
     .sights = {{"/layers/0/weights", "[[0.1]]"}, {"/layers/0/biases", "[16777216]"}}},
    {"in a PUT of parameters too", PUT("f/parameters"),
     "{'layers': [{'weights': [[1e-50]], 'biases': [-0.30000001]}]}", .status = 200},
    {"to nothing, here", GET("f/parameters"), .status = 200,
     .sights = {{"/layers/0/weights", "[[0]]"}, {"/layers/0/biases", "[-0.3]"}}},
    {"beyond float32", PUT("f/parameters"), "{'layers': [{'weights': [[1]], 'biases': [1e39]}]}",
     .status = 422, .problem = "invalid-request", .pointers = "/layers/0/biases/0"},
    {"single precision from now on", PUT("d"),
     "{'inputs': 1, 'layers': [{'units': 1, 'weights': [[0.1]], 'biases': [1e300]}]}",
     .status = 201},
    {"is refused where a value is beyond it", PUT("d"),
     "{'inputs': 1, 'layers': [{'units': 1}], 'precision': 'float32'}", .status = 422,
     .problem = "diverged"},
    {"with others", PUT("d/parameters"), "{'layers': [{'weights': [[0.1]], 'biases': [0.7]}]}",
     .status = 200},
    {"it is taken", PUT("d"), "{'inputs': 1, 'layers': [{'units': 1}], 'precision': 'float32'}",
     .status = 200},
    {"and rounds", GET("d/parameters"), .status = 200,
     .sights = {{"/layers/0/weights", "[[0.1]]"}, {"/layers/0/biases", "[0.7]"}}},
    {"which double precision shows", PUT("d"), "{'inputs': 1, 'layers': [{'units': 1}]}",
     .status = 200},
    {"0.1 as a float", GET("d/parameters"), .status = 200,
     .sights = {{"/layers/0/weights", "[[0.10000000149011612]]"}}},
};

#define PATCH(name) "PATCH", "/v1/networks/" name
#define STEP_BODY "{'inputs': [1], 'targets': [1]}"

/* What a change of constants leaves of the optimizer's state: compared with a network whose
 * constants were so from the beginning, or that was left alone. */
static const struct kept_case {
    const char *why;
    const char *optimizer;  /* of the one that is patched */
    const char *patches[2]; /* between two steps */
    const char *other;      /* of the one that is not */
    bool same;              /* the parameters after the second step */
} kept_cases[] = {
    {"the same constants keep the velocity",
     "'momentum': 0.9",
     {"{'optimizer': {'momentum': 0.9}}"},
     "'momentum': 0.9",
     true},
    {"no momentum forgets it",
     "'momentum': 0.9",
     {"{'optimizer': {'momentum': 0}}", "{'optimizer': {'momentum': 0.9}}"},
     "'momentum': 0.9",
     false},
    {"another type forgets it",
     "'momentum': 0.9",
     {"{'optimizer': {'type': 'adam'}}", "{'optimizer': {'type': 'sgd', 'momentum': 0.9}}"},
     "'momentum': 0.9",
     false},
    {"amsgrad goes on with adam's means",
     "'type': 'adam', 'learning_rate': 0.1",
     {"{'optimizer': {'amsgrad': true}}"},
     "'type': 'adam', 'learning_rate': 0.1, 'amsgrad': true",
     true},
    {"and leaves them",
     "'type': 'adam', 'learning_rate': 0.1, 'amsgrad': true",
     {"{'optimizer': {'amsgrad': false}}"},
     "'type': 'adam', 'learning_rate': 0.1",
     true},
    {"a first momentum begins as in a new network",
     "'learning_rate': 0.5",
     {"{'optimizer': {'momentum': 0.9, 'dampening': 0.5}}"},
     "'learning_rate': 0.5",
     true},
};

static void check_kept(struct http_client *client, const struct kept_case *row)
{
    char body[400];
    const char *const names[] = {"/v1/networks/kept", "/v1/networks/other"};
    const char *const optimizers[] = {row->optimizer, row->other};
    for (int i = 0; i < 2; i++) {
        char step[64];
        snprintf(step, sizeof(step), "%s/step", names[i]);
        snprintf(body, sizeof(body), WIRE("'optimizer': {%s}"), optimizers[i]);
        http_call(client, "DELETE", names[i], NULL, NULL);
        http_call(client, "PUT", names[i], body, NULL);
        http_call(client, "POST", step, STEP_BODY, NULL);
        for (size_t p = 0; i == 0 && p < COUNT(row->patches) && row->patches[p]; p++)
            http_call(client, "PATCH", names[i], row->patches[p], NULL);
        http_call(client, "POST", step, STEP_BODY, NULL);
    }
    if (row->same)
        parameters_same(client, "kept", "other", row->why);
    else
        parameters_differ(client, "kept", "other", row->why);
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    exchange_all(client, learners, COUNT(learners));
    check_learned(client, "xor", XOR);
    check_learned(client, "single", XOR);
    check_learned(client, "flowers", FLOWERS ", " FLOWER_TARGETS);
    exchange_all(client, by_hand, COUNT(by_hand));
    check_clipped(client);
    exchange_all(client, courses, COUNT(courses));
    check_dropout(client);
    check_single(client);
    exchange_all(client, rounding, COUNT(rounding));
    for (size_t i = 0; i < COUNT(kept_cases); i++)
        check_kept(client, &kept_cases[i]);
    json_t *before = parameters_of(client, "single");
    http_client_free(client);
    daemon_stop(&server, SIGKILL);
    daemon_restart(&server);
    client = http_client_create(&server);
    json_t *after = parameters_of(client, "single");
    expect_same(after, before, "single precision survives a restart");
    json_decref(before);
    json_decref(after);
    http_client_free(client);
    return daemon_done(&server);
}
