#ifndef API_LAYER_FIELDS_H
#define API_LAYER_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "api/start_values.h"
#include "nn/network.h"

/* A layer as a body gives it: units (0: not given, or wrong), activation, bias, init, dropout. */
struct layer_body {
    struct layer layer;
    struct given_values given;
};

/* Decodes one element of `layers`. */
void decode_layer(struct decoder *decoder, const json_t *value, struct layer_body *out);

/* Layer l: {"units": …, "activation": …, "bias": …, "init": …, "dropout": …}; with `parameters` (or
 * NULL) also "weights" and "biases". */
void encode_layer(struct json_writer *w, const struct network *net, size_t l,
                  const double *parameters);

/* [{"weights": [[…]], "biases": […]}, …] of parameters or of a gradient. */
void encode_layer_values(struct json_writer *w, const struct network *net, const double *values);

#endif
