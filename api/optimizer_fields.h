#ifndef API_OPTIMIZER_FIELDS_H
#define API_OPTIMIZER_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/network.h"

/* Decodes `optimizer` as a whole: its type (sgd by default) and the constants of that
 * type, by default PyTorch's. */
void decode_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *out);

/* Applies a merge patch to *optimizer: null is a default, a new type begins with its defaults. */
void patch_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *optimizer);

/* Whether the optimizer's state begins within the network's precision; else a fault at the present
 * place. */
void check_optimizer_start(struct decoder *decoder, const struct optimizer *optimizer,
                           enum precision precision);

void encode_optimizer(struct json_writer *w, const struct optimizer *optimizer);

#endif
