#include "api/demo.h"

#include <stdint.h>
#include <string.h>

#include "api/definition_body.h"
#include "engine/networks.h"

static const char mazur[] = "{\"inputs\": 2, \"layers\": ["
                            "{\"units\": 2, \"activation\": \"sigmoid\", \"bias\": \"shared\","
                            " \"weights\": [[0.15, 0.20], [0.25, 0.30]], \"biases\": [0.35]},"
                            "{\"units\": 2, \"activation\": \"sigmoid\", \"bias\": \"shared\","
                            " \"weights\": [[0.40, 0.45], [0.50, 0.55]], \"biases\": [0.60]}],"
                            "\"frozen\": [\"layers.0.biases\", \"layers.1.biases\"],"
                            "\"loss\": \"squared_error\","
                            "\"optimizer\": {\"type\": \"sgd\", \"learning_rate\": 0.5}}";

static bool create(struct engine *engine, const struct proposal *proposal)
{
    struct edit_request request = {"mazur", NULL, PATIENCE_ENOUGH, false};
    struct snapshot *snapshot;
    struct commit *commit;
    if (network_create_new(engine, &request, proposal, &snapshot, &commit) != ENGINE_OK)
        return false;
    enum engine_status status = commit_wait(commit);
    snapshot_release(snapshot);
    commit_release(commit);
    return status == ENGINE_OK;
}

bool demo_create(struct engine *engine)
{
    static const struct limits limits = {.max_layers = 2, .max_parameters = 100};
    static const struct json_limits json_limits = {.max_depth = 16, .max_values = 1000};
    struct problem problem = {0};
    struct decoder decoder;
    struct proposal proposal = {0};
    bool created = decoder_begin(&decoder, mazur, strlen(mazur), &json_limits, &problem) &&
                   decode_definition(&decoder, &limits, &proposal) && create(engine, &proposal);
    proposal_release(&proposal);
    decoder_end(&decoder);
    problem_release(&problem);
    return created;
}
