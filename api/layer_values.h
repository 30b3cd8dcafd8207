#ifndef API_LAYER_VALUES_H
#define API_LAYER_VALUES_H

#include "api/decoder.h"
#include "nn/network.h"

/* Decodes what encode_layer_values() writes of a network, weights and biases of all layers, into
 * parameter_count numbers in the parameters' order, rounded to its precision. Faults are added at
 * the present place. */
void decode_layer_values(struct decoder *decoder, const json_t *layers, const struct network *net,
                         double *out);

#endif
