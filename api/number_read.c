#include "api/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/powers_of_ten.h"

enum {
    WORD_DIGITS = 19,         /* that always fit 64 bits */
    DECIDING_DIGITS = 800,    /* no double, nor the middle of two, has more than 767 */
    EXPONENT_CAP = 1 << 30,   /* larger exponents are cut to this; no text has so many digits */
    HOPELESS_EXPONENT = 9999, /* what DECIDING_DIGITS digits cannot bring back into range */
    EXACT_POWERS = 22,        /* 10^22 is the largest power of ten that is a double */
    FRACTION_BITS = 52,
    EXPONENT_BIAS = 1023,
};

/* The parts of a number's text: [-] whole [. fraction] [e exponent] */
struct literal {
    bool negative;
    const char *whole;
    const char *whole_end;
    const char *fraction; /* empty where there is none */
    const char *fraction_end;
    int64_t exponent;
    uint64_t digits; /* whole and fraction as one number, modulo 2^64 */
    const char *stop;
};

/* Its value is at least digits * 10^exponent, and less than (digits + 1) * 10^exponent when `cut`,
 * else just that. */
struct significand {
    uint64_t digits;
    int64_t exponent;
    bool cut;
};

static const char *read_digits(const char *text, const char *end, uint64_t *digits)
{
    uint64_t all = *digits;
    for (; text < end; text++) {
        unsigned digit = (unsigned char)*text - '0';
        if (digit > 9)
            break;
        all = 10 * all + digit;
    }
    *digits = all;
    return text;
}

/* Reads what follows the "e". Returns where it ends, or NULL when it has no digits. */
static const char *read_exponent(const char *text, const char *end, int64_t *exponent)
{
    bool negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    const char *first = text;
    int64_t size = 0;
    for (; text < end && *text >= '0' && *text <= '9'; text++) {
        if (size < EXPONENT_CAP)
            size = 10 * size + (*text - '0');
    }
    *exponent = negative ? -size : size;
    return text > first ? text : NULL;
}

/* JSON's grammar of numbers. Returns whether the text begins with one. */
static bool read_literal(const char *text, const char *end, struct literal *literal)
{
    *literal = (struct literal){.negative = text < end && *text == '-'};
    text += literal->negative;
    literal->whole = text;
    if (text < end && *text == '0')
        text++;
    else
        text = read_digits(text, end, &literal->digits);
    if (text == literal->whole)
        return false;
    literal->whole_end = literal->fraction = literal->fraction_end = text;

    if (text < end && *text == '.') {
        literal->fraction = text + 1;
        text = literal->fraction_end = read_digits(text + 1, end, &literal->digits);
        if (literal->fraction_end == literal->fraction)
            return false;
    }
    if (text < end && (*text == 'e' || *text == 'E'))
        text = read_exponent(text + 1, end, &literal->exponent);
    literal->stop = text;
    return text != NULL;
}

static size_t fraction_length(const struct literal *literal)
{
    return (size_t)(literal->fraction_end - literal->fraction);
}

/* Copies at most `room` of the digits from the first that is not 0 on. Returns how many, and writes
 * the power of ten of the last, and whether digits were left out that are not 0. */
static size_t copy_digits(const struct literal *literal, size_t room, char *out, int64_t *exponent,
                          bool *cut)
{
    const char *const parts[2][2] = {{literal->whole, literal->whole_end},
                                     {literal->fraction, literal->fraction_end}};
    size_t count = 0;
    size_t left_out = 0;
    *cut = false;
    for (int part = 0; part < 2; part++) {
        for (const char *p = parts[part][0]; p < parts[part][1]; p++) {
            if (count < room) {
                if (count > 0 || *p != '0')
                    out[count++] = *p;
            } else {
                left_out++;
                *cut |= *p != '0';
            }
        }
    }
    *exponent = literal->exponent - (int64_t)fraction_length(literal) + (int64_t)left_out;
    return count;
}

static struct significand significand_of(const struct literal *literal)
{
    size_t length = (size_t)(literal->whole_end - literal->whole) + fraction_length(literal);
    if (length <= WORD_DIGITS) {
        int64_t exponent = literal->exponent - (int64_t)fraction_length(literal);
        return (struct significand){literal->digits, exponent, false};
    }
    char text[WORD_DIGITS];
    struct significand significand = {0};
    size_t count = copy_digits(literal, WORD_DIGITS, text, &significand.exponent, &significand.cut);
    read_digits(text, text + count, &significand.digits);
    return significand;
}

/* Numbers of few digits: both factors are doubles, so that the one operation rounds right.
 * (W. Clinger, "How to Read Floating Point Numbers Accurately") */
static bool read_by_one_operation(const struct significand *significand, double *value)
{
    static const double powers[EXACT_POWERS + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    };
    if (significand->digits > UINT64_C(1) << 53 || /* as all are of which some were cut */
        significand->exponent < -EXACT_POWERS || significand->exponent > EXACT_POWERS)
        return false;
    *value = (double)significand->digits;
    if (significand->exponent < 0)
        *value /= powers[-significand->exponent];
    else
        *value *= powers[significand->exponent];
    return true;
}

/* The bits of product * 2^exponent rounded to nearest, ties to even (those of infinity where it
 * rounds up to 2^1024); 0 when it is outside of the normal doubles. product  at least 2^126 */
static uint64_t round_to_bits(unsigned __int128 product, int exponent)
{
    int shift = (product >> 127) ? 127 - FRACTION_BITS : 126 - FRACTION_BITS;
    uint64_t mantissa = (uint64_t)(product >> shift);
    unsigned __int128 rest = product - ((unsigned __int128)mantissa << shift);
    unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
    mantissa += rest > half || (rest == half && mantissa % 2 == 1);

    int biased = exponent + shift + FRACTION_BITS + EXPONENT_BIAS;
    if (biased < 1 || biased > 2 * EXPONENT_BIAS)
        return 0;
    /* The mantissa's top bit adds 1 to the exponent, and 1 more when it was rounded up to 2^53. */
    return ((uint64_t)(biased - 1) << FRACTION_BITS) + mantissa;
}

/*
 * Almost all others, in the manner of M. Eisel and D. Lemire ("Number Parsing at a Gigabyte per
 * Second"): multiplies the digits by the power of ten as a number of 128 bits. With m the digits
 * shifted up to 64 bits and g as in powers_of_ten.h, (g - 1) * m < the value <= g * m, plus less
 * than one unit of m where digits were cut. Where both ends of this range round to the same double,
 * that is the value's; where not, this function leaves the decision to others.
 */
static bool read_by_product(const struct significand *significand, double *value)
{
    if (significand->exponent < POWER_OF_TEN_FIRST || significand->exponent > POWER_OF_TEN_LAST)
        return false;
    int power = (int)significand->exponent;
    int shift = __builtin_clzll(significand->digits);
    uint64_t least = significand->digits << shift;
    uint64_t most = least + (significand->cut ? UINT64_C(1) << shift : 0);
    if (most < least)
        return false;

    const struct power_of_ten *g = power_of_ten(power);
    unsigned __int128 low =
        (unsigned __int128)g->high * least + (uint64_t)(((unsigned __int128)g->low * least) >> 64);
    unsigned __int128 high =
        (unsigned __int128)g->high * most + (uint64_t)(((unsigned __int128)g->low * most) >> 64);
    int exponent = floor_log2_power_of_ten(power) - 127 - shift + 64;
    uint64_t bits = round_to_bits(low - 1, exponent);
    if (bits == 0 || bits != round_to_bits(high + 1, exponent))
        return false;
    memcpy(value, &bits, sizeof(bits));
    return true;
}

/* What is left: subnormals, numbers beyond the doubles, and those so near to the middle of two
 * doubles that all digits count. Written without a decimal point, they are the same in any locale.
 */
static double read_by_library(const struct literal *literal)
{
    char text[DECIDING_DIGITS + sizeof("1e-9999")];
    int64_t exponent;
    bool cut;
    size_t count = copy_digits(literal, DECIDING_DIGITS, text, &exponent, &cut);
    if (cut) {
        text[count++] = '1';
        exponent--;
    }
    if (exponent > HOPELESS_EXPONENT)
        exponent = HOPELESS_EXPONENT;
    if (exponent < -HOPELESS_EXPONENT)
        exponent = -HOPELESS_EXPONENT;
    snprintf(text + count, sizeof(text) - count, "e%d", (int)exponent);
    return strtod(text, NULL);
}

enum number_status number_read(const char *text, const char *end, double *value, const char **stop)
{
    struct literal literal;
    if (!read_literal(text, end, &literal))
        return NUMBER_SYNTAX;
    *stop = literal.stop;

    struct significand significand = significand_of(&literal);
    double size = 0;
    if (significand.digits != 0 && !read_by_one_operation(&significand, &size) &&
        !read_by_product(&significand, &size))
        size = read_by_library(&literal);
    if (isinf(size))
        return NUMBER_RANGE;
    *value = literal.negative ? -size : size;
    return NUMBER_OK;
}
