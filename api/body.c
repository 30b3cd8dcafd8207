#include "api/body.h"

#include "api/refusal.h"
#include "engine/live.h"

enum { MAX_JSON_VALUES = 100000 }; /* beside the numbers in arrays; bounds Jansson's tree */

bool body_is_long(const struct request *request)
{
    return !request->on_worker && request->body_length > BODY_INLINE_MAX;
}

static bool decode(struct request *request, struct decoder *decoder, const char *text,
                   size_t length)
{
    struct json_limits limits = {
        .max_depth = request->limits->max_json_depth,
        .max_values = MAX_JSON_VALUES,
    };
    bool good = decoder_begin(decoder, text, length, &limits, &request->problem);
    decoder->engine = request->engine;
    return good;
}

bool request_decode(struct request *request, struct decoder *decoder)
{
    return decode(request, decoder, request->body, request->body_length);
}

bool request_decode_optional(struct request *request, struct decoder *decoder)
{
    if (request->body_length == 0)
        return decode(request, decoder, "{}", 2);
    return request_decode(request, decoder);
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

enum handled answer_json_after_commit(struct request *request, struct commit *commit)
{
    struct json_writer *w = &request->answer.body;
    json_append(w, "\n", 1);
    if (w->failed || w->not_finite)
        problem_set(&request->problem, PROBLEM_INTERNAL,
                    "The change was made, but its answer could not be written; read the network "
                    "again, and do not repeat the request.");
    return request_after_commit(request, commit);
}
