#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/refusal.h"
#include "api/train_body.h"
#include "api/train_encoder.h"

/* How a run ended that was so short that it was trained within the handler's call. */
struct short_run {
    bool ended;
    enum handled handled;
};

/* A request for a run, kept until its end. */
struct train_call {
    struct request *request;
    struct decoder decoder;
    struct train_body body;
    struct short_run *short_run; /* the handler's; written only where the run ends in its call */
};

/* The run ------------------------------------------------------------------------------ */

static void train_call_free(struct train_call *call)
{
    train_body_release(&call->body);
    decoder_end(&call->decoder);
    free(call);
}

/* The network may have been replaced since the body was checked first. */
static const struct run_samples *check_samples_of_run(void *argument, const struct network *net)
{
    struct train_call *call = argument;
    return train_body_check(&call->body, net, true) ? &call->body.run : NULL;
}

static enum handled answer_run(struct train_call *call, struct run_result *result)
{
    struct request *request = call->request;
    struct refusal refusal = {.commit = result->commit};
    if (result->status != ENGINE_OK)
        return answer_refusal(request, result->status, &refusal);
    encode_run(&request->answer.body, &call->body, result);
    answer_etag(request, result->after);
    return answer_json_after_commit(request, result->commit);
}

/* Called at the end of the run: within the handler's call, or on a training thread. */
static void end_run(void *argument, struct run_result *result)
{
    struct train_call *call = argument;
    struct request *request = call->request;
    if (result->within_call) {
        *call->short_run = (struct short_run){true, answer_run(call, result)};
        return;
    }
    enum handled handled = answer_run(call, result);
    train_call_free(call);
    if (handled == REQUEST_ANSWERED)
        request->resume(request);
}

/* Asks the engine for the run. The request is suspended. Takes over the call. */
static enum handled begin_run(struct train_call *call, const struct preconditions *preconditions)
{
    struct request *request = call->request;
    const struct train_body *body = &call->body;
    struct short_run short_run = {0};
    struct edit_request edit = {request->name, preconditions, request_patience(request), true};
    struct run_request run = {
        .options = body->options,
        .has_seed = body->has_seed,
        .has_learning_rate = body->samples.has_learning_rate,
        .want_outputs = body->samples.include & INCLUDE_OUTPUTS,
        .want_gradient = body->samples.include & INCLUDE_GRADIENTS,
        .check = check_samples_of_run,
        .finished = end_run,
        .argument = call,
    };
    call->short_run = &short_run;
    struct refusal refusal = {0};
    enum engine_status status = network_train(request->engine, &edit, &run, &refusal);
    if (status == ENGINE_OK && !short_run.ended)
        return REQUEST_PENDING; /* call and request are the training thread's now */
    train_call_free(call);
    return status == ENGINE_OK ? short_run.handled : answer_refusal(request, status, &refusal);
}

/* Decodes the body. False with a problem. */
static bool decode_run(struct train_call *call)
{
    struct train_body *body = &call->body;
    body->samples.decoder = &call->decoder;
    body->samples.max_samples = call->request->limits->max_samples;
    body->samples.include_allowed = INCLUDE_OUTPUTS | INCLUDE_GRADIENTS | INCLUDE_PARAMETERS;
    body->samples.include = INCLUDE_OUTPUTS | INCLUDE_GRADIENTS;
    return request_decode(call->request, &call->decoder) && train_body_decode(body);
}

/* A preference that changes how the answer comes is not built yet; RFC 7240 lets others go by. */
static bool refuse_preference(struct request *request)
{
    const char *prefer = request->prefer;
    if (!prefer || (!strcasestr(prefer, "respond-async") && !strcasestr(prefer, "wait")))
        return false;
    problem_set(&request->problem, PROBLEM_NOT_BUILT_YET,
                "\"Prefer: respond-async\" and \"Prefer: wait\" are not built yet; leave the "
                "header out and the answer comes at the end of the run.");
    return true;
}

/* What the body asks for, checked against the network; NULL when *handled is the handler's result.
 */
static struct train_call *decode_call(struct request *request, const struct snapshot *snapshot,
                                      enum handled *handled)
{
    struct train_call *call = calloc(1, sizeof(*call));
    *handled = REQUEST_ANSWERED;
    if (!call) {
        refuse_request(request, ENGINE_NO_MEMORY);
        return NULL;
    }
    call->request = request;
    bool decoded = decode_run(call);
    bool needs_worker = decoded && train_body_names_dataset(&call->body) && !request->on_long_lane;
    if (decoded && !needs_worker && train_body_load(&call->body, snapshot->definition) &&
        train_body_check(&call->body, snapshot->definition->net, false))
        return call;
    train_call_free(call);
    if (needs_worker)
        *handled = request_offload_long(request, handle_train);
    return NULL;
}

enum handled handle_train(struct request *request)
{
    struct preconditions preconditions;
    struct snapshot *snapshot;
    enum handled handled = REQUEST_ANSWERED;
    if (body_is_long(request))
        return request_offload(request, handle_train);
    if (refuse_preference(request) || !request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (!request_network(request, &snapshot, &handled)) /* 404 before the body is judged */
        return handled;
    struct train_call *call = decode_call(request, snapshot, &handled);
    snapshot_release(snapshot);
    if (!call)
        return handled;

    bool on_worker = request->on_worker;
    request->suspend(request); /* before anybody else may resume it */
    handled = begin_run(call, &preconditions);
    if (handled == REQUEST_ANSWERED && !on_worker) {
        request->resume(request);
        return REQUEST_PENDING;
    }
    return handled;
}
