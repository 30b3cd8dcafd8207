/* Blocks: the bytes on disk, and what is refused. */
#include "storage/block.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

/*
 * Parameters 0.5 and -2, state infinity, 3 updates; made with Python's struct and zlib:
 *   h = b"BPBLOCK\0" + struct.pack("<HBBIQQQI", 1, order, 1, 1, 2, 1, 3, 0)
 *   v = struct.pack("<3d" or ">3d", 0.5, -2, inf)
 *   h + struct.pack("<I", zlib.crc32(h + v)) + v
 */
enum { EXAMPLE_SIZE = 72 };
static const unsigned char little_endian[EXAMPLE_SIZE + 1] =
    "BPBLOCK\0"
    "\x01\0\x01\x01\x01\0\0\0"
    "\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\x69\x2e\xff\xf6"
    "\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\xf0\x7f";
static const unsigned char big_endian[EXAMPLE_SIZE + 1] =
    "BPBLOCK\0"
    "\x01\0\x02\x01\x01\0\0\0"
    "\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\xaa\x09\x39\xfe"
    "\x3f\xe0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0\x7f\xf0\0\0\0\0\0\0";

/* The same as floats, of numerics 7:
 *   h = b"BPBLOCK\0" + struct.pack("<HBBIQQQI", 1, order, 2, 7, 2, 1, 3, 0)
 *   v = struct.pack("<3f" or ">3f", 0.5, -2, inf)
 */
enum { FLOATS_SIZE = 60 };
static const unsigned char little_endian_floats[FLOATS_SIZE + 1] =
    "BPBLOCK\0"
    "\x01\0\x01\x02\x07\0\0\0"
    "\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\x3a\xea\x61\xb1"
    "\0\0\0\x3f\0\0\0\xc0\0\0\x80\x7f";
static const unsigned char big_endian_floats[FLOATS_SIZE + 1] =
    "BPBLOCK\0"
    "\x01\0\x02\x02\x07\0\0\0"
    "\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\xb9\x10\xed\x1c"
    "\x3f\0\0\0\xc0\0\0\0\x7f\x80\0\0";

static const double example_values[] = {0.5, -2, INFINITY};
static const struct store_block example = {example_values, example_values + 2, 2, 1, 3, 1, false};
static const struct store_block floats = {example_values, example_values + 2, 2, 1, 3, 7, true};

static void test_example(const struct store_block *block, const unsigned char *const orders[2],
                         size_t size, const char *what)
{
    unsigned char bytes[EXAMPLE_SIZE];
    tap_ok(block_encoded_size(block) == size, "a header of 48 bytes and three %s", what);
    block_encode(block, bytes);
    tap_ok(memcmp(bytes, orders[0], size) == 0 || memcmp(bytes, orders[1], size) == 0,
           "%s: the bytes are those that Python makes", what);
    for (int i = 0; i < 2; i++) {
        struct store_block_copy copy;
        tap_ok(block_decode(orders[i], size, &copy) == STORE_OK && fixture_same_block(&copy, block),
               "%s are read in byte order %d", what, i + 1);
        store_block_release(&copy);
    }
}

static void test_examples(void)
{
    const unsigned char *const doubles[] = {little_endian, big_endian};
    const unsigned char *const singles[] = {little_endian_floats, big_endian_floats};
    test_example(&example, doubles, EXAMPLE_SIZE, "doubles");
    test_example(&floats, singles, FLOATS_SIZE, "floats");
}

/* Encodes and decodes in parts of every size that meets the seams in another way. */
static void test_parts(bool as_floats)
{
    struct store_block *block = fixture_block(5, 10, 1);
    if (as_floats)
        fixture_block_round(block);
    const size_t size = block_encoded_size(block);
    unsigned char whole[512], joined[512], header[BLOCK_HEADER_SIZE];
    block_encode(block, whole);
    block_encode_header(block, header);
    for (size_t part = 1; part <= size; part++) {
        struct block_decoder decoder;
        struct store_block_copy copy;
        block_decoder_init(&decoder, size);
        enum store_status status = STORE_OK;
        for (size_t at = 0; at < size && status == STORE_OK; at += part) {
            size_t count = size - at < part ? size - at : part;
            block_encode_part(block, header, at, count, joined + at);
            status = block_decoder_add(&decoder, whole + at, count);
        }
        if (status == STORE_OK)
            status = block_decoder_finish(&decoder, &copy);
        tap_ok(status == STORE_OK && memcmp(joined, whole, size) == 0 &&
                   fixture_same_block(&copy, block),
               "%s in parts of %zu bytes", as_floats ? "floats" : "doubles", part);
        store_block_release(&copy);
        block_decoder_release(&decoder);
    }
    fixture_block_free(block);
}

static enum store_status decode(const unsigned char *bytes, size_t size)
{
    /* A copy of its own size, so that a sanitizer sees any read beyond it. */
    unsigned char *exact = malloc(size ? size : 1);
    struct store_block_copy copy;
    memcpy(exact, bytes, size);
    enum store_status status = block_decode(exact, size, &copy);
    if (status == STORE_OK)
        store_block_release(&copy);
    free(exact);
    return status;
}

static void test_damage(void)
{
    unsigned char bytes[EXAMPLE_SIZE + 8] = {0};
    size_t found = 0;
    for (size_t bit = 0; bit < 8 * EXAMPLE_SIZE; bit++) {
        memcpy(bytes, little_endian, EXAMPLE_SIZE);
        bytes[bit / 8] ^= 1 << bit % 8;
        found += decode(bytes, EXAMPLE_SIZE) == STORE_DAMAGED;
    }
    tap_ok(found == 8 * EXAMPLE_SIZE, "each of its %d bits counts: %zu", 8 * EXAMPLE_SIZE, found);
    size_t refused = 0;
    for (size_t size = 0; size < EXAMPLE_SIZE; size++)
        refused += decode(little_endian, size) == STORE_DAMAGED;
    tap_ok(refused == EXAMPLE_SIZE, "a block that was cut off is refused, wherever");
    memcpy(bytes, little_endian, EXAMPLE_SIZE);
    tap_ok(decode(bytes, EXAMPLE_SIZE + 8) == STORE_DAMAGED, "one that is too long is refused");
}

/* Headers with a right checksum whose contents are not for us. */
static void test_foreign(void)
{
    static const struct {
        const char *what;
        size_t at;
        unsigned char byte;
    } cases[] = {
        {"a later format", 8, 2},
        {"a byte order that is none", 10, 3},
        {"values of another type", 11, 3},
        {"floats of a double's size", 11, 2},
        {"no numerics", 12, 0},
        {"more parameters than bytes", 16, 3},
        {"so many that their size overflows", 23, 0x20},
        {"more state than bytes", 31, 0xff},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char bytes[EXAMPLE_SIZE];
        memcpy(bytes, little_endian, EXAMPLE_SIZE);
        bytes[cases[i].at] = cases[i].byte;
        uint32_t checksum = htole32(crc32(crc32(0, bytes, 44), bytes + 48, EXAMPLE_SIZE - 48));
        memcpy(bytes + 44, &checksum, sizeof(checksum));
        tap_ok(decode(bytes, EXAMPLE_SIZE) == STORE_DAMAGED, "%s: refused", cases[i].what);
    }
    const struct store_block huge = {example_values, NULL, SIZE_MAX / 8, 0, 0, 1, false};
    const struct store_block huge_floats = {example_values, NULL, SIZE_MAX / 6, 0, 0, 1, true};
    tap_ok(block_encoded_size(&huge) == 0, "a size that overflows is 0");
    tap_ok(block_encoded_size(&huge_floats) == 0, "so is one of floats that would as doubles");
}

/* A NaN keeps its payload, even a signalling one. */
static void test_bits(void)
{
    static const uint64_t patterns[] = {0x7ff8000000000001, 0xfff4000000000002, 0x8000000000000000,
                                        0x0000000000000001};
    double values[4];
    unsigned char bytes[BLOCK_HEADER_SIZE + sizeof(values)];
    memcpy(values, patterns, sizeof(values));
    const struct store_block block = {values, NULL, 4, 0, 0, 1, false};
    struct store_block_copy copy;
    block_encode(&block, bytes);
    tap_ok(block_decode(bytes, sizeof(bytes), &copy) == STORE_OK &&
               memcmp(copy.parameters, patterns, sizeof(patterns)) == 0 && !copy.state,
           "NaN, -0.0 and a subnormal number to the bit");
    store_block_release(&copy);
}

int main(void)
{
    test_examples();
    test_parts(false);
    test_parts(true);
    test_damage();
    test_foreign();
    test_bits();
    return tap_done();
}
