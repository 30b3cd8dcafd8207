/* Every entry of the table against 10^e in whole numbers of any length, and the logarithms. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/powers_of_ten.h"
#include "tests/harness/tap.h"

enum { LIMBS = 48 }; /* 1536 bits: 10^324 times 2^128 has 1205 */

/* A whole number, lowest limb first. */
struct whole {
    uint32_t limbs[LIMBS];
};

static struct whole whole_of(unsigned __int128 value)
{
    struct whole whole = {{0}};
    for (int i = 0; i < 4; i++)
        whole.limbs[i] = (uint32_t)(value >> (32 * i));
    return whole;
}

static void multiply(struct whole *whole, uint32_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)whole->limbs[i] * factor;
        whole->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void multiply_by_power(struct whole *whole, uint32_t base, int exponent)
{
    for (int i = 0; i < exponent; i++)
        multiply(whole, base);
}

static int compare(const struct whole *a, const struct whole *b)
{
    for (int i = LIMBS - 1; i >= 0; i--) {
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
    return 0;
}

/* Compares g * 2^x with 10^exponent, negative powers brought over to the other side. */
static int compare_scaled(unsigned __int128 g, int x, int exponent)
{
    struct whole left = whole_of(g);
    struct whole right = whole_of(1);
    multiply_by_power(x < 0 ? &right : &left, 2, abs(x));
    multiply_by_power(exponent < 0 ? &left : &right, 10, abs(exponent));
    return compare(&left, &right);
}

static void test_entries(void)
{
    int wrong = 0;
    int exact = 0;
    for (int exponent = POWER_OF_TEN_FIRST; exponent <= POWER_OF_TEN_LAST; exponent++) {
        const struct power_of_ten *entry = power_of_ten(exponent);
        unsigned __int128 g = (unsigned __int128)entry->high << 64 | entry->low;
        int x = floor_log2_power_of_ten(exponent) - 127;
        int above = compare_scaled(g, x, exponent);
        bool right = g >> 127 && above >= 0 && compare_scaled(g - 1, x, exponent) < 0;
        exact += above == 0;
        if (!right && wrong++ < 5)
            tap_note("10^%d is wrong", exponent);
    }
    tap_ok(wrong == 0, "%d powers of ten, rounded up to 128 bits", POWERS_OF_TEN_COUNT);
    tap_ok(exact == 56, "10^0 to 10^55 are exact");
}

static void test_logarithms(void)
{
    int wrong = 0;
    for (int exponent = -1074; exponent <= 1023; exponent++) {
        char text[64];
        snprintf(text, sizeof(text), "%.20e", ldexp(1, exponent));
        wrong += floor_log10_power_of_two(exponent) != atoi(strchr(text, 'e') + 1);
    }
    tap_ok(wrong == 0, "the decimal exponent of every power of two");
}

int main(void)
{
    test_entries();
    test_logarithms();
    return tap_done();
}
