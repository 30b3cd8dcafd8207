#ifndef API_FIELDS_H
#define API_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"

/* What the tables of decoder.h are good for beside decoding. Of their fields these take
 * FIELD_NUMBER, FIELD_PAIR and FIELD_BOOL, and pass over FIELD_SERVER. */

/* Writes each field as a member, into an object that is open. */
void encode_fields(struct json_writer *w, const struct field *fields, const void *source);

/* Applies a merge patch to *target: null puts what *defaults has in its place, any other value is
 * decoded. Faults as decode_object() finds them. */
void patch_fields(struct decoder *decoder, const json_t *patch, const struct field *fields,
                  const void *defaults, void *target);

#endif
