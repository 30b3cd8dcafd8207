#ifndef API_DEFINITION_TEXT_H
#define API_DEFINITION_TEXT_H

#include "api/json_writer.h"
#include "engine/definition.h"

/* The members of a definition from "inputs" to "metadata", into an object that is open; with
 * `parameters` (or NULL) the layers' values. Scalings, classes and metadata are left out where
 * there are none, huber_delta where the loss has none. */
void encode_definition(struct json_writer *w, const struct definition *definition,
                       const double *parameters);

/* How the engine keeps definitions: as the text that a client would send. */
extern const struct definition_codec definition_text_codec;

#endif
