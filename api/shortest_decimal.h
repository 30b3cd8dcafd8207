#ifndef API_SHORTEST_DECIMAL_H
#define API_SHORTEST_DECIMAL_H

#include <stdint.h>

/* digits * 10^exponent, without a sign; no trailing zeros in `digits` unless it is 0 */
struct decimal {
    uint64_t digits; /* below 10^17 */
    int exponent;
};

/*
 * The decimal of fewest digits that reads back (to nearest, ties to even) as `value`; of several
 * such the nearest to it, of two equally near the even one. value  positive and finite
 */
struct decimal shortest_decimal(double value);

/* The same for a float. It reads back as it by way of the nearest double too, as most readers of
 * JSON take it. */
struct decimal shortest_decimal_float(float value);

#endif
