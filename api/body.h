#ifndef API_BODY_H
#define API_BODY_H

#include "api/decoder.h"
#include "api/request.h"
#include "engine/snapshot.h"

/* Bodies above this are decoded on a worker thread, so that they do not hold up others. */
enum { BODY_INLINE_MAX = 32768 };

/* Whether the handler should offload itself before it decodes. */
bool body_is_long(const struct request *request);

/* decoder_begin() with the request's body and limits. */
bool request_decode(struct request *request, struct decoder *decoder);

/* The same where no field is required: an empty body is {}. */
bool request_decode_optional(struct request *request, struct decoder *decoder);

/* The committed snapshot of the network in the path. False when it is not to be had: then *handled
 * is what the handler returns. */
bool request_network(struct request *request, struct snapshot **out, enum handled *handled);

/* Ends the answer's JSON with a newline, and turns what went wrong in writing it into a problem. */
enum handled answer_json(struct request *request);

/* The same for a change that is on its way: the answer waits for `commit` (taken over). One that
 * there is no memory to write says that the change was made all the same. */
enum handled answer_json_after_commit(struct request *request, struct commit *commit);

#endif
