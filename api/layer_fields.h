#ifndef API_LAYER_FIELDS_H
#define API_LAYER_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/network.h"

/* A layer as a body gives it. */
struct layer_body {
    size_t units; /* 0: not given, or wrong */
    enum activation activation;
    enum bias_kind bias;
    struct init init;
    const json_t *weights; /* borrowed from the document; NULL: not given */
    const json_t *biases;
};

/* Decodes one element of `layers`. */
void decode_layer(struct decoder *decoder, const json_t *value, struct layer_body *out);

/* How many biases a layer of this kind and size has. */
size_t layer_body_bias_count(const struct layer_body *layer);

/* {"units": …, "activation": …, "bias": …, "init": …}; with `parameters` (or NULL) also "weights"
 * and "biases". */
void encode_layer(struct json_writer *w, const struct layer *layer, const double *parameters);

/* [{"weights": [[…]], "biases": […]}, …] of parameters or of a gradient. */
void encode_layer_values(struct json_writer *w, const struct network *net, const double *values);

#endif
