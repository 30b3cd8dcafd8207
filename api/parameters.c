#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/layer_values.h"
#include "api/network_answer.h"
#include "api/read_state.h"
#include "api/refusal.h"
#include "engine/networks.h"

static enum handled answer_parameters(struct request *request, const struct read_state *state)
{
    const struct snapshot *snapshot = state->snapshot;
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "network");
    json_text(w, snapshot->name);
    json_key(w, "revision");
    json_unsigned(w, snapshot->revision);
    encode_read_state(w, state);
    json_key(w, "layers");
    encode_layer_values(w, snapshot->definition->net, snapshot->block->parameters);
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_parameters_get(struct request *request)
{
    enum handled handled = REQUEST_ANSWERED;
    struct preconditions preconditions;
    struct read_state state;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (!request_state(request, handle_parameters_get, &state, &handled))
        return handled;
    if (answer_is_long(request, state.snapshot))
        handled = request_offload(request, handle_parameters_get);
    else if (state.live || !answer_by_preconditions(request, &preconditions, state.snapshot))
        handled = answer_parameters(request, &state);
    snapshot_release(state.snapshot);
    return handled;
}

/* PUT ---------------------------------------------------------------------------------- */

struct parameters_body {
    struct decoder *decoder;
    const json_t *layers;
    double *values; /* once they are checked against the network */
};

static void take_layers(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct parameters_body *)target)->layers = value;
}

static const struct field parameters_fields[] = {
    {"network", FIELD_SERVER},
    {"revision", FIELD_SERVER},
    {"layers", FIELD_CUSTOM, .decode = take_layers, .required = true},
    {0},
};

/* The body's values in the parameters' order, or NULL with a problem. */
static const double *check_parameters(void *argument, const struct network *net)
{
    struct parameters_body *body = argument;
    struct decoder *decoder = body->decoder;
    body->values = calloc(net->parameter_count, sizeof(double));
    if (!body->values) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return NULL;
    }
    size_t mark = decode_enter(decoder, "layers");
    decode_layer_values(decoder, body->layers, net, body->values);
    decode_leave(decoder, mark);
    return decoder_ok(decoder) ? body->values : NULL;
}

/* Answers what a change of the parameters came to. */
static enum handled answer_change(struct request *request, enum engine_status status,
                                  struct snapshot *snapshot, struct commit *commit,
                                  struct refusal *refusal)
{
    return status == ENGINE_OK ? answer_changed_network(request, 200, snapshot, commit)
                               : answer_refusal(request, status, refusal);
}

enum handled handle_parameters_put(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_parameters_put);
    struct decoder decoder;
    struct preconditions preconditions;
    struct parameters_body body = {.decoder = &decoder};
    enum handled handled = REQUEST_ANSWERED;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode(request, &decoder))
        decode_object(&decoder, decoder.document.root, parameters_fields, &body);
    if (body.layers) { /* faults or not: those in it are found against the network */
        struct edit_request edit = {request->name, &preconditions, request_patience(request),
                                    false};
        struct new_parameters parameters = {check_parameters, &body};
        struct refusal refusal = {0};
        struct snapshot *snapshot = NULL;
        struct commit *commit = NULL;
        enum engine_status status = network_set_parameters(request->engine, &edit, &parameters,
                                                           &snapshot, &commit, &refusal);
        handled = answer_change(request, status, snapshot, commit, &refusal);
    }
    free(body.values);
    decoder_end(&decoder);
    return handled;
}

/* Reset -------------------------------------------------------------------------------- */

struct reset_body {
    uint64_t seed;
    bool seed_given;
};

static const struct field reset_fields[] = {
    {"seed", FIELD_SEED, offsetof(struct reset_body, seed),
     .given = offsetof(struct reset_body, seed_given)},
    {0},
};

enum handled handle_reset(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_reset);
    struct decoder decoder;
    struct preconditions preconditions;
    struct reset_body body = {0};
    enum handled handled = REQUEST_ANSWERED;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode_optional(request, &decoder))
        decode_object(&decoder, decoder.document.root, reset_fields, &body);
    if (decoder_ok(&decoder)) {
        struct edit_request edit = {request->name, &preconditions, request_patience(request),
                                    false};
        struct refusal refusal = {0};
        struct snapshot *snapshot = NULL;
        struct commit *commit = NULL;
        enum engine_status status =
            network_reset(request->engine, &edit, body.seed_given ? &body.seed : NULL, &snapshot,
                          &commit, &refusal);
        handled = answer_change(request, status, snapshot, commit, &refusal);
    }
    decoder_end(&decoder);
    return handled;
}
