#include <stdio.h>

#include "api/body.h"
#include "api/handlers.h"
#include "api/names.h"
#include "api/network_answer.h"
#include "api/paging.h"
#include "api/refusal.h"
#include "engine/listing.h"

struct list_query {
    const char *prefix; /* NULL: all */
    const char *cursor; /* the name after which the page begins; NULL: the first page */
    size_t limit;
};

/* False with a problem. */
static bool read_query(struct request *request, struct list_query *query)
{
    query->prefix = request_query(request, "prefix");
    query->cursor = request_query(request, "cursor");
    page_limit(request, &query->limit);
    if (query->cursor && !name_is_valid(query->cursor))
        problem_add(&request->problem, "cursor", "must be the next_cursor of an answer");
    if (query->prefix && *query->prefix && !name_is_valid(query->prefix))
        problem_add(&request->problem, "prefix", "must begin a name: %s", name_rule);
    return request->problem.kind == PROBLEM_NONE;
}

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

/* Names and prefixes need no escapes in a URL. */
static void set_link(struct request *request, const struct list_query *query, const char *cursor)
{
    const char *prefix = query->prefix ? query->prefix : "";
    snprintf(request->answer.link, sizeof(request->answer.link),
             "</v1/networks?limit=%zu&cursor=%s%s%s>; rel=\"next\"", query->limit, cursor,
             *prefix ? "&prefix=" : "", prefix);
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
        set_link(request, query, listing->last);
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
    if (!read_query(request, &query))
        return REQUEST_ANSWERED;
    enum engine_status status =
        network_list(request->engine, query.prefix, query.cursor, query.limit, &listing);
    enum handled handled = status == ENGINE_OK ? answer_page(request, &query, &listing)
                                               : answer_refusal(request, status, NULL);
    listing_release(&listing);
    return handled;
}
