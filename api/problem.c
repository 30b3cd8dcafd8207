#include "api/problem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct problem_kind_row problem_kinds[PROBLEM_KIND_COUNT] = {
    [PROBLEM_MALFORMED_REQUEST] =
        {400, "malformed-request", "Malformed request",
         "The request breaks HTTP's rules: its framing, a header, or an escape in its path. The "
         "connection may be closed with it. Send the request through an HTTP library."},
    [PROBLEM_INVALID_JSON] =
        {400, "invalid-json", "Invalid JSON",
         "The body is not one JSON document in UTF-8, has a key twice in one object, or is nested "
         "too deeply. The detail names the line and column; correct the text there."},
    [PROBLEM_FOREIGN_ORIGIN] =
        {403, "foreign-origin", "Foreign origin",
         "A web page of another origin sent the request, and this service takes requests only from "
         "pages of its own. Send it from such a page, or not from a browser."},
    [PROBLEM_NOT_FOUND] =
        {404, "not-found", "Not found",
         "Nothing is at this path. GET /v1 and /openapi.yaml tell what there is."},
    [PROBLEM_NETWORK_NOT_FOUND] =
        {404, "network-not-found", "Network not found",
         "No network has this name; case matters. GET /v1/networks lists those that exist, and "
         "POST /v1/networks or a PUT at the path creates one."},
    [PROBLEM_DATASET_NOT_FOUND] =
        {404, "dataset-not-found", "Dataset not found",
         "No dataset has this name; case matters. GET /v1/datasets lists those that exist, and a "
         "PUT at the path stores one."},
    [PROBLEM_RUN_NOT_FOUND] =
        {404, "run-not-found", "Run not found",
         "No training run has this id: it never did, was deleted, went with its network, or was "
         "one of the oldest. GET /v1/runs lists those that there are."},
    [PROBLEM_CHECKPOINT_NOT_FOUND] = {404, "checkpoint-not-found", "Checkpoint not found",
                                      "The network has no checkpoint of this label; case matters. "
                                      "GET the network's /checkpoints "
                                      "lists those that there are."},
    [PROBLEM_METHOD_NOT_ALLOWED] =
        {405, "method-not-allowed", "Method not allowed",
         "The path exists, but not with this method. The Allow header names those that it has."},
    [PROBLEM_NOT_ACCEPTABLE] =
        {406, "not-acceptable", "Not acceptable",
         "The Accept header leaves out every form that this answer has. Ask for application/json, "
         "or leave the header out."},
    [PROBLEM_NETWORK_EXISTS] =
        {409, "network-exists", "Network exists",
         "Another network has this name already. Choose another name, or replace that network with "
         "a PUT at its path."},
    [PROBLEM_CHECKPOINT_EXISTS] = {409, "checkpoint-exists", "Checkpoint exists",
                                   "The network has a checkpoint of this label already, and one is "
                                   "never written over. Choose "
                                   "another label, or DELETE that one first."},
    [PROBLEM_CHECKPOINT_SHAPE] =
        {409, "checkpoint-shape", "Checkpoint of another shape",
         "The network's layers have been replaced since the checkpoint was made, and its "
         "parameters "
         "do not fit any more. PUT a definition with the layers that it had, and restore it then."},
    [PROBLEM_NETWORK_BUSY] =
        {409, "network-busy", "Network busy",
         "A training run of the network waits or is in progress, and the request would change the "
         "network under it. Wait until the run has ended, and ask again."},
    [PROBLEM_RUN_STATE] =
        {409, "run-state", "Not in this state of the run",
         "The run waits, trains or has ended, and the request is for one that does not. GET the "
         "run for its state; POST its /cancel to end it."},
    [PROBLEM_PRECONDITION_FAILED] =
        {412, "precondition-failed", "Precondition failed",
         "The network or dataset is not what If-Match or If-None-Match asks for: somebody changed "
         "it, or it "
         "exists "
         "where it should not, or it does not exist. Read it, and repeat the change with the ETag "
         "that it has now."},
    [PROBLEM_BODY_TOO_LARGE] =
        {413, "body-too-large", "Body too large",
         "The body has more bytes or values than the service takes. GET /v1 tells the limits; send "
         "less at a time, or start the service with higher ones."},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] =
        {415, "unsupported-media-type", "Unsupported media type",
         "The body's Content-Type or Content-Encoding is not one that is taken here. Send "
         "application/json (a dataset also as text/csv), not compressed."},
    [PROBLEM_MISDIRECTED_REQUEST] =
        {421, "misdirected-request", "Misdirected request",
         "The Host header names a host that this service does not answer for, which protects it "
         "from rebound DNS names. Use a loopback name, or start the service with --host NAME."},
    [PROBLEM_INVALID_REQUEST] =
        {422, "invalid-request", "Invalid request",
         "The request is well-formed, but something in it is not allowed: an unknown field, a "
         "value out of range, a wrong length. The list of errors has a JSON Pointer to each fault "
         "of the body, or the query parameter's name. Nothing was changed; correct all of them."},
    [PROBLEM_DIVERGED] =
        {422, "diverged", "Diverged",
         "The calculation left the finite numbers, so there is no result; the network is as it was "
         "before. Scale the inputs, the targets or the parameters down, or train with a smaller "
         "learning_rate."},
    [PROBLEM_INTERNAL] =
        {500, "internal-error", "Internal error",
         "The service failed at something that is no fault of the request. Its log tells more "
         "under the request_id."},
    [PROBLEM_NETWORK_DAMAGED] =
        {500, "network-damaged", "Network damaged",
         "What is stored of this network does not match its checksum. Other networks are not "
         "affected. Restore the database from a backup, or delete the network."},
    [PROBLEM_DATASET_DAMAGED] =
        {500, "dataset-damaged", "Dataset damaged",
         "What is stored of this dataset does not match its checksum. Others are not affected. PUT "
         "it again, restore the database from a backup, or delete the dataset."},
    [PROBLEM_OUTCOME_UNKNOWN] =
        {500, "outcome-unknown", "Outcome unknown",
         "The disk failed while the change was made durable: it may be there after a restart, or "
         "not. The service stops. Read the network's revision once it is back."},
    [PROBLEM_NOT_BUILT_YET] =
        {501, "not-built-yet", "Not built yet",
         "The interface names this, but this version of the service does not have it yet; or no "
         "path of the interface has such a method. GET /v1 tells what this version can do."},
    [PROBLEM_UNAVAILABLE] =
        {503, "unavailable", "Unavailable",
         "The service has too much to do or too little memory for this request at the moment. "
         "Nothing was changed; repeat it after the seconds that Retry-After names."},
    [PROBLEM_QUEUE_FULL] =
        {503, "queue-full", "Queue full",
         "As many training runs are waiting as the service takes. Nothing was changed; repeat the "
         "request after the seconds that Retry-After names."},
    [PROBLEM_SHUTTING_DOWN] =
        {503, "shutting-down", "Shutting down",
         "The service is about to stop and takes no new work. Repeat the request when it is back."},
    [PROBLEM_HTTP_VERSION] = {505, "http-version-not-supported", "HTTP version not supported",
                              "The service speaks HTTP/1.1 and HTTP/1.0 only."},
    [PROBLEM_DISK_FULL] = {507, "disk-full", "Disk full",
                           "The disk has no room for the change, and nothing was changed. Reading "
                           "goes on; make room, "
                           "and repeat the request."},
};

void problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->detail, sizeof(problem->detail), format, arguments);
    va_end(arguments);
    problem->kind = kind;
}

/* Appends to the list; a fault that there is no memory for is left out of it. */
static void list_error(struct problem *problem, const char *pointer, const char *detail)
{
    size_t count = problem->error_count;
    if (!problem->errors)
        problem->errors = calloc(PROBLEM_MAX_ERRORS, sizeof(*problem->errors));
    if (!problem->errors || count == PROBLEM_MAX_ERRORS)
        return;
    struct problem_error *error = &problem->errors[count];
    error->pointer = strdup(pointer);
    error->detail = strdup(detail);
    if (error->pointer && error->detail) {
        problem->error_count++;
        return;
    }
    free(error->pointer);
    free(error->detail);
}

void problem_add(struct problem *problem, const char *pointer, const char *format, ...)
{
    char detail[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);

    list_error(problem, pointer, detail);
    problem->fault_count++;
    if (problem->fault_count == 1)
        problem_set(problem, PROBLEM_INVALID_REQUEST, "Correct %s: %s.",
                    pointer[0] ? pointer : "the body", detail);
    else if (problem->fault_count == problem->error_count)
        problem_set(problem, PROBLEM_INVALID_REQUEST,
                    "Correct the %zu faults of the request that `errors` lists.",
                    problem->fault_count);
    else
        problem_set(problem, PROBLEM_INVALID_REQUEST,
                    "Correct the %zu faults of the request, of which `errors` lists %zu.",
                    problem->fault_count, problem->error_count);
}

static void write_member(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, text);
}

static void write_errors(const struct problem *problem, struct json_writer *w)
{
    json_key(w, "errors");
    json_array_begin(w);
    for (size_t i = 0; i < problem->error_count; i++) {
        json_object_begin(w);
        write_member(w, "pointer", problem->errors[i].pointer);
        write_member(w, "detail", problem->errors[i].detail);
        json_object_end(w);
    }
    json_array_end(w);
}

void problem_write(const struct problem *problem, const char *instance, const char *request_id,
                   struct json_writer *w)
{
    assert(problem->kind != PROBLEM_NONE);
    const struct problem_kind_row *row = &problem_kinds[problem->kind];
    char type[64];
    snprintf(type, sizeof(type), "/problems/%s", row->slug);

    json_object_begin(w);
    write_member(w, "type", type);
    write_member(w, "title", row->title);
    json_key(w, "status");
    json_unsigned(w, (uint64_t)row->status);
    write_member(w, "detail", problem->detail);
    if (instance)
        write_member(w, "instance", instance);
    if (request_id)
        write_member(w, "request_id", request_id);
    if (problem->error_count > 0)
        write_errors(problem, w);
    json_object_end(w);
}

void problem_release(struct problem *problem)
{
    for (size_t i = 0; i < problem->error_count; i++) {
        free(problem->errors[i].pointer);
        free(problem->errors[i].detail);
    }
    free(problem->errors);
    *problem = (struct problem){0};
}
