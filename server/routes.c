#include "api/handlers.h"
#include "server/pages.h"
#include "server/router.h"

#define JSON "application/json"
#define EVENT_STREAM "text/event-stream"
#define NDJSON "application/x-ndjson"

/* A method that the contract has and that is not built yet: 501. */
#define LATER(method_name)                                                                         \
    {                                                                                              \
        METHOD_##method_name, handle_not_built                                                     \
    }

const struct resource resources[] = {
    {"/v1/networks/{name}/forward",
     {{METHOD_POST, handle_forward, BODY_JSON, JSON, .query = {"live"}, .later = {"checkpoint"}}}},
    {"/v1/networks/{name}/gradients", {{METHOD_POST, handle_gradients, BODY_JSON, JSON}}},
    {"/v1/networks/{name}/step",
     {{METHOD_POST, handle_step, BODY_JSON, JSON, .takes_idempotency_key = true}}},
    {"/v1/networks/{name}/train",
     {{METHOD_POST, handle_train, BODY_JSON, JSON, .takes_idempotency_key = true}}},
    {"/v1/networks/{name}/evaluate",
     {{METHOD_POST, handle_evaluate, BODY_JSON, JSON, .later = {"live", "checkpoint"}}}},
    {"/v1/networks/{name}/explain", {LATER(POST)}},

    {"/v1/networks",
     {{METHOD_GET, handle_network_list, BODY_NONE, JSON, .query = {"prefix", "limit", "cursor"}},
      {METHOD_POST, handle_network_create, BODY_JSON, JSON, .takes_idempotency_key = true,
       .query = {"dry_run"}}}},
    {"/v1/networks/import",
     {{METHOD_POST, handle_import, BODY_JSON, JSON,
       .query = {"name"}}}}, /* a network may have this name all the same */
    {"/v1/networks/{name}",
     {{METHOD_GET, handle_network_get, BODY_NONE, JSON, .query = {"include"}},
      {METHOD_PUT, handle_network_put, BODY_JSON, JSON},
      {METHOD_PATCH, handle_network_patch, BODY_MERGE_PATCH, JSON},
      {METHOD_DELETE, handle_network_delete, .query = {"cancel"}}}},
    {"/v1/networks/{name}/parameters",
     {{METHOD_GET, handle_parameters_get, BODY_NONE, JSON, .query = {"live"}},
      {METHOD_PUT, handle_parameters_put, BODY_JSON, JSON}}},
    {"/v1/networks/{name}/reset", {{METHOD_POST, handle_reset, BODY_JSON, JSON}}},
    {"/v1/networks/{name}/export", {{METHOD_GET, handle_export, BODY_NONE, JSON}}},
    {"/v1/networks/{name}/runs",
     {{METHOD_GET, handle_run_list, BODY_NONE, JSON, .query = {"limit", "cursor"}}}},
    {"/v1/networks/{name}/checkpoints",
     {{METHOD_GET, handle_checkpoint_list, BODY_NONE, JSON, .query = {"limit", "cursor"}},
      {METHOD_POST, handle_checkpoint_create, BODY_JSON, JSON}}},
    {"/v1/networks/{name}/checkpoints/{label}",
     {{METHOD_GET, handle_checkpoint_get, BODY_NONE, JSON, .query = {"include"}},
      {METHOD_DELETE, handle_checkpoint_delete}}},
    {"/v1/networks/{name}/checkpoints/{label}/restore",
     {{METHOD_POST, handle_checkpoint_restore, BODY_JSON, JSON}}},

    {"/v1/runs", {{METHOD_GET, handle_run_list, BODY_NONE, JSON, .query = {"limit", "cursor"}}}},
    {"/v1/runs/{id}",
     {{METHOD_GET, handle_run_get, BODY_NONE, JSON}, {METHOD_DELETE, handle_run_delete}}},
    {"/v1/runs/{id}/history",
     {{METHOD_GET, handle_run_history, BODY_NONE, JSON, .also = "text/csv", .query = {"points"}}}},
    {"/v1/runs/{id}/events",
     {{METHOD_GET, handle_run_events, BODY_NONE, EVENT_STREAM, .also = NDJSON,
       .query = {"rate", "include", "last_event_id"}}}},
    {"/v1/runs/{id}/parameters", {{METHOD_GET, handle_run_parameters, BODY_NONE, JSON}}},
    {"/v1/runs/{id}/cancel", {{METHOD_POST, handle_run_cancel, BODY_JSON, JSON}}},
    {"/v1/events",
     {{METHOD_GET, handle_all_events, BODY_NONE, EVENT_STREAM, .also = NDJSON,
       .query = {"rate", "last_event_id"}}}},

    {"/v1/datasets",
     {{METHOD_GET, handle_dataset_list, BODY_NONE, JSON, .query = {"prefix", "limit", "cursor"}}}},
    {"/v1/datasets/{name}",
     {{METHOD_GET, handle_dataset_get, BODY_NONE, JSON},
      {METHOD_PUT, handle_dataset_put, BODY_DATASET, JSON, .stream = &dataset_stream,
       .query = {"targets"}},
      {METHOD_DELETE, handle_dataset_delete}}},
    {"/v1/datasets/{name}/rows",
     {{METHOD_GET, handle_dataset_rows, BODY_NONE, .query = {"offset", "limit"}}}},

    {"/", {{METHOD_GET, handle_index}}},
    {"/v1", {{METHOD_GET, handle_service, BODY_NONE, JSON}}},
    {"/livez", {{METHOD_GET, handle_alive}}},
    {"/readyz", {{METHOD_GET, handle_ready}}},
    {"/metrics", {LATER(GET)}},
    {"/docs", {LATER(GET)}},
    {"/openapi.yaml", {{METHOD_GET, handle_openapi_yaml}}},
    {"/openapi.json", {{METHOD_GET, handle_openapi_json}}},
    {"/problems/{slug}", {{METHOD_GET, handle_problem_page}}},
};

const size_t resource_count = sizeof(resources) / sizeof(resources[0]);
