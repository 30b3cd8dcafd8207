#include <stdint.h>

#include "api/body.h"
#include "api/definition_text.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/refusal.h"
#include "api/run_encoder.h"
#include "api/transfer.h"
#include "engine/networks.h"
#include "engine/run_list.h"

const char transfer_format[] = "backpropd-network";

static void encode_network_member(struct json_writer *w, const struct snapshot *snapshot)
{
    json_key(w, "network");
    json_object_begin(w);
    json_key(w, "name");
    json_text(w, snapshot->name);
    encode_definition(w, snapshot->definition, snapshot->block->parameters);
    json_object_end(w);
}

/* {"layers": [...]} of so many numbers as there are parameters. */
static void encode_values_object(struct json_writer *w, const struct network *net,
                                 const double *values)
{
    json_object_begin(w);
    json_key(w, "layers");
    encode_layer_values(w, net, values);
    json_object_end(w);
}

static void encode_state(struct json_writer *w, const struct network *net,
                         const struct block *block)
{
    size_t slots = block->parameter_count ? block->state_count / block->parameter_count : 0;
    json_key(w, "optimizer_state");
    json_object_begin(w);
    json_key(w, "updates");
    json_unsigned(w, block->optimizer_updates);
    json_key(w, "slots");
    json_array_begin(w);
    for (size_t slot = 0; slot < slots; slot++)
        encode_values_object(w, net, block->state + slot * block->parameter_count);
    json_array_end(w);
    json_object_end(w);
}

static void encode_runs(struct json_writer *w, const struct run_list *runs)
{
    json_key(w, "runs");
    json_array_begin(w);
    for (size_t i = 0; i < runs->count; i++)
        encode_run_view(w, &runs->items[i]);
    json_array_end(w);
}

static void encode_document(struct json_writer *w, const struct snapshot *snapshot,
                            const struct block *start, const struct run_list *runs)
{
    const struct network *net = snapshot->definition->net;
    json_object_begin(w);
    json_key(w, "format");
    json_text(w, transfer_format);
    json_key(w, "version");
    json_unsigned(w, TRANSFER_VERSION);
    json_key(w, "numerics");
    json_unsigned(w, snapshot->block->numerics);
    encode_network_member(w, snapshot);
    json_key(w, "steps");
    json_unsigned(w, snapshot->steps);
    json_key(w, "start");
    encode_values_object(w, net, start->parameters);
    encode_state(w, net, snapshot->block);
    encode_runs(w, runs);
    json_object_end(w);
}

enum handled handle_export(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_export);
    struct snapshot *snapshot;
    struct block *start;
    struct run_list runs;
    enum handled handled = REQUEST_ANSWERED;
    enum engine_status status =
        network_read_whole(request->engine, request->name, &snapshot, &start);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    status = run_list_read(request->engine, request->name, INT64_MAX, TRANSFER_RUNS, &runs);
    if (status == ENGINE_OK) {
        answer_etag(request, snapshot);
        encode_document(&request->answer.body, snapshot, start, &runs);
        handled = answer_json(request);
        run_list_release(&runs);
    } else {
        handled = answer_refusal(request, status, NULL);
    }
    block_release(start);
    snapshot_release(snapshot);
    return handled;
}
