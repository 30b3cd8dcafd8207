#ifndef API_METADATA_H
#define API_METADATA_H

#include "api/decoder.h"

/* Metadata as text for a definition: malloc'ed, or NULL with a fault (also where it is empty: then
 * without one). */
char *decode_metadata(struct decoder *decoder, const json_t *value);

/* Merges a patch (RFC 7386) into metadata's text (NULL: none). Gives the new text as
 * decode_metadata() does. */
char *merge_metadata(struct decoder *decoder, const char *text, const json_t *patch);

#endif
