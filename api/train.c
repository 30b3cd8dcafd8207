#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/prefer.h"
#include "api/refusal.h"
#include "api/run_encoder.h"
#include "api/train_body.h"
#include "api/train_encoder.h"
#include "api/train_text.h"
#include "engine/alarm.h"

/* Seconds between two looks whether a client is still there. */
static const double look_interval = 0.25;

/* How a run ended that was so short that it was trained within the handler's call. */
struct short_run {
    bool ended;
    enum handled handled;
};

/*
 * A request for a run, until it is answered: at the run's end, or when that takes too long. Two may
 * refer to it, the run (or the handler) and the alarm.
 */
struct train_call {
    struct request *request;
    struct decoder decoder;
    struct train_body body;
    struct preference preference;
    struct short_run *short_run; /* the handler's; written only where the run ends in its call */
    atomic_int references;

    /* Where it is looked after while it waits. */
    struct run *run; /* referenced; NULL before it is admitted */
    bool waits_to_end;
    double left; /* seconds of waiting, unless it waits to the end */
    struct alarm alarm;
};

/* Gives back so many references. */
static void train_call_release(struct train_call *call, int count)
{
    if (atomic_fetch_sub(&call->references, count) != count)
        return;
    run_release(call->run);
    train_body_release(&call->body);
    decoder_end(&call->decoder);
    free(call);
}

/* The run ------------------------------------------------------------------------------ */

/* The network may have been replaced since the body was checked first. */
static const struct run_samples *check_samples_of_run(void *argument, const struct network *net)
{
    struct train_call *call = argument;
    return train_body_check(&call->body, net, true) ? &call->body.run : NULL;
}

static char *describe_run(void *argument, const struct network *net,
                          const struct run_samples *samples)
{
    return train_text_encode(&((struct train_call *)argument)->body, net, samples);
}

static void set_location(struct request *request, const char *id)
{
    snprintf(request->answer.location, sizeof(request->answer.location), "/v1/runs/%s", id);
}

/* 503 for a run that is kept and goes on. */
static enum handled answer_goes_on(struct request *request, const struct run_result *result)
{
    refuse_request(request, ENGINE_SHUTTING_DOWN);
    problem_set(&request->problem, PROBLEM_SHUTTING_DOWN,
                "The service is shutting down; run %s is kept, and goes on when it is back: GET "
                "/v1/runs/%s then, and do not repeat the request.",
                result->id, result->id);
    request->problem.retry_after = 5;
    set_location(request, result->id);
    commit_release(result->commit);
    return REQUEST_ANSWERED;
}

static enum handled answer_run(struct train_call *call, struct run_result *result)
{
    struct request *request = call->request;
    struct refusal refusal = {.commit = result->commit};
    if (result->status == ENGINE_SHUTTING_DOWN && result->goes_on)
        return answer_goes_on(request, result);
    if (result->status != ENGINE_OK)
        return answer_refusal(request, result->status, &refusal);
    encode_run(&request->answer.body, &call->body, result);
    answer_etag(request, result->after);
    answer_preference(&request->answer, &call->preference);
    return answer_json_after_commit(request, result->commit);
}

/* Called at the end of the run: within the handler's call, or on another thread. */
static void end_run(void *argument, struct run_result *result)
{
    struct train_call *call = argument;
    struct request *request = call->request;
    if (result->within_call) {
        *call->short_run = (struct short_run){true, answer_run(call, result)};
        return;
    }
    int count = alarm_cancel(request->engine, &call->alarm) ? 2 : 1; /* the alarm's, too */
    enum handled handled = answer_run(call, result);
    train_call_release(call, count);
    if (handled == REQUEST_ANSWERED)
        request->resume(request);
}

/* Not waiting to the end ---------------------------------------------------------------- */

/* 202, once the run is on disk (`stored`, taken over; NULL: it is). */
static enum handled answer_accepted(struct request *request, const struct preference *preference,
                                    struct run *run, struct commit *stored)
{
    struct run_view view;
    enum engine_status status = run_view_of(run, &view);
    if (status != ENGINE_OK) {
        commit_release(stored);
        return answer_refusal(request, status, NULL);
    }
    request->answer.status = 202;
    set_location(request, view.id);
    answer_preference(&request->answer, preference);
    encode_run_view(&request->answer.body, &view);
    run_view_release(&view);
    return stored ? answer_json_after_commit(request, stored) : answer_json(request);
}

/* The client has waited long enough. */
static void stop_waiting(struct train_call *call)
{
    struct request *request = call->request;
    struct commit *stored;
    enum engine_status status = run_store(call->run, &stored);
    enum handled handled = status == ENGINE_OK
                               ? answer_accepted(request, &call->preference, call->run, stored)
                               : answer_refusal(request, status, NULL);
    if (handled == REQUEST_ANSWERED)
        request->resume(request);
}

static double next_look(const struct train_call *call)
{
    double seconds = call->body.cancel_on_disconnect ? look_interval : call->left;
    return call->waits_to_end || seconds < call->left ? seconds : call->left;
}

/* What an alarm finds. */
struct inspection {
    struct train_call *call;
    enum { NOTHING_NEW, TIME_IS_UP, CLIENT_LEFT } finding;
};

/* While the run cannot end, so that the request and its connection are there. */
static void inspect(void *argument)
{
    struct inspection *inspection = argument;
    struct train_call *call = inspection->call;
    struct request *request = call->request;
    call->left -= next_look(call);
    if (!call->waits_to_end && call->left < 1e-6)
        inspection->finding = TIME_IS_UP;
    else if (call->body.cancel_on_disconnect && request->client_left &&
             request->client_left(request))
        inspection->finding = CLIENT_LEFT;
    else
        alarm_set(request->engine, &call->alarm, next_look(call)); /* which has our reference */
}

static void ring(void *argument)
{
    struct train_call *call = argument;
    struct inspection inspection = {call, NOTHING_NEW};
    int count = 1;
    bool awaited = run_while_awaited(call->run, inspect, &inspection);
    if (awaited && inspection.finding == NOTHING_NEW)
        return; /* it rings again */
    if (awaited && inspection.finding == CLIENT_LEFT) {
        run_cancel(call->run, true);
    } else if (awaited && run_forgo(call->run)) {
        stop_waiting(call);
        count = 2; /* what the run would have given back, too */
    }
    train_call_release(call, count);
}

static void set_alarm(void *argument)
{
    struct train_call *call = argument;
    atomic_fetch_add(&call->references, 1);
    call->alarm = (struct alarm){.ring = ring, .argument = call};
    alarm_set(call->request->engine, &call->alarm, next_look(call));
}

/* Has the call looked after while its run (a reference, taken over) is waited for. The run has a
 * copy of its samples, so the document goes, and what was read of datasets. */
static void wait_for_run(struct train_call *call, struct run *run)
{
    call->run = run;
    decoder_end(&call->decoder);
    call->decoder = (struct decoder){0};
    train_body_forget(&call->body);
    if (!call->waits_to_end || call->body.cancel_on_disconnect)
        run_while_awaited(run, set_alarm, call);
    train_call_release(call, 1);
}

/* How long the client wants to wait, and may. */
static void set_patience(struct train_call *call)
{
    double most = (double)call->request->limits->max_wait;
    call->waits_to_end = !preference_given(&call->preference) && most == 0;
    call->left = preference_given(&call->preference) ? preference_seconds(&call->preference) : most;
    if (most > 0 && call->left > most)
        call->left = most;
}

/* The request --------------------------------------------------------------------------- */

/* Asks the engine for the run. The request is suspended. Takes over the call. */
static enum handled begin_run(struct train_call *call, const struct preconditions *preconditions)
{
    struct request *request = call->request;
    struct short_run short_run = {0};
    struct edit_request edit = {request->name, preconditions, request_patience(request), true};
    struct run_request run = run_request_of(&call->body);
    struct preference preference = call->preference;
    struct admission admission;
    struct refusal refusal = {0};
    bool apart = !call->waits_to_end && call->left == 0;
    run.check = check_samples_of_run;
    run.describe = describe_run;
    run.argument = call;
    run.apart = apart;
    run.finished = apart ? NULL : end_run;
    call->short_run = &short_run;
    if (!apart)
        atomic_fetch_add(&call->references, 1); /* the run's */
    enum engine_status status = network_train(request->engine, &edit, &run, &admission, &refusal);
    if (status == ENGINE_OK && !apart && !short_run.ended) {
        wait_for_run(call, admission.run);
        return REQUEST_PENDING; /* request and call are others' now */
    }
    train_call_release(call, apart ? 1 : 2); /* it was not admitted, or has ended */
    if (status != ENGINE_OK)
        return answer_refusal(request, status, &refusal);
    if (short_run.ended)
        return short_run.handled;
    enum handled handled = answer_accepted(request, &preference, admission.run, admission.stored);
    run_release(admission.run);
    return handled;
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
    atomic_init(&call->references, 1);
    call->request = request;
    call->preference = preference_read(request->prefer);
    set_patience(call);
    bool decoded = decode_run(call);
    bool needs_worker = decoded && train_body_names_dataset(&call->body) && !request->on_long_lane;
    if (decoded && !needs_worker && train_body_load(&call->body, snapshot->definition) &&
        train_body_check(&call->body, snapshot->definition->net, false))
        return call;
    train_call_release(call, 1);
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
    if (!request_preconditions(request, &preconditions))
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
