#ifndef API_SHAPES_H
#define API_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "api/decoder.h"

/* Whether an array of numbers has the shape that its place asks for; each fault is added at the
 * present place or at the element that is wrong. `what` names an element for people: "inputs". */

/* One vector of `count` numbers. */
bool check_vector(struct decoder *decoder, const struct json_numbers *numbers, size_t count,
                  const char *what);

/* A layer's weights: for each of its units one vector, with a number for each input. */
bool check_weights(struct decoder *decoder, const struct json_numbers *numbers, size_t units,
                   size_t inputs);

/* As many biases as a layer has. */
bool check_biases(struct decoder *decoder, const struct json_numbers *numbers, size_t count);

/* Whether each number has a finite float next to it, as a float32 network needs it. */
bool check_float32(struct decoder *decoder, const struct json_numbers *numbers);

/* 1 to max_rows vectors of `columns` numbers, or one such vector. */
bool check_samples(struct decoder *decoder, const struct json_numbers *numbers, size_t max_rows,
                   size_t columns, const char *what);

#endif
