/* forward, gradients and step: shapes, options, and figures small enough to work out by hand. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define LINEAR NETWORKS "/linear"

/* o = 2 x0 - 3 x1 + 0.5, E = (t - o)^2: every figure is a sum of few powers of two. */
#define LINEAR_NETWORK                                                                             \
    "{'inputs': 2, 'layers': [{'units': 1, 'activation': 'identity', 'weights': [[2, -3]], "       \
    "'biases': [0.5]}], 'loss': 'mean_squared_error'}"
#define ONE "'inputs': [1, 2], 'targets': [1]"
#define TWO "'inputs': [[1, 2], [0, 0]], 'targets': [[1], [1.5]]"

static const struct exchange linear[] = {
    {"begin", "PUT", LINEAR, LINEAR_NETWORK, .status = 201},
    {"a vector", "POST", LINEAR "/forward", "{'inputs': [1, 2]}", .status = 200,
     .sights = {{"", "{'network': 'linear', 'revision': 0, 'outputs': [-3.5]}"}}},
    {"a batch", "POST", LINEAR "/forward", "{'inputs': [[1, 2], [0, 0]]}", .status = 200,
     .sights = {{"/outputs", "[[-3.5], [0.5]]"}}},
    {"a batch of one is a batch", "POST", LINEAR "/forward", "{'inputs': [[1, 2]]}", .status = 200,
     .sights = {{"/outputs", "[[-3.5]]"}}},
    {"errors of a vector", "POST", LINEAR "/forward", "{" ONE "}", .status = 200,
     .sights = {{"/errors", "[20.25]"},
                {"/total_error", "20.25"},
                {"/mean_error", "20.25"},
                {"/trace", "absent"}}},
    {"errors of a batch", "POST", LINEAR "/forward", "{" TWO "}", .status = 200,
     .sights = {{"/errors", "[[20.25], [1]]"},
                {"/total_error", "21.25"},
                {"/mean_error", "10.625"}}},
    {"the trace of a vector", "POST", LINEAR "/forward", "{'inputs': [1, 2], 'trace': true}",
     .status = 200, .sights = {{"/trace", "[{'net': [-3.5], 'out': [-3.5]}]"}}},
    {"the trace of a batch", "POST", LINEAR "/forward",
     "{'inputs': [[1, 2], [0, 0]], 'trace': true}", .status = 200,
     .sights = {{"/trace", "[{'net': [[-3.5], [0.5]], 'out': [[-3.5], [0.5]]}]"}}},
    {"the gradient of a vector", "POST", LINEAR "/gradients", "{" ONE "}", .status = 200,
     .sights = {{"/gradients", "[{'weights': [[-9, -18]], 'biases': [-9]}]"},
                {"/deltas", "[[-9]]"},
                {"/outputs", "[-3.5]"},
                {"/total_error", "20.25"},
                {"/revision", "0"},
                {"/parameters", "absent"},
                {"/trace", "absent"}}},
    {"the gradient of a batch is the mean, its deltas are each sample's", "POST",
     LINEAR "/gradients", "{" TWO "}", .status = 200,
     .sights = {{"/gradients", "[{'weights': [[-4.5, -9]], 'biases': [-5.5]}]"},
                {"/deltas", "[[[-9], [-2]]]"},
                {"/mean_error", "10.625"}}},
    {"nothing more", "POST", LINEAR "/gradients", "{" ONE ", 'include': []}", .status = 200,
     .sights = {{"/gradients", "absent"}, {"/deltas", "absent"}, {"/outputs", "[-3.5]"}}},
    {"everything", "POST", LINEAR "/gradients",
     "{" ONE ", 'include': ['gradients', 'deltas', 'trace', 'parameters']}", .status = 200,
     .sights = {{"/gradients", "[{'weights': [[-9, -18]], 'biases': [-9]}]"},
                {"/deltas", "[[-9]]"},
                {"/trace", "[{'net': [-3.5], 'out': [-3.5]}]"},
                {"/parameters", "[{'weights': [[2, -3]], 'biases': [0.5]}]"}}},
    {"a step by the batch's mean", "POST", LINEAR "/step", "{" TWO "}", .status = 200,
     .sights = {{"/revision", "1"},
                {"/steps", "1"},
                {"/outputs", "[[-3.5], [0.5]]"},
                {"/mean_error", "10.625"},
                {"/gradients", "[{'weights': [[-4.5, -9]], 'biases': [-5.5]}]"},
                {"/parameters", "[{'weights': [[4.25, 1.5]], 'biases': [3.25]}]"},
                {"/deltas", "absent"}}},
    {"begin again", "POST", LINEAR "/reset", NULL, .status = 200},
    {"a learning rate for this call", "POST", LINEAR "/step", "{" ONE ", 'learning_rate': 0.125}",
     .status = 200,
     .sights = {{"/parameters", "[{'weights': [[3.125, -0.75]], 'biases': [1.625]}]"}}},
    {"is not kept", "GET", LINEAR, NULL, .status = 200,
     .sights = {{"/optimizer/learning_rate", "0.5"}, {"/steps", "1"}}},
    {"rate 0 moves nothing, but is a step", "POST", LINEAR "/step", "{" ONE ", 'learning_rate': 0}",
     .status = 200,
     .sights = {{"/parameters", "[{'weights': [[3.125, -0.75]], 'biases': [1.625]}]"},
                {"/steps", "2"},
                {"/revision", "4"}}},
    {"only what is asked for", "POST", LINEAR "/step", "{" ONE ", 'include': ['deltas', 'trace']}",
     .status = 200,
     .sights = {{"/deltas", "[[4.5]]"},
                {"/trace", "[{'net': [3.25], 'out': [3.25]}]"},
                {"/gradients", "absent"},
                {"/parameters", "absent"}}},
};

/* Two layers of two units with different activations, bias kinds and a frozen part. */
#define MIXED NETWORKS "/mixed"
static const struct exchange mixed[] = {
    {"begin", "PUT", MIXED,
     "{'inputs': 2, 'layers': [{'units': 2, 'activation': 'relu', 'bias': 'shared', "
     "'weights': [[1, 2], [-1, 0.5]], 'biases': [0.25]}, "
     "{'units': 2, 'activation': 'identity', 'bias': 'none', 'weights': [[2, 1], [-1, 1]]}], "
     "'frozen': ['layers.1.weights'], 'loss': 'mean_squared_error'}",
     .status = 201, .sights = {{"/parameter_count", "9"}}},
    {"relu cuts below 0", "POST", MIXED "/forward",
     "{'inputs': [1, 1], 'targets': [6, -3.5], 'trace': true}", .status = 200,
     .sights = {{"/trace/0/net", "[3.25, -0.25]"},
                {"/trace/0/out", "[3.25, 0]"},
                {"/outputs", "[6.5, -3.25]"},
                {"/errors", "[0.125, 0.03125]"},
                {"/total_error", "0.15625"}}},
    {"a frozen layer reports its gradient and does not move", "POST", MIXED "/step",
     "{'inputs': [1, 1], 'targets': [6, -3.5], 'include': ['gradients', 'deltas', 'parameters']}",
     .status = 200,
     .sights = {{"/deltas", "[[0.75, 0], [0.5, 0.25]]"},
                {"/gradients/0", "{'weights': [[0.75, 0.75], [0, 0]], 'biases': [0.75]}"},
                {"/gradients/1", "{'weights': [[1.625, 0], [0.8125, 0]], 'biases': []}"},
                {"/parameters/0", "{'weights': [[0.625, 1.625], [-1, 0.5]], 'biases': [-0.125]}"},
                {"/parameters/1", "{'weights': [[2, 1], [-1, 1]], 'biases': []}"}}},
    {"a sigmoid far out is exact and finite", "PUT", NETWORKS "/far",
     "{'inputs': 1, 'layers': [{'units': 1, 'weights': [[1]]}]}", .status = 201},
    {"far above", "POST", NETWORKS "/far/forward", "{'inputs': [1000]}", .status = 200,
     .sights = {{"/outputs", "[1]"}}},
    {"far below", "POST", NETWORKS "/far/forward", "{'inputs': [-1000]}", .status = 200,
     .sights = {{"/outputs", "[0]"}}},
};

/* o = w x, E = (t - o)^2 at x = 1, t = 0: g = 2 w. PyTorch's formulas, worked out by hand:
 * v = g at first, then momentum v + (1 - dampening) g; w - 0.125 v, with nesterov g + momentum v.
 */
#define ONE_WEIGHT(name, optimizer)                                                                \
    "PUT", NETWORKS name,                                                                          \
        "{'inputs': 1, 'layers': [{'units': 1, 'activation': 'identity', 'bias': 'none', "         \
        "'weights': [[1]]}], 'loss': 'mean_squared_error', "                                       \
        "'optimizer': {'type': 'sgd', 'learning_rate': 0.125, " optimizer "}}"
#define STEP(name) "POST", NETWORKS name "/step", "{'inputs': [1], 'targets': [0]}"
#define GIVES(weight) .status = 200, .sights = {{"/parameters/0/weights", "[[" weight "]]"}}

static const struct exchange optimizers[] = {
    {"momentum", ONE_WEIGHT("/momentum", "'momentum': 0.5"), .status = 201},
    {"v = 2", STEP("/momentum"), GIVES("0.75")},
    {"v = 0.5 2 + 1.5", STEP("/momentum"), GIVES("0.4375")},
    {"reset forgets v", "POST", NETWORKS "/momentum/reset", NULL, .status = 200},
    {"v = 2", STEP("/momentum"), GIVES("0.75")},
    {"so does PUT of parameters", "PUT", NETWORKS "/momentum/parameters",
     "{'layers': [{'weights': [[1]], 'biases': []}]}", .status = 200},
    {"v = 2", STEP("/momentum"), GIVES("0.75")},
    {"PATCH does not", "PATCH", NETWORKS "/momentum", "{'optimizer': {'learning_rate': 0.25}}",
     .status = 200},
    {"0.75 - 0.25 2.5", STEP("/momentum"), GIVES("0.125")},
    {"nesterov", ONE_WEIGHT("/nesterov", "'momentum': 0.5, 'nesterov': true"), .status = 201},
    {"g + 0.5 v = 3", STEP("/nesterov"), GIVES("0.625")},
    {"1.25 + 0.5 2.25", STEP("/nesterov"), GIVES("0.328125")},
    {"dampening", ONE_WEIGHT("/damped", "'momentum': 0.5, 'dampening': 0.5"), .status = 201},
    {"none at first", STEP("/damped"), GIVES("0.75")},
    {"v = 0.5 2 + 0.5 1.5", STEP("/damped"), GIVES("0.53125")},
    {"weight decay", ONE_WEIGHT("/decay", "'weight_decay': 0.5"), .status = 201},
    {"g + 0.5 w, but the gradient is g", STEP("/decay"), .status = 200,
     .sights = {{"/parameters/0/weights", "[[0.6875]]"}, {"/gradients/0/weights", "[[2]]"}}},
};

/* Numbers as the contract lays them out: the fewest digits that read back to the same double. */
static const struct {
    const char *sent;
    const char *answered;
} layouts[] = {
    {"0.35", "0.35"},
    {"0.1", "0.1"},
    {"1.0", "1"},
    {"3", "3"},
    {"-2.50", "-2.5"},
    {"0.0", "0"},
    {"-0.0", "-0.0"},
    {"-0", "-0.0"},
    {"100", "100"},
    {"999999999999999", "999999999999999"},
    {"1e14", "100000000000000"},
    {"1000000000000000", "1e15"},
    {"100000000000000000000", "1e20"},
    {"123456789012345678901234567890", "1.2345678901234568e29"},
    {"0.00001", "0.00001"},
    {"0.00000999", "9.99e-6"},
    {"5e-324", "5e-324"},
    {"2.2250738585072014E-308", "2.2250738585072014e-308"},
    {"1.7976931348623157e+308", "1.7976931348623157e308"},
    {"9007199254740993", "9.007199254740992e15"},
    {"0.30000000000000004", "0.30000000000000004"},
    {"1e-400", "0"},
};

/* Copies text without its blanks. */
static void squeeze(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (; *text && used + 1 < size; text++) {
        if (!strchr(" \n\t", *text))
            out[used++] = *text;
    }
    out[used] = '\0';
}

static void check_layouts(struct http_client *client)
{
    char sent[2048];
    char answered[2048];
    size_t used_sent = 0;
    size_t used_answered = 0;
    char body[8192];
    for (size_t i = 0; i < COUNT(layouts); i++) {
        const char *comma = i ? "," : "";
        used_sent += (size_t)snprintf(sent + used_sent, sizeof(sent) - used_sent, "%s[%s]", comma,
                                      layouts[i].sent);
        used_answered +=
            (size_t)snprintf(answered + used_answered, sizeof(answered) - used_answered, "%s[%s]",
                             comma, layouts[i].answered);
    }
    snprintf(body, sizeof(body),
             "{'inputs': 1, 'layers': [{'units': %zu, 'bias': 'none', 'weights': [%s]}]}",
             COUNT(layouts), sent);
    expect_status(http_call(client, "PUT", NETWORKS "/layouts", body, NULL), 201, "numbers");
    squeeze(http_call(client, "GET", NETWORKS "/layouts/parameters", NULL, NULL)->body, body,
            sizeof(body));
    char *start = strstr(body, "[[");
    char *end = start ? strstr(start, "]]") : NULL;
    if (!tap_ok(end, "weights are there"))
        return;
    *end = '\0';
    answered[used_answered - 1] = '\0'; /* without the last bracket */
    tap_text(start + 1, answered, "every number in the contract's layout");
}

static const char *const activations[] = {"sigmoid", "tanh", "relu", "identity"};
static const char *const losses[] = {"squared_error", "mean_squared_error"};
static const char *const bias_kinds[] = {"per_unit", "shared", "none"};

/* Of the output layer's weights, in absolute value. */
static double largest_gradient(const struct http_answer *answer)
{
    double largest = 0;
    for (int i = 0; i < 8; i++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/gradients/1/weights/%d/%d", i / 4, i % 4);
        largest = fmax(largest, fabs(pointer_number(answer->json, pointer)));
    }
    return largest;
}

/* Every activation x loss x bias kind against central differences, by the daemon's own check. */
static void check_against_differences(struct http_client *client)
{
    enum { PER_ACTIVATION = COUNT(losses) * COUNT(bias_kinds) };
    for (size_t i = 0; i < COUNT(activations) * PER_ACTIVATION; i++) {
        const char *activation = activations[i / PER_ACTIVATION];
        const char *loss = losses[i / COUNT(bias_kinds) % COUNT(losses)];
        const char *bias = bias_kinds[i % COUNT(bias_kinds)];
        char body[512];
        snprintf(body, sizeof(body),
                 "{'inputs': 3, 'layers': [{'units': 4, 'activation': '%s', 'bias': '%s'}, "
                 "{'units': 2, 'activation': 'identity', 'bias': '%s'}], 'loss': '%s', 'seed': 11}",
                 activation, bias, bias, loss);
        http_call(client, "PUT", NETWORKS "/checked", body, NULL);
        const struct http_answer *answer = http_call(
            client, "POST", NETWORKS "/checked/gradients",
            "{'inputs': [[0.5, -1, 2], [1.5, 0.25, -0.75]], 'targets': [[1, 0], [-1, 2]], "
            "'check': true}",
            NULL);
        double first = pointer_number(answer->json, "/check/0");
        double second = pointer_number(answer->json, "/check/1");
        tap_ok(first < 1e-6 && second < 1e-6 && pointer_count(answer->json, "/check") == 2,
               "gradients of %s, %s, bias %s: off by %g, %g", activation, loss, bias, first,
               second);
        tap_ok(largest_gradient(answer) > 0.01, "and they are not all 0");
    }
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    exchange_all(client, linear, COUNT(linear));
    exchange_all(client, mixed, COUNT(mixed));
    exchange_all(client, optimizers, COUNT(optimizers));
    check_layouts(client);
    check_against_differences(client);
    http_client_free(client);
    return daemon_done(&server);
}
