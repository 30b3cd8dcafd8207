#include "api/network_answer.h"

#include <stdio.h>
#include <string.h>

#include "api/body.h"
#include "api/definition_text.h"
#include "api/etag.h"
#include "api/timestamp.h"

enum { LONG_PARAMETERS = 5000 }; /* some 200 us of writing numbers */

void encode_network_view(struct json_writer *w, const struct network_view *view)
{
    char time[TIMESTAMP_SIZE];
    json_object_begin(w);
    json_key(w, "name");
    json_text(w, view->name);
    encode_definition(w, view->definition, view->parameters);
    json_key(w, "revision");
    json_unsigned(w, view->revision);
    json_key(w, "steps");
    json_unsigned(w, view->steps);
    json_key(w, "parameter_count");
    json_unsigned(w, view->definition->net->parameter_count);
    if (view->numerics) {
        json_key(w, "numerics");
        json_unsigned(w, view->numerics);
    }
    if (view->stored) {
        json_key(w, "created_at");
        json_text(w, timestamp_write(view->created_at, time));
        json_key(w, "updated_at");
        json_text(w, timestamp_write(view->updated_at, time));
    }
    json_object_end(w);
}

void encode_network(struct json_writer *w, const struct snapshot *snapshot, bool with_parameters,
                    bool stored)
{
    struct network_view view = {
        .name = snapshot->name,
        .definition = snapshot->definition,
        .parameters = with_parameters ? snapshot->block->parameters : NULL,
        .revision = snapshot->revision,
        .steps = snapshot->steps,
        .numerics = snapshot->block->numerics,
        .stored = stored,
        .created_at = snapshot->created_at,
        .updated_at = snapshot->updated_at,
    };
    encode_network_view(w, &view);
}

bool answer_is_long(const struct request *request, const struct snapshot *snapshot)
{
    return !request->on_worker && snapshot->block->parameter_count > LONG_PARAMETERS;
}

enum handled answer_changed_network(struct request *request, int http_status,
                                    struct snapshot *snapshot, struct commit *commit)
{
    struct answer *answer = &request->answer;
    answer->status = http_status;
    answer_etag(request, snapshot);
    if (http_status == 201 || strcmp(request->name, snapshot->name) != 0)
        snprintf(answer->location, sizeof(answer->location), "/v1/networks/%s", snapshot->name);
    encode_network(&answer->body, snapshot, false, true);
    snapshot_release(snapshot);
    return answer_json_after_commit(request, commit);
}
