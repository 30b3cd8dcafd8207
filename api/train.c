#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/pass_encoder.h"
#include "api/refusal.h"
#include "api/samples_body.h"
#include "engine/run.h"

struct train_body {
    struct samples_body samples; /* first: the fields of samples_body.h stand in it */
    struct train_options options;
    bool has_seed;
    size_t history_points;
};

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

static const double whole_limit = 9007199254740992.0; /* 2^53 */

#define OPTION(name) offsetof(struct train_body, options.name)

static const struct field train_fields[] = {
    SAMPLES_INPUTS_FIELD,
    SAMPLES_TARGETS_FIELD(true),
    SAMPLES_INCLUDE_FIELD,
    SAMPLES_LEARNING_RATE_FIELD,
    SAMPLES_UPDATE_ORDER_FIELD,
    {"epochs", FIELD_UNSIGNED, OPTION(epochs), 1, whole_limit, .required = true},
    {"batch_size", FIELD_COUNT, OPTION(batch_size), 0, whole_limit},
    {"shuffle", FIELD_BOOL, OPTION(shuffle)},
    {"seed", FIELD_SEED, OPTION(seed), .given = offsetof(struct train_body, has_seed)},
    {"stop_below", FIELD_NUMBER, OPTION(stop_below), 0, INFINITY},
    {"history_points", FIELD_COUNT, offsetof(struct train_body, history_points), 2,
     HISTORY_MAX_POINTS},
    {"dataset", FIELD_LATER},
    {"sample_weights", FIELD_LATER},
    {"schedule", FIELD_LATER},
    {"clip_norm", FIELD_LATER},
    {"validation", FIELD_LATER},
    {"early_stopping", FIELD_LATER},
    {"checkpoint_every", FIELD_LATER},
    {"keep", FIELD_LATER},
    {"metadata", FIELD_LATER},
    {"cancel_on_disconnect", FIELD_LATER},
    {0},
};

/* The answer --------------------------------------------------------------------------- */

/* Whole nanoseconds: what a clock's difference has beyond them is noise. */
static double seconds(double elapsed)
{
    return nearbyint(elapsed * 1e9) / 1e9;
}

enum history_column { COLUMN_TOTAL, COLUMN_MEAN, COLUMN_LEARNING_RATE, COLUMN_ELAPSED };

static double history_value(const struct history_point *point, enum history_column column)
{
    switch (column) {
    case COLUMN_TOTAL:
        return point->total_error;
    case COLUMN_MEAN:
        return point->mean_error;
    case COLUMN_LEARNING_RATE:
        return point->learning_rate;
    case COLUMN_ELAPSED:
        return seconds(point->elapsed_seconds);
    }
    return 0;
}

static void encode_column(struct json_writer *w, const char *key, const struct history *history,
                          const size_t *indices, size_t count, enum history_column column)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_number(w, history_value(&history->points[indices[i]], column));
    json_array_end(w);
}

static void encode_history(struct json_writer *w, const struct history *history, size_t points)
{
    size_t indices[HISTORY_MAX_POINTS];
    size_t count = history_thin(history, points, indices);
    json_key(w, "history");
    json_object_begin(w);
    json_key(w, "epoch");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_unsigned(w, history->points[indices[i]].epoch);
    json_array_end(w);
    encode_column(w, "total_error", history, indices, count, COLUMN_TOTAL);
    encode_column(w, "mean_error", history, indices, count, COLUMN_MEAN);
    json_key(w, "validation_error");
    json_nil(w);
    json_key(w, "accuracy");
    json_nil(w);
    encode_column(w, "learning_rate", history, indices, count, COLUMN_LEARNING_RATE);
    encode_column(w, "elapsed_seconds", history, indices, count, COLUMN_ELAPSED);
    json_object_end(w);
}

static void encode_progress(struct json_writer *w, const struct train_body *body,
                            const struct run_result *result)
{
    const struct trainer *trainer = result->trainer;
    bool early = trainer_state(trainer) == TRAINER_ENDED_STOP_BELOW;
    json_key(w, "state");
    json_text(w, "succeeded");
    json_key(w, "epochs");
    json_unsigned(w, body->options.epochs);
    json_key(w, "epoch");
    json_unsigned(w, trainer_epoch(trainer));
    json_key(w, "updates");
    json_unsigned(w, trainer_updates(trainer));
    json_key(w, "steps");
    json_unsigned(w, result->after->steps);
    json_key(w, "stopped_by");
    json_text(w, early ? "stop_below" : "epochs");
}

static void encode_run(struct json_writer *w, const struct train_body *body,
                       const struct run_result *result)
{
    const struct network *net = result->after->definition->net;
    const struct outcome *outcome = &result->outcome;
    size_t rows = body->samples.samples.rows;
    json_object_begin(w);
    json_key(w, "run");
    json_text(w, result->id);
    encode_identity(w, result->after);
    encode_progress(w, body, result);
    if (body->samples.include & INCLUDE_OUTPUTS) {
        json_key(w, "outputs");
        json_matrix(w, outcome->outputs, rows, network_outputs(net));
    }
    json_key(w, "total_error");
    json_number(w, outcome->total_error);
    json_key(w, "mean_error");
    json_number(w, outcome->total_error / (double)rows);
    encode_history(w, trainer_history(result->trainer), body->history_points);
    if (body->samples.include & INCLUDE_GRADIENTS) {
        json_key(w, "gradients");
        encode_layer_values(w, net, outcome->gradient);
    }
    if (body->samples.include & INCLUDE_PARAMETERS) {
        json_key(w, "parameters");
        encode_layer_values(w, net, result->after->block->parameters);
    }
    json_key(w, "elapsed_seconds");
    json_number(w, seconds(trainer_elapsed(result->trainer)));
    json_object_end(w);
}

/* The run ------------------------------------------------------------------------------ */

static void train_call_free(struct train_call *call)
{
    decoder_end(&call->decoder);
    free(call);
}

static const struct samples *check_samples_of_run(void *argument, const struct network *net)
{
    struct train_call *call = argument;
    if (!samples_body_check(&call->body.samples, net))
        return NULL;
    return &call->body.samples.samples;
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
    body->options.batch_size = 1;
    body->history_points = 100;
    if (!request_decode(call->request, &call->decoder))
        return false;
    decode_object(&call->decoder, call->decoder.document.root, train_fields, body);
    body->samples.batch_size = body->options.batch_size;
    if (body->options.batch_size == 0)
        body->options.batch_size = SIZE_MAX; /* the whole set */
    body->options.learning_rate = body->samples.learning_rate;
    body->options.order = body->samples.order;
    return decoder_ok(&call->decoder);
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

/* What the body asks for, checked against the network; NULL when the request is refused. */
static struct train_call *decode_call(struct request *request, const struct snapshot *snapshot)
{
    struct train_call *call = calloc(1, sizeof(*call));
    if (!call) {
        refuse_request(request, ENGINE_NO_MEMORY);
        return NULL;
    }
    call->request = request;
    if (decode_run(call) && samples_body_check(&call->body.samples, snapshot->definition->net))
        return call;
    train_call_free(call);
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
    struct train_call *call = decode_call(request, snapshot);
    snapshot_release(snapshot);
    if (!call)
        return REQUEST_ANSWERED;

    bool on_worker = request->on_worker;
    request->suspend(request); /* before anybody else may resume it */
    handled = begin_run(call, &preconditions);
    if (handled == REQUEST_ANSWERED && !on_worker) {
        request->resume(request);
        return REQUEST_PENDING;
    }
    return handled;
}
