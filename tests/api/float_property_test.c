/*
 * What holds for every float: its text reads back to it, be it read as a float or as a double that
 * is then rounded to float, no shorter text does, and none of the same length that does is nearer.
 * The sources are glibc's: strtof() and strtod() for what a text means, and printf("%.*e"), which
 * rounds exactly, for the nearest decimal of so many digits.
 *
 * A shorter decimal that reads back, if there is one, is a neighbour of the digits with the last
 * one left off: whatever lies between two decimals that read back does so too.
 *
 * NUMBER_TEST_COUNT: floats to try, of the two thousand million that there are.
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/number.h"
#include "api/shortest_decimal.h"
#include "tests/harness/tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { DEFAULT_COUNT = 200000 };
#else
enum { DEFAULT_COUNT = 2000000 };
#endif

enum { MOST_NOTES = 5, INFINITY_BITS = 0x7f800000 };

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Both ways. */
static bool text_reads_as(const char *text, float value)
{
    return strtof(text, NULL) == value && (float)strtod(text, NULL) == value;
}

static bool decimal_reads_as(uint64_t digits, int exponent, float value)
{
    char text[40];
    snprintf(text, sizeof(text), "%llue%d", (unsigned long long)digits, exponent);
    return text_reads_as(text, value);
}

static bool reads_back(float value, struct decimal decimal)
{
    char text[NUMBER_MAX_LENGTH + 1];
    text[number_write_float(value, text)] = '\0';
    return text_reads_as(text, value) && decimal_reads_as(decimal.digits, decimal.exponent, value);
}

static bool is_shortest(float value, struct decimal decimal)
{
    uint64_t tens = decimal.digits / 10;
    return decimal.digits % 10 != 0 &&
           (tens == 0 || (!decimal_reads_as(tens, decimal.exponent + 1, value) &&
                          !decimal_reads_as(tens + 1, decimal.exponent + 1, value)));
}

/* Whether no decimal of as many digits is nearer and reads back. */
static bool is_nearest(float value, struct decimal decimal)
{
    char ours[40];
    char nearest[40];
    int digits = snprintf(ours, sizeof(ours), "%llu", (unsigned long long)decimal.digits);
    snprintf(ours + digits, sizeof(ours) - (size_t)digits, "e%d", decimal.exponent);
    snprintf(nearest, sizeof(nearest), "%.*e", digits - 1, (double)value);
    return strtold(ours, NULL) == strtold(nearest, NULL) || !text_reads_as(nearest, value);
}

static int failures;

/* value  positive and finite */
static void check(float value)
{
    struct decimal decimal = shortest_decimal_float(value);
    if (reads_back(value, decimal) && is_shortest(value, decimal) && is_nearest(value, decimal))
        return;
    if (failures++ < MOST_NOTES)
        tap_note("%.9g (%a) fails", value, value);
}

static void check_with_neighbours(float value)
{
    float below = value;
    float above = value;
    check(value);
    for (int i = 0; i < 3; i++) {
        below = nextafterf(below, 0);
        above = nextafterf(above, INFINITY);
        if (below > 0)
            check(below);
        if (isfinite(above))
            check(above);
    }
}

static void report(const char *what)
{
    tap_ok(failures == 0, "%s", what);
    failures = 0;
}

static void test_powers(void)
{
    for (int exponent = -149; exponent <= 127; exponent++)
        check_with_neighbours(ldexpf(1, exponent));
    report("all powers of two and their neighbours");
    for (int exponent = -44; exponent <= 38; exponent++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", exponent);
        check_with_neighbours(strtof(text, NULL));
    }
    report("all powers of ten and their neighbours");
    check_with_neighbours(FLT_TRUE_MIN);
    check_with_neighbours(FLT_MIN);
    check_with_neighbours(FLT_MAX);
    report("the smallest and the largest");
    check(0x1.5c87fap-84F);
    report("the one whose shortest digits are nearest to a double between two floats");
    for (uint32_t bits = 1; bits < 10000; bits++)
        check(float_of(bits));
    for (uint32_t whole = 1; whole < 10000; whole++)
        check_with_neighbours((float)(whole * 4001));
    report("the first subnormals, and whole numbers");
}

/* An even sample; the step is odd, so that all endings occur. */
static void test_sample(uint64_t count)
{
    uint64_t step = INFINITY_BITS / count | 1;
    uint64_t tried = 0;
    for (uint64_t bits = 1; bits < INFINITY_BITS; bits += step, tried++)
        check(float_of((uint32_t)bits));
    char what[80];
    snprintf(what, sizeof(what), "%llu floats, evenly", (unsigned long long)tried);
    report(what);
}

static const struct {
    float value;
    const char *text;
} layouts[] = {
    {0.0F, "0"},
    {-0.0F, "-0.0"},
    {0.1F, "0.1"},
    {-0.15F, "-0.15"},
    {1.0F / 3, "0.33333334"},
    {100, "100"},
    {16777216, "16777216"},
    {123456789, "123456790"},
    {1e10F, "10000000000"},
    {1e15F, "1e15"},
    {1e-5F, "0.00001"},
    {9.9999e-6F, "9.9999e-6"},
    {FLT_MAX, "3.4028235e38"},
    {FLT_MIN, "1.1754944e-38"},
    {FLT_TRUE_MIN, "1e-45"},
    {-FLT_TRUE_MIN, "-1e-45"},
    {0x1.5c87fap-84F, "7.0385307e-26"}, /* numpy: 7.038531e-26, which as a double is between two */
};

/* In the contract's layout; the digits are those that Python's numpy.float32 prints. */
static void test_layouts(void)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        char text[NUMBER_MAX_LENGTH + 1];
        text[number_write_float(layouts[i].value, text)] = '\0';
        tap_text(text, layouts[i].text, "%a", (double)layouts[i].value);
    }
}

int main(void)
{
    const char *wanted = getenv("NUMBER_TEST_COUNT");
    test_layouts();
    test_powers();
    test_sample(wanted ? strtoull(wanted, NULL, 10) : DEFAULT_COUNT);
    return tap_done();
}
