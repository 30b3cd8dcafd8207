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
    const json_t *metadata;
};

/* Reads the document's root. False with a problem. Borrows the decoder. */
bool network_patch_decode(struct network_patch *patch, struct decoder *decoder);

/* Gives a patched copy of a definition, or NULL with a problem at the decoder. For struct patch's
 * `make`; `argument` is the struct network_patch. */
struct definition *network_patch_apply(void *argument, const struct definition *base);

#endif
