/* Parameters as a whole: reading and replacing them, reset, drawing by seed, clones. */
#include <stdio.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/parameters.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define MAZUR NETWORKS "/mazur"

#define START                                                                                      \
    "[{'weights': [[0.15, 0.2], [0.25, 0.3]], 'biases': [0.35]}, "                                 \
    "{'weights': [[0.4, 0.45], [0.5, 0.55]], 'biases': [0.6]}]"
#define OTHERS                                                                                     \
    "[{'weights': [[1, -2.5], [1e-7, 1e300]], 'biases': [-0.0]}, "                                 \
    "{'weights': [[5e-324, 0.1], [123456789.125, 1e15]], 'biases': [0]}]"
#define BAD "PUT", MAZUR "/parameters"

static const struct exchange reading_and_writing[] = {
    {"the article's", "PUT", MAZUR, "{" ARTICLE_MEMBERS "}", .status = 201},
    {"start values", "GET", MAZUR "/parameters", NULL, .status = 200,
     .sights = {{"", "{'network': 'mazur', 'revision': 0, 'layers': " START "}"}}},
    {"a step", "POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}", .status = 200},
    {"replaced", "PUT", MAZUR "/parameters", "{'layers': " OTHERS "}", .status = 200,
     .sights = {{"/name", "'mazur'"}, {"/revision", "2"}, {"/steps", "1"}}},
    {"to the bit", "GET", MAZUR "/parameters", NULL, .status = 200,
     .sights = {{"/layers", OTHERS}, {"/revision", "2"}}},
    {"an edited answer is taken", "PUT", MAZUR "/parameters",
     "{'network': 'mazur', 'revision': 1, 'layers': " OTHERS "}", .status = 200,
     .sights = {{"/revision", "3"}}},
    {"reset goes back to the start values all the same", "POST", MAZUR "/reset", NULL,
     .status = 200, .sights = {{"/revision", "4"}, {"/steps", "0"}}},
    {"which are the article's", "GET", MAZUR "/parameters", NULL, .status = 200,
     .sights = {{"/layers", START}}},
    {"no layers", BAD, "{}", .status = 422, .problem = "invalid-request", .pointers = "/layers"},
    {"too few layers", BAD, "{'layers': [{'weights': [[1, 2], [3, 4]], 'biases': [5]}]}",
     .status = 422, .problem = "invalid-request", .pointers = "/layers",
     .sights = {{"/errors/0/detail", "'must have the network\\u0027s 2 layers, not 1'"}}},
    {"layers a number", BAD, "{'layers': 2}", .status = 422, .problem = "invalid-request",
     .pointers = "/layers"},
    {"no biases", BAD,
     "{'layers': [{'weights': [[1, 2], [3, 4]]}, {'weights': [[1, 2], [3, 4]], 'biases': [5]}]}",
     .status = 422, .problem = "invalid-request", .pointers = "/layers/0/biases"},
    {"wrong shapes", BAD,
     "{'layers': [{'weights': [[1, 2]], 'biases': [1, 2]}, "
     "{'weights': [[1, 2], [3]], 'biases': [5]}]}",
     .status = 422, .problem = "invalid-request",
     .pointers = "/layers/0/weights /layers/0/biases /layers/1/weights/1"},
    {"no numbers", BAD,
     "{'layers': [{'weights': [['a', 2], [3, 4]], 'biases': [null]}, "
     "{'weights': 7, 'biases': {}}]}",
     .status = 422, .problem = "invalid-request"},
    {"an unknown member", BAD,
     "{'layers': [{'weights': [[1, 2], [3, 4]], 'biases': [5], 'units': 2}, "
     "{'weights': [[1, 2], [3, 4]], 'biases': [5]}], 'seed': 1}",
     .status = 422, .problem = "invalid-request", .pointers = "/layers/0/units /seed"},
    {"nothing of which changed it", "GET", MAZUR "/parameters", NULL, .status = 200,
     .sights = {{"/layers", START}, {"/revision", "4"}}},
    {"an unknown member of reset", "POST", MAZUR "/reset", "{'sead': 1}", .status = 422,
     .problem = "invalid-request", .pointers = "/sead"},
    {"nobody's parameters", "GET", NETWORKS "/nobody/parameters", NULL, .status = 404,
     .problem = "network-not-found"},
};

#define DRAWN "'inputs': 3, 'layers': [{'units': 4}, {'units': 2, 'init': {'type': 'he_normal'}}]"

static void check_seeds(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/seed-7", "{" DRAWN ", 'seed': 7}", NULL);
    http_call(client, "PUT", NETWORKS "/seed-7-again", "{" DRAWN ", 'seed': '7'}", NULL);
    http_call(client, "PUT", NETWORKS "/seed-8", "{" DRAWN ", 'seed': 8}", NULL);
    http_call(client, "PUT", NETWORKS "/no-seed", "{" DRAWN "}", NULL);
    http_call(client, "PUT", NETWORKS "/no-seed-either", "{" DRAWN "}", NULL);
    parameters_same(client, "seed-7", "seed-7-again", "the same seed draws the same weights");
    parameters_differ(client, "seed-7", "seed-8", "another seed draws others");
    parameters_differ(client, "no-seed", "no-seed-either", "no seed: each draws its own");

    const struct http_answer *answer = http_call(client, "GET", NETWORKS "/no-seed", NULL, NULL);
    char body[256];
    const char *seed = pointer_text(answer->json, "/seed");
    snprintf(body, sizeof(body), "{" DRAWN ", 'seed': '%s'}", seed ? seed : "none");
    http_call(client, "PUT", NETWORKS "/reported", body, NULL);
    parameters_same(client, "no-seed", "reported", "the seed that is reported is the one used");

    http_call(client, "POST", NETWORKS "/seed-8/reset", "{'seed': 7}", NULL);
    parameters_same(client, "seed-7", "seed-8", "reset with a seed draws as creation does");
    http_call(client, "POST", NETWORKS "/seed-8/step", "{'inputs': [1, 2, 3], 'targets': [0, 1]}",
              NULL);
    parameters_differ(client, "seed-7", "seed-8", "a step moves them");
    http_call(client, "POST", NETWORKS "/seed-8/reset", NULL, NULL);
    parameters_same(client, "seed-7", "seed-8", "a later reset goes back to the new ones");
}

#define TRAIN "{'inputs': [[1, 0, 2], [0, 1, -1]], 'targets': [[0, 1], [1, 0]], 'epochs': 7}"

/* A clone has everything, trains to the same bits, and is a network of its own. */
static void check_clone(struct http_client *client)
{
    http_call(client, "PUT", NETWORKS "/origin",
              "{" DRAWN ", 'seed': 5, 'metadata': {'k': 'v'}, 'frozen': ['layers.1.biases'], "
              "'optimizer': {'type': 'sgd', 'momentum': 0.9, 'nesterov': true}}",
              NULL);
    http_call(client, "POST", NETWORKS "/origin/train", TRAIN, NULL);
    json_t *origin = json_incref(http_call(client, "GET", NETWORKS "/origin", NULL, NULL)->json);
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS, "{'name': 'clone', 'from': 'origin'}", NULL);
    expect_status(answer, 201, "clone");
    tap_text(http_header(answer, "Location"), NETWORKS "/clone", "Location of a clone");
    expect_number(answer, "/revision", 0, 0, "begins anew");
    static const char *const kept[] = {
        "/inputs", "/layers", "/frozen", "/loss", "/optimizer", "/seed", "/steps", "/metadata",
    };
    for (size_t i = 0; i < COUNT(kept); i++)
        expect_same(pointer_get(answer->json, kept[i]), pointer_get(origin, kept[i]), kept[i]);
    json_decref(origin);
    parameters_same(client, "origin", "clone", "the parameters are the same");
    http_call(client, "POST", NETWORKS "/origin/train", TRAIN, NULL);
    parameters_differ(client, "origin", "clone", "the origin's training leaves the clone alone");
    http_call(client, "POST", NETWORKS "/clone/train", TRAIN, NULL);
    parameters_same(client, "origin", "clone",
                    "the clone trains to the same bits, the momentum's state included");
}

static const struct exchange clones[] = {
    {"with metadata of its own", "POST", NETWORKS,
     "{'name': 'own', 'from': 'origin', 'metadata': {'x': 'y'}}", .status = 201,
     .sights = {{"/metadata", "{'x': 'y'}"}}},
    {"onto a name that is taken", "POST", NETWORKS, "{'name': 'own', 'from': 'origin'}",
     .status = 409, .problem = "network-exists"},
    {"of nobody", "POST", NETWORKS, "{'name': 'orphan', 'from': 'nobody'}", .status = 404,
     .problem = "network-not-found"},
    {"with a definition beside it", "POST", NETWORKS,
     "{'name': 'mixed', 'from': 'origin', 'inputs': 3}", .status = 422,
     .problem = "invalid-request", .pointers = "/inputs"},
    {"with every field beside it that a definition has", "POST", NETWORKS,
     "{'name': 'mixed', 'from': 'origin', 'layers': [], 'frozen': [], 'loss': 'squared_error', "
     "'optimizer': {}, 'precision': 'float64', 'seed': 2}",
     .status = 422, .problem = "invalid-request",
     .pointers = "/layers /frozen /loss /optimizer /precision /seed",
     .sights =
         {{"/errors/5/detail",
           "'cannot stand beside `from`, which copies the other network\\u0027s; leave it out, "
           "and change the clone once it is there'"}}},
    {"of no string", "POST", NETWORKS, "{'name': 'mixed', 'from': 7}", .status = 422,
     .problem = "invalid-request", .pointers = "/from"},
    {"without a name", "POST", NETWORKS, "{'from': 'origin'}", .status = 422,
     .problem = "invalid-request", .pointers = "/name"},
};

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    exchange_all(client, reading_and_writing, COUNT(reading_and_writing));
    check_seeds(client);
    check_clone(client);
    exchange_all(client, clones, COUNT(clones));
    http_client_free(client);
    return daemon_done(&server);
}
