/* Bodies that forward, gradients, step and train refuse, each fault named by its place. */
#include <stdio.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define INVALID .status = 422, .problem = "invalid-request"

#define WITNESS "/v1/networks/witness"
#define FORWARD "POST", WITNESS "/forward"
#define GRADIENTS "POST", WITNESS "/gradients"
#define STEP "POST", WITNESS "/step"
#define TRAIN "POST", WITNESS "/train"

static const struct exchange samples[] = {
    {"nothing to pass", FORWARD, "{}", INVALID, .pointers = "/inputs"},
    {"no targets", GRADIENTS, "{'inputs': [1, 2]}", INVALID, .pointers = "/targets"},
    {"nothing to learn", STEP, "{}", INVALID, .pointers = "/inputs /targets"},
    {"no object", STEP, "[[1, 2]]", INVALID, .pointers = "root"},
    {"too few inputs", FORWARD, "{'inputs': [1]}", INVALID, .pointers = "/inputs"},
    {"too many inputs", FORWARD, "{'inputs': [1, 2, 3]}", INVALID, .pointers = "/inputs"},
    {"an empty vector", FORWARD, "{'inputs': []}", INVALID, .pointers = "/inputs"},
    {"an empty row", FORWARD, "{'inputs': [[]]}", INVALID, .pointers = "/inputs/0"},
    {"a ragged batch", FORWARD, "{'inputs': [[1, 2], [1], [1, 2], [1, 2, 3]]}", INVALID,
     .pointers = "/inputs/1 /inputs/3"},
    {"rows too long", FORWARD, "{'inputs': [[1, 2, 3], [1, 2, 3]]}", INVALID,
     .pointers = "/inputs/0 /inputs/1"},
    {"three deep", FORWARD, "{'inputs': [[[1, 2]]]}", INVALID,
     .sights = {{"/errors/0/detail",
                 "'must be an array of numbers, or an array of such arrays, not "
                 "arrays that are nested deeper'"}}},
    {"one of them deeper", FORWARD, "{'inputs': [[1, 2], [[3]]]}", INVALID,
     .sights = {{"/errors/0/detail",
                 "'must be an array of numbers, or an array of such arrays, not "
                 "arrays that are nested deeper'"}}},
    {"a number", FORWARD, "{'inputs': 1}", INVALID, .pointers = "/inputs"},
    {"a string", FORWARD, "{'inputs': '1, 2'}", INVALID, .pointers = "/inputs"},
    {"null", FORWARD, "{'inputs': null}", INVALID, .pointers = "/inputs"},
    {"an object", FORWARD, "{'inputs': {'0': 1, '1': 2}}", INVALID, .pointers = "/inputs"},
    {"a string among numbers", FORWARD, "{'inputs': [1, '2']}", INVALID},
    {"null among numbers", FORWARD, "{'inputs': [1, null]}", INVALID},
    {"true among numbers", FORWARD, "{'inputs': [true, 2]}", INVALID},
    {"numbers beside rows", FORWARD, "{'inputs': [[1, 2], 3]}", INVALID,
     .sights = {{"/errors/0/detail",
                 "'must be an array of numbers, or an array of such arrays, not "
                 "a mixture of numbers and arrays'"}}},
    {"a string in a row", FORWARD, "{'inputs': [[1, 2], [3, '4']]}", INVALID},
    {"too few targets", STEP, "{'inputs': [1, 2], 'targets': [1]}", INVALID,
     .pointers = "/targets"},
    {"a batch of targets for a vector", STEP, "{'inputs': [1, 2], 'targets': [[1, 2]]}", INVALID,
     .pointers = "/targets"},
    {"a vector of targets for a batch", STEP, "{'inputs': [[1, 2]], 'targets': [1, 2]}", INVALID,
     .pointers = "/targets"},
    {"fewer targets than samples", STEP, "{'inputs': [[1, 2], [3, 4]], 'targets': [[1, 2]]}",
     INVALID, .pointers = "/targets"},
    {"more targets than samples", STEP, "{'inputs': [[1, 2]], 'targets': [[1, 2], [3, 4]]}",
     INVALID, .pointers = "/targets"},
    {"wrong on both sides", STEP, "{'inputs': [1], 'targets': [1, 2, 3]}", INVALID,
     .pointers = "/inputs /targets"},
    {"targets of a forward pass too", FORWARD, "{'inputs': [1, 2], 'targets': [1]}", INVALID,
     .pointers = "/targets"},
};

static const struct exchange options[] = {
    {"forward takes no include", FORWARD, "{'inputs': [1, 2], 'include': ['trace']}", INVALID,
     .pointers = "/include"},
    {"trace a string", FORWARD, "{'inputs': [1, 2], 'trace': 'yes'}", INVALID,
     .pointers = "/trace"},
    {"trace a number", FORWARD, "{'inputs': [1, 2], 'trace': 1}", INVALID, .pointers = "/trace"},
    {"trace misspelt", FORWARD, "{'inputs': [1, 2], 'traces': true}", INVALID,
     .pointers = "/traces"},
    {"check a number", GRADIENTS, "{" ARTICLE_SAMPLE ", 'check': 1}", INVALID,
     .pointers = "/check"},
    {"a step checks nothing", STEP, "{" ARTICLE_SAMPLE ", 'check': true}", INVALID,
     .pointers = "/check"},
    {"include a string", STEP, "{" ARTICLE_SAMPLE ", 'include': 'deltas'}", INVALID,
     .pointers = "/include"},
    {"include misspelt", STEP, "{" ARTICLE_SAMPLE ", 'include': ['deltas', 'gradient', 7]}",
     INVALID, .pointers = "/include/1 /include/2"},
    {"no outputs to include", GRADIENTS, "{" ARTICLE_SAMPLE ", 'include': ['outputs']}", INVALID,
     .pointers = "/include/0"},
    {"a negative rate", STEP, "{" ARTICLE_SAMPLE ", 'learning_rate': -0.5}", INVALID,
     .pointers = "/learning_rate"},
    {"a rate null", STEP, "{" ARTICLE_SAMPLE ", 'learning_rate': null}", INVALID,
     .pointers = "/learning_rate"},
    {"an unknown order", STEP, "{" ARTICLE_SAMPLE ", 'update_order': 'random'}", INVALID,
     .pointers = "/update_order"},
    {"gradients has no order", GRADIENTS, "{" ARTICLE_SAMPLE ", 'update_order': 'layerwise'}",
     INVALID, .pointers = "/update_order"},
    {"several faults", STEP,
     "{'inputs': [1], 'targets': 'x', 'learning_rate': 'x', 'update_order': 1, 'epochs': 3}",
     INVALID, .pointers = "/inputs /targets /learning_rate /update_order /epochs"},
};

static const struct exchange training[] = {
    {"nothing", TRAIN, "{}", INVALID, .pointers = "/inputs /targets /epochs"},
    {"epochs missing", TRAIN, "{" ARTICLE_ROWS "}", INVALID, .pointers = "/epochs"},
    {"epochs 0", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 0}", INVALID, .pointers = "/epochs"},
    {"epochs -1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': -1}", INVALID, .pointers = "/epochs"},
    {"epochs 1.5", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1.5}", INVALID, .pointers = "/epochs"},
    {"epochs 10^18", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1000000000000000000}", INVALID,
     .pointers = "/epochs"},
    {"epochs 10^30", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1e30}", INVALID, .pointers = "/epochs"},
    {"epochs a string", TRAIN, "{" ARTICLE_ROWS ", 'epochs': '10'}", INVALID,
     .pointers = "/epochs"},
    {"epochs null", TRAIN, "{" ARTICLE_ROWS ", 'epochs': null}", INVALID, .pointers = "/epochs"},
    {"batch_size -1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'batch_size': -1}", INVALID,
     .pointers = "/batch_size"},
    {"batch_size 0.5", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'batch_size': 0.5}", INVALID,
     .pointers = "/batch_size"},
    {"shuffle 1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'shuffle': 1}", INVALID,
     .pointers = "/shuffle"},
    {"seed -1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'seed': -1}", INVALID, .pointers = "/seed"},
    {"learning_rate -1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'learning_rate': -1}", INVALID,
     .pointers = "/learning_rate"},
    {"stop_below -1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'stop_below': -1}", INVALID,
     .pointers = "/stop_below"},
    {"history_points 1", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'history_points': 1}", INVALID,
     .pointers = "/history_points"},
    {"history_points 10,001", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'history_points': 10001}",
     INVALID, .pointers = "/history_points"},
    {"include deltas", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'include': ['deltas']}", INVALID,
     .pointers = "/include/0"},
    {"trace", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'trace': true}", INVALID,
     .pointers = "/trace"},
    {"misspelt", TRAIN, "{" ARTICLE_ROWS ", 'epoch': 1}", INVALID, .pointers = "/epoch /epochs"},
    {"ragged", TRAIN, "{'inputs': [[1, 2], [3]], 'targets': [[1, 2], [3, 4]], 'epochs': 1}",
     INVALID, .pointers = "/inputs/1"},
};

/* Of 103,681 parameters: a check makes two passes for each. */
#define WIDE "/v1/networks/wide"
static const struct exchange work[] = {
    {"a wide network", "PUT", WIDE,
     "{'inputs': 1, 'layers': [{'units': 320}, {'units': 320}, {'units': 1}]}", .status = 201},
    {"no fewer samples would help", "POST", WIDE "/gradients",
     "{'inputs': [1], 'targets': [1], 'include': [], 'check': true}", INVALID, .pointers = "/check",
     .sights = {{"/errors/0/detail",
                 "'would take some 6e+10 multiplications, of which a request may take 5e+10: the "
                 "network is too large to be checked'"}}},
};

/* What the contract names and this version does not have. */
static const struct exchange later[] = {
    {"a dataset forward", FORWARD, "{'dataset': 'iris', 'inputs': [1, 2]}", INVALID,
     .pointers = "/dataset"},
    {"weights of a gradient", GRADIENTS, "{" ARTICLE_SAMPLE ", 'sample_weights': [1]}", INVALID,
     .pointers = "/sample_weights"},
    {"weights of a step", STEP, "{" ARTICLE_SAMPLE ", 'sample_weights': [1]}", INVALID,
     .pointers = "/sample_weights"},
    {"a dataset", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'dataset': 'iris'}", INVALID,
     .pointers = "/dataset"},
    {"weights", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'sample_weights': [1]}", INVALID,
     .pointers = "/sample_weights"},
    {"a schedule", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'schedule': {'type': 'constant'}}",
     INVALID, .pointers = "/schedule"},
    {"clipping", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'clip_norm': 1}", INVALID,
     .pointers = "/clip_norm"},
    {"validation", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'validation': {'split': 0.2}}", INVALID,
     .pointers = "/validation"},
    {"early stopping", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'early_stopping': {'patience': 3}}",
     INVALID, .pointers = "/early_stopping"},
    {"checkpoints", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'checkpoint_every': 3}", INVALID,
     .pointers = "/checkpoint_every"},
    {"how many of them", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'keep': 3}", INVALID,
     .pointers = "/keep"},
    {"metadata of a run", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'metadata': {'a': 'b'}}", INVALID,
     .pointers = "/metadata"},
    {"cancelling", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'cancel_on_disconnect': true}", INVALID,
     .pointers = "/cancel_on_disconnect"},
};

static void check_later(struct witness *witness)
{
    for (size_t i = 0; i < COUNT(later); i++) {
        const struct http_answer *answer = exchange(witness->client, &later[i]);
        const char *detail = pointer_text(answer->json, "/errors/0/detail");
        tap_ok(detail && strstr(detail, "not supported yet"), "%s: not supported yet: %s",
               later[i].why, detail ? detail : "nothing said");
        witness_check(witness, later[i].why);
    }
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    witness_exchange_all(&witness, samples, COUNT(samples));
    witness_exchange_all(&witness, options, COUNT(options));
    witness_exchange_all(&witness, training, COUNT(training));
    witness_exchange_all(&witness, work, COUNT(work));
    check_later(&witness);
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
