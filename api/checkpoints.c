#include <stdio.h>
#include <string.h>

#include "api/body.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/names.h"
#include "api/network_answer.h"
#include "api/paging.h"
#include "api/refusal.h"
#include "api/timestamp.h"
#include "engine/checkpoint.h"

static void encode_members(struct json_writer *w, const char *network,
                           const struct checkpoint *checkpoint)
{
    char time[TIMESTAMP_SIZE];
    json_key(w, "network");
    json_text(w, network);
    json_key(w, "label");
    json_text(w, checkpoint->label);
    json_key(w, "revision");
    json_unsigned(w, checkpoint->revision);
    json_key(w, "steps");
    json_unsigned(w, checkpoint->steps);
    json_key(w, "parameter_count");
    json_unsigned(w, checkpoint->parameter_count);
    json_key(w, "created_at");
    json_text(w, timestamp_write(checkpoint->created_at, time));
}

static void encode_checkpoint(struct json_writer *w, const char *network,
                              const struct checkpoint *checkpoint)
{
    json_object_begin(w);
    encode_members(w, network, checkpoint);
    json_object_end(w);
}

/* Making -------------------------------------------------------------------------------- */

struct checkpoint_body {
    char label[NAME_MAX_LENGTH + 1];
};

static void decode_label(struct decoder *decoder, const json_t *value, void *target)
{
    struct checkpoint_body *body = target;
    const char *label = json_string_value(value);
    if (label && name_is_valid(label))
        memcpy(body->label, label, strlen(label) + 1);
    else
        decode_fault(decoder, "must be a label: %s", name_rule);
}

static const struct field checkpoint_fields[] = {
    {"label", FIELD_CUSTOM, .decode = decode_label, .required = true},
    {0},
};

static enum handled create(struct request *request, const char *label,
                           const struct preconditions *preconditions)
{
    struct edit_request edit = {request->name, preconditions, request_patience(request), true};
    struct checkpoint checkpoint;
    struct commit *commit;
    enum engine_status status =
        checkpoint_create(request->engine, &edit, label, &checkpoint, &commit);
    if (status == ENGINE_EXISTS) {
        problem_set(&request->problem, PROBLEM_CHECKPOINT_EXISTS,
                    "Network \"%s\" has a checkpoint \"%s\" already; choose another label, or "
                    "DELETE that one first.",
                    request->name, label);
        return REQUEST_ANSWERED;
    }
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    request->answer.status = 201;
    snprintf(request->answer.location, sizeof(request->answer.location),
             "/v1/networks/%s/checkpoints/%s", request->name, label);
    encode_checkpoint(&request->answer.body, request->name, &checkpoint);
    return answer_json_after_commit(request, commit);
}

enum handled handle_checkpoint_create(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_checkpoint_create);
    struct decoder decoder;
    struct checkpoint_body body = {.label = ""};
    struct preconditions preconditions;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode(request, &decoder))
        decode_object(&decoder, decoder.document.root, checkpoint_fields, &body);
    bool good = decoder_ok(&decoder);
    decoder_end(&decoder);
    return good ? create(request, body.label, &preconditions) : REQUEST_ANSWERED;
}

/* Reading ------------------------------------------------------------------------------- */

static enum handled answer_page(struct request *request, size_t limit,
                                const struct checkpoint_list *list)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < list->count; i++)
        encode_checkpoint(w, request->name, &list->items[i]);
    json_array_end(w);
    json_key(w, "next_cursor");
    if (list->more && list->count > 0) {
        const char *cursor = list->items[list->count - 1].label;
        json_text(w, cursor);
        snprintf(request->answer.link, sizeof(request->answer.link),
                 "</v1/networks/%s/checkpoints?limit=%zu&cursor=%s>; rel=\"next\"", request->name,
                 limit, cursor);
    } else {
        json_nil(w);
    }
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_checkpoint_list(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_checkpoint_list);
    size_t limit;
    struct checkpoint_list list;
    const char *cursor = request_query(request, "cursor");
    page_limit(request, &limit);
    if (cursor && !name_is_valid(cursor))
        problem_add(&request->problem, "cursor", "must be the next_cursor of an answer");
    if (request->problem.kind != PROBLEM_NONE)
        return REQUEST_ANSWERED;
    enum engine_status status =
        checkpoint_list_read(request->engine, request->name, cursor, limit, &list);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    enum handled handled = answer_page(request, limit, &list);
    checkpoint_list_release(&list);
    return handled;
}

static enum handled answer_with_parameters(struct request *request,
                                           const struct checkpoint *checkpoint,
                                           const struct snapshot *state)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    encode_members(w, request->name, checkpoint);
    json_key(w, "layers");
    encode_layer_values(w, state->definition->net, state->block->parameters);
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_checkpoint_get(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_checkpoint_get);
    struct checkpoint checkpoint;
    struct snapshot *state = NULL;
    const char *include = request_query(request, "include");
    if (include && strcmp(include, "parameters") != 0) {
        problem_add(&request->problem, "include", "must be \"parameters\"");
        return REQUEST_ANSWERED;
    }
    enum engine_status status =
        include ? checkpoint_read_state(request->engine, request->name, request->segment,
                                        &checkpoint, &state)
                : checkpoint_read(request->engine, request->name, request->segment, &checkpoint);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    if (state) {
        enum handled handled = answer_with_parameters(request, &checkpoint, state);
        snapshot_release(state);
        return handled;
    }
    encode_checkpoint(&request->answer.body, request->name, &checkpoint);
    return answer_json(request);
}

/* Restoring and deleting ---------------------------------------------------------------- */

static const struct field no_fields[] = {{0}};

enum handled handle_checkpoint_restore(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_checkpoint_restore);
    struct decoder decoder;
    struct preconditions preconditions;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    if (request_decode_optional(request, &decoder))
        decode_object(&decoder, decoder.document.root, no_fields, &preconditions);
    bool good = decoder_ok(&decoder);
    decoder_end(&decoder);
    if (!good)
        return REQUEST_ANSWERED;
    struct edit_request edit = {request->name, &preconditions, request_patience(request), false};
    struct refusal refusal = {0};
    struct snapshot *snapshot;
    struct commit *commit;
    enum engine_status status =
        checkpoint_restore(request->engine, &edit, request->segment, &snapshot, &commit, &refusal);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, &refusal);
    return answer_changed_network(request, 200, snapshot, commit);
}

enum handled handle_checkpoint_delete(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_checkpoint_delete);
    struct commit *commit;
    enum engine_status status =
        checkpoint_delete_one(request->engine, request->name, request->segment, &commit);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    request->answer.status = 204;
    return request_after_commit(request, commit);
}
