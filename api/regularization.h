#ifndef API_REGULARIZATION_H
#define API_REGULARIZATION_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/network.h"

/* {"l1": 0, "l2": 0}; what is not given is 0. */
void decode_regularization(struct decoder *decoder, const json_t *value,
                           struct regularization *out);

/* Applies a merge patch: null is 0, for one or for both. */
void patch_regularization(struct decoder *decoder, const json_t *value,
                          struct regularization *regularization);

void encode_regularization(struct json_writer *w, const struct regularization *regularization);

#endif
