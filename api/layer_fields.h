#ifndef API_LAYER_FIELDS_H
#define API_LAYER_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/network.h"

/* The start values that a layer gives, borrowed from the document; NULL: not given. */
struct given_values {
    const json_t *weights;
    const json_t *biases;
};

/* A layer as a body gives it: units (0: not given, or wrong), activation, bias, init. */
struct layer_body {
    struct layer layer;
    struct given_values given;
};

/* Decodes one element of `layers`. */
void decode_layer(struct decoder *decoder, const json_t *value, struct layer_body *out);

/* {"units": …, "activation": …, "bias": …, "init": …}; with `parameters` (or NULL) also "weights"
 * and "biases". */
void encode_layer(struct json_writer *w, const struct layer *layer, const double *parameters);

/* [{"weights": [[…]], "biases": […]}, …] of parameters or of a gradient. */
void encode_layer_values(struct json_writer *w, const struct network *net, const double *values);

#endif
