#include "storage/part.h"

#include <endian.h>
#include <string.h>
#include <zlib.h>

enum { AT_FORMAT = 6, AT_BYTE_ORDER = 7, AT_COUNT = 8, AT_CHECKSUM = 12 };

enum { BYTES_LITTLE_ENDIAN = 1, BYTES_BIG_ENDIAN = 2 };

static const unsigned char magic[AT_FORMAT] = {'B', 'P', 'P', 'A', 'R', 'T'};
static const unsigned char host_byte_order =
    __BYTE_ORDER == __LITTLE_ENDIAN ? BYTES_LITTLE_ENDIAN : BYTES_BIG_ENDIAN;

static void put32(unsigned char *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static uint32_t checksum_of(const unsigned char *part, size_t size)
{
    uint32_t checksum = (uint32_t)crc32_z(0, part, AT_CHECKSUM);
    return (uint32_t)crc32_z(checksum, part + PART_HEADER_SIZE, size - PART_HEADER_SIZE);
}

size_t part_encoded_size(size_t count)
{
    return PART_HEADER_SIZE + count * sizeof(double);
}

void part_encode(const double *values, size_t count, unsigned char *out)
{
    memcpy(out, magic, sizeof(magic));
    out[AT_FORMAT] = PART_FORMAT;
    out[AT_BYTE_ORDER] = host_byte_order;
    put32(out + AT_COUNT, (uint32_t)count);
    memcpy(out + PART_HEADER_SIZE, values, count * sizeof(*values));
    put32(out + AT_CHECKSUM, checksum_of(out, part_encoded_size(count)));
}

static bool is_whole(const unsigned char *bytes, size_t size)
{
    return size > PART_HEADER_SIZE && memcmp(bytes, magic, sizeof(magic)) == 0 &&
           bytes[AT_FORMAT] == PART_FORMAT &&
           (bytes[AT_BYTE_ORDER] == BYTES_LITTLE_ENDIAN ||
            bytes[AT_BYTE_ORDER] == BYTES_BIG_ENDIAN) &&
           part_encoded_size(get32(bytes + AT_COUNT)) == size &&
           get32(bytes + AT_CHECKSUM) == checksum_of(bytes, size);
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

bool part_decode(const unsigned char *bytes, size_t size, size_t first, size_t count,
                 double *values)
{
    if (!is_whole(bytes, size) || first > get32(bytes + AT_COUNT) ||
        count > get32(bytes + AT_COUNT) - first)
        return false;
    memcpy(values, bytes + PART_HEADER_SIZE + first * sizeof(*values), count * sizeof(*values));
    if (bytes[AT_BYTE_ORDER] != host_byte_order)
        swap_bytes(values, count);
    return true;
}
