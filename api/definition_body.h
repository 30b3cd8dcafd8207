#ifndef API_DEFINITION_BODY_H
#define API_DEFINITION_BODY_H

#include "api/decoder.h"
#include "api/request.h"
#include "engine/definition.h"
#include "engine/snapshot.h"

/* What a body that defines a network says beside the definition. */
struct definition_names {
    char name[NAME_MAX_LENGTH + 1]; /* "" where it gives none, or none that is valid */
    char from[NAME_MAX_LENGTH + 1]; /* likewise: the network to clone */
    bool has_name;
    bool has_from;
    const json_t *metadata; /* borrowed from the document; NULL: not given */
};

/* Decodes `name`, `from` and `metadata` of a body alone, to see what it is. */
void decode_definition_names(struct decoder *decoder, struct definition_names *out);

/*
 * Decodes the document's root as the definition of a network within the limits. On success (no
 * problem) gives a proposal, for proposal_release().
 */
bool decode_definition(struct decoder *decoder, const struct limits *limits, struct proposal *out);

#endif
