#include "api/refusal.h"

#include <assert.h>
#include <string.h>

/* What a status means to the client; `%s` is the network's name. */
struct refusal_row {
    enum problem_kind kind; /* PROBLEM_NONE: no refusal */
    unsigned retry_after;   /* seconds; 0: none */
    const char *detail;
};

static const struct refusal_row refusals[ENGINE_STATUS_COUNT] = {
    [ENGINE_NOT_FOUND] = {PROBLEM_NETWORK_NOT_FOUND, 0,
                          "There is no network named \"%s\"; GET /v1/networks lists all."},
    [ENGINE_EXISTS] = {PROBLEM_NETWORK_EXISTS, 0,
                       "There is a network named \"%s\" already; choose another name, or DELETE or "
                       "PUT that one."},
    [ENGINE_NO_CHECKPOINT] =
        {PROBLEM_CHECKPOINT_NOT_FOUND, 0,
         "Network \"%s\" has no checkpoint of this label; GET its /checkpoints "
         "lists all."},
    [ENGINE_SHAPE] =
        {PROBLEM_CHECKPOINT_SHAPE, 0,
         "The layers of network \"%s\" are not those of the checkpoint; PUT a definition "
         "that has them, and restore it then."},
    [ENGINE_BUSY] = {PROBLEM_NETWORK_BUSY, 0,
                     "A run trains network \"%s\"; wait for its end and try again."},
    [ENGINE_PRECONDITION] = {PROBLEM_PRECONDITION_FAILED, 0,
                             "The network is not what If-Match or If-None-Match asks for: it has "
                             "changed, or exists, or does not. GET tells which; repeat the request "
                             "with its present ETag, or without the header."},
    [ENGINE_DIVERGED] =
        {PROBLEM_DIVERGED, 0,
         "A number left the finite numbers of the network's precision; nothing was "
         "changed. Use smaller inputs, targets or parameters, or train with a smaller "
         "learning_rate."},
    [ENGINE_DAMAGED] = {PROBLEM_NETWORK_DAMAGED, 0,
                        "What is stored of network \"%s\" does not pass its checks; restore it "
                        "from a backup, or delete it."},
    [ENGINE_NUMERICS] = {PROBLEM_INTERNAL, 0,
                         "The run was begun by a version with another arithmetic; begin it anew."},
    [ENGINE_NO_MEMORY] = {PROBLEM_UNAVAILABLE, 1,
                          "The service has no memory left for this request; nothing was changed. "
                          "Try again later, or with less in one request."},
    [ENGINE_DISK_FULL] = {PROBLEM_DISK_FULL, 0,
                          "The disk of the database is full; nothing was changed. Make room and "
                          "repeat the request."},
    [ENGINE_UNAVAILABLE] = {PROBLEM_UNAVAILABLE, 1,
                            "The database takes no writes just now; nothing was changed. Try "
                            "again."},
    [ENGINE_OUTCOME_UNKNOWN] = {PROBLEM_OUTCOME_UNKNOWN, 0,
                                "The disk reported a fault while the change was made safe: whether "
                                "it was kept shows only after a restart. Read the network's "
                                "revision then."},
    [ENGINE_QUEUE_FULL] = {PROBLEM_QUEUE_FULL, 5,
                           "Too many runs wait to train; try again when some have ended."},
    [ENGINE_SHUTTING_DOWN] = {PROBLEM_SHUTTING_DOWN, 5,
                              "The service is shutting down; nothing was changed. Try again."},
};

void refuse_request(struct request *request, enum engine_status status)
{
    const struct refusal_row *row = &refusals[status];
    assert(row->kind != PROBLEM_NONE); /* ENGINE_OK and the like are no refusals */
    const char *mark = strstr(row->detail, "%s");
    const char *name = request->name ? request->name : "";
    if (mark)
        problem_set(&request->problem, row->kind, "%.*s%s%s", (int)(mark - row->detail),
                    row->detail, name, mark + strlen("%s"));
    else
        problem_set(&request->problem, row->kind, "%s", row->detail);
    request->problem.retry_after = row->retry_after;
}

static enum handled ask_again(struct request *request, struct commit *after)
{
    if (!after)
        after = commit_barrier(request->engine);
    if (!after) {
        refuse_request(request, ENGINE_NO_MEMORY);
        return REQUEST_ANSWERED;
    }
    request->judge_again = true;
    return request_after_commit(request, after);
}

enum handled answer_refusal(struct request *request, enum engine_status status,
                            struct refusal *refusal)
{
    struct commit *commit = refusal ? refusal->commit : NULL;
    if (status == ENGINE_NEEDS_WORKER)
        return request->on_worker ? request_offload_long(request, request->handler)
                                  : request_offload(request, request->handler);
    if (status == ENGINE_AGAIN)
        return ask_again(request, commit);
    if (status != ENGINE_INVALID)
        refuse_request(request, status);
    if (status == ENGINE_BUSY && refusal)
        problem_set(&request->problem, PROBLEM_NETWORK_BUSY,
                    "Run %s trains network \"%s\"; wait for its end and try again.", refusal->run,
                    request->name ? request->name : "");
    return commit ? request_after_commit(request, commit) : REQUEST_ANSWERED;
}

enum handled refuse_run(struct request *request, enum engine_status status)
{
    if (status != ENGINE_NOT_FOUND)
        return answer_refusal(request, status, NULL);
    problem_set(&request->problem, PROBLEM_RUN_NOT_FOUND,
                "There is no run \"%s\"; GET /v1/runs lists all.", request->segment);
    return REQUEST_ANSWERED;
}
