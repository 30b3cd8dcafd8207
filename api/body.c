#include "api/body.h"

#include "api/refusal.h"
#include "engine/live.h"

bool body_is_long(const struct request *request)
{
    return !request->on_worker && request->body_length > BODY_INLINE_MAX;
}

bool request_decode(struct request *request, struct decoder *decoder)
{
    struct json_limits limits = {
        .max_depth = request->limits->max_json_depth,
        .max_values = 100000,
    };
    return decoder_begin(decoder, request->body, request->body_length, &limits, &request->problem);
}

bool request_network(struct request *request, struct snapshot **out, enum handled *handled)
{
    enum engine_status status =
        network_read(request->engine, request->name, request->on_worker, out);
    if (status == ENGINE_OK)
        return true;
    *handled = answer_refusal(request, status, NULL);
    return false;
}

enum handled answer_json(struct request *request)
{
    struct json_writer *w = &request->answer.body;
    json_append(w, "\n", 1);
    if (w->failed)
        refuse_request(request, ENGINE_NO_MEMORY);
    else if (w->not_finite)
        refuse_request(request, ENGINE_DIVERGED);
    return REQUEST_ANSWERED;
}
