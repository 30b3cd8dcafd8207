#include "api/number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "api/shortest_decimal.h"

/* Powers of ten (of the first digit) that are written as plain decimals; others with "e". */
enum { PLAIN_FIRST = -5, PLAIN_LAST = 14 };

enum { MOST_DIGITS = 17 };

/* The digits of a whole number below 10^17, and zeros after them, so that the layouts can copy a
 * fixed number of characters: that costs less than to copy as many as there are. */
struct digits {
    char text[MOST_DIGITS + 32];
    int first; /* text[first] is the first digit that is not 0 */
    int count;
};

static const char digit_pairs[] = "00010203040506070809"
                                  "10111213141516171819"
                                  "20212223242526272829"
                                  "30313233343536373839"
                                  "40414243444546474849"
                                  "50515253545556575859"
                                  "60616263646566676869"
                                  "70717273747576777879"
                                  "80818283848586878889"
                                  "90919293949596979899";

static void write_pair(uint32_t value, char *out)
{
    memcpy(out, &digit_pairs[2 * value], 2);
}

/* value  below 10^8; exactly eight digits */
static void write_eight(uint32_t value, char *out)
{
    uint32_t upper = value / 10000;
    uint32_t lower = value % 10000;
    write_pair(upper / 100, out);
    write_pair(upper % 100, out + 2);
    write_pair(lower / 100, out + 4);
    write_pair(lower % 100, out + 6);
}

/* Number of decimal digits; 1 for 0. */
static int count_digits(uint64_t value)
{
    static const uint64_t powers[MOST_DIGITS + 1] = {
        1,
        10,
        100,
        1000,
        10000,
        100000,
        1000000,
        10000000,
        100000000,
        1000000000,
        10000000000,
        100000000000,
        1000000000000,
        10000000000000,
        100000000000000,
        1000000000000000,
        10000000000000000,
        100000000000000000,
    };
    int bits = 64 - __builtin_clzll(value | 1);
    int least = bits * 1233 >> 12; /* bits * log10(2), rounded down: one too few at most */
    return least + (value >= powers[least] || least == 0);
}

/* value  below 10^17 */
static void digits_set(struct digits *digits, uint64_t value)
{
    uint32_t lower = (uint32_t)(value % 100000000);
    uint32_t upper = (uint32_t)(value / 100000000 % 100000000);
    digits->text[0] = (char)('0' + value / 10000000000000000);
    write_eight(upper, digits->text + 1);
    write_eight(lower, digits->text + 9);
    memset(digits->text + MOST_DIGITS, '0', sizeof(digits->text) - MOST_DIGITS);
    digits->count = count_digits(value);
    digits->first = MOST_DIGITS - digits->count;
}

/* Lays out 0.ddd * 10^point; point  PLAIN_FIRST + 1 to PLAIN_LAST + 1 */
static size_t lay_out_plain(const struct digits *digits, int point, char *out)
{
    const char *text = digits->text + digits->first;
    if (point <= 0) {
        memcpy(out, "0.000000", 8);
        memcpy(out + 2 - point, text, MOST_DIGITS);
        return (size_t)(2 - point + digits->count);
    }
    memcpy(out, text, PLAIN_LAST + 1);
    if (digits->count <= point)
        return (size_t)point;
    out[point] = '.';
    memcpy(out + point + 1, text + point, MOST_DIGITS - 1);
    return (size_t)digits->count + 1;
}

/* Writes an exponent without leading zeros. Returns where it ends. */
static char *write_exponent(int power, char *out)
{
    uint32_t size = (uint32_t)(power < 0 ? -power : power);
    *out++ = 'e';
    if (power < 0)
        *out++ = '-';
    if (size >= 100)
        *out++ = (char)('0' + size / 100);
    if (size >= 10) {
        write_pair(size % 100, out);
        return out + 2;
    }
    *out++ = (char)('0' + size);
    return out;
}

/* Lays out d.ddd * 10^power. */
static size_t lay_out_scientific(const struct digits *digits, int power, char *out)
{
    const char *text = digits->text + digits->first;
    char *end = out;
    *end++ = text[0];
    if (digits->count > 1) {
        *end = '.';
        memcpy(end + 1, text + 1, MOST_DIGITS - 1);
        end += digits->count;
    }
    return (size_t)(write_exponent(power, end) - out);
}

/* The shortest decimal of a whole number below 2^53 is the number itself: any other decimal that
 * is no longer is a whole number too, at least 1 away. */
static struct decimal decimal_of(double value)
{
    if (value < 1e15 && value == (double)(int64_t)value)
        return (struct decimal){(uint64_t)value, 0};
    return shortest_decimal(value);
}

static struct decimal decimal_of_float(float value)
{
    if (value < 0x1p24f && value == (float)(int32_t)value)
        return (struct decimal){(uint64_t)value, 0};
    return shortest_decimal_float(value);
}

static size_t lay_out(struct decimal decimal, char *out)
{
    struct digits digits;
    digits_set(&digits, decimal.digits);
    int power = digits.count + decimal.exponent - 1;
    bool plain = power >= PLAIN_FIRST && power <= PLAIN_LAST;
    return plain ? lay_out_plain(&digits, power + 1, out) : lay_out_scientific(&digits, power, out);
}

/* Writes the minus of a number that has one, and the 0.0 behind that of negative zero. Returns how
 * many characters that is; *done says that there is no more to write. */
static inline size_t put_sign(bool negative, bool zero, char *out, bool *done)
{
    *done = negative && zero;
    if (!negative)
        return 0;
    memcpy(out, "-0.0", 4);
    return zero ? 4 : 1;
}

size_t number_write(double value, char *out)
{
    bool done;
    size_t length = put_sign(signbit(value), value == 0, out, &done);
    return done ? length : length + lay_out(decimal_of(fabs(value)), out + length);
}

size_t number_write_float(float value, char *out)
{
    bool done;
    size_t length = put_sign(signbit(value), value == 0, out, &done);
    return done ? length : length + lay_out(decimal_of_float(fabsf(value)), out + length);
}
