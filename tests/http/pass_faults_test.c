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

#define GRADIENT_WITH(fields) GRADIENTS, "{" ARTICLE_SAMPLE ", " fields "}", INVALID
#define STEP_WITH(fields) STEP, "{" ARTICLE_SAMPLE ", " fields "}", INVALID
#define TWO_ROWS "'inputs': [[1, 2], [3, 4]], 'targets': [[0, 1], [1, 0]]"
#define TRAIN_WITH(fields) TRAIN, "{" TWO_ROWS ", 'epochs': 1, " fields "}", INVALID

static const struct exchange weights[] = {
    {"forward has no weights", FORWARD, "{'inputs': [1, 2], 'sample_weights': [1]}", INVALID,
     .pointers = "/sample_weights"},
    {"two weights for a vector", GRADIENT_WITH("'sample_weights': [1, 1]"),
     .pointers = "/sample_weights",
     .sights = {{"/errors/0/detail", "'must have 1 numbers (one for each sample), not 2'"}}},
    {"a negative weight", STEP_WITH("'sample_weights': [-1]"), .pointers = "/sample_weights/0"},
    {"no weight above 0", STEP_WITH("'sample_weights': [0]"), .pointers = "/sample_weights"},
    {"a weight that is no array", STEP_WITH("'sample_weights': 1"), .pointers = "/sample_weights"},
    {"one weight for two", TRAIN_WITH("'sample_weights': [1]"), .pointers = "/sample_weights"},
    {"no weights", TRAIN_WITH("'sample_weights': []"), .pointers = "/sample_weights"},
    {"weights in rows", TRAIN_WITH("'sample_weights': [[1, 1]]"), .pointers = "/sample_weights"},
    {"a weight a string", TRAIN_WITH("'sample_weights': [1, '1']"),
     .pointers = "/sample_weights/1"},
    {"two negative weights", TRAIN_WITH("'sample_weights': [-1, -0.5]"),
     .pointers = "/sample_weights/0 /sample_weights/1"},
    {"none above 0 to train on",
     TRAIN_WITH("'sample_weights': [0, 1], 'validation': {'split': 0.5}"),
     .pointers = "/sample_weights"},
    {"none above 0 to validate with",
     TRAIN_WITH("'sample_weights': [1, 0], 'validation': {'split': 0.5}"),
     .pointers = "/sample_weights"},
};

static const struct exchange schedules[] = {
    {"a schedule a string", TRAIN_WITH("'schedule': 'step'"), .pointers = "/schedule"},
    {"a schedule without a type", TRAIN_WITH("'schedule': {'gamma': 0.1}"),
     .pointers = "/schedule/type"},
    {"a schedule misspelt", TRAIN_WITH("'schedule': {'type': 'cosin'}"),
     .pointers = "/schedule/type"},
    {"a constant of the constant", TRAIN_WITH("'schedule': {'type': 'constant', 'gamma': 1}"),
     .pointers = "/schedule/gamma"},
    {"step without its size", TRAIN_WITH("'schedule': {'type': 'step'}"),
     .pointers = "/schedule/step_size"},
    {"step by 0", TRAIN_WITH("'schedule': {'type': 'step', 'step_size': 0, 'gamma': -1}"),
     .pointers = "/schedule/step_size /schedule/gamma"},
    {"exponential without its factor", TRAIN_WITH("'schedule': {'type': 'exponential'}"),
     .pointers = "/schedule/gamma"},
    {"cosine without its length", TRAIN_WITH("'schedule': {'type': 'cosine', 'eta_min': -1}"),
     .pointers = "/schedule/t_max /schedule/eta_min"},
    {"cosine of half an epoch", TRAIN_WITH("'schedule': {'type': 'cosine', 't_max': 0.5}"),
     .pointers = "/schedule/t_max"},
    {"plateau that does not fall", TRAIN_WITH("'schedule': {'type': 'plateau', 'factor': 1}"),
     .pointers = "/schedule/factor",
     .sights = {{"/errors/0/detail", "'must be above 0 and below 1'"}}},
    {"plateau of nothing right",
     TRAIN_WITH("'schedule': {'type': 'plateau', 'factor': 0, 'patience': -1, 'threshold': -1, "
                "'threshold_mode': 'relative', 'cooldown': 1.5, 'min_lr': -1, 'eps': -1, "
                "'mode': 'min'}"),
     .pointers = "/schedule/factor /schedule/patience /schedule/threshold "
                 "/schedule/threshold_mode /schedule/cooldown /schedule/min_lr /schedule/eps "
                 "/schedule/mode"},
};

static const struct exchange courses[] = {
    {"metadata that is no text", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'metadata': {'a': 1}}",
     INVALID, .pointers = "/metadata/a"},
    {"no yes and no no", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'cancel_on_disconnect': 'yes'}",
     INVALID, .pointers = "/cancel_on_disconnect"},
    {"clip_norm 0", TRAIN_WITH("'clip_norm': 0"), .pointers = "/clip_norm",
     .sights = {{"/errors/0/detail", "'must be above 0'"}}},
    {"clip_norm layer by layer", TRAIN_WITH("'clip_norm': 1, 'update_order': 'layerwise'"),
     .pointers = "/clip_norm"},
    {"a step does not clip", STEP_WITH("'clip_norm': 1"), .pointers = "/clip_norm"},
    {"validation a number", TRAIN_WITH("'validation': 0.2"), .pointers = "/validation"},
    {"validation of nothing", TRAIN_WITH("'validation': {}"), .pointers = "/validation"},
    {"a split of 0", TRAIN_WITH("'validation': {'split': 0}"), .pointers = "/validation/split",
     .sights = {{"/errors/0/detail", "'must be above 0 and below 1'"}}},
    {"a split of 1", TRAIN_WITH("'validation': {'split': 1}"), .pointers = "/validation/split"},
    {"a split that leaves all", TRAIN_WITH("'validation': {'split': 0.2}"),
     .pointers = "/validation/split",
     .sights = {{"/errors/0/detail", "'leaves none of the 2 samples to validate with'"}}},
    {"a split that takes all", TRAIN_WITH("'validation': {'split': 0.9}"),
     .pointers = "/validation/split",
     .sights = {{"/errors/0/detail", "'leaves none of the 2 samples to train on'"}}},
    {"a split beside samples",
     TRAIN_WITH("'validation': {'split': 0.5, 'inputs': [[1, 2]], 'targets': [[1, 2]]}"),
     .pointers = "/validation/split"},
    {"validation without targets", TRAIN_WITH("'validation': {'inputs': [[1, 2]]}"),
     .pointers = "/validation/targets"},
    {"validation without inputs", TRAIN_WITH("'validation': {'targets': [[1, 2]]}"),
     .pointers = "/validation/inputs"},
    {"validation of other sizes",
     TRAIN_WITH("'validation': {'inputs': [[1, 2], [3]], 'targets': [[1], [2, 3]]}"),
     .pointers = "/validation/inputs/1 /validation/targets/0"},
    {"validation of other numbers",
     TRAIN_WITH("'validation': {'inputs': [[1, 2], [3, 4]], 'targets': [[1, 2]]}"),
     .pointers = "/validation/targets"},
    {"validation misspelt", TRAIN_WITH("'validation': {'spilt': 0.5}"),
     .pointers = "/validation/spilt /validation"},
    {"early_stopping true", TRAIN_WITH("'early_stopping': true"), .pointers = "/early_stopping"},
    {"early_stopping of nothing", TRAIN_WITH("'early_stopping': {}"),
     .pointers = "/early_stopping/patience"},
    {"early_stopping of nothing right",
     TRAIN_WITH("'early_stopping': {'patience': 0, 'min_delta': -1, 'restore_best': 1}"),
     .pointers = "/early_stopping/patience /early_stopping/min_delta "
                 "/early_stopping/restore_best"},
};

/* rprop takes the whole set, and only that. */
#define RPROP "/v1/networks/rprop"
#define THREE_ROWS "'inputs': [[1], [2], [3]], 'targets': [[0], [1], [0]], 'epochs': 1"
static const struct exchange batches[] = {
    {"an rprop network", "PUT", RPROP,
     "{'inputs': 1, 'layers': [{'units': 1}], 'optimizer': {'type': 'rprop'}}", .status = 201},
    {"online", "POST", RPROP "/train", "{" THREE_ROWS "}", INVALID, .pointers = "/batch_size",
     .sights = {{"/errors/0/detail", "'must be 0 with the optimizer \\'rprop\\', which needs the "
                                     "whole set as one batch'"}}},
    {"in parts", "POST", RPROP "/train", "{" THREE_ROWS ", 'batch_size': 2}", INVALID,
     .pointers = "/batch_size"},
    {"as one batch", "POST", RPROP "/train", "{" THREE_ROWS ", 'batch_size': 0}", .status = 200},
    {"as large a batch", "POST", RPROP "/train", "{" THREE_ROWS ", 'batch_size': 3}",
     .status = 200},
    {"all that a split leaves", "POST", RPROP "/train",
     "{" THREE_ROWS ", 'batch_size': 2, 'validation': {'split': 0.4}}", .status = 200},
    {"a step of any size", "POST", RPROP "/step", "{'inputs': [1], 'targets': [0]}", .status = 200},
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
    {"checkpoints", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'checkpoint_every': 3}", INVALID,
     .pointers = "/checkpoint_every"},
    {"how many of them", TRAIN, "{" ARTICLE_ROWS ", 'epochs': 1, 'keep': 3}", INVALID,
     .pointers = "/keep"},
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
    witness_exchange_all(&witness, weights, COUNT(weights));
    witness_exchange_all(&witness, schedules, COUNT(schedules));
    witness_exchange_all(&witness, courses, COUNT(courses));
    witness_exchange_all(&witness, batches, COUNT(batches));
    witness_exchange_all(&witness, work, COUNT(work));
    check_later(&witness);
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
