#include "api/read_state.h"

#include <string.h>

#include "api/body.h"
#include "engine/run.h"

/* The newest state of the network's run; false where none trains. */
static bool read_newest(struct request *request, struct read_state *out)
{
    struct run *run = run_of_network(request->engine, request->name);
    bool found = run && run_newest(run, &out->snapshot, &out->epoch) == ENGINE_OK;
    if (found)
        memcpy(out->run, run_id(run), sizeof(out->run));
    run_release(run);
    return found;
}

bool request_state(struct request *request, request_handler handler, struct read_state *out,
                   enum handled *handled)
{
    *out = (struct read_state){0};
    *handled = REQUEST_ANSWERED;
    if (!request_flag(request, "live", &out->live))
        return false;
    if (out->live && !request->on_long_lane) { /* it waits for the run to give its state */
        *handled = request_offload_long(request, handler);
        return false;
    }
    return (out->live && read_newest(request, out)) ||
           request_network(request, &out->snapshot, handled);
}

void encode_read_state(struct json_writer *w, const struct read_state *state)
{
    if (!state->live)
        return;
    json_key(w, "run");
    if (state->run[0])
        json_text(w, state->run);
    else
        json_nil(w);
    json_key(w, "epoch");
    if (state->run[0])
        json_unsigned(w, state->epoch);
    else
        json_nil(w);
}
