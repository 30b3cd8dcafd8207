#ifndef API_READ_STATE_H
#define API_READ_STATE_H

#include "api/json_writer.h"
#include "api/request.h"
#include "engine/snapshot.h"

/* The state of a network that a request reads: the committed one, or with `?live=true` the newest
 * of the run that trains it, where one does. */
struct read_state {
    struct snapshot *snapshot;   /* referenced */
    bool live;                   /* it was asked for */
    char run[RUN_ID_LENGTH + 1]; /* "" where it is the committed one */
    uint64_t epoch;
};

/* Reads the state of the network in the path. False when it is not to be had: then *handled is what
 * the handler returns (it may be called again on the lane for what takes long). */
bool request_state(struct request *request, request_handler handler, struct read_state *out,
                   enum handled *handled);

/* "run" and "epoch", where the state was asked for as a live one: null where no run trains. */
void encode_read_state(struct json_writer *w, const struct read_state *state);

#endif
