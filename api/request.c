#include "api/request.h"

#include <string.h>

#include "api/refusal.h"
#include "api/stream.h"
#include "engine/commit.h"
#include "engine/engine.h"

const char *request_query(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    return NULL;
}

bool request_flag(struct request *request, const char *name, bool *value)
{
    const char *text = request_query(request, name);
    *value = text && strcmp(text, "true") == 0;
    if (!text || *value || strcmp(text, "false") == 0)
        return true;
    problem_add(&request->problem, name, "must be \"true\" or \"false\"");
    return false;
}

void request_clear_answer(struct request *request)
{
    struct answer *answer = &request->answer;
    struct json_writer body = answer->body;
    json_writer_reset(&body);
    stream_free(answer->stream);
    *answer = (struct answer){.body = body};
    problem_release(&request->problem);
}

/* Runs the handler on a worker thread; the request is suspended already. */
static void work(void *argument)
{
    struct request *request = argument;
    request->on_worker = true;
    request_clear_answer(request);
    if (request->handler(request) == REQUEST_ANSWERED)
        request->resume(request);
}

static enum handled offload(struct request *request, request_handler handler, enum lane lane)
{
    request->handler = handler;
    request->on_long_lane = lane == LANE_LONG;
    request->suspend(request);
    if (!engine_offload(request->engine, lane, work, request)) {
        refuse_request(request, ENGINE_NO_MEMORY);
        request->resume(request);
    }
    return REQUEST_PENDING;
}

enum handled request_offload(struct request *request, request_handler handler)
{
    return offload(request, handler, LANE_SHORT);
}

enum handled request_offload_long(struct request *request, request_handler handler)
{
    return offload(request, handler, LANE_LONG);
}

enum patience request_patience(const struct request *request)
{
    if (!request->on_worker)
        return PATIENCE_NONE;
    return request->on_long_lane ? PATIENCE_ENOUGH : PATIENCE_SHORT;
}

/* The commit that the request waits for is decided: completes the answer. */
static void decided(void *argument)
{
    struct request *request = argument;
    enum engine_status status = ENGINE_OK;
    bool again = request->judge_again;
    commit_decided(request->commit, &status);
    commit_release(request->commit);
    request->commit = NULL;
    request->judge_again = false;
    if (again || status == ENGINE_AGAIN) {
        request_offload(request, request->handler);
        return;
    }
    if (status != ENGINE_OK) {
        request_clear_answer(request);
        refuse_request(request, status);
    }
    request->resume(request);
}

enum handled request_after_commit(struct request *request, struct commit *commit)
{
    request->commit = commit;
    request->suspend(request);
    if (!commit_notify(commit, decided, request))
        decided(request);
    return REQUEST_PENDING;
}
