#ifndef API_START_VALUES_H
#define API_START_VALUES_H

#include "api/decoder.h"
#include "engine/definition.h"

/* The start values that a layer gives, borrowed from the document; NULL: not given. */
struct given_values {
    const json_t *weights;
    const json_t *biases;
};

/* Checks what a layer with so many inputs gives; 0 for these or the layer's units: unknown, because
 * of a fault elsewhere. */
void check_start_values(struct decoder *decoder, const struct given_values *given,
                        const struct layer *layer, size_t inputs, enum precision precision);

/* Copies the checked values of all layers into the proposal, rounded to the network's precision.
 * False when out of memory. */
bool take_start_values(struct decoder *decoder, const struct given_values *given,
                       struct proposal *out);

#endif
