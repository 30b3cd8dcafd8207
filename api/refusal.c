#include "api/refusal.h"

#include <stdlib.h>

void refuse_request(struct request *request, enum engine_status status)
{
    struct problem *problem = &request->problem;
    const char *name = request->name ? request->name : "";
    switch (status) {
    case ENGINE_NOT_FOUND:
        problem_set(problem, PROBLEM_NETWORK_NOT_FOUND,
                    "There is no network named \"%s\"; GET /v1/networks lists those there are.",
                    name);
        return;
    case ENGINE_EXISTS:
        problem_set(problem, PROBLEM_NETWORK_EXISTS,
                    "A network of that name exists; choose another name, or PUT to replace it.");
        return;
    case ENGINE_BUSY:
        problem_set(problem, PROBLEM_NETWORK_BUSY,
                    "A run trains network \"%s\"; wait for its end and try again.", name);
        return;
    case ENGINE_PRECONDITION:
        problem_set(problem, PROBLEM_PRECONDITION_FAILED,
                    "The network is not at the revision that If-Match or If-None-Match asks for; "
                    "read it again and repeat the request with its new ETag.");
        return;
    case ENGINE_DIVERGED:
        problem_set(problem, PROBLEM_DIVERGED,
                    "A number left the range of finite doubles; nothing was changed. Use a smaller "
                    "learning_rate, or smaller inputs, targets or parameters.");
        return;
    case ENGINE_DAMAGED:
        problem_set(problem, PROBLEM_NETWORK_DAMAGED,
                    "What is stored of network \"%s\" does not pass its checks; restore it from a "
                    "backup, or delete it.",
                    name);
        return;
    case ENGINE_NO_MEMORY:
        problem_set(problem, PROBLEM_UNAVAILABLE,
                    "The service has no memory left for this request; nothing was changed. Try "
                    "again later, or with less in one request.");
        problem->retry_after = 1;
        return;
    case ENGINE_DISK_FULL:
        problem_set(problem, PROBLEM_DISK_FULL,
                    "The disk of the database is full; nothing was changed. Make room and repeat "
                    "the request.");
        return;
    case ENGINE_UNAVAILABLE:
        problem_set(problem, PROBLEM_UNAVAILABLE,
                    "The database takes no writes just now; nothing was changed. Try again.");
        problem->retry_after = 1;
        return;
    case ENGINE_OUTCOME_UNKNOWN:
        problem_set(problem, PROBLEM_OUTCOME_UNKNOWN,
                    "The disk reported a fault while the change was made safe: whether it was kept "
                    "shows only after a restart. Read the network's revision then.");
        return;
    case ENGINE_QUEUE_FULL:
        problem_set(problem, PROBLEM_QUEUE_FULL,
                    "Too many runs wait to train; try again when some have ended.");
        problem->retry_after = 5;
        return;
    case ENGINE_SHUTTING_DOWN:
        problem_set(problem, PROBLEM_SHUTTING_DOWN,
                    "The service is shutting down; nothing was changed. Try again.");
        problem->retry_after = 5;
        return;
    case ENGINE_OK:
    case ENGINE_INVALID:
    case ENGINE_NEEDS_WORKER:
    case ENGINE_AGAIN:
        abort(); /* no refusals: our own mistake */
    }
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
        return request_offload(request, request->handler);
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
