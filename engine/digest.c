#include "engine/digest.h"

#include <endian.h>
#include <string.h>

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int count)
{
    return x >> count | x << (32 - count);
}

static void extend(const unsigned char *block, uint32_t words[64])
{
    for (int t = 0; t < 16; t++) {
        memcpy(&words[t], block + 4 * t, sizeof(words[t]));
        words[t] = be32toh(words[t]);
    }
    for (int t = 16; t < 64; t++) {
        uint32_t a = words[t - 15], b = words[t - 2];
        words[t] = words[t - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[t - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void compress(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[64];
    extend(block, words);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
                         constants[t] + words[t];
        uint32_t second =
            (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint32_t added[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        state[i] += added[i];
}

void digest_init(struct digest *digest)
{
    /* The first 32 bits of the fractions of the square roots of the first 8 primes. */
    *digest = (struct digest){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void digest_add(struct digest *digest, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    while (size) {
        size_t within = digest->length % sizeof(digest->block);
        size_t some = sizeof(digest->block) - within < size ? sizeof(digest->block) - within : size;
        memcpy(digest->block + within, next, some);
        digest->length += some;
        next += some;
        size -= some;
        if (within + some == sizeof(digest->block))
            compress(digest->state, digest->block);
    }
}

void digest_finish(struct digest *digest, unsigned char out[DIGEST_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    uint64_t bits = htobe64(digest->length * 8);
    size_t within = digest->length % sizeof(digest->block);
    digest_add(digest, padding, (within < 56 ? 56 : 120) - within);
    digest_add(digest, &bits, sizeof(bits));
    for (int i = 0; i < 8; i++) {
        uint32_t word = htobe32(digest->state[i]);
        memcpy(out + 4 * i, &word, sizeof(word));
    }
}
