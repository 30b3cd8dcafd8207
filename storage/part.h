#ifndef STORAGE_PART_H
#define STORAGE_PART_H

#include <stddef.h>

#include "storage/store_datasets.h"

/*
 * A part of a dataset's values on disk: a header, then the values as IEEE doubles in the byte order
 * that the header names. The header's own numbers are little-endian:
 *
 *    0  6 bytes  "BPPART"
 *    6  uint8    PART_FORMAT
 *    7  uint8    byte order of the values: 1 little-endian, 2 big-endian
 *    8  uint32   number of values
 *   12  uint32   CRC-32 of all bytes but these four
 */
enum { PART_FORMAT = 1, PART_HEADER_SIZE = 16 };

/* Bytes of an encoded part. */
size_t part_encoded_size(size_t count);

/* count  at most STORE_PART_VALUES */
void part_encode(const double *values, size_t count, unsigned char *out);

/* Checks everything, then copies `count` values from value `first` on. False where the part is
 * damaged, or has not so many. */
bool part_decode(const unsigned char *bytes, size_t size, size_t first, size_t count,
                 double *values);

#endif
