/*
 * What holds for every double: its text reads back to the same bits, no shorter one does, and none
 * of the same length that does is nearer. The sources are glibc's: strtod() for what a text means,
 * and printf("%.*e"), which rounds exactly, for the nearest decimal of so many digits.
 *
 * A shorter decimal that reads back, if there is one, is a neighbour of the digits with the last
 * one left off: whatever lies between two decimals that read back does so too.
 *
 * NUMBER_TEST_COUNT: random doubles to try.
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
enum { DEFAULT_COUNT = 1000000 };
#else
enum { DEFAULT_COUNT = 10000000 };
#endif

enum {
    CLOSE_LOOK_EVERY = 16, /* one in so many random doubles is held against printf() too */
    MOST_NOTES = 5,
    MIDDLES = 20000,
};

static uint64_t state = 1; /* of random_bits(): the same numbers in every run */

/* SplitMix64 (G. Steele, D. Lea, C. Flood). */
static uint64_t random_bits(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* digits * 10^exponent, as text with a NUL. Returns its length. */
static size_t compose(uint64_t digits, int exponent, char *out)
{
    char reversed[24];
    size_t count = 0;
    do
        reversed[count++] = (char)('0' + digits % 10);
    while (digits /= 10);
    char *end = out;
    while (count > 0)
        *end++ = reversed[--count];
    *end++ = 'e';
    if (exponent < 0)
        *end++ = '-';
    exponent = abs(exponent);
    *end++ = (char)('0' + exponent / 100);
    *end++ = (char)('0' + exponent / 10 % 10);
    *end++ = (char)('0' + exponent % 10);
    *end = '\0';
    return (size_t)(end - out);
}

static bool reads_as(const char *text, size_t length, double value)
{
    double read = NAN;
    const char *stop = NULL;
    return number_read(text, text + length, &read, &stop) == NUMBER_OK && stop == text + length &&
           same_bits(read, value);
}

static bool decimal_reads_as(uint64_t digits, int exponent, double value)
{
    char text[40];
    return reads_as(text, compose(digits, exponent, text), value);
}

/* Whether the text reads back, and no shorter one does. */
static bool is_shortest(double value)
{
    char text[NUMBER_MAX_LENGTH + 1];
    size_t length = number_write(value, text);
    text[length] = '\0';
    if (!same_bits(strtod(text, NULL), value) || !reads_as(text, length, value))
        return false;

    struct decimal decimal = shortest_decimal(fabs(value));
    uint64_t tens = decimal.digits / 10;
    return decimal.digits % 10 != 0 &&
           decimal_reads_as(decimal.digits, decimal.exponent, fabs(value)) &&
           (tens == 0 || (!decimal_reads_as(tens, decimal.exponent + 1, fabs(value)) &&
                          !decimal_reads_as(tens + 1, decimal.exponent + 1, fabs(value))));
}

/* Whether no decimal of as many digits is nearer and reads back. By glibc alone. */
static bool is_nearest(double value)
{
    struct decimal decimal = shortest_decimal(fabs(value));
    char ours[40];
    char nearest[40];
    compose(decimal.digits, decimal.exponent, ours);
    snprintf(nearest, sizeof(nearest), "%.*e", (int)strcspn(ours, "e") - 1, fabs(value));
    /* Where an interval is lopsided, at powers of two, the nearest of all may lie outside of it. */
    return strtold(ours, NULL) == strtold(nearest, NULL) ||
           !same_bits(strtod(nearest, NULL), fabs(value));
}

static int failures;

static void check(double value, bool closely)
{
    if (value == 0 || !isfinite(value) || (is_shortest(value) && (!closely || is_nearest(value))))
        return;
    if (failures++ < MOST_NOTES)
        tap_note("%.17g (%a) fails", value, value);
}

static void check_with_neighbours(double value)
{
    double below = value;
    double above = value;
    check(value, true);
    for (int i = 0; i < 3; i++) {
        check(below = nextafter(below, -INFINITY), true);
        check(above = nextafter(above, INFINITY), true);
    }
}

static void report(const char *what)
{
    tap_ok(failures == 0, "%s", what);
    failures = 0;
}

static void test_powers(void)
{
    for (int exponent = -1074; exponent <= 1023; exponent++)
        check_with_neighbours(ldexp(1, exponent));
    report("all powers of two and their neighbours");
    for (int exponent = -323; exponent <= 308; exponent++) {
        char text[16];
        snprintf(text, sizeof(text), "1e%d", exponent);
        check_with_neighbours(strtod(text, NULL));
    }
    report("all powers of ten and their neighbours");
    for (int digits = 1; digits <= 9; digits++)
        check_with_neighbours(digits * DBL_TRUE_MIN);
    check_with_neighbours(DBL_MIN);
    check(DBL_MAX, true);
    report("the smallest and the largest");
}

static double any_bits(void)
{
    return double_of(random_bits());
}

/* -1 to 1, evenly: start values of weights */
static double weight(void)
{
    return ((double)(random_bits() >> 11) * 0x1p-53 - 0.5) * 2;
}

/* What a sigmoid answers. */
static double activation(void)
{
    return 1 / (1 + exp(-16 * weight()));
}

/* What gradients look like: of every size, most of them small. */
static double gradient(void)
{
    return weight() * ldexp(1, -(int)(random_bits() % 64));
}

/* Up to six digits, as people and files have them. */
static double typed(void)
{
    static const double powers[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7};
    return (double)(random_bits() % 1000000) / powers[random_bits() % 8];
}

static double whole(void)
{
    return (double)(random_bits() >> (random_bits() % 64));
}

static double subnormal(void)
{
    return double_of(random_bits() >> (12 + random_bits() % 52));
}

static const struct {
    const char *name;
    double (*draw)(void);
    int share; /* of 16 */
} kinds[] = {
    {"any bits", any_bits, 6},    {"weights", weight, 3}, {"activations", activation, 2},
    {"gradients", gradient, 2},   {"typed", typed, 1},    {"whole numbers", whole, 1},
    {"subnormals", subnormal, 1},
};

static void test_random(long count)
{
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        long share = count / 16 * kinds[kind].share;
        for (long i = 0; i < share; i++)
            check(kinds[kind].draw(), i % CLOSE_LOOK_EVERY == 0);
        char what[80];
        snprintf(what, sizeof(what), "%ld random doubles: %s", share, kinds[kind].name);
        report(what);
    }
}

static void check_read(const char *text)
{
    double value;
    const char *stop;
    double expected = strtod(text, NULL);
    enum number_status status = number_read(text, text + strlen(text), &value, &stop);
    bool right = isinf(expected) ? status == NUMBER_RANGE
                                 : status == NUMBER_OK && same_bits(value, expected);
    if (!right && failures++ < MOST_NOTES)
        tap_note("%.100s is read as %.17g, not as %.17g", text, value, expected);
}

/* Digits at random: 1 to 40, a point among them or not, an exponent or not. */
static void test_random_texts(long count)
{
    for (long i = 0; i < count; i++) {
        char text[64];
        char *end = text;
        int whole_digits = 1 + (int)(random_bits() % 20);
        int fraction_digits = (int)(random_bits() % 21);
        if (random_bits() % 2)
            *end++ = '-';
        *end++ = (char)('1' + random_bits() % 9);
        for (int digit = 1; digit < whole_digits; digit++)
            *end++ = (char)('0' + random_bits() % 10);
        if (fraction_digits > 0)
            *end++ = '.';
        for (int digit = 0; digit < fraction_digits; digit++)
            *end++ = (char)('0' + random_bits() % 10);
        *end = '\0';
        if (random_bits() % 2)
            sprintf(end, "e%d", (int)(random_bits() % 700) - 360);
        check_read(text);
    }
    char what[80];
    snprintf(what, sizeof(what), "%ld random texts read as strtod() reads them", count);
    report(what);
}

/* The middle between a double and the next, to its last digit, where a digit more decides, and cut
 * off so that a few digits have to do. */
static void test_middles(void)
{
    for (int i = 0; i < MIDDLES; i++) {
        double value = fabs(i % 2 ? any_bits() : weight());
        double next = nextafter(value, INFINITY);
        if (!isfinite(next))
            continue;
        long double middle = ((long double)value + next) / 2; /* exact: 54 bits */
        char text[1200];
        int length = snprintf(text, sizeof(text) - 2, "%.1100Le", middle);
        check_read(text);
        *strchr(text, 'e') = '\0';
        char longer[1210];
        snprintf(longer, sizeof(longer), "%s1e%s", text, text + strlen(text) + 1);
        check_read(longer);
        snprintf(longer, sizeof(longer), "%.*s%s", 12 + i % 20, text, text + length - 4);
        check_read(longer);
    }
    report("middles between doubles");
}

int main(void)
{
    const char *wanted = getenv("NUMBER_TEST_COUNT");
    long count = wanted ? atol(wanted) : DEFAULT_COUNT;
    test_powers();
    test_random(count);
    test_random_texts(count / 10);
    test_middles();
    return tap_done();
}
