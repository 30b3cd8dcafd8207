#ifndef API_VALUES_H
#define API_VALUES_H

#include "api/json_writer.h"
#include "nn/network.h"

/* Numbers of a network (parameters, gradients, outputs, deltas, traces), written with the fewest
 * digits that read back to the same number of its precision. */

/* [v, v, ...] */
void encode_vector(struct json_writer *w, enum precision precision, const double *values,
                   size_t count);

/* [[...], ...], row-major */
void encode_matrix(struct json_writer *w, enum precision precision, const double *values,
                   size_t rows, size_t columns);

#endif
