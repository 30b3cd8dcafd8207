#!/usr/bin/env python3
"""Writes api/powers_of_ten.c:  python3 api/powers_of_ten.py > api/powers_of_ten.c

It is only needed when the table's range changes; the build never runs it. tests/api/powers_of_ten_test.c
checks every entry again, by other means.
"""

FIRST, LAST = -293, 324


def floor_log2_power_of_ten(exponent):
    """The largest e with 2^e <= 10^exponent, by whole numbers alone."""
    if exponent >= 0:
        return (10**exponent).bit_length() - 1
    return -((10**-exponent - 1).bit_length())


def scaled(exponent):
    """10^exponent * 2^(127 - floor(log2(10^exponent))), rounded up: 128 bits, the top one set."""
    shift = 127 - floor_log2_power_of_ten(exponent)
    numerator = 10 ** max(exponent, 0) * 2 ** max(shift, 0)
    denominator = 10 ** max(-exponent, 0) * 2 ** max(-shift, 0)
    value = -(-numerator // denominator)
    assert 1 << 127 <= value < 1 << 128
    return value


HEADER = """\
/* Written by api/powers_of_ten.py; do not edit. */
#include "api/powers_of_ten.h"

const struct power_of_ten powers_of_ten[POWERS_OF_TEN_COUNT] = {"""

print(HEADER)
for exponent in range(FIRST, LAST + 1, 2):
    pair = scaled(exponent), scaled(exponent + 1)
    text = ", ".join(f"{{0x{g >> 64:016x}, 0x{g % (1 << 64):016x}}}" for g in pair)
    print(f"    {text}, /* {exponent} */")
print("};")
