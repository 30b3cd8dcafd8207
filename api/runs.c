#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/body.h"
#include "api/handlers.h"
#include "api/layer_fields.h"
#include "api/paging.h"
#include "api/refusal.h"
#include "api/run_encoder.h"
#include "engine/commit.h"
#include "engine/run_list.h"

enum { HISTORY_DEFAULT_POINTS = 500, HISTORY_MIN_POINTS = 2 };

/* GET ---------------------------------------------------------------------------------- */

static enum handled answer_view(struct request *request, const struct run_view *view)
{
    encode_run_view(&request->answer.body, view);
    return answer_json(request);
}

enum handled handle_run_get(struct request *request)
{
    struct run_view view;
    enum engine_status status =
        run_view_read(request->engine, request->segment, request->on_worker, &view);
    if (status != ENGINE_OK)
        return refuse_run(request, status);
    enum handled handled = answer_view(request, &view);
    run_view_release(&view);
    return handled;
}

/* Lists --------------------------------------------------------------------------------- */

struct list_query {
    size_t limit;
    size_t before; /* the sequence that the page begins below */
};

/* False with a problem. */
static bool read_query(struct request *request, struct list_query *query)
{
    const char *cursor = request_query(request, "cursor");
    query->before = INT64_MAX;
    page_limit(request, &query->limit);
    if (cursor && !parse_digits(cursor, &query->before))
        problem_add(&request->problem, "cursor", "must be the next_cursor of an answer");
    return request->problem.kind == PROBLEM_NONE;
}

static enum handled answer_page(struct request *request, const struct list_query *query,
                                const struct run_list *list)
{
    char cursor[24];
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < list->count; i++)
        encode_run_view(w, &list->items[i]);
    json_array_end(w);
    json_key(w, "next_cursor");
    if (list->more && list->count > 0) {
        snprintf(cursor, sizeof(cursor), "%lld", (long long)list->items[list->count - 1].sequence);
        json_text(w, cursor);
        snprintf(request->answer.link, sizeof(request->answer.link),
                 "<%s%s%s?limit=%zu&cursor=%s>; rel=\"next\"",
                 request->name ? "/v1/networks/" : "/v1", request->name ? request->name : "",
                 "/runs", query->limit, cursor);
    } else {
        json_nil(w);
    }
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_run_list(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_run_list);
    struct list_query query;
    struct run_list list;
    if (!read_query(request, &query))
        return REQUEST_ANSWERED;
    enum engine_status status =
        run_list_read(request->engine, request->name, (int64_t)query.before, query.limit, &list);
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    enum handled handled = answer_page(request, &query, &list);
    run_list_release(&list);
    return handled;
}

/* History ------------------------------------------------------------------------------- */

/* False with a problem. */
static bool read_points(struct request *request, size_t *points)
{
    const char *text = request_query(request, "points");
    *points = HISTORY_DEFAULT_POINTS;
    if (text && (!parse_digits(text, points) || *points < HISTORY_MIN_POINTS ||
                 *points > HISTORY_MAX_POINTS))
        problem_add(&request->problem, "points", "must be a whole number from %d to %d",
                    HISTORY_MIN_POINTS, HISTORY_MAX_POINTS);
    return request->problem.kind == PROBLEM_NONE;
}

static enum handled answer_csv(struct request *request, const struct history *history,
                               size_t points)
{
    encode_history_csv(&request->answer.body, history, points);
    request->answer.content_type = "text/csv; charset=utf-8; header=present";
    if (request->answer.body.failed)
        refuse_request(request, ENGINE_NO_MEMORY);
    return REQUEST_ANSWERED;
}

enum handled handle_run_history(struct request *request)
{
    if (!request->on_long_lane) /* it may wait for a run to give its curve */
        return request_offload_long(request, handle_run_history);
    size_t points;
    struct history history;
    if (!read_points(request, &points))
        return REQUEST_ANSWERED;
    enum engine_status status = run_history(request->engine, request->segment, &history);
    if (status != ENGINE_OK)
        return refuse_run(request, status);
    enum handled handled = REQUEST_ANSWERED;
    if (request->wants_second) {
        handled = answer_csv(request, &history, points);
    } else {
        encode_history_object(&request->answer.body, &history, points);
        handled = answer_json(request);
    }
    history_release(&history);
    return handled;
}

/* Parameters ---------------------------------------------------------------------------- */

static enum handled answer_newest(struct request *request, const struct snapshot *newest,
                                  uint64_t epoch)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "run");
    json_text(w, request->segment);
    json_key(w, "network");
    json_text(w, newest->name);
    json_key(w, "epoch");
    json_unsigned(w, epoch);
    json_key(w, "steps");
    json_unsigned(w, newest->steps);
    json_key(w, "layers");
    encode_layer_values(w, newest->definition->net, newest->block->parameters);
    json_object_end(w);
    return answer_json(request);
}

/* A run that does not train has none; says what it does. */
static enum handled refuse_parameters(struct request *request)
{
    struct run_view view;
    enum engine_status status = run_view_read(request->engine, request->segment, true, &view);
    if (status != ENGINE_OK)
        return refuse_run(request, status);
    problem_set(&request->problem, PROBLEM_RUN_STATE,
                "The run is %s, and has parameters of its own only while it is running; GET "
                "/v1/networks/%s/parameters has what is committed.",
                run_state_names[view.progress.state], view.network);
    run_view_release(&view);
    return REQUEST_ANSWERED;
}

enum handled handle_run_parameters(struct request *request)
{
    if (!request->on_long_lane)
        return request_offload_long(request, handle_run_parameters);
    uint64_t epoch;
    struct snapshot *newest;
    struct run *run = run_find(request->engine, request->segment);
    enum engine_status status = run ? run_newest(run, &newest, &epoch) : ENGINE_NOT_FOUND;
    run_release(run);
    if (status != ENGINE_OK)
        return refuse_parameters(request);
    enum handled handled = answer_newest(request, newest, epoch);
    snapshot_release(newest);
    return handled;
}

/* Cancel -------------------------------------------------------------------------------- */

struct cancel_body {
    bool keep;
};

static const struct field cancel_fields[] = {
    {"keep", FIELD_BOOL, offsetof(struct cancel_body, keep)},
    {0},
};

/* A request that waits for the end of a run. */
struct cancel_call {
    struct run_listener listener;
    struct request *request;
    struct run *run; /* referenced */
};

static enum handled answer_cancelled(struct request *request, struct run *run)
{
    struct run_view view;
    enum engine_status status = run_view_of(run, &view);
    if (status == ENGINE_OK && !run_state_is_end(view.progress.state)) {
        run_view_release(&view);
        status = ENGINE_SHUTTING_DOWN;
    }
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    enum handled handled = answer_view(request, &view);
    run_view_release(&view);
    return handled;
}

static void hear_end(void *argument)
{
    struct cancel_call *call = argument;
    struct request *request = call->request;
    enum handled handled = answer_cancelled(request, call->run);
    run_release(call->run);
    free(call);
    if (handled == REQUEST_ANSWERED)
        request->resume(request);
}

/* Cancels a run and answers once that is on disk. Takes over the run. */
static enum handled cancel(struct request *request, struct run *run, bool keep)
{
    struct cancel_call *call = calloc(1, sizeof(*call));
    if (!call) {
        run_release(run);
        return answer_refusal(request, ENGINE_NO_MEMORY, NULL);
    }
    *call = (struct cancel_call){{.heard = hear_end, .argument = call}, request, run};
    run_reference(run);
    run_cancel(run, keep);
    request->suspend(request);
    enum handled handled = REQUEST_PENDING;
    if (!run_listen(run, &call->listener)) { /* it is over */
        handled = answer_cancelled(request, run);
        run_release(call->run);
        free(call);
    }
    run_release(run);
    return handled;
}

enum handled handle_run_cancel(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_run_cancel);
    struct decoder decoder;
    struct cancel_body body = {.keep = true};
    if (request_decode_optional(request, &decoder))
        decode_object(&decoder, decoder.document.root, cancel_fields, &body);
    bool good = decoder_ok(&decoder);
    decoder_end(&decoder);
    if (!good)
        return REQUEST_ANSWERED;
    struct run *run = run_find(request->engine, request->segment);
    return run ? cancel(request, run, body.keep) : handle_run_get(request);
}

/* DELETE -------------------------------------------------------------------------------- */

enum handled handle_run_delete(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_run_delete);
    struct commit *commit;
    enum engine_status status = run_delete_ended(request->engine, request->segment, &commit);
    if (status == ENGINE_BUSY) {
        problem_set(&request->problem, PROBLEM_RUN_STATE,
                    "Run %s has not ended; POST /v1/runs/%s/cancel first.", request->segment,
                    request->segment);
        return REQUEST_ANSWERED;
    }
    if (status != ENGINE_OK)
        return refuse_run(request, status);
    request->answer.status = 204;
    return request_after_commit(request, commit);
}
