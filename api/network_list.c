#include "api/body.h"
#include "api/handlers.h"
#include "api/list_query.h"
#include "api/network_answer.h"
#include "api/refusal.h"
#include "engine/listing.h"

static void encode_item(struct json_writer *w, const struct listed_network *item)
{
    struct network_view view = {
        .name = item->name,
        .definition = item->definition,
        .revision = item->revision,
        .steps = item->steps,
        .stored = true,
        .created_at = item->created_at,
        .updated_at = item->updated_at,
    };
    encode_network_view(w, &view);
}

static enum handled answer_page(struct request *request, const struct list_query *query,
                                const struct listing *listing)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < listing->count; i++)
        encode_item(w, &listing->items[i]);
    json_array_end(w);
    json_key(w, "next_cursor");
    if (listing->last[0]) {
        json_text(w, listing->last);
        list_query_link(request, query, "/v1/networks", listing->last);
    } else {
        json_nil(w);
    }
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_network_list(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_network_list);
    struct list_query query;
    struct listing listing;
    if (!list_query_read(request, &query))
        return REQUEST_ANSWERED;
    enum engine_status status =
        network_list(request->engine, query.prefix, query.cursor, query.limit, &listing);
    enum handled handled = status == ENGINE_OK ? answer_page(request, &query, &listing)
                                               : answer_refusal(request, status, NULL);
    listing_release(&listing);
    return handled;
}
