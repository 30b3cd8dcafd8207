#ifndef API_CLASSES_H
#define API_CLASSES_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "engine/definition.h"

/* Where a single output goes from the first class to the second. */
#define CLASS_THRESHOLD 0.5

/* The array of names that a value stands for: itself, or of {"dataset": name} the words of that
 * dataset's target (then on worker threads), borrowed from the document. NULL with a fault. */
const json_t *resolve_classes(struct decoder *decoder, const json_t *value);

/* Checks `classes` for a network of so many outputs (0: unknown, because of a fault elsewhere): as
 * many distinct names, or two for a single output. */
void check_classes(struct decoder *decoder, const json_t *value, size_t outputs);

/* Gives a definition the names of an array that has passed check_classes(). */
void take_classes(struct decoder *decoder, const json_t *value, struct definition *definition);

void encode_classes(struct json_writer *w, const struct definition *definition);

/* The name that a sample's outputs choose: that of the largest, of equals the first; of a single
 * output the first name below 0.5, else the second. */
const char *class_of(const struct definition *definition, const double *outputs);

#endif
