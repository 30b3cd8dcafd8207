#include <string.h>
#include <strings.h>

#include "api/body.h"
#include "api/dataset_body.h"
#include "api/dataset_csv.h"
#include "api/dataset_refusal.h"
#include "api/dataset_text.h"
#include "api/etag.h"
#include "api/handlers.h"
#include "api/list_query.h"
#include "api/refusal.h"

/* Refusals ------------------------------------------------------------------------------ */

enum handled answer_dataset_refusal(struct request *request, enum engine_status status)
{
    const char *name = request->name ? request->name : "";
    switch (status) {
    case ENGINE_INVALID:
        break;
    case ENGINE_NOT_FOUND:
        problem_set(&request->problem, PROBLEM_DATASET_NOT_FOUND,
                    "There is no dataset named \"%s\"; GET /v1/datasets lists all.", name);
        break;
    case ENGINE_DAMAGED:
        problem_set(&request->problem, PROBLEM_DATASET_DAMAGED,
                    "What is stored of dataset \"%s\" does not pass its checks; PUT it again, or "
                    "delete it.",
                    name);
        break;
    case ENGINE_PRECONDITION:
        problem_set(&request->problem, PROBLEM_PRECONDITION_FAILED,
                    "The dataset is not what If-Match or If-None-Match asks for: it has changed, "
                    "or exists, or does not. GET tells which; repeat the request with its present "
                    "ETag, or without the header.");
        break;
    case ENGINE_AGAIN:
        refuse_request(request, ENGINE_UNAVAILABLE); /* changed again and again meanwhile */
        break;
    default:
        refuse_request(request, status);
    }
    return REQUEST_ANSWERED;
}

/* GET ----------------------------------------------------------------------------------- */

/* The dataset, or 304 or 412 where the preconditions say so. */
static enum handled answer_dataset(struct request *request, const struct dataset *dataset,
                                   const struct preconditions *preconditions)
{
    struct revision_tag tag = dataset_tag(dataset);
    answer_etag_of(request, tag);
    if (preconditions && preconditions->match.given && !tags_have(&preconditions->match, &tag))
        return answer_dataset_refusal(request, ENGINE_PRECONDITION);
    if (preconditions && preconditions->none_match.given &&
        tags_have(&preconditions->none_match, &tag)) {
        request->answer.status = 304;
        return REQUEST_ANSWERED;
    }
    encode_dataset(&request->answer.body, dataset);
    return answer_json(request);
}

enum handled handle_dataset_get(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_dataset_get);
    struct preconditions preconditions;
    struct dataset *dataset;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    enum engine_status status = dataset_read(request->engine, request->name, &dataset);
    if (status != ENGINE_OK)
        return answer_dataset_refusal(request, status);
    enum handled handled = answer_dataset(request, dataset, &preconditions);
    dataset_release(dataset);
    return handled;
}

static enum handled answer_page(struct request *request, const struct list_query *query,
                                const struct dataset_listing *listing)
{
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < listing->count; i++)
        encode_dataset(w, listing->items[i]);
    json_array_end(w);
    json_key(w, "next_cursor");
    if (listing->last[0]) {
        json_text(w, listing->last);
        list_query_link(request, query, "/v1/datasets", listing->last);
    } else {
        json_nil(w);
    }
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_dataset_list(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_dataset_list);
    struct list_query query;
    struct dataset_listing listing;
    if (!list_query_read(request, &query))
        return REQUEST_ANSWERED;
    enum engine_status status =
        dataset_list(request->engine, query.prefix, query.cursor, query.limit, &listing);
    enum handled handled = status == ENGINE_OK ? answer_page(request, &query, &listing)
                                               : answer_dataset_refusal(request, status);
    dataset_listing_release(&listing);
    return handled;
}

/* PUT ----------------------------------------------------------------------------------- */

static bool is_csv(const struct request *request)
{
    static const char type[] = "text/csv";
    const char *text = request->content_type;
    if (!text)
        return false;
    text += strspn(text, " \t");
    return strncasecmp(text, type, strlen(type)) == 0 && strchr("; \t", text[strlen(type)]);
}

/* Answers a dataset that is complete. Takes over `dataset`. */
static enum handled publish(struct request *request, struct dataset *dataset, struct upload *upload)
{
    struct preconditions preconditions;
    enum handled handled = REQUEST_ANSWERED;
    if (request_preconditions(request, &preconditions)) {
        bool created = false;
        enum engine_status status =
            upload_publish(upload, request->name, &preconditions, dataset, &created);
        handled = status == ENGINE_OK ? answer_dataset(request, dataset, NULL)
                                      : answer_dataset_refusal(request, status);
        if (status == ENGINE_OK)
            request->answer.status = created ? 201 : 200;
    }
    dataset_release(dataset);
    return handled;
}

static enum handled put_json(struct request *request)
{
    struct dataset *dataset;
    struct upload *upload;
    if (request_query(request, "targets"))
        problem_add(&request->problem, "targets", "is for text/csv; in JSON the body has them");
    if (request->problem.kind != PROBLEM_NONE || !dataset_body_read(request, &dataset, &upload))
        return REQUEST_ANSWERED;
    enum handled handled = publish(request, dataset, upload);
    upload_release(upload);
    return handled;
}

static enum handled put_csv(struct request *request)
{
    struct dataset_csv *csv = request->stream;
    struct dataset *dataset = dataset_csv_finish(csv);
    return dataset ? publish(request, dataset, dataset_csv_upload(csv)) : REQUEST_ANSWERED;
}

/* On the long lane: it waits for the disk, and a generator may make many rows. */
enum handled handle_dataset_put(struct request *request)
{
    if (!request->on_long_lane)
        return request_offload_long(request, handle_dataset_put);
    return request->stream ? put_csv(request) : put_json(request);
}

static bool begin_stream(struct request *request)
{
    if (strcasestr(request->content_type, "header=absent")) {
        problem_set(&request->problem, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                    "Send the CSV with a first line that names the columns, and leave "
                    "header=absent out of Content-Type.");
        return false;
    }
    request->stream = dataset_csv_create(request->engine, request->limits,
                                         request_query(request, "targets"), &request->problem);
    if (!request->stream)
        refuse_request(request, ENGINE_NO_MEMORY);
    return request->problem.kind == PROBLEM_NONE;
}

static void go_on(void *argument)
{
    struct request *request = argument;
    request->resume(request);
}

static enum streamed take_piece(struct request *request, const char *data, size_t size)
{
    struct dataset_csv *csv = request->stream;
    if (!dataset_csv_take(csv, data, size))
        return STREAM_ENDS;
    struct upload *upload = dataset_csv_upload(csv);
    if (!upload)
        return STREAM_GOES_ON;
    enum engine_status status = upload_status(upload);
    if (status != ENGINE_OK) {
        answer_dataset_refusal(request, status);
        return STREAM_ENDS;
    }
    if (!upload_is_ahead(upload))
        return STREAM_GOES_ON;
    request->suspend(request);
    if (!upload_notify(upload, go_on, request))
        request->resume(request);
    return STREAM_WAITS;
}

static void end_stream(struct request *request)
{
    dataset_csv_free(request->stream);
    request->stream = NULL;
}

const struct body_stream dataset_stream = {
    .wanted = is_csv, .begin = begin_stream, .take = take_piece, .end = end_stream};

/* DELETE -------------------------------------------------------------------------------- */

enum handled handle_dataset_delete(struct request *request)
{
    if (!request->on_worker)
        return request_offload(request, handle_dataset_delete);
    struct preconditions preconditions;
    if (!request_preconditions(request, &preconditions))
        return REQUEST_ANSWERED;
    enum engine_status status =
        dataset_delete_named(request->engine, request->name, &preconditions);
    if (status != ENGINE_OK)
        return answer_dataset_refusal(request, status);
    request->answer.status = 204;
    return REQUEST_ANSWERED;
}
