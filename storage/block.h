#ifndef STORAGE_BLOCK_H
#define STORAGE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

/*
 * A block on disk: a header, then the parameters, then the state, as IEEE numbers of the type and
 * in the byte order that the header names. The header's own numbers are little-endian:
 *
 *    0  8 bytes  "BPBLOCK" and a zero
 *    8  uint16   BLOCK_FORMAT
 *   10  uint8    byte order of the values: 1 little-endian, 2 big-endian
 *   11  uint8    type of the values: 1 IEEE double, 2 IEEE float
 *   12  uint32   numerics, from 1
 *   16  uint64   number of parameters
 *   24  uint64   number of values of state
 *   32  uint64   updates of the optimizer
 *   40  uint32   zero
 *   44  uint32   CRC-32 of all bytes but these four
 *
 * The numerics version names the arithmetic that the values come from (order of sums, elementary
 * functions). The values are plain numbers whatever it is: it is read and written for those above,
 * who report another one than theirs.
 */
enum { BLOCK_FORMAT = 1, BLOCK_HEADER_SIZE = 48 };

/* Bytes of the encoded block; 0 when the sizes overflow. */
size_t block_encoded_size(const struct store_block *block);

/* Writes the header of a block. Reads all of its values, for the checksum. */
void block_encode_header(const struct store_block *block, unsigned char *header);

/* Writes `size` bytes of the encoded block from `offset` on; `header` is its encoded header. */
void block_encode_part(const struct store_block *block, const unsigned char *header, size_t offset,
                       size_t size, unsigned char *out);

/* Writes block_encoded_size() bytes. */
void block_encode(const struct store_block *block, unsigned char *out);

/* Checks everything, then copies. STORE_OK, STORE_DAMAGED or STORE_NO_MEMORY. */
enum store_status block_decode(const unsigned char *bytes, size_t size,
                               struct store_block_copy *out);

/*
 * The same for a block that arrives in parts, without a second copy in memory: init, add the parts
 * in order while it returns STORE_OK, finish, release. The fields are its own.
 */
struct block_decoder {
    size_t size;  /* of the encoded block */
    size_t taken; /* bytes seen of it */
    unsigned char header[BLOCK_HEADER_SIZE];
    struct store_block_copy values;
    uint32_t checksum;
};

void block_decoder_init(struct block_decoder *decoder, size_t size);
enum store_status block_decoder_add(struct block_decoder *decoder, const unsigned char *bytes,
                                    size_t count);
/* Gives the values when all of them have come and the checksum is right. */
enum store_status block_decoder_finish(struct block_decoder *decoder, struct store_block_copy *out);
void block_decoder_release(struct block_decoder *decoder);

#endif
