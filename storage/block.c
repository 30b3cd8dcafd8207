#include "storage/block.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BYTES_LITTLE_ENDIAN = 1, BYTES_BIG_ENDIAN = 2, VALUE_DOUBLE = 1, VALUE_FLOAT = 2 };

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

static size_t value_size(bool floats)
{
    return floats ? sizeof(float) : sizeof(double);
}

/* Bytes of a block with that many values; 0 when they, or the doubles in memory, overflow. */
static size_t encoded_size(uint64_t parameter_count, uint64_t state_count, bool floats)
{
    uint64_t count, bytes;
    if (__builtin_add_overflow(parameter_count, state_count, &count) ||
        count > SIZE_MAX / sizeof(double) ||
        __builtin_mul_overflow(count, value_size(floats), &bytes) ||
        __builtin_add_overflow(bytes, BLOCK_HEADER_SIZE, &bytes) || bytes > SIZE_MAX)
        return 0;
    return bytes;
}

size_t block_encoded_size(const struct store_block *block)
{
    return encoded_size(block->parameter_count, block->state_count, block->floats);
}

static uint32_t checksum_of(uint32_t checksum, const void *bytes, size_t size)
{
    /* zlib takes a null pointer as the wish for the start value. */
    return size ? crc32_z(checksum, bytes, size) : checksum;
}

/* Writes bytes `offset` to `offset + size` of the encoded values. */
static void encode_values(const double *values, bool floats, size_t offset, size_t size,
                          unsigned char *out)
{
    if (!floats) {
        memcpy(out, (const unsigned char *)values + offset, size);
        return;
    }
    while (size) {
        float value = (float)values[offset / sizeof(value)];
        size_t within = offset % sizeof(value); /* a part may begin and end inside a value */
        size_t count = sizeof(value) - within < size ? sizeof(value) - within : size;
        memcpy(out, (const unsigned char *)&value + within, count);
        out += count;
        offset += count;
        size -= count;
    }
}

/* The checksum of values as they are encoded. */
static uint32_t checksum_of_values(uint32_t checksum, const double *values, size_t count,
                                   bool floats)
{
    unsigned char encoded[1024 * sizeof(float)];
    if (!floats)
        return checksum_of(checksum, values, count * sizeof(double));
    size_t size = count * sizeof(float);
    for (size_t offset = 0; offset < size; offset += sizeof(encoded)) {
        size_t part = size - offset < sizeof(encoded) ? size - offset : sizeof(encoded);
        encode_values(values, floats, offset, part, encoded);
        checksum = checksum_of(checksum, encoded, part);
    }
    return checksum;
}

void block_encode_header(const struct store_block *block, unsigned char *header)
{
    memcpy(header, magic, sizeof(magic));
    put16(header + AT_FORMAT, BLOCK_FORMAT);
    header[AT_BYTE_ORDER] = host_byte_order;
    header[AT_VALUE_TYPE] = block->floats ? VALUE_FLOAT : VALUE_DOUBLE;
    put32(header + AT_NUMERICS, block->numerics);
    put64(header + AT_PARAMETER_COUNT, block->parameter_count);
    put64(header + AT_STATE_COUNT, block->state_count);
    put64(header + AT_UPDATES, block->optimizer_updates);
    put32(header + AT_ZERO, 0);

    uint32_t checksum = checksum_of(0, header, AT_CHECKSUM);
    checksum =
        checksum_of_values(checksum, block->parameters, block->parameter_count, block->floats);
    checksum = checksum_of_values(checksum, block->state, block->state_count, block->floats);
    put32(header + AT_CHECKSUM, checksum);
}

void block_encode_part(const struct store_block *block, const unsigned char *header, size_t offset,
                       size_t size, unsigned char *out)
{
    const size_t each = value_size(block->floats);
    const struct {
        const double *values; /* NULL: the header */
        size_t size;
    } pieces[] = {
        {NULL, BLOCK_HEADER_SIZE},
        {block->parameters, block->parameter_count * each},
        {block->state, block->state_count * each},
    };
    for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]) && size; p++) {
        if (offset >= pieces[p].size) {
            offset -= pieces[p].size;
            continue;
        }
        size_t count = pieces[p].size - offset < size ? pieces[p].size - offset : size;
        if (pieces[p].values)
            encode_values(pieces[p].values, block->floats, offset, count, out);
        else
            memcpy(out, header + offset, count);
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
           (header[AT_VALUE_TYPE] == VALUE_DOUBLE || header[AT_VALUE_TYPE] == VALUE_FLOAT) &&
           get32(header + AT_NUMERICS) >= 1 &&
           encoded_size(get64(header + AT_PARAMETER_COUNT), get64(header + AT_STATE_COUNT),
                        header[AT_VALUE_TYPE] == VALUE_FLOAT) == decoder->size;
}

/* Where the encoded values are gathered: at the end of the doubles' room, so that floats become
 * doubles in place, from the first one on. */
static unsigned char *gathered(const struct store_block_copy *values)
{
    size_t count = values->parameter_count + values->state_count;
    return (unsigned char *)(values->parameters + count) - count * value_size(values->floats);
}

/* The header is complete: checks it, and makes room for the values that it announces. */
static enum store_status begin_values(struct block_decoder *decoder)
{
    if (!header_is_valid(decoder))
        return STORE_DAMAGED;
    struct store_block_copy *values = &decoder->values;
    values->parameter_count = get64(decoder->header + AT_PARAMETER_COUNT);
    values->state_count = get64(decoder->header + AT_STATE_COUNT);
    size_t bytes = (values->parameter_count + values->state_count) * sizeof(double);
    values->parameters = malloc(bytes ? bytes : sizeof(double));
    if (!values->parameters)
        return STORE_NO_MEMORY;
    values->floats = decoder->header[AT_VALUE_TYPE] == VALUE_FLOAT;
    values->numerics = get32(decoder->header + AT_NUMERICS);
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
    memcpy(gathered(&decoder->values) + offset, bytes, count);
    decoder->checksum = checksum_of(decoder->checksum, bytes, count);
    decoder->taken += count;
    return STORE_OK;
}

static void swap_bytes(unsigned char *values, size_t count, bool floats)
{
    for (size_t i = 0; i < count && floats; i++) {
        uint32_t bits;
        memcpy(&bits, values + i * sizeof(bits), sizeof(bits));
        bits = __builtin_bswap32(bits);
        memcpy(values + i * sizeof(bits), &bits, sizeof(bits));
    }
    for (size_t i = 0; i < count && !floats; i++) {
        uint64_t bits;
        memcpy(&bits, values + i * sizeof(bits), sizeof(bits));
        bits = __builtin_bswap64(bits);
        memcpy(values + i * sizeof(bits), &bits, sizeof(bits));
    }
}

/* Value i is written before byte (count + i + 1) * sizeof(float), where float i ends. */
static void widen(const unsigned char *floats, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++) {
        float value;
        memcpy(&value, floats + i * sizeof(value), sizeof(value));
        out[i] = value;
    }
}

enum store_status block_decoder_finish(struct block_decoder *decoder, struct store_block_copy *out)
{
    struct store_block_copy *values = &decoder->values;
    if (!values->parameters || decoder->taken != decoder->size ||
        decoder->checksum != get32(decoder->header + AT_CHECKSUM))
        return STORE_DAMAGED;
    size_t count = values->parameter_count + values->state_count;
    unsigned char *encoded = gathered(values);
    if (decoder->header[AT_BYTE_ORDER] != host_byte_order)
        swap_bytes(encoded, count, values->floats);
    if (values->floats)
        widen(encoded, count, values->parameters);
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
