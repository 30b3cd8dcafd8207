#ifndef API_FROZEN_H
#define API_FROZEN_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/network.h"

/* Sets the frozen flags of `count` layers from a list of names (NULL: an empty one); all others are
 * cleared. Of the layers only `bias` is read. */
void decode_frozen(struct decoder *decoder, const json_t *value, struct layer *layers,
                   size_t count);

/* The list of names that gives these flags back. */
void encode_frozen(struct json_writer *w, const struct network *net);

#endif
