/* Bodies that define no network: every fault is named by its place, and nothing is created. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define INVALID .status = 422, .problem = "invalid-request"

#define BYTES_32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BYTES_128 BYTES_32 BYTES_32 BYTES_32 BYTES_32

/* Creation with one layer of two units over two inputs, and more in the layer or beside it. */
#define CREATE "POST", "/v1/networks"
#define NAMED(name) CREATE, "{'name': " name ", 'inputs': 1, 'layers': [{'units': 1}]}"
#define INPUTS(inputs) CREATE, "{'name': 'n', 'inputs': " inputs ", 'layers': [{'units': 1}]}"
#define LAYERS(layers) CREATE, "{'name': 'n', 'inputs': 2, 'layers': " layers "}"
#define LAYER(fields) LAYERS("[{'units': 2, " fields "}]")
#define WITH(fields) CREATE, "{'name': 'n', 'inputs': 2, 'layers': [{'units': 2}], " fields "}"

static const struct exchange rows[] = {
    {"nothing at all", CREATE, "{}", INVALID, .pointers = "/name /inputs /layers"},
    {"no object but an array", CREATE, "[]", INVALID, .pointers = "root"},
    {"no object but a string", CREATE, "'name'", INVALID, .pointers = "root"},
    {"no object but null", CREATE, "null", INVALID, .pointers = "root"},

    {"name empty", NAMED("''"), INVALID, .pointers = "/name"},
    {"name begins with a dot", NAMED("'.'"), INVALID, .pointers = "/name"},
    {"name of dots", NAMED("'..'"), INVALID, .pointers = "/name"},
    {"name begins with a minus", NAMED("'-n'"), INVALID, .pointers = "/name"},
    {"name begins with an underscore", NAMED("'_n'"), INVALID, .pointers = "/name"},
    {"name with a blank", NAMED("'a b'"), INVALID, .pointers = "/name"},
    {"name with a slash", NAMED("'a/b'"), INVALID, .pointers = "/name"},
    {"name with a percent sign", NAMED("'a%62'"), INVALID, .pointers = "/name"},
    {"name with an umlaut", NAMED("'\u00e4'"), INVALID, .pointers = "/name"},
    {"name of an emoji", NAMED("'\U0001f9e0'"), INVALID, .pointers = "/name"},
    {"name with a newline", NAMED("'a\\n'"), INVALID, .pointers = "/name"},
    {"name of 129 bytes", NAMED("'" BYTES_128 "a'"), INVALID, .pointers = "/name"},
    {"name a number", NAMED("7"), INVALID, .pointers = "/name"},
    {"name null", NAMED("null"), INVALID, .pointers = "/name"},
    {"name an array", NAMED("[1, 2]"), INVALID, .pointers = "/name"},

    {"inputs 0", INPUTS("0"), INVALID, .pointers = "/inputs"},
    {"inputs negative", INPUTS("-1"), INVALID, .pointers = "/inputs"},
    {"inputs a fraction", INPUTS("1.5"), INVALID, .pointers = "/inputs"},
    {"inputs a string", INPUTS("'2'"), INVALID, .pointers = "/inputs"},
    {"inputs null", INPUTS("null"), INVALID, .pointers = "/inputs"},
    {"inputs true", INPUTS("true"), INVALID, .pointers = "/inputs"},
    {"inputs an array", INPUTS("[2]"), INVALID, .pointers = "/inputs"},
    {"inputs beyond 64 bits", INPUTS("100000000000000000000"), INVALID, .pointers = "/inputs"},
    {"inputs beyond doubles", INPUTS("1e999"), INVALID, .pointers = "/inputs"},
    {"more parameters than the limit", INPUTS("1000000000"), INVALID},
    {"parameters that overflow", CREATE,
     "{'name': 'n', 'inputs': 1000000000, 'layers': [{'units': 1000000000}, "
     "{'units': 1000000000}, {'units': 1000000000}]}",
     INVALID},

    {"no layer", LAYERS("[]"), INVALID, .pointers = "/layers"},
    {"layers an object", LAYERS("{}"), INVALID, .pointers = "/layers"},
    {"layers a number", LAYERS("3"), INVALID, .pointers = "/layers"},
    {"layers numbers", LAYERS("[8, 1]"), INVALID},
    {"a layer null", LAYERS("[{'units': 1}, null]"), INVALID, .pointers = "/layers/1"},
    {"a layer without units", LAYERS("[{}]"), INVALID, .pointers = "/layers/0/units"},
    {"units 0", LAYERS("[{'units': 0}]"), INVALID, .pointers = "/layers/0/units"},
    {"units a fraction", LAYERS("[{'units': 2.5}]"), INVALID, .pointers = "/layers/0/units"},
    {"units a string", LAYERS("[{'units': 1}, {'units': 'two'}]"), INVALID,
     .pointers = "/layers/1/units"},
    {"units 10^18", LAYERS("[{'units': 1000000000000000000}]"), INVALID,
     .pointers = "/layers/0/units"},

    {"activation misspelt", LAYER("'activation': 'sigmod'"), INVALID,
     .pointers = "/layers/0/activation"},
    {"activation in capitals", LAYER("'activation': 'ReLU'"), INVALID,
     .pointers = "/layers/0/activation"},
    {"activation null", LAYER("'activation': null"), INVALID, .pointers = "/layers/0/activation"},
    {"bias misspelt", LAYER("'bias': 'both'"), INVALID, .pointers = "/layers/0/bias"},
    {"bias a boolean", LAYER("'bias': false"), INVALID, .pointers = "/layers/0/bias"},
    {"an unknown field", LAYER("'wieghts': [[1, 2], [3, 4]]"), INVALID,
     .pointers = "/layers/0/wieghts"},
    {"a key with slash and tilde", LAYER("'a/b~c': 1"), INVALID, .pointers = "/layers/0/a~1b~0c"},
    {"an empty key", LAYER("'': 1"), INVALID, .pointers = "/layers/0/"},

    {"weights of too few units", LAYER("'weights': [[1, 2]]"), INVALID,
     .pointers = "/layers/0/weights",
     .sights = {{"/errors/0/detail",
                 "'must have 2 arrays (one for each unit of the layer), not 1'"}}},
    {"weights of too few inputs", LAYER("'weights': [[1], [2]]"), INVALID,
     .pointers = "/layers/0/weights/0 /layers/0/weights/1",
     .sights = {{"/errors/0/detail",
                 "'must have 2 numbers (one for each unit or input before), not 1'"}}},
    {"weights ragged", LAYER("'weights': [[1, 2], [3]]"), INVALID,
     .pointers = "/layers/0/weights/1"},
    {"weights a vector", LAYER("'weights': [1, 2]"), INVALID, .pointers = "/layers/0/weights"},
    {"weights null", LAYER("'weights': null"), INVALID, .pointers = "/layers/0/weights"},
    {"a weight a string", LAYER("'weights': [[1, 2], [3, '4']]"), INVALID},
    {"a weight beyond doubles", LAYER("'weights': [[1, 2], [3, -1e999]]"), INVALID,
     .pointers = "/layers/0/weights/1/1"},
    {"weights do not fit the layer before", CREATE,
     "{'name': 'n', 'inputs': 2, 'layers': [{'units': 3}, {'units': 1, 'weights': [[1, 2]]}]}",
     INVALID, .pointers = "/layers/1/weights/0"},
    {"too few biases", LAYER("'biases': [1]"), INVALID, .pointers = "/layers/0/biases"},
    {"too many shared biases", LAYER("'bias': 'shared', 'biases': [1, 2]"), INVALID,
     .pointers = "/layers/0/biases"},
    {"biases where there are none", LAYER("'bias': 'none', 'biases': [1, 2]"), INVALID,
     .pointers = "/layers/0/biases",
     .sights = {{"/errors/0/detail", "'must have 0 numbers (the layer has no biases), not 2'"}}},
    {"frozen biases where there are none", CREATE,
     "{'name': 'n', 'inputs': 1, 'layers': [{'units': 1, 'bias': 'none'}], "
     "'frozen': ['layers.0.biases']}",
     INVALID, .pointers = "/frozen/0", .sights = {{"/errors/0/detail", "'layer 0 has no biases'"}}},
    {"biases a number", LAYER("'biases': 0"), INVALID, .pointers = "/layers/0/biases"},

    {"init a string", LAYER("'init': 'zeros'"), INVALID, .pointers = "/layers/0/init"},
    {"init without a type", LAYER("'init': {}"), INVALID, .pointers = "/layers/0/init/type"},
    {"init misspelt", LAYER("'init': {'type': 'xavier'}"), INVALID,
     .pointers = "/layers/0/init/type"},
    {"init uniform without a range", LAYER("'init': {'type': 'uniform'}"), INVALID,
     .pointers = "/layers/0/init/low /layers/0/init/high"},
    {"init uniform of huge numbers",
     LAYER("'init': {'type': 'uniform', 'low': -1e308, 'high': 1e308}"), INVALID,
     .pointers = "/layers/0/init/low /layers/0/init/high"},
    {"init uniform upside down", LAYER("'init': {'type': 'uniform', 'low': 1, 'high': 0}"), INVALID,
     .pointers = "/layers/0/init/low"},
    {"init normal without a deviation", LAYER("'init': {'type': 'normal', 'mean': 0}"), INVALID,
     .pointers = "/layers/0/init/stddev"},
    {"init normal of a negative deviation",
     LAYER("'init': {'type': 'normal', 'mean': 0, 'stddev': -1}"), INVALID,
     .pointers = "/layers/0/init/stddev"},
    {"init with another's constant", LAYER("'init': {'type': 'zeros', 'mean': 0}"), INVALID,
     .pointers = "/layers/0/init/mean"},

    {"frozen a string", WITH("'frozen': 'layers.0'"), INVALID, .pointers = "/frozen"},
    {"frozen of no layer", WITH("'frozen': ['layers.0', 'layers.1']"), INVALID,
     .pointers = "/frozen/1"},
    {"frozen misspelt",
     WITH("'frozen': ['layer.0', 'layers.0.weight', 'layers.00', 'layers.-1', "
          "'layers.', 'layers.0.', '']"),
     INVALID, .pointers = "/frozen/0 /frozen/1 /frozen/2 /frozen/3 /frozen/4 /frozen/5 /frozen/6"},
    {"frozen one parameter", WITH("'frozen': ['layers.0.weights.0.1']"), INVALID,
     .pointers = "/frozen/0"},
    {"frozen nulls", WITH("'frozen': [null, {}]"), INVALID, .pointers = "/frozen/0 /frozen/1"},

    {"loss misspelt", WITH("'loss': 'mse'"), INVALID, .pointers = "/loss"},
    {"loss a number", WITH("'loss': 2"), INVALID, .pointers = "/loss"},
    {"optimizer a string", WITH("'optimizer': 'sgd'"), INVALID, .pointers = "/optimizer"},
    {"optimizer misspelt", WITH("'optimizer': {'type': 'sdg'}"), INVALID,
     .pointers = "/optimizer/type",
     .sights = {{"/errors/0/detail",
                 "'must be one of \\'sgd\\', \\'adam\\', \\'adamw\\', \\'rmsprop\\', "
                 "\\'adagrad\\', \\'adadelta\\', \\'rprop\\''"}}},
    {"an unknown constant", WITH("'optimizer': {'type': 'sgd', 'lr': 0.1}"), INVALID,
     .pointers = "/optimizer/lr"},
    {"a negative rate", WITH("'optimizer': {'type': 'sgd', 'learning_rate': -0.1}"), INVALID,
     .pointers = "/optimizer/learning_rate"},
    {"a rate in words", WITH("'optimizer': {'type': 'sgd', 'learning_rate': 'small'}"), INVALID,
     .pointers = "/optimizer/learning_rate"},
    {"a rate beyond doubles", WITH("'optimizer': {'type': 'sgd', 'learning_rate': 1e400}"), INVALID,
     .pointers = "/optimizer/learning_rate"},
    {"a negative momentum", WITH("'optimizer': {'type': 'sgd', 'momentum': -0.1}"), INVALID,
     .pointers = "/optimizer/momentum"},
    {"nesterov a number", WITH("'optimizer': {'type': 'sgd', 'momentum': 1, 'nesterov': 1}"),
     INVALID, .pointers = "/optimizer/nesterov"},
    {"nesterov without momentum", WITH("'optimizer': {'type': 'sgd', 'nesterov': true}"), INVALID,
     .pointers = "/optimizer/nesterov"},
    {"nesterov with dampening",
     WITH("'optimizer': {'type': 'sgd', 'momentum': 0.9, 'dampening': 0.1, 'nesterov': true}"),
     INVALID, .pointers = "/optimizer/nesterov"},
    {"precision misspelt", WITH("'precision': 'double'"), INVALID, .pointers = "/precision"},
    {"metadata a string", WITH("'metadata': 'mine'"), INVALID, .pointers = "/metadata"},
    {"metadata of others than strings", WITH("'metadata': {'a': 1, 'b': 'x', 'c': null}"), INVALID,
     .pointers = "/metadata/a /metadata/c"},
    {"an unknown field", WITH("'learning_rate': 0.1"), INVALID, .pointers = "/learning_rate"},

    {"every fault at once", CREATE,
     "{'name': '', 'inputs': 0, 'layers': [{'units': 0, 'activation': 'x'}, {'unit': 3}, 7], "
     "'frozen': 1, 'loss': 'x', 'optimizer': {'type': 'sgd', 'learning_rate': -1, 'x': 1}, "
     "'seed': -1, 'extra': {}}",
     INVALID,
     .pointers = "/name /inputs /layers/0/units /layers/0/activation /layers/1/unit "
                 "/layers/1/units /layers/2 /frozen /loss /optimizer/learning_rate /optimizer/x "
                 "/seed /extra"},
};

static const struct exchange by_dataset[] = {
    {"scaling by a dataset", WITH("'input_scaling': {'dataset': 'iris'}"), INVALID,
     .pointers = "/input_scaling/method"},
    {"and how", WITH("'target_scaling': {'method': 'standard'}"), INVALID,
     .pointers = "/target_scaling/dataset"},
    {"one that is not there", WITH("'input_scaling': {'dataset': 'no', 'method': 'minmax'}"),
     INVALID, .pointers = "/input_scaling/dataset"},
    {"in another way", WITH("'input_scaling': {'dataset': 'no', 'method': 'robust'}"), INVALID,
     .pointers = "/input_scaling/method"},
    {"beside numbers",
     WITH("'input_scaling': {'dataset': 'no', 'method': 'minmax', 'offset': [1, 2]}"), INVALID,
     .pointers = "/input_scaling"},
    {"classes of a dataset that is not there", WITH("'classes': {'dataset': 'no'}"), INVALID,
     .pointers = "/classes/dataset"},
    {"of no dataset", WITH("'classes': {}"), INVALID, .pointers = "/classes/dataset"},
    {"of more", WITH("'classes': {'dataset': 'no', 'x': 1}"), INVALID,
     .pointers = "/classes/dataset /classes/x"},
};

/* What looks odd and is right. */
static const struct exchange taken[] = {
    {"a name of 128 bytes", NAMED("'" BYTES_128 "'"), .status = 201},
    {"a name of digits", NAMED("'0'"), .status = 201},
    {"an integer written as 2.0", CREATE,
     "{'name': 'float', 'inputs': 2.0, 'layers': [{'units': 1e0}]}", .status = 201,
     .sights = {{"/inputs", "2"}}},
    {"a large integer where a double is meant", CREATE,
     "{'name': 'large', 'inputs': 1, 'layers': [{'units': 1, 'weights': "
     "[[100000000000000000000]]}]}",
     .status = 201},
    {"an optimizer without a type", CREATE,
     "{'name': 'typeless', 'inputs': 1, 'layers': [{'units': 1}], "
     "'optimizer': {'learning_rate': 0.1}}",
     .status = 201, .sights = {{"/optimizer/type", "'sgd'"}}},
    {"escapes in keys and strings", CREATE,
     "{'na\\u006de': 'esc\\u0061ped', 'inputs': 1, 'layers': [{'units': 1}]}", .status = 201,
     .sights = {{"/name", "'escaped'"}}},
};

/* A body with `count` times `member`. */
static char *repeat(const char *before, const char *member, int count, const char *after)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    fputs(before, stream);
    for (int i = 0; i < count; i++)
        fprintf(stream, "%s%s", i ? ", " : "", member);
    fputs(after, stream);
    fclose(stream);
    return text;
}

static void check_many(struct witness *witness)
{
    char *body = repeat("{'name': 'n', 'inputs': 1, 'layers': [", "{'units': 0}", 60, "]}");
    const struct http_answer *answer =
        http_call(witness->client, "POST", "/v1/networks", body, NULL);
    expect_problem(answer, 422, "invalid-request", NULL, "60 faults");
    tap_ok(pointer_count(answer->json, "/errors") == 60, "are all listed");
    free(body);
    body = repeat("{'name': 'n', 'inputs': 1, 'layers': [{'units': 1}], 'frozen': [", "'x'", 150,
                  "]}");
    answer = http_call(witness->client, "POST", "/v1/networks", body, NULL);
    expect_problem(answer, 422, "invalid-request", NULL, "150 faults");
    tap_ok(pointer_count(answer->json, "/errors") == 100, "are listed up to 100");
    free(body);
    body = repeat("{'name': 'n', 'inputs': 1, 'layers': [", "{'units': 1}", 65, "]}");
    answer = http_call(witness->client, "POST", "/v1/networks", body, NULL);
    expect_problem(answer, 422, "invalid-request", "/layers", "65 layers");
    free(body);
    body = repeat("{'name': 'deep', 'inputs': 1, 'layers': [", "{'units': 1}", 64, "]}");
    answer = http_call(witness->client, "POST", "/v1/networks", body, NULL);
    expect_status(answer, 201, "64 layers");
    free(body);
    witness_check(witness, "many faults");
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    witness_exchange_all(&witness, rows, COUNT(rows));
    witness_exchange_all(&witness, by_dataset, COUNT(by_dataset));
    check_many(&witness);
    exchange(client, &(struct exchange){"no body above created anything", "GET", "/v1/networks/n",
                                        NULL, .status = 404, .problem = "network-not-found"});
    exchange_all(client, taken, COUNT(taken));
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
