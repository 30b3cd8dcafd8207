#include "storage/block.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BYTES_LITTLE_ENDIAN = 1, BYTES_BIG_ENDIAN = 2, VALUE_DOUBLE = 1 };

enum {
    AT_FORMAT = 8,
    AT_BYTE_ORDER = 10,
    AT_VALUE_TYPE = 11,
    AT_NUMERICS = 12,
    AT_PARAMETER_COUNT = 16,
    AT_STATE_COUNT = 24,
    AT_UPDATES = 32,
    AT_ZERO = 40,
    AT_CHECKSUM = 44,
};

static const unsigned char magic[8] = "BPBLOCK";
static const unsigned char host_byte_order =
    __BYTE_ORDER == __LITTLE_ENDIAN ? BYTES_LITTLE_ENDIAN : BYTES_BIG_ENDIAN;

static void put16(unsigned char *at, uint16_t value)
{
    value = htole16(value);
    memcpy(at, &value, sizeof(value));
}

static void put32(unsigned char *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static void put64(unsigned char *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}

static uint16_t get16(const unsigned char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return le16toh(value);
}

static uint32_t get32(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static uint64_t get64(const unsigned char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

/* Bytes of a block with that many values; 0 when they overflow. */
static size_t encoded_size(uint64_t parameter_count, uint64_t state_count)
{
    uint64_t count, bytes;
    if (__builtin_add_overflow(parameter_count, state_count, &count) ||
        __builtin_mul_overflow(count, sizeof(double), &bytes) ||
        __builtin_add_overflow(bytes, BLOCK_HEADER_SIZE, &bytes) || bytes > SIZE_MAX)
        return 0;
    return bytes;
}

size_t block_encoded_size(const struct store_block *block)
{
    return encoded_size(block->parameter_count, block->state_count);
}

static uint32_t checksum_of(uint32_t checksum, const void *bytes, size_t size)
{
    /* zlib takes a null pointer as the wish for the start value. */
    return size ? crc32_z(checksum, bytes, size) : checksum;
}

void block_encode_header(const struct store_block *block, unsigned char *header)
{
    memcpy(header, magic, sizeof(magic));
    put16(header + AT_FORMAT, BLOCK_FORMAT);
    header[AT_BYTE_ORDER] = host_byte_order;
    header[AT_VALUE_TYPE] = VALUE_DOUBLE;
    put32(header + AT_NUMERICS, BLOCK_NUMERICS);
    put64(header + AT_PARAMETER_COUNT, block->parameter_count);
    put64(header + AT_STATE_COUNT, block->state_count);
    put64(header + AT_UPDATES, block->optimizer_updates);
    put32(header + AT_ZERO, 0);

    uint32_t checksum = checksum_of(0, header, AT_CHECKSUM);
    checksum = checksum_of(checksum, block->parameters, block->parameter_count * sizeof(double));
    checksum = checksum_of(checksum, block->state, block->state_count * sizeof(double));
    put32(header + AT_CHECKSUM, checksum);
}

void block_encode_part(const struct store_block *block, const unsigned char *header, size_t offset,
                       size_t size, unsigned char *out)
{
    const struct {
        const void *bytes;
        size_t size;
    } pieces[] = {
        {header, BLOCK_HEADER_SIZE},
        {block->parameters, block->parameter_count * sizeof(double)},
        {block->state, block->state_count * sizeof(double)},
    };
    for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]) && size; p++) {
        if (offset >= pieces[p].size) {
            offset -= pieces[p].size;
            continue;
        }
        size_t count = pieces[p].size - offset < size ? pieces[p].size - offset : size;
        memcpy(out, (const unsigned char *)pieces[p].bytes + offset, count);
        out += count;
        size -= count;
        offset = 0;
    }
}

void block_encode(const struct store_block *block, unsigned char *out)
{
    block_encode_header(block, out);
    size_t values = block_encoded_size(block) - BLOCK_HEADER_SIZE;
    block_encode_part(block, out, BLOCK_HEADER_SIZE, values, out + BLOCK_HEADER_SIZE);
}

void block_decoder_init(struct block_decoder *decoder, size_t size)
{
    *decoder = (struct block_decoder){.size = size};
}

static bool header_is_valid(const struct block_decoder *decoder)
{
    const unsigned char *header = decoder->header;
    return memcmp(header, magic, sizeof(magic)) == 0 && get16(header + AT_FORMAT) == BLOCK_FORMAT &&
           (header[AT_BYTE_ORDER] == BYTES_LITTLE_ENDIAN ||
            header[AT_BYTE_ORDER] == BYTES_BIG_ENDIAN) &&
           header[AT_VALUE_TYPE] == VALUE_DOUBLE && get32(header + AT_NUMERICS) == BLOCK_NUMERICS &&
           encoded_size(get64(header + AT_PARAMETER_COUNT), get64(header + AT_STATE_COUNT)) ==
               decoder->size;
}

/* The header is complete: checks it, and makes room for the values that it announces. */
static enum store_status begin_values(struct block_decoder *decoder)
{
    if (!header_is_valid(decoder))
        return STORE_DAMAGED;
    struct store_block_copy *values = &decoder->values;
    size_t bytes = decoder->size - BLOCK_HEADER_SIZE;
    values->parameters = malloc(bytes ? bytes : sizeof(double));
    if (!values->parameters)
        return STORE_NO_MEMORY;
    values->parameter_count = get64(decoder->header + AT_PARAMETER_COUNT);
    values->state_count = get64(decoder->header + AT_STATE_COUNT);
    values->state = values->state_count ? values->parameters + values->parameter_count : NULL;
    values->optimizer_updates = get64(decoder->header + AT_UPDATES);
    decoder->checksum = checksum_of(0, decoder->header, AT_CHECKSUM);
    return STORE_OK;
}

enum store_status block_decoder_add(struct block_decoder *decoder, const unsigned char *bytes,
                                    size_t count)
{
    if (count > decoder->size - decoder->taken)
        return STORE_DAMAGED;
    if (decoder->taken < BLOCK_HEADER_SIZE) {
        size_t missing = BLOCK_HEADER_SIZE - decoder->taken;
        size_t part = count < missing ? count : missing;
        memcpy(decoder->header + decoder->taken, bytes, part);
        decoder->taken += part;
        bytes += part;
        count -= part;
        enum store_status status = part == missing ? begin_values(decoder) : STORE_OK;
        if (status != STORE_OK || !count)
            return status;
    }
    size_t offset = decoder->taken - BLOCK_HEADER_SIZE;
    memcpy((unsigned char *)decoder->values.parameters + offset, bytes, count);
    decoder->checksum = checksum_of(decoder->checksum, bytes, count);
    decoder->taken += count;
    return STORE_OK;
}

static void swap_bytes(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof(bits));
        bits = __builtin_bswap64(bits);
        memcpy(&values[i], &bits, sizeof(bits));
    }
}

enum store_status block_decoder_finish(struct block_decoder *decoder, struct store_block_copy *out)
{
    struct store_block_copy *values = &decoder->values;
    if (!values->parameters || decoder->taken != decoder->size ||
        decoder->checksum != get32(decoder->header + AT_CHECKSUM))
        return STORE_DAMAGED;
    if (decoder->header[AT_BYTE_ORDER] != host_byte_order)
        swap_bytes(values->parameters, values->parameter_count + values->state_count);
    *out = *values;
    *values = (struct store_block_copy){0};
    return STORE_OK;
}

void block_decoder_release(struct block_decoder *decoder)
{
    store_block_release(&decoder->values);
}

enum store_status block_decode(const unsigned char *bytes, size_t size,
                               struct store_block_copy *out)
{
    struct block_decoder decoder;
    block_decoder_init(&decoder, size);
    enum store_status status = block_decoder_add(&decoder, bytes, size);
    if (status == STORE_OK)
        status = block_decoder_finish(&decoder, out);
    block_decoder_release(&decoder);
    return status;
}

void store_block_release(struct store_block_copy *block)
{
    free(block->parameters);
    *block = (struct store_block_copy){0};
}
