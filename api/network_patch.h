#ifndef API_NETWORK_PATCH_H
#define API_NETWORK_PATCH_H

#include "api/decoder.h"
#include "engine/snapshot.h"

/* A JSON merge patch (RFC 7386) of a network, as far as it can be read without the network. */
struct network_patch {
    struct decoder *decoder;
    char name[NAME_MAX_LENGTH + 1]; /* the new name, or "" */
    const json_t *optimizer;        /* members of the patch; NULL: not given */
    const json_t *frozen;
    const json_t *regularization;
    const json_t *input_scaling;
    const json_t *target_scaling;
    const json_t *classes;
    const json_t *metadata;
};

/* Reads the document's root. Faults are found here and, those that need the network, when the patch
 * is applied; so apply it even then. Borrows the decoder. */
void network_patch_decode(struct network_patch *patch, struct decoder *decoder);

/* Gives a patched copy of a definition, or NULL where the decoder has a problem. For struct patch's
 * `make`; `argument` is the struct network_patch. */
struct definition *network_patch_apply(void *argument, const struct definition *base);

#endif
