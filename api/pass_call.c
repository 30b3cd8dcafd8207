#include "api/pass_call.h"

#include <stdlib.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/refusal.h"
#include "engine/work.h"

/* Work above which it goes to the lane for what takes long: some 20 ms. */
static const double long_work = 2e7;

static const char fewer_samples[] = "send fewer samples at a time";

bool check_work(struct request *request, const char *pointer, double work, const char *advice)
{
    double limit = (double)request->limits->max_work;
    if (work <= limit)
        return true;
    problem_add(&request->problem, pointer,
                "would take some %.0e multiplications, of which a request may take %.0e: %s", work,
                limit, advice);
    return false;
}

bool admit_work(struct request *request, request_handler handler, double work,
                enum handled *handled)
{
    if (work > long_work && !request->on_long_lane)
        *handled = request_offload_long(request, handler);
    else if (work > inline_work && !request->on_worker)
        *handled = request_offload(request, handler);
    else
        return true;
    return false;
}

/* Reads the dataset that the body names; on the long lane, for it may be large. False when *handled
 * is the handler's result. */
static bool load_dataset(struct pass_call *call, struct request *request, request_handler handler,
                         enum handled *handled)
{
    if (!decoder_ok(&call->decoder))
        return false;
    if (request->on_long_lane)
        return samples_body_load(&call->body, call->snapshot->definition, call->targets_needed);
    *handled = request_offload_long(request, handler);
    return false;
}

bool pass_call_begin(struct pass_call *call, struct request *request, request_handler handler,
                     const struct field *fields, enum handled *handled)
{
    *handled = REQUEST_ANSWERED;
    call->body.decoder = &call->decoder;
    call->body.max_samples = request->limits->max_samples;
    if (body_is_long(request)) {
        *handled = request_offload(request, handler);
        return false;
    }
    if (!request_preconditions(request, &call->preconditions) ||
        !request_state(request, handler, &call->state, handled))
        return false;
    call->snapshot = call->state.snapshot;
    if (!request_decode(request, &call->decoder))
        return false;
    decode_object(&call->decoder, call->decoder.document.root, fields, &call->body);
    if (json_is_object(call->decoder.document.root))
        samples_body_check_form(&call->body, call->targets_needed);
    if (call->body.dataset && !load_dataset(call, request, handler, handled))
        return false;
    const struct network *net = call->snapshot->definition->net;
    if ((!call->body.inputs && !call->body.loaded) || !samples_body_check(&call->body, net))
        return false;
    double work = work_of_pass(net, (double)call->body.samples.rows);
    if (handler == handle_step)
        work += work_of_update(net);
    return check_work(request, call->body.loaded ? "/dataset" : "/inputs", work, fewer_samples) &&
           admit_work(request, handler, work, handled);
}

void pass_call_end(struct pass_call *call)
{
    samples_body_release(&call->body);
    snapshot_release(call->snapshot);
    pass_free(call->pass);
    free(call->outcome.outputs);
    free(call->outcome.errors);
    free(call->outcome.gradient);
    decoder_end(&call->decoder);
}

enum engine_status pass_call_run(struct pass_call *call, bool whole, bool gradient)
{
    const struct network *net = call->snapshot->definition->net;
    const struct samples *samples = &call->body.samples;
    size_t row_bytes = network_outputs(net) * sizeof(double);
    call->pass = pass_create(net, whole ? samples->rows : pass_rows(net, samples->rows));
    call->outcome.outputs = calloc(samples->rows, row_bytes);
    bool errors = samples->targets && call->body.always & INCLUDE_OUTPUTS;
    if (errors)
        call->outcome.errors = calloc(samples->rows, row_bytes);
    if (gradient)
        call->outcome.gradient = calloc(net->parameter_count, sizeof(double));
    if (!call->pass || !call->outcome.outputs || (errors && !call->outcome.errors) ||
        (gradient && !call->outcome.gradient))
        return ENGINE_NO_MEMORY;
    enum nn_status status =
        pass_run(net, call->snapshot->block->parameters, samples, call->pass, &call->outcome);
    if (status == NN_OK)
        return ENGINE_OK;
    return status == NN_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_DIVERGED;
}

bool pass_call_judge(struct request *request, const struct pass_call *call)
{
    if (call->state.live || preconditions_hold(&call->preconditions, call->snapshot))
        return true;
    refuse_request(request, ENGINE_PRECONDITION);
    return false;
}
