/*
 * Schubfach: R. Giulietti, "The Schubfach way to render doubles" (2020). The letters are the
 * paper's.
 *
 * A double or float v = c * 2^q owns the decimals between its two rounding boundaries, v - 2^(q-1)
 * and v + 2^(q-1) (at a power of two the lower one is half as far). With 10^k the largest power of
 * ten that is no wider than this interval, the interval holds at least one multiple of 10^k and at
 * most one of 10^(k+1): that one, if there is one, is the shortest, and otherwise the multiple of
 * 10^k that is nearest to v. Everything is compared in units of 10^k / 4, cut down to whole numbers
 * with a sticky last bit, which keeps every comparison exact.
 */
#include "api/shortest_decimal.h"

#include <stdbool.h>
#include <string.h>

#include "api/powers_of_ten.h"

enum {
    DOUBLE_FRACTION_BITS = 52,
    DOUBLE_SMALLEST_Q = -1074, /* of the subnormals, and of the smallest normals */
    FLOAT_FRACTION_BITS = 23,
    FLOAT_SMALLEST_Q = -149,
};

/* The decimals that read back as v, in units of 10^k / 4 rounded to odd. Where the bounds
 * themselves do not, which is where c is odd, they are the whole numbers next to them. */
struct interval {
    uint64_t lower;
    uint64_t value;
    uint64_t upper;
};

/* floor(log10(3/4 * 2^exponent)); exact for exponents of up to +-1500 */
static int floor_log10_three_quarters_of_power_of_two(int exponent)
{
    return (exponent * 1262611 - 524031) >> 22;
}

/* floor(g * c / 2^128), its last bit set when there is a fraction. As g is too large by less than
 * 1, a product that ought to be whole is too large by less than 2^64, which `sum` does not see; and
 * no other is so near to a whole one, as the paper proves. */
static uint64_t multiply_to_odd(const struct power_of_ten *g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g->low * c;
    unsigned __int128 sum = (unsigned __int128)g->high * c + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum != 0);
}

static struct decimal without_trailing_zeros(uint64_t digits, int exponent)
{
    static const struct {
        uint64_t power;
        int zeros;
    } steps[] = {{100000000, 8}, {10000, 4}, {100, 2}, {10, 1}};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        while (digits % steps[i].power == 0) {
            digits /= steps[i].power;
            exponent += steps[i].zeros;
        }
    }
    return (struct decimal){digits, exponent};
}

static struct interval scaled_interval(uint64_t c, int q, int k, bool narrow_below)
{
    const struct power_of_ten *g = power_of_ten(-k);
    int h = q + floor_log2_power_of_ten(-k) + 1; /* 1 to 4 */
    uint64_t quarters = 4 * c;
    uint64_t open = c % 2;
    return (struct interval){
        .lower = multiply_to_odd(g, (quarters - (narrow_below ? 1 : 2)) << h) + open,
        .value = multiply_to_odd(g, quarters << h),
        .upper = multiply_to_odd(g, (quarters + 2) << h) - open,
    };
}

/* Whether s * 10^k lies in the interval. */
static bool reads_back(const struct interval *in, uint64_t s)
{
    return in->lower <= 4 * s && 4 * s <= in->upper;
}

/* That of a positive IEEE number. `bits` has no sign. What the paper proves of doubles holds for
 * floats too: their c is smaller, and their q is one of a double. */
static inline struct decimal shortest(uint64_t bits, int fraction_bits, int smallest_q)
{
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    int biased = (int)(bits >> fraction_bits);

    uint64_t c = biased ? fraction | UINT64_C(1) << fraction_bits : fraction;
    int q = smallest_q + (biased ? biased - 1 : 0);
    bool narrow_below = fraction == 0 && biased > 1;
    int k =
        narrow_below ? floor_log10_three_quarters_of_power_of_two(q) : floor_log10_power_of_two(q);
    struct interval in = scaled_interval(c, q, k, narrow_below);

    uint64_t s = in.value / 4;
    uint64_t tens = s / 10;
    if (reads_back(&in, 10 * tens))
        return without_trailing_zeros(tens, k + 1);
    if (reads_back(&in, 10 * tens + 10))
        return without_trailing_zeros(tens + 1, k + 1);

    bool below = reads_back(&in, s);
    bool above = reads_back(&in, s + 1);
    if (below && above) {
        uint64_t middle = 4 * s + 2;
        above = in.value > middle || (in.value == middle && s % 2 == 1);
    }
    return (struct decimal){above ? s + 1 : s, k}; /* no multiple of 10: that would have returned */
}

struct decimal shortest_decimal(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return shortest(bits, DOUBLE_FRACTION_BITS, DOUBLE_SMALLEST_Q);
}

struct decimal shortest_decimal_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    /* The double next to 7.038531e-26, its shortest, is the middle between it and the float below.
     * Of all floats, which have been tried, it is the only one with such a neighbour. */
    if (value == 0x1.5c87fap-84F)
        return (struct decimal){70385307, -33};
    return shortest(bits, FLOAT_FRACTION_BITS, FLOAT_SMALLEST_Q);
}
