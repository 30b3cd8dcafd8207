/* What a definition may say: each field's faults by their place, what GET answers of it, what PATCH
 * and PUT make of it, and that it is still there after a restart. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define INVALID .status = 422, .problem = "invalid-request"
#define FAULT(index, detail) "/errors/" #index "/detail", "'" detail "'"

/* A network of two inputs, a hidden layer and two outputs, and more in a layer or beside them. */
#define CREATE "POST", "/v1/networks"
#define LAYERS(hidden, output, fields)                                                             \
    CREATE,                                                                                        \
        "{'name': 'n', 'inputs': 2, 'layers': [{'units': 3" hidden "}, {'units': 2" output         \
        "}]" fields "}",                                                                           \
        INVALID
#define WITH(fields) LAYERS("", "", ", " fields)
#define OPTIMIZER(constants) WITH("'optimizer': {" constants "}")

static const struct exchange faults[] = {
    {"softmax below the outputs", LAYERS(", 'activation': 'softmax'", "", ""),
     .pointers = "/layers/0/activation"},
    {"dropout 1", LAYERS(", 'dropout': 1", "", ""), .pointers = "/layers/0/dropout",
     .sights = {{FAULT(0, "must be at least 0 and below 1")}}},
    {"dropout negative", LAYERS(", 'dropout': -0.1", "", ""), .pointers = "/layers/0/dropout"},
    {"dropout a boolean", LAYERS(", 'dropout': true", "", ""), .pointers = "/layers/0/dropout"},
    {"dropout of the outputs", LAYERS("", ", 'dropout': 0.5", ""), .pointers = "/layers/1/dropout"},

    {"binary_cross_entropy of others than sigmoids",
     LAYERS("", ", 'activation': 'tanh'", ", 'loss': 'binary_cross_entropy'"), .pointers = "/loss",
     .sights = {{FAULT(0, "\\'binary_cross_entropy\\' needs sigmoid outputs: give the last layer "
                          "\\'activation\\': \\'sigmoid\\', or choose another loss")}}},
    {"cross_entropy of others than softmax", WITH("'loss': 'cross_entropy'"), .pointers = "/loss",
     .sights = {{FAULT(0, "\\'cross_entropy\\' needs softmax outputs: give the last layer "
                          "\\'activation\\': \\'softmax\\', or choose another loss")}}},
    {"huber_delta 0", WITH("'loss': 'huber', 'huber_delta': 0"), .pointers = "/huber_delta"},
    {"huber_delta a string", WITH("'huber_delta': '1'"), .pointers = "/huber_delta"},

    {"adam: a constant of sgd", OPTIMIZER("'type': 'adam', 'momentum': 0.9"),
     .pointers = "/optimizer/momentum"},
    {"adam: betas of 1", OPTIMIZER("'type': 'adam', 'betas': [1, 1.5]"),
     .pointers = "/optimizer/betas/0 /optimizer/betas/1",
     .sights = {{FAULT(0, "must be at least 0 and below 1")}}},
    {"adam: one beta", OPTIMIZER("'type': 'adam', 'betas': [0.9]"), .pointers = "/optimizer/betas"},
    {"adam: three betas", OPTIMIZER("'type': 'adam', 'betas': [0.9, 0.9, 0.9]"),
     .pointers = "/optimizer/betas"},
    {"adam: betas a number", OPTIMIZER("'type': 'adam', 'betas': 0.9"),
     .pointers = "/optimizer/betas",
     .sights = {{FAULT(0, "must be an array of two numbers, not a number")}}},
    {"adam: betas in rows", OPTIMIZER("'type': 'adam', 'betas': [[0.9, 0.9]]"),
     .pointers = "/optimizer/betas"},
    {"adam: a beta a string", OPTIMIZER("'type': 'adam', 'betas': [0.9, '0.9']"),
     .pointers = "/optimizer/betas/1"},
    {"adamw: negative constants",
     OPTIMIZER("'type': 'adamw', 'learning_rate': -1, 'eps': -1, 'weight_decay': -1, "
               "'amsgrad': 1"),
     .pointers = "/optimizer/learning_rate /optimizer/eps /optimizer/weight_decay "
                 "/optimizer/amsgrad"},
    {"rmsprop: negative constants",
     OPTIMIZER("'type': 'rmsprop', 'alpha': -1, 'eps': -1, 'momentum': -1, 'centered': 'no'"),
     .pointers = "/optimizer/alpha /optimizer/eps /optimizer/momentum /optimizer/centered"},
    {"adagrad: negative constants",
     OPTIMIZER("'type': 'adagrad', 'lr_decay': -1, 'eps': -1, 'initial_accumulator_value': -1"),
     .pointers = "/optimizer/lr_decay /optimizer/eps /optimizer/initial_accumulator_value"},
    {"adadelta: rho above 1", OPTIMIZER("'type': 'adadelta', 'rho': 1.1"),
     .pointers = "/optimizer/rho", .sights = {{FAULT(0, "must be from 0 to 1")}}},
    {"rprop: etas the other way round", OPTIMIZER("'type': 'rprop', 'etas': [1.2, 0.5]"),
     .pointers = "/optimizer/etas/0 /optimizer/etas/1"},
    {"rprop: eta 0", OPTIMIZER("'type': 'rprop', 'etas': [0, 1.2]"),
     .pointers = "/optimizer/etas/0", .sights = {{FAULT(0, "must be above 0")}}},
    {"rprop: step sizes the other way round",
     OPTIMIZER("'type': 'rprop', 'step_sizes': [50, 1e-6]"), .pointers = "/optimizer/step_sizes/0"},
    {"rprop: a weight decay", OPTIMIZER("'type': 'rprop', 'weight_decay': 0"),
     .pointers = "/optimizer/weight_decay"},

    {"regularization a number", WITH("'regularization': 0.1"), .pointers = "/regularization"},
    {"regularization negative", WITH("'regularization': {'l1': -1, 'l2': -1, 'l3': 0}"),
     .pointers = "/regularization/l1 /regularization/l2 /regularization/l3"},

    {"scaling without its members", WITH("'input_scaling': {}"),
     .pointers = "/input_scaling/offset /input_scaling/scale"},
    {"scaling null", WITH("'input_scaling': null"), .pointers = "/input_scaling"},
    {"scaling of too few inputs", WITH("'input_scaling': {'offset': [0], 'scale': [1, 1, 1]}"),
     .pointers = "/input_scaling/offset /input_scaling/scale"},
    {"scaling of too few outputs", WITH("'target_scaling': {'offset': [0, 0], 'scale': [1]}"),
     .pointers = "/target_scaling/scale",
     .sights = {{FAULT(0, "must have 2 numbers (one for each column), not 1")}}},
    {"a scale of 0", WITH("'target_scaling': {'offset': [0, 0], 'scale': [-0.0, 0]}"),
     .pointers = "/target_scaling/scale/0 /target_scaling/scale/1",
     .sights = {{FAULT(0, "must not be 0")}}},
    {"an offset in words", WITH("'input_scaling': {'offset': ['a', 0], 'scale': [1, 1]}"),
     .pointers = "/input_scaling/offset/0"},
    {"scaling that is misspelt",
     WITH("'input_scaling': {'offsets': [0, 0], 'offset': [0, 0], 'scale': [1, 1]}"),
     .pointers = "/input_scaling/offsets"},

    {"classes a string", WITH("'classes': 'a, b'"), .pointers = "/classes"},
    {"no classes", WITH("'classes': []"), .pointers = "/classes"},
    {"too many classes", WITH("'classes': ['a', 'b', 'c']"), .pointers = "/classes",
     .sights = {{FAULT(0, "must have 2 names (one for each output), not 3")}}},
    {"classes without names", WITH("'classes': ['', 7]"), .pointers = "/classes/0 /classes/1"},
    {"classes of numbers", WITH("'classes': [1, 2]"), .pointers = "/classes"},
    {"a class twice", WITH("'classes': ['a', 'a']"), .pointers = "/classes"},
    {"one class for one output", CREATE,
     "{'name': 'n', 'inputs': 1, 'layers': [{'units': 1}], 'classes': ['yes']}", INVALID,
     .pointers = "/classes"},

    {"weights beyond float32", CREATE,
     "{'name': 'n', 'inputs': 2, 'layers': [{'units': 2, 'weights': [[1, 2], [3, -1e39]], "
     "'biases': [3.5e38, 3.4028235e38]}], 'precision': 'float32'}",
     INVALID, .pointers = "/layers/0/weights/1/1 /layers/0/biases/0"},
    {"a state that begins beyond float32",
     WITH("'optimizer': {'type': 'adagrad', 'initial_accumulator_value': 1e39}, "
          "'precision': 'float32'"),
     .pointers = "/optimizer"},
    {"faults of fields that need the sizes, without them", CREATE,
     "{'name': 'n', 'inputs': 0, 'layers': [{'units': 0}], 'classes': ['a', 'a'], "
     "'input_scaling': {'offset': [0], 'scale': [0]}, 'target_scaling': 1}",
     INVALID,
     .pointers = "/inputs /layers/0/units /classes /input_scaling/scale/0 /target_scaling"},
    {"beside a clone", CREATE,
     "{'name': 'n', 'from': 'witness', 'huber_delta': 1, 'regularization': {}, 'classes': [], "
     "'input_scaling': {}, 'target_scaling': {}, 'precision': 'float32'}",
     INVALID,
     .pointers = "/huber_delta /regularization /classes /input_scaling /target_scaling "
                 "/precision"},
};

#define PUT(name) "PUT", "/v1/networks/" name
#define PATCH(name) "PATCH", "/v1/networks/" name
#define GET(name) "GET", "/v1/networks/" name, NULL
#define ONE(optimizer) "{'inputs': 1, 'layers': [{'units': 1}], 'optimizer': {" optimizer "}}"
#define SCALING "{'offset': [1, 2], 'scale': [0.5, -4]}"

/* Defaults and constants: PyTorch's documentation, but for the learning rate of sgd. */
static const struct exchange answers[] = {
    {"defaults", PUT("plain"), "{'inputs': 2, 'layers': [{'units': 2}]}", .status = 201,
     .sights = {{"/layers/0/dropout", "0"},
                {"/regularization", "{'l1': 0, 'l2': 0}"},
                {"/huber_delta", "absent"},
                {"/input_scaling", "absent"},
                {"/target_scaling", "absent"},
                {"/classes", "absent"},
                {"/numerics", "2"}}},
    {"everything", PUT("all"),
     "{'inputs': 2, 'layers': [{'units': 3, 'activation': 'gelu', 'dropout': 0.25}, "
     "{'units': 2, 'activation': 'softmax'}], 'loss': 'huber', 'huber_delta': 0.5, "
     "'optimizer': {'type': 'adam', 'betas': [0.8, 0.9], 'amsgrad': true}, "
     "'regularization': {'l2': 0.25}, 'input_scaling': " SCALING ", 'target_scaling': " SCALING ", "
     "'classes': ['no', 'yes'], 'precision': 'float32', 'seed': 3}",
     .status = 201},
    {"is answered", GET("all"), .status = 200,
     .sights = {{"/layers/0/dropout", "0.25"},
                {"/huber_delta", "0.5"},
                {"/optimizer", "{'type': 'adam', 'learning_rate': 0.001, 'betas': [0.8, 0.9], "
                               "'eps': 1e-8, 'weight_decay': 0, 'amsgrad': true}"},
                {"/regularization", "{'l1': 0, 'l2': 0.25}"},
                {"/input_scaling", SCALING},
                {"/target_scaling", SCALING},
                {"/classes", "['no', 'yes']"},
                {"/precision", "'float32'"}}},
    {"a clone has it too", CREATE, "{'name': 'twin', 'from': 'all'}", .status = 201,
     .sights = {{"/layers/0/dropout", "0.25"},
                {"/huber_delta", "0.5"},
                {"/optimizer/betas", "[0.8, 0.9]"},
                {"/regularization/l2", "0.25"},
                {"/input_scaling", SCALING},
                {"/target_scaling", SCALING},
                {"/classes", "['no', 'yes']"},
                {"/precision", "'float32'"}}},
    {"huber_delta is only huber's", PUT("quiet"),
     "{'inputs': 1, 'layers': [{'units': 1}], 'huber_delta': 3}", .status = 201,
     .sights = {{"/huber_delta", "absent"}}},
    {"adamw", PUT("o1"), ONE("'type': 'adamw'"), .status = 201,
     .sights = {{"/optimizer", "{'type': 'adamw', 'learning_rate': 0.001, 'betas': [0.9, 0.999], "
                               "'eps': 1e-8, 'weight_decay': 0.01, 'amsgrad': false}"}}},
    {"rmsprop", PUT("o2"), ONE("'type': 'rmsprop'"), .status = 201,
     .sights = {{"/optimizer", "{'type': 'rmsprop', 'learning_rate': 0.01, 'alpha': 0.99, "
                               "'eps': 1e-8, 'weight_decay': 0, 'momentum': 0, "
                               "'centered': false}"}}},
    {"adagrad", PUT("o3"), ONE("'type': 'adagrad'"), .status = 201,
     .sights = {{"/optimizer", "{'type': 'adagrad', 'learning_rate': 0.01, 'lr_decay': 0, "
                               "'eps': 1e-10, 'weight_decay': 0, "
                               "'initial_accumulator_value': 0}"}}},
    {"adadelta", PUT("o4"), ONE("'type': 'adadelta'"), .status = 201,
     .sights = {{"/optimizer", "{'type': 'adadelta', 'learning_rate': 1, 'rho': 0.9, "
                               "'eps': 1e-6, 'weight_decay': 0}"}}},
    {"rprop", PUT("o5"), ONE("'type': 'rprop'"), .status = 201,
     .sights = {{"/optimizer", "{'type': 'rprop', 'learning_rate': 0.01, 'etas': [0.5, 1.2], "
                               "'step_sizes': [1e-6, 50]}"}}},
    {"every activation", PUT("deep"),
     "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'tanh'}, "
     "{'units': 1, 'activation': 'relu'}, {'units': 1, 'activation': 'leaky_relu'}, "
     "{'units': 1, 'activation': 'elu'}, {'units': 1, 'activation': 'selu'}, "
     "{'units': 1, 'activation': 'gelu'}, {'units': 1, 'activation': 'silu'}, "
     "{'units': 1, 'activation': 'softplus'}, {'units': 1, 'activation': 'identity'}]}",
     .status = 201,
     .sights = {{"/layers/2/activation", "'leaky_relu'"}, {"/layers/7/activation", "'softplus'"}}},
    {"binary_cross_entropy of sigmoids", PUT("yes-no"),
     "{'inputs': 1, 'layers': [{'units': 1}], 'loss': 'binary_cross_entropy', "
     "'classes': ['no', 'yes']}",
     .status = 201},
};

static const struct exchange patches[] = {
    {"members of what is there", PATCH("all"),
     "{'optimizer': {'betas': [0.5, 0.6], 'amsgrad': null}, 'regularization': {'l1': 0.125}, "
     "'input_scaling': {'scale': [3, 5]}, 'classes': ['a', 'b']}",
     .status = 200,
     .sights = {{"/optimizer/betas", "[0.5, 0.6]"},
                {"/optimizer/amsgrad", "false"},
                {"/regularization", "{'l1': 0.125, 'l2': 0.25}"},
                {"/input_scaling", "{'offset': [1, 2], 'scale': [3, 5]}"},
                {"/target_scaling", SCALING},
                {"/classes", "['a', 'b']"}}},
    {"a default for one", PATCH("all"),
     "{'optimizer': {'betas': null}, 'regularization': {'l1': null}}", .status = 200,
     .sights = {{"/optimizer/betas", "[0.9, 0.999]"},
                {"/regularization", "{'l1': 0, 'l2': 0.25}"}}},
    {"a new type begins with its defaults", PATCH("all"),
     "{'optimizer': {'type': 'rprop', 'etas': [0.25, 2]}}", .status = 200,
     .sights = {{"/optimizer", "{'type': 'rprop', 'learning_rate': 0.01, 'etas': [0.25, 2], "
                               "'step_sizes': [1e-6, 50]}"}}},
    {"all of it away", PATCH("all"),
     "{'optimizer': null, 'regularization': null, 'input_scaling': null, 'target_scaling': null, "
     "'classes': null}",
     .status = 200,
     .sights = {{"/optimizer/type", "'sgd'"},
                {"/regularization", "{'l1': 0, 'l2': 0}"},
                {"/input_scaling", "absent"},
                {"/target_scaling", "absent"},
                {"/classes", "absent"}}},
    {"and again", PATCH("all"), "{'target_scaling': " SCALING ", 'classes': ['x', 'y']}",
     .status = 200, .sights = {{"/target_scaling", SCALING}, {"/classes", "['x', 'y']"}}},
    {"half of a scaling that is not there", PATCH("all"), "{'input_scaling': {'scale': [1, 1]}}",
     INVALID, .pointers = "/input_scaling/offset"},
    {"faults", PATCH("all"),
     "{'optimizer': {'type': 'adam', 'betas': [0, 1]}, 'regularization': {'l1': -1}, "
     "'target_scaling': {'scale': [1, 0]}, 'classes': ['x'], 'huber_delta': 1, "
     "'precision': 'float64'}",
     INVALID,
     .pointers = "/optimizer/betas/1 /regularization/l1 /target_scaling/scale/1 /classes "
                 "/huber_delta /precision"},
    {"a state that would begin beyond float32", PATCH("all"),
     "{'optimizer': {'type': 'rprop', 'learning_rate': 1e39}}", INVALID, .pointers = "/optimizer"},
    {"nothing of that was done", GET("all"), .status = 200,
     .sights = {{"/optimizer/type", "'sgd'"}, {"/classes", "['x', 'y']"}}},
};

/* Classes in the answer of forward. Identity outputs are what the weights say. */
#define FORWARD(name) "POST", "/v1/networks/" name "/forward"
static const struct exchange classes[] = {
    {"three classes", PUT("three"),
     "{'inputs': 1, 'layers': [{'units': 3, 'activation': 'identity', "
     "'weights': [[1], [-1], [0]], 'biases': [0, 0, 0.5]}], "
     "'classes': ['up', 'down', '\u00e4 \\\\ \\u0022']}",
     .status = 201},
    {"one sample", FORWARD("three"), "{'inputs': [2]}", .status = 200,
     .sights = {{"/outputs", "[2, -2, 0.5]"}, {"/class", "'up'"}}},
    {"a batch", FORWARD("three"), "{'inputs': [[-2], [0], [0.5]]}", .status = 200,
     .sights = {{"/class/0", "'down'"}, {"/class/2", "'up'"}}},
    {"the first of equals", FORWARD("three"), "{'inputs': [[0.5]]}", .status = 200,
     .sights = {{"/outputs", "[[0.5, -0.5, 0.5]]"}, {"/class", "['up']"}}},
    {"one output", PUT("one"),
     "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[1]]}], "
     "'classes': ['low', 'high']}",
     .status = 201},
    {"its threshold", FORWARD("one"), "{'inputs': [[0.49999999999999994], [0.5], [7], [-7]]}",
     .status = 200, .sights = {{"/class", "['low', 'high', 'high', 'low']"}}},
    {"scaled back first", PATCH("one"), "{'target_scaling': {'offset': [1], 'scale': [2]}}",
     .status = 200},
    {"0 is 1 then", FORWARD("one"), "{'inputs': [0]}", .status = 200,
     .sights = {{"/outputs", "[1]"}, {"/class", "'high'"}}},
    {"no classes, no class", FORWARD("plain"), "{'inputs': [1, 2]}", .status = 200,
     .sights = {{"/class", "absent"}}},
};

/* The answer of GET goes through PUT unchanged. */
static void check_round_trip(struct http_client *client, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "/v1/networks/%s", name);
    json_t *before = json_deep_copy(http_call(client, "GET", path, NULL, NULL)->json);
    char *text = json_dumps(before, 0);
    json_t *after = json_deep_copy(http_call(client, "PUT", path, text, NULL)->json);
    static const char *const moving[] = {"revision", "updated_at"};
    for (size_t i = 0; i < COUNT(moving); i++) {
        json_object_del(before, moving[i]);
        json_object_del(after, moving[i]);
    }
    expect_same(after, before, name);
    free(text);
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    witness_exchange_all(&witness, faults, COUNT(faults));
    exchange(client, &(struct exchange){"no body above created anything", GET("n"), .status = 404,
                                        .problem = "network-not-found"});
    exchange_all(client, answers, COUNT(answers));
    static const char *const names[] = {"plain", "all", "quiet", "o1", "o2", "o3", "o4", "o5"};
    for (size_t i = 0; i < COUNT(names); i++)
        check_round_trip(client, names[i]);
    exchange_all(client, patches, COUNT(patches));
    exchange_all(client, classes, COUNT(classes));
    json_t *before =
        json_deep_copy(http_call(client, "GET", "/v1/networks/twin", NULL, NULL)->json);
    witness_release(&witness);
    http_client_free(client);
    daemon_stop(&server, SIGKILL);
    daemon_restart(&server);
    client = http_client_create(&server);
    expect_same(http_call(client, "GET", "/v1/networks/twin", NULL, NULL)->json, before,
                "all of it is there after a restart");
    json_decref(before);
    http_client_free(client);
    return daemon_done(&server);
}
