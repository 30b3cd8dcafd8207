#include <math.h>
#include <stdlib.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/pass_call.h"
#include "api/pass_encoder.h"
#include "api/read_state.h"
#include "api/refusal.h"
#include "engine/step.h"
#include "engine/work.h"
#include "nn/gradient_check.h"

/* Forward ------------------------------------------------------------------------------ */

static const struct field forward_fields[] = {
    SAMPLES_INPUTS_FIELD,
    SAMPLES_DATASET_FIELD,
    SAMPLES_TARGETS_FIELD,
    {"trace", FIELD_BOOL, offsetof(struct samples_body, trace)},
    {0},
};

static enum handled forward(struct request *request, struct pass_call *call)
{
    enum engine_status status = pass_call_run(call, call->body.trace, false);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    const struct network *net = call->snapshot->definition->net;
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    encode_identity(w, call->snapshot);
    encode_read_state(w, &call->state);
    encode_outcome(w, &call->body, net, &call->outcome);
    if (call->snapshot->definition->classes)
        encode_class(w, &call->body, call->snapshot->definition, call->outcome.outputs);
    if (call->body.trace)
        encode_trace(w, &call->body, net, call->pass);
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_forward(struct request *request)
{
    enum handled handled;
    struct pass_call call = {.body.always = INCLUDE_OUTPUTS};
    if (pass_call_begin(&call, request, handle_forward, forward_fields, &handled) &&
        pass_call_judge(request, &call))
        handled = forward(request, &call);
    pass_call_end(&call);
    return handled;
}

/* Gradients ---------------------------------------------------------------------------- */

static const struct field gradients_fields[] = {
    SAMPLES_INPUTS_FIELD,  SAMPLES_TARGETS_FIELD,
    SAMPLES_INCLUDE_FIELD, {"check", FIELD_BOOL, offsetof(struct samples_body, check)},
    SAMPLES_WEIGHTS_FIELD, {0},
};

/* The members that `include` asks for, from the pass at `parameters`. */
static void encode_included(struct json_writer *w, const struct samples_body *body,
                            const struct network *net, const struct outcome *outcome,
                            const struct pass *pass, const double *parameters)
{
    if (body->include & INCLUDE_GRADIENTS) {
        json_key(w, "gradients");
        encode_layer_values(w, net, outcome->gradient);
    }
    if (body->include & INCLUDE_DELTAS)
        encode_deltas(w, body, net, pass);
    if (body->include & INCLUDE_TRACE)
        encode_trace(w, body, net, pass);
    if (body->include & INCLUDE_PARAMETERS) {
        json_key(w, "parameters");
        encode_layer_values(w, net, parameters);
    }
}

/* "check": for each layer how far the gradient is from central differences. */
static enum engine_status encode_check(struct json_writer *w, const struct pass_call *call)
{
    const struct network *net = call->snapshot->definition->net;
    double *differences = calloc(net->layer_count, sizeof(double));
    if (!differences)
        return ENGINE_NO_MEMORY;
    enum nn_status status =
        gradient_check(net, call->snapshot->block->parameters, &call->body.samples,
                       call->outcome.gradient, differences);
    if (status == NN_OK) {
        json_key(w, "check");
        json_vector(w, differences, net->layer_count);
    }
    free(differences);
    if (status == NN_OK)
        return ENGINE_OK;
    return status == NN_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_DIVERGED;
}

static enum handled gradients(struct request *request, struct pass_call *call)
{
    bool whole = call->body.include & (INCLUDE_TRACE | INCLUDE_DELTAS);
    enum engine_status status = pass_call_run(call, whole, true);
    const struct network *net = call->snapshot->definition->net;
    struct json_writer *w = &request->answer.body;
    if (status == ENGINE_OK) {
        json_object_begin(w);
        encode_identity(w, call->snapshot);
        encode_outcome(w, &call->body, net, &call->outcome);
        encode_included(w, &call->body, net, &call->outcome, call->pass,
                        call->snapshot->block->parameters);
    }
    if (status == ENGINE_OK && call->body.check)
        status = encode_check(w, call);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    json_object_end(w);
    return answer_json(request);
}

/* Whether the check that is asked for may be made here. */
static bool admit_check(struct request *request, struct pass_call *call, enum handled *handled)
{
    if (!call->body.check)
        return true;
    const struct network *net = call->snapshot->definition->net;
    double one = work_of_pass(net, 1) * (double)net->parameter_count;
    double work = one * (double)call->body.samples.rows;
    bool too_large = one > (double)request->limits->max_work;
    return check_work(request, "/check", work,
                      too_large ? "the network is too large to be checked"
                                : "send fewer samples at a time") &&
           admit_work(request, handle_gradients, work, handled);
}

enum handled handle_gradients(struct request *request)
{
    static const unsigned all =
        INCLUDE_GRADIENTS | INCLUDE_DELTAS | INCLUDE_TRACE | INCLUDE_PARAMETERS;
    enum handled handled;
    struct pass_call call = {.targets_needed = true,
                             .body = {.always = INCLUDE_OUTPUTS,
                                      .include_allowed = all,
                                      .include = INCLUDE_GRADIENTS | INCLUDE_DELTAS}};
    if (pass_call_begin(&call, request, handle_gradients, gradients_fields, &handled) &&
        pass_call_judge(request, &call) && admit_check(request, &call, &handled))
        handled = gradients(request, &call);
    pass_call_end(&call);
    return handled;
}

/* Step --------------------------------------------------------------------------------- */

static const struct field step_fields[] = {
    SAMPLES_INPUTS_FIELD,
    SAMPLES_TARGETS_FIELD,
    SAMPLES_INCLUDE_FIELD,
    SAMPLES_LEARNING_RATE_FIELD,
    SAMPLES_UPDATE_ORDER_FIELD,
    SAMPLES_WEIGHTS_FIELD,
    {0},
};

/* The network may have been replaced since the body was checked first. */
static const struct samples *check_step(void *argument, const struct network *net)
{
    struct samples_body *body = argument;
    return samples_body_check(body, net) ? &body->samples : NULL;
}

static void encode_step(struct json_writer *w, const struct samples_body *body,
                        const struct step_result *result)
{
    const struct network *net = result->before->definition->net;
    json_object_begin(w);
    encode_identity(w, result->after);
    json_key(w, "steps");
    json_unsigned(w, result->after->steps);
    encode_outcome(w, body, net, &result->outcome);
    encode_included(w, body, net, &result->outcome, result->pass, result->after->block->parameters);
    json_object_end(w);
}

static enum handled step(struct request *request, struct pass_call *call)
{
    struct edit_request edit = {request->name, &call->preconditions, request_patience(request),
                                false};
    struct step_request wanted = {
        .has_learning_rate = call->body.has_learning_rate,
        .learning_rate = call->body.learning_rate,
        .order = call->body.order,
        .whole_pass = call->body.include & (INCLUDE_TRACE | INCLUDE_DELTAS),
        .check = check_step,
        .argument = &call->body,
    };
    struct step_result result;
    struct refusal refusal;
    struct commit *commit;
    enum engine_status status =
        network_step(request->engine, &edit, &wanted, &result, &commit, &refusal);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, &refusal);
    encode_step(&request->answer.body, &call->body, &result);
    answer_etag(request, result.after);
    step_result_release(&result);
    return answer_json_after_commit(request, commit);
}

enum handled handle_step(struct request *request)
{
    static const unsigned all =
        INCLUDE_GRADIENTS | INCLUDE_DELTAS | INCLUDE_TRACE | INCLUDE_PARAMETERS;
    enum handled handled;
    struct pass_call call = {.targets_needed = true,
                             .body = {.always = INCLUDE_OUTPUTS,
                                      .include_allowed = all,
                                      .include = INCLUDE_GRADIENTS | INCLUDE_PARAMETERS}};
    if (pass_call_begin(&call, request, handle_step, step_fields, &handled))
        handled = step(request, &call);
    pass_call_end(&call);
    return handled;
}
