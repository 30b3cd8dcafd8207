#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/definition_body.h"
#include "api/handlers.h"
#include "api/layer_values.h"
#include "api/names.h"
#include "api/network_answer.h"
#include "api/refusal.h"
#include "api/transfer.h"
#include "engine/networks.h"
#include "nn/numerics.h"

/* The document as it was sent: its parts are decoded once the network is known. */
struct document {
    const json_t *network; /* these: borrowed; NULL: not given */
    const json_t *start;
    const json_t *state;
    uint64_t numerics;
    uint64_t steps;
};

/* {"layers": [...]} */
struct values_body {
    const struct network *net;
    double *values;
};

/* optimizer_state */
struct state_body {
    const struct network *net;
    struct block *block;
    const json_t *slots;
};

static void check_format(struct decoder *decoder, const json_t *value, void *target)
{
    const char *format = json_string_value(value);
    (void)target;
    if (!format || strcmp(format, transfer_format) != 0)
        decode_fault(decoder, "must be \"%s\": the document of an export", transfer_format);
}

static void check_version(struct decoder *decoder, const json_t *value, void *target)
{
    (void)target;
    if (!json_is_integer(value) || json_integer_value(value) != TRANSFER_VERSION)
        decode_fault(decoder, "must be %d: this service knows no other layout", TRANSFER_VERSION);
}

static void take_network(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct document *)target)->network = value;
}

static void take_start(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct document *)target)->start = value;
}

static void take_state(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct document *)target)->state = value;
}

static const double whole_limit = 9007199254740992; /* 2^53 */

static const struct field document_fields[] = {
    {"format", FIELD_CUSTOM, .decode = check_format, .required = true},
    {"version", FIELD_CUSTOM, .decode = check_version, .required = true},
    {"numerics", FIELD_UNSIGNED, offsetof(struct document, numerics), 0, UINT32_MAX,
     .required = true},
    {"network", FIELD_CUSTOM, .decode = take_network, .required = true},
    {"steps", FIELD_UNSIGNED, offsetof(struct document, steps), 0, 9007199254740992,
     .required = true},
    {"start", FIELD_CUSTOM, .decode = take_start, .required = true},
    {"optimizer_state", FIELD_CUSTOM, .decode = take_state, .required = true},
    {"runs", FIELD_SERVER},
    {0},
};

static void decode_values_layers(struct decoder *decoder, const json_t *value, void *target)
{
    const struct values_body *body = target;
    decode_layer_values(decoder, value, body->net, body->values);
}

static const struct field values_fields[] = {
    {"layers", FIELD_CUSTOM, .decode = decode_values_layers, .required = true},
    {0},
};

static void decode_updates(struct decoder *decoder, const json_t *value, void *target)
{
    struct state_body *body = target;
    decode_unsigned(decoder, value, 0, (uint64_t)whole_limit, &body->block->optimizer_updates);
}

static void decode_slots(struct decoder *decoder, const json_t *value, void *target)
{
    struct state_body *body = target;
    struct block *block = body->block;
    size_t slots = block->state_count / block->parameter_count;
    if (!json_is_array(value)) {
        /* [] is an array of numbers to the reader, and stands for no slots */
        const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
        if (!numbers || numbers->count > 0 || slots > 0)
            decode_fault(decoder, "must be an array of the optimizer's %zu slots", slots);
        return;
    }
    if (json_array_size(value) != slots) {
        decode_fault(decoder, "must have the optimizer's %zu slots, not %zu", slots,
                     json_array_size(value));
        return;
    }
    for (size_t slot = 0; slot < slots; slot++) {
        struct values_body values = {body->net, block->state + slot * block->parameter_count};
        size_t mark = decode_enter_index(decoder, slot);
        decode_object(decoder, json_array_get(value, slot), values_fields, &values);
        decode_leave(decoder, mark);
    }
}

static const struct field state_fields[] = {
    {"updates", FIELD_CUSTOM, .decode = decode_updates, .required = true},
    {"slots", FIELD_CUSTOM, .decode = decode_slots, .required = true},
    {0},
};

/* Decodes `network` as the body of a creation, whose parameters have to be given. */
static bool decode_network(struct request *request, struct decoder *decoder,
                           const struct document *document, struct proposal *out)
{
    struct definition_names names;
    json_t *root = decoder->document.root;
    size_t mark = decode_enter(decoder, "network");
    decoder->document.root = (json_t *)(uintptr_t)document->network; /* borrowed from it */
    decode_definition_names(decoder, &names);
    if (!names.has_name && !request->body_name[0] && json_is_object(document->network))
        decode_missing(decoder, "name");
    if (names.has_from)
        decode_fault(decoder, "must be a whole definition, without `from`");
    bool good = decode_definition(decoder, request->limits, out);
    for (size_t l = 0; good && l < out->definition->net->layer_count; l++) {
        if (!out->values_given || !out->weights_given[l] || !out->biases_given[l])
            decode_fault(decoder, "must give the weights and biases of all layers");
    }
    if (!request->body_name[0])
        snprintf(request->body_name, sizeof(request->body_name), "%s", names.name);
    decoder->document.root = root;
    decode_leave(decoder, mark);
    return good && decoder_ok(decoder);
}

/* The blocks of the state and of the start values. Faults are added. False when out of memory. */
static bool decode_blocks(struct decoder *decoder, const struct document *document,
                          const struct proposal *proposal, struct block **block,
                          struct block **start)
{
    const struct network *net = proposal->definition->net;
    *block = block_create(net);
    *start = block_create(net);
    if (!*block || !*start)
        return false;
    proposal_parameters(proposal, (*block)->parameters);
    (*block)->numerics = (*start)->numerics = (uint32_t)document->numerics;
    struct state_body state = {.net = net, .block = *block};
    size_t mark = decode_enter(decoder, "optimizer_state");
    decode_object(decoder, document->state, state_fields, &state);
    decode_leave(decoder, mark);
    struct values_body values = {net, (*start)->parameters};
    mark = decode_enter(decoder, "start");
    decode_object(decoder, document->start, values_fields, &values);
    decode_leave(decoder, mark);
    return true;
}

static enum handled create(struct request *request, const struct document *document,
                           const struct proposal *proposal, struct block *block,
                           struct block *start)
{
    struct edit_request edit = {request->name, NULL, request_patience(request), false};
    struct commit *commit;
    struct snapshot *made;
    struct snapshot *snapshot = snapshot_create(request->name, proposal->definition, block);
    if (!snapshot)
        return answer_refusal(request, ENGINE_NO_MEMORY, NULL);
    snapshot->steps = document->steps;
    enum engine_status status =
        network_store_new(request->engine, &edit, snapshot, start, &made, &commit);
    return status == ENGINE_OK ? answer_changed_network(request, 201, made, commit)
                               : answer_refusal(request, status, NULL);
}

static enum handled import(struct request *request, struct decoder *decoder,
                           const struct document *document)
{
    struct proposal proposal = {0};
    struct block *block = NULL, *start = NULL;
    enum handled handled = REQUEST_ANSWERED;
    if (decode_network(request, decoder, document, &proposal)) {
        request->name = request->body_name;
        if (!decode_blocks(decoder, document, &proposal, &block, &start))
            handled = answer_refusal(request, ENGINE_NO_MEMORY, NULL);
        else if (decoder_ok(decoder))
            handled = create(request, document, &proposal, block, start);
    }
    proposal_release(&proposal);
    block_release(block);
    block_release(start);
    return handled;
}

enum handled handle_import(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_import);
    struct decoder decoder;
    struct document document = {0};
    enum handled handled = REQUEST_ANSWERED;
    const char *name = request_query(request, "name");
    if (name && !name_is_valid(name)) {
        problem_add(&request->problem, "name", "must be a name: %s", name_rule);
        return REQUEST_ANSWERED;
    }
    snprintf(request->body_name, sizeof(request->body_name), "%s", name ? name : "");
    if (request_decode(request, &decoder))
        decode_object(&decoder, decoder.document.root, document_fields, &document);
    if (decoder_ok(&decoder))
        handled = import(request, &decoder, &document);
    decoder_end(&decoder);
    return handled;
}
