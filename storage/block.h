#ifndef STORAGE_BLOCK_H
#define STORAGE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

/*
 * A block on disk: a header of fixed size (magic, format version, byte order, `numerics` version,
 * element type, counts, optimizer updates, CRC-32 of header and values), then the parameters, then
 * the state, as IEEE doubles in the byte order that the header names.
 *
 * The numerics version names the arithmetic that the values came from (order of sums, elementary
 * functions); a block of another one is reported, never silently continued.
 */
enum { BLOCK_FORMAT = 1, BLOCK_NUMERICS = 1 };

/* Bytes of the encoded block; 0 when the sizes overflow. */
size_t block_encoded_size(const struct store_block *block);

/* Writes block_encoded_size() bytes. */
void block_encode(const struct store_block *block, unsigned char *out);

/* Checks everything, then copies. STORE_OK, STORE_DAMAGED or STORE_NO_MEMORY. */
enum store_status block_decode(const unsigned char *bytes, size_t size,
                               struct store_block_copy *out);

#endif
