#include "api/network_answer.h"

#include <stdio.h>
#include <string.h>

#include "api/body.h"
#include "api/definition_body.h"
#include "api/etag.h"
#include "api/timestamp.h"

enum { LONG_PARAMETERS = 5000 }; /* some 200 us of writing numbers */

void encode_network(struct json_writer *w, const struct snapshot *snapshot, bool with_parameters,
                    bool stored)
{
    char time[TIMESTAMP_SIZE];
    json_object_begin(w);
    json_key(w, "name");
    json_text(w, snapshot->name);
    encode_definition(w, snapshot->definition,
                      with_parameters ? snapshot->block->parameters : NULL);
    json_key(w, "revision");
    json_unsigned(w, snapshot->revision);
    json_key(w, "steps");
    json_unsigned(w, snapshot->steps);
    json_key(w, "parameter_count");
    json_unsigned(w, snapshot->block->parameter_count);
    if (stored) {
        json_key(w, "created_at");
        json_text(w, timestamp_write(snapshot->created_at, time));
        json_key(w, "updated_at");
        json_text(w, timestamp_write(snapshot->updated_at, time));
    }
    json_object_end(w);
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
    answer_json(request);
    return request_after_commit(request, commit);
}
