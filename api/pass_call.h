#ifndef API_PASS_CALL_H
#define API_PASS_CALL_H

#include "api/decoder.h"
#include "api/read_state.h"
#include "api/request.h"
#include "api/samples_body.h"
#include "engine/edit.h"

/* A request that passes samples through a network: its body, and the network that it was checked
 * against. What its body needs beforehand (targets_needed, include, always) is set by the handler.
 */
struct pass_call {
    bool targets_needed;
    struct decoder decoder;
    struct samples_body body;
    struct preconditions preconditions;
    struct read_state state;
    struct snapshot *snapshot; /* the state's */
    struct pass *pass;
    struct outcome outcome;
};

/* Decodes the body by `fields` (of a struct samples_body) and checks it against the network. False
 * when *handled is the handler's result. pass_call_end() either way. */
bool pass_call_begin(struct pass_call *call, struct request *request, request_handler handler,
                     const struct field *fields, enum handled *handled);
void pass_call_end(struct pass_call *call);

/* Runs the pass on the call's snapshot: outputs, the errors where the answer always has outputs,
 * and where wanted the gradient. `whole`: keeps the traces of all samples. */
enum engine_status pass_call_run(struct pass_call *call, bool whole, bool gradient);

/* Whether If-Match and If-None-Match hold for the snapshot that a pass reads; else 412.
 * A live state is no revision. */
bool pass_call_judge(struct request *request, const struct pass_call *call);

/* Whether a request may take so much work (engine/work.h). Else false, with a fault at `pointer`.
 */
bool check_work(struct request *request, const char *pointer, double work, const char *advice);

/* Whether so much work may be done on this thread. Else false, and it is handed to a worker. */
bool admit_work(struct request *request, request_handler handler, double work,
                enum handled *handled);

#endif
