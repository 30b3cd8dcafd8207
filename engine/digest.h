#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) of bytes that come in parts: what names the content of a dataset. */
enum { DIGEST_SIZE = 32 };

struct digest {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t size);
/* The digest of all that was added, which ends it. */
void digest_finish(struct digest *digest, unsigned char out[DIGEST_SIZE]);

#endif
