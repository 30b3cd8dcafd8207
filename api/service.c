#include <stdio.h>
#include <string.h>

#include "api/body.h"
#include "api/handlers.h"
#include "nn/network.h"
#include "nn/numerics.h"
#include "nn/shapes.h"
#include "nn/simd.h"
#include "nn/trainer.h"

static void write_names(struct json_writer *w, const char *key, const char *const *names,
                        size_t count)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_text(w, names[i]);
    json_array_end(w);
}

/* What can be chosen: the names in nn's tables. */
static void write_features(struct json_writer *w)
{
    json_object_begin(w);
    write_names(w, "activations", activation_names, ACTIVATION_COUNT);
    write_names(w, "losses", loss_names, LOSS_COUNT);
    write_names(w, "optimizers", optimizer_names, OPTIMIZER_COUNT);
    write_names(w, "inits", init_kind_names, INIT_KIND_COUNT);
    write_names(w, "biases", bias_kind_names, BIAS_KIND_COUNT);
    write_names(w, "update_orders", update_order_names, UPDATE_ORDER_COUNT);
    write_names(w, "schedules", schedule_names, SCHEDULE_COUNT);
    write_names(w, "precisions", precision_names, PRECISION_COUNT);
    write_names(w, "generators", shape_names, SHAPE_COUNT);
    json_object_end(w);
}

static void write_limits(struct json_writer *w, const struct limits *limits)
{
    const struct {
        const char *name;
        size_t value;
    } rows[] = {
        {"max_body", limits->max_body},       {"max_json_depth", limits->max_json_depth},
        {"max_layers", limits->max_layers},   {"max_parameters", limits->max_parameters},
        {"max_samples", limits->max_samples}, {"max_work", limits->max_work},
        {"max_dataset", limits->max_dataset}, {"max_queued_runs", limits->max_queued_runs},
        {"keep_runs", limits->keep_runs},     {"max_wait", limits->max_wait},
    };
    json_object_begin(w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_key(w, rows[i].name);
        json_unsigned(w, rows[i].value);
    }
    json_object_end(w);
}

enum handled handle_service(struct request *request)
{
    static const char *const links[][2] = {
        {"networks", "/v1/networks"},
        {"datasets", "/v1/datasets"},
        {"runs", "/v1/runs"},
        {"events", "/v1/events"},
        {"openapi", "/openapi.yaml"},
        {"openapi_json", "/openapi.json"},
        {"liveness", "/livez"},
        {"readiness", "/readyz"},
        {"home", "/"},
    };
    struct json_writer *w = &request->answer.body;
    json_object_begin(w);
    json_key(w, "version");
    json_text(w, BACKPROPD_VERSION);
    json_key(w, "numerics");
    json_unsigned(w, NN_NUMERICS);
    json_key(w, "simd");
    json_text(w, simd_names[simd_in_use()]);
    json_key(w, "features");
    write_features(w);
    json_key(w, "limits");
    write_limits(w, request->limits);
    json_key(w, "links");
    json_object_begin(w);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        json_key(w, links[i][0]);
        json_text(w, links[i][1]);
    }
    json_object_end(w);
    json_object_end(w);
    return answer_json(request);
}

enum handled handle_not_built(struct request *request)
{
    problem_set(&request->problem, PROBLEM_NOT_BUILT_YET,
                "%s %s is planned but not built yet; GET /v1 tells what this version can do.",
                request->method, request->path);
    return REQUEST_ANSWERED;
}

static void append(struct json_writer *w, const char *text)
{
    json_append(w, text, strlen(text));
}

enum handled handle_problem_page(struct request *request)
{
    for (size_t i = 0; i < PROBLEM_KIND_COUNT; i++) {
        const struct problem_kind_row *row = &problem_kinds[i];
        if (!row->slug || strcmp(row->slug, request->segment) != 0)
            continue;
        char status[16];
        snprintf(status, sizeof(status), "%d", row->status);
        struct json_writer *w = &request->answer.body;
        append(w, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>");
        append(w, row->title);
        append(w, "</title>\n<h1>");
        append(w, row->title);
        append(w, "</h1>\n<p>Status ");
        append(w, status);
        append(w, "</p>\n<p>");
        append(w, row->meaning);
        append(w, "</p>\n<p><a href=\"/\">backpropd</a></p>\n</html>\n");
        request->answer.content_type = "text/html; charset=utf-8";
        return REQUEST_ANSWERED;
    }
    problem_set(&request->problem, PROBLEM_NOT_FOUND, "There is no problem of this name.");
    return REQUEST_ANSWERED;
}
