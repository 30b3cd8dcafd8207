#ifndef API_REFUSAL_H
#define API_REFUSAL_H

#include "api/request.h"
#include "engine/edit.h"
#include "engine/status.h"

/* Sets the problem that an engine's status (not ENGINE_OK) means to the client. The one place that
 * translates them. */
void refuse_request(struct request *request, enum engine_status status);

/*
 * Answers a refusal of the engine: with a problem, which waits for the disk where the verdict rests
 * on a state that is not there yet; or by asking again, on a worker thread or after a change under
 * way. Takes over refusal->commit. `refusal` may be NULL.
 * ENGINE_INVALID: the handler has set the problem itself.
 */
enum handled answer_refusal(struct request *request, enum engine_status status,
                            struct refusal *refusal);

/* The same for what was asked of the run in the path. */
enum handled refuse_run(struct request *request, enum engine_status status);

#endif
