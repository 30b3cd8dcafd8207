#ifndef API_POWERS_OF_TEN_H
#define API_POWERS_OF_TEN_H

#include <stdint.h>

/*
 * 10^e as a whole number g of 128 bits, its top bit set, rounded up:
 *
 *   (g - 1) * 2^x < 10^e <= g * 2^x   with x = floor_log2_power_of_ten(e) - 127
 *
 * g is exact for 0 <= e <= 55. The range holds what the shortest digits of any double need.
 */
struct power_of_ten {
    uint64_t high;
    uint64_t low;
};

enum {
    POWER_OF_TEN_FIRST = -293,
    POWER_OF_TEN_LAST = 324,
    POWERS_OF_TEN_COUNT = POWER_OF_TEN_LAST - POWER_OF_TEN_FIRST + 1,
};

extern const struct power_of_ten powers_of_ten[POWERS_OF_TEN_COUNT];

/* exponent  POWER_OF_TEN_FIRST to POWER_OF_TEN_LAST */
static inline const struct power_of_ten *power_of_ten(int exponent)
{
    return &powers_of_ten[exponent - POWER_OF_TEN_FIRST];
}

/* floor(log2(10^exponent)); exact for exponents of up to +-1233 */
static inline int floor_log2_power_of_ten(int exponent)
{
    return (exponent * 1741647) >> 19;
}

/* floor(log10(2^exponent)); exact for exponents of up to +-1500 */
static inline int floor_log10_power_of_two(int exponent)
{
    return (exponent * 1262611) >> 22;
}

#endif
