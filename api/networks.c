#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/definition_body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/metadata.h"
#include "api/network_answer.h"
#include "api/network_patch.h"
#include "api/refusal.h"
#include "engine/live.h"
#include "engine/networks.h"
#include "engine/run.h"

/* GET ---------------------------------------------------------------------------------- */

/* Reads `?include=parameters`. False with a problem. */
static bool read_include(struct request *request, bool *with_parameters)
{
    const char *include = request_query(request, "include");
    *with_parameters = include != NULL;
    if (!include || strcmp(include, "parameters") == 0)
        return true;
    problem_add(&request->problem, "include", "must be \"parameters\"");
    return false;
}

enum handled handle_network_get(struct request *request)
{
    enum handled handled;
    bool with_parameters;
    struct preconditions preconditions;
    struct snapshot *snapshot;
    if (!read_include(request, &with_parameters) || !request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (!request_network(request, &snapshot, &handled))
        return handled;
    if (with_parameters && answer_is_long(request, snapshot)) {
        handled = request_offload(request, handle_network_get);
    } else if (!answer_by_preconditions(request, &preconditions, snapshot)) {
        encode_network(&request->answer.body, snapshot, with_parameters, true);
        handled = answer_json(request);
    } else {
        handled = REQUEST_ANSWERED;
    }
    snapshot_release(snapshot);
    return handled;
}

/* POST --------------------------------------------------------------------------------- */

/* Answers a creation that is only tried: as far as can be seen, it would have gone well. */
static enum handled answer_dry_run(struct request *request, struct definition *definition,
                                   struct block *block, uint64_t steps)
{
    struct snapshot *taken;
    enum engine_status status = network_read(request->engine, request->name, true, &taken);
    if (status == ENGINE_OK) {
        snapshot_release(taken);
        status = ENGINE_EXISTS;
    }
    if (status != ENGINE_NOT_FOUND)
        return answer_refusal(request, status, NULL);
    struct snapshot *snapshot = snapshot_create(request->name, definition, block);
    if (!snapshot)
        return answer_refusal(request, ENGINE_NO_MEMORY, NULL);
    snapshot->steps = steps;
    encode_network(&request->answer.body, snapshot, false, false);
    snapshot_release(snapshot);
    return answer_json(request);
}

static enum handled try_definition(struct request *request, const struct proposal *proposal)
{
    struct block *block = block_create(proposal->definition->net);
    if (!block)
        return answer_refusal(request, ENGINE_NO_MEMORY, NULL);
    enum handled handled = answer_dry_run(request, proposal->definition, block, 0);
    block_release(block);
    return handled;
}

/* Creates the network that the body defines, as request->name. */
static enum handled create_defined(struct request *request, struct decoder *decoder, bool dry_run,
                                   const struct preconditions *preconditions)
{
    struct proposal proposal;
    if (!decode_definition(decoder, request->limits, &proposal))
        return REQUEST_ANSWERED;
    enum handled handled;
    struct snapshot *snapshot;
    struct commit *commit;
    struct edit_request edit = {request->name, preconditions, request_patience(request), false};
    if (dry_run) {
        handled = try_definition(request, &proposal);
    } else {
        enum engine_status status =
            network_create_new(request->engine, &edit, &proposal, &snapshot, &commit);
        handled = status == ENGINE_OK ? answer_changed_network(request, 201, snapshot, commit)
                                      : answer_refusal(request, status, NULL);
    }
    proposal_release(&proposal);
    return handled;
}

/* Makes a name of the body the request's own, for as long as the request lives. */
static void take_name(struct request *request, const char *name)
{
    snprintf(request->body_name, sizeof(request->body_name), "%s", name);
    request->name = request->body_name;
}

static void refuse_beside_from(struct decoder *decoder, const json_t *value, void *target)
{
    (void)value;
    (void)target;
    decode_fault(decoder, "cannot stand beside `from`, which copies the other network's; leave it "
                          "out, and change the clone once it is there");
}

static const struct field clone_fields[] = {
    {"name", FIELD_SERVER}, /* decode_definition_names() reads them */
    {"from", FIELD_SERVER},
    {"metadata", FIELD_SERVER},
    {"inputs", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"layers", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"frozen", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"loss", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"huber_delta", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"optimizer", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"regularization", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"input_scaling", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"target_scaling", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"classes", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"precision", FIELD_CUSTOM, .decode = refuse_beside_from},
    {"seed", FIELD_CUSTOM, .decode = refuse_beside_from},
    {0},
};

/* Creates a copy of source (released here) as request->name. */
static enum handled create_copy(struct request *request, struct snapshot *source, char *metadata,
                                bool dry_run, const struct preconditions *preconditions)
{
    enum handled handled;
    struct snapshot *snapshot;
    struct commit *commit;
    struct edit_request edit = {request->name, preconditions, request_patience(request), false};
    if (dry_run) {
        handled = answer_dry_run(request, source->definition, source->block, source->steps);
        free(metadata);
    } else {
        enum engine_status status =
            network_clone_as(request->engine, &edit, source, metadata, &snapshot, &commit);
        handled = status == ENGINE_OK ? answer_changed_network(request, 201, snapshot, commit)
                                      : answer_refusal(request, status, NULL);
    }
    snapshot_release(source);
    return handled;
}

static enum handled create_clone(struct request *request, struct decoder *decoder,
                                 const struct definition_names *names, bool dry_run,
                                 const struct preconditions *preconditions)
{
    decode_object(decoder, decoder->document.root, clone_fields, NULL);
    char *metadata = NULL;
    if (names->metadata) {
        size_t mark = decode_enter(decoder, "metadata");
        metadata = decode_metadata(decoder, names->metadata);
        decode_leave(decoder, mark);
    }
    struct snapshot *source;
    if (decoder_ok(decoder)) {
        enum engine_status status = network_read(request->engine, names->from, true, &source);
        if (status == ENGINE_OK)
            return create_copy(request, source, metadata, dry_run, preconditions);
        take_name(request, names->from);
        refuse_request(request, status);
    }
    free(metadata);
    return REQUEST_ANSWERED;
}

enum handled handle_network_create(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_network_create);
    bool dry_run;
    struct decoder decoder;
    struct definition_names names;
    struct preconditions preconditions;
    enum handled handled = REQUEST_ANSWERED;
    if (!request_flag(request, "dry_run", &dry_run) ||
        !request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode(request, &decoder)) {
        decode_definition_names(&decoder, &names);
        if (!names.has_name && json_is_object(decoder.document.root))
            decode_missing(&decoder, "name");
        take_name(request, names.name);
        if (names.has_from)
            handled = create_clone(request, &decoder, &names, dry_run, &preconditions);
        else
            handled = create_defined(request, &decoder, dry_run, &preconditions);
    }
    decoder_end(&decoder);
    return handled;
}

/* PUT ---------------------------------------------------------------------------------- */

/* Replaces the network, or creates it where there is none. */
static enum handled put_definition(struct request *request, const struct proposal *proposal,
                                   const struct preconditions *preconditions)
{
    struct edit_request edit = {request->name, preconditions, request_patience(request), false};
    struct refusal refusal = {0};
    struct snapshot *snapshot;
    struct commit *commit;
    int http_status = 200;
    enum engine_status status =
        network_replace(request->engine, &edit, proposal, &snapshot, &commit, &refusal);
    if (status == ENGINE_NOT_FOUND) {
        http_status = 201;
        status = network_create_new(request->engine, &edit, proposal, &snapshot, &commit);
        if (status == ENGINE_EXISTS)
            status = ENGINE_AGAIN; /* created by another request meanwhile */
    }
    if (status != ENGINE_OK)
        return answer_refusal(request, status, &refusal);
    return answer_changed_network(request, http_status, snapshot, commit);
}

enum handled handle_network_put(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_network_put);
    struct decoder decoder;
    struct definition_names names;
    struct proposal proposal;
    struct preconditions preconditions;
    enum handled handled = REQUEST_ANSWERED;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode(request, &decoder)) {
        decode_definition_names(&decoder, &names);
        if (names.name[0] && strcmp(names.name, request->name) != 0)
            problem_add(&request->problem, "/name",
                        "must be the path's name, \"%s\"; PATCH renames a network", request->name);
        if (decode_definition(&decoder, request->limits, &proposal))
            handled = put_definition(request, &proposal, &preconditions);
        proposal_release(&proposal);
    }
    decoder_end(&decoder);
    return handled;
}

/* PATCH -------------------------------------------------------------------------------- */

static enum handled patch_decoded(struct request *request, struct network_patch *patch,
                                  const struct preconditions *preconditions)
{
    struct edit_request edit = {request->name, preconditions, request_patience(request), false};
    struct patch change = {network_patch_apply, patch, patch->name[0] ? patch->name : NULL};
    struct refusal refusal = {0};
    struct snapshot *snapshot;
    struct commit *commit;
    enum engine_status status =
        network_patch(request->engine, &edit, &change, &snapshot, &commit, &refusal);
    if (status == ENGINE_OK)
        return answer_changed_network(request, 200, snapshot, commit);
    const char *name = request->name;
    if (status == ENGINE_EXISTS)
        request->name = patch->name; /* the one that is taken, for the problem's detail */
    enum handled handled = answer_refusal(request, status, &refusal);
    request->name = name;
    return handled;
}

enum handled handle_network_patch(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_network_patch);
    enum handled handled = REQUEST_ANSWERED;
    struct decoder decoder;
    struct network_patch patch;
    struct snapshot *snapshot;
    struct preconditions preconditions;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (!request_network(request, &snapshot, &handled)) /* 404 before the body is judged */
        return handled;
    snapshot_release(snapshot);
    if (request_decode_optional(request, &decoder)) {
        network_patch_decode(&patch, &decoder);
        handled = patch_decoded(request, &patch, &preconditions);
    }
    decoder_end(&decoder);
    return handled;
}

/* DELETE ------------------------------------------------------------------------------- */

/* Ends the network's runs, where the network is the one that is to be deleted; false when it is
 * not, with the answer. */
static bool cancel_runs(struct request *request, const struct preconditions *preconditions,
                        enum handled *handled)
{
    struct snapshot *snapshot;
    if (!request_network(request, &snapshot, handled))
        return false;
    bool may = preconditions_hold(preconditions, snapshot);
    snapshot_release(snapshot);
    enum engine_status status =
        may ? network_cancel_runs(request->engine, request->name) : ENGINE_PRECONDITION;
    if (status == ENGINE_OK)
        return true;
    *handled = answer_refusal(request, status, NULL);
    return false;
}

enum handled handle_network_delete(struct request *request)
{
    bool cancels;
    enum handled handled = REQUEST_ANSWERED;
    struct preconditions preconditions;
    if (!request_flag(request, "cancel", &cancels))
        return REQUEST_ANSWERED;
    if (cancels && !request->on_long_lane) /* it waits for the runs to end */
        return request_offload_long(request, handle_network_delete);
    if (!request->on_worker)
        return request_offload(request, handle_network_delete);
    if (!request_preconditions(request, &preconditions) ||
        (cancels && !cancel_runs(request, &preconditions, &handled)))
        return handled;
    struct edit_request edit = {request->name, &preconditions, request_patience(request), false};
    struct refusal refusal = {0};
    struct commit *commit;
    enum engine_status status = network_delete(request->engine, &edit, &commit, &refusal);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, &refusal);
    request->answer.status = 204;
    return request_after_commit(request, commit);
}
