/*
 * How numbers are written and read: tables by hand. number_property_test.c tries many at random.
 */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/number.h"
#include "tests/harness/tap.h"

struct written {
    double value;
    const char *text;
};

/* The contract's layout. */
static const struct written layouts[] = {
    {0, "0"},
    {-0.0, "-0.0"},
    {1, "1"},
    {-1, "-1"},
    {3, "3"},
    {10, "10"},
    {100, "100"},
    {1234567, "1234567"},
    {0.1, "0.1"},
    {0.35, "0.35"},
    {-0.35, "-0.35"},
    {1.5, "1.5"},
    {123456.789, "123456.789"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {2.0 / 3, "0.6666666666666666"},
    {0.5932699921071872, "0.5932699921071872"},
    {0.39249999999999996, "0.39249999999999996"},
    {0.00043856773447434685, "0.00043856773447434685"},
    {1e-5, "0.00001"},
    {1.25e-5, "0.0000125"},
    {1.0000000000000003e-5, "0.000010000000000000003"},
    {9.999999999999999e-6, "9.999999999999999e-6"},
    {9.99e-6, "9.99e-6"},
    {2.5e-7, "2.5e-7"},
    {1e-6, "1e-6"},
    {-1e-10, "-1e-10"},
    {1e14, "100000000000000"},
    {123456789012345, "123456789012345"},
    {999999999999999, "999999999999999"},
    {999999999999999.9, "999999999999999.9"},
    {1e15, "1e15"},
    {-1e15, "-1e15"},
    {1234567890123456, "1.234567890123456e15"},
    {1000000000000000.1, "1.0000000000000001e15"},
    {9007199254740992, "9.007199254740992e15"},
    {1.2345678901234568e20, "1.2345678901234568e20"},
    {1e22, "1e22"},
    {1e23, "1e23"},
    {1e100, "1e100"},
    {DBL_MAX, "1.7976931348623157e308"},
    {-DBL_MAX, "-1.7976931348623157e308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {DBL_TRUE_MIN, "5e-324"},
};

/* Doubles that shortest-digit algorithms have got wrong, as the tests of U. Adams's Ryu collect
 * them (wide and narrow intervals, powers of five, ties, subnormals). */
static const struct written hard_cases[] = {
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p-1007, "7.291122019556398e-304"},
    {2.98023223876953125e-8, "2.9802322387695312e-8"},
    {-2.109808898695963e16, "-2.109808898695963e16"},
    {4.940656e-318, "4.940656e-318"},
    {1.18575755e-316, "1.18575755e-316"},
    {2.989102097996e-312, "2.989102097996e-312"},
    {9.0608011534336e15, "9.0608011534336e15"},
    {4.708356024711512e18, "4.708356024711512e18"},
    {9.409340012568248e18, "9.409340012568248e18"},
    {5.764607523034235e39, "5.764607523034235e39"},
    {1.152921504606847e40, "1.152921504606847e40"},
    {2.305843009213694e40, "2.305843009213694e40"},
    {9.5367431640625e-7, "9.5367431640625e-7"},
    {4.8828125e-4, "0.00048828125"},
    {9.007199254740991e15, "9.007199254740991e15"},
    {9.999999999999999e22, "1e23"}, /* which is at a tie, and reads back as the even one */
};

struct read {
    const char *text;
    enum number_status status;
    double value;
    int used; /* characters; where the status is not NUMBER_SYNTAX */
};

static const struct read readings[] = {
    {"0", NUMBER_OK, 0, 1},
    {"-0", NUMBER_OK, -0.0, 2},
    {"-0.0", NUMBER_OK, -0.0, 4},
    {"0e9999999999", NUMBER_OK, 0, 12},
    {"12,", NUMBER_OK, 12, 2},
    {"12 ", NUMBER_OK, 12, 2},
    {"1.5e3]", NUMBER_OK, 1500, 5},
    {"1E+2", NUMBER_OK, 100, 4},
    {"1e-2", NUMBER_OK, 0.01, 4},
    {"1e0002", NUMBER_OK, 100, 6},
    {"0.10", NUMBER_OK, 0.1, 4},
    {"01", NUMBER_OK, 0, 1}, /* what follows is the caller's business */
    {"0x10", NUMBER_OK, 0, 1},
    {"1.5.2", NUMBER_OK, 1.5, 3},
    {"100000000000000000000", NUMBER_OK, 1e20, 21},
    {"123456789012345678901234567890", NUMBER_OK, 123456789012345678901234567890.0, 30},
    {"0.000000000000000000000000000001", NUMBER_OK, 1e-30, 32},
    /* Halfway between two doubles: to the even one; a digit more: up. */
    {"9007199254740993", NUMBER_OK, 9007199254740992, 16},
    {"9007199254740993.0000000000000000000000000000000001", NUMBER_OK, 9007199254740994, 51},
    {"9007199254740992.9999999999999999999999999999999999", NUMBER_OK, 9007199254740992, 51},
    {"9007199254740995", NUMBER_OK, 9007199254740996, 16},
    /* The largest double, and half a unit above it. */
    {"1.7976931348623157e308", NUMBER_OK, DBL_MAX, 22},
    {"1.7976931348623158e308", NUMBER_OK, DBL_MAX, 22},
    {"1.7976931348623159e308", NUMBER_RANGE, 0, 22},
    {"1e309", NUMBER_RANGE, 0, 5},
    {"-1e400", NUMBER_RANGE, 0, 6},
    {"1e99999999999999999999", NUMBER_RANGE, 0, 22},
    {"1e-400", NUMBER_OK, 0, 6},
    {"-1e-99999999999999999999", NUMBER_OK, -0.0, 24},
    {"2.2250738585072011e-308", NUMBER_OK, 0x0.fffffffffffffp-1022, 23},
    {"2.2250738585072014e-308", NUMBER_OK, DBL_MIN, 23},
    {"4.9406564584124654e-324", NUMBER_OK, DBL_TRUE_MIN, 23},
    {"2.4703282292062327e-324", NUMBER_OK, 0, 23},
    {"2.4703282292062328e-324", NUMBER_OK, DBL_TRUE_MIN, 23},
    {"", NUMBER_SYNTAX, 0, 0},
    {"-", NUMBER_SYNTAX, 0, 0},
    {"+1", NUMBER_SYNTAX, 0, 0},
    {".5", NUMBER_SYNTAX, 0, 0},
    {"-.5", NUMBER_SYNTAX, 0, 0},
    {"1.", NUMBER_SYNTAX, 0, 0},
    {"1.e5", NUMBER_SYNTAX, 0, 0},
    {"1e", NUMBER_SYNTAX, 0, 0},
    {"1e+", NUMBER_SYNTAX, 0, 0},
    {"1e-x", NUMBER_SYNTAX, 0, 0},
    {"NaN", NUMBER_SYNTAX, 0, 0},
    {"Infinity", NUMBER_SYNTAX, 0, 0},
    {"-Infinity", NUMBER_SYNTAX, 0, 0},
    {"--1", NUMBER_SYNTAX, 0, 0},
    {" 1", NUMBER_SYNTAX, 0, 0},
};

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static void check_written(const struct written *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[NUMBER_MAX_LENGTH + 1];
        text[number_write(rows[i].value, text)] = '\0';
        tap_text(text, rows[i].text, "%.17g is written %s", rows[i].value, rows[i].text);
    }
}

static void check_read(const char *text, size_t length, const struct read *expected,
                       const char *name)
{
    double value = 0;
    const char *stop = text;
    enum number_status status = number_read(text, text + length, &value, &stop);
    bool right = status == expected->status;
    if (expected->status != NUMBER_SYNTAX)
        right = right && stop - text == expected->used;
    if (expected->status == NUMBER_OK)
        right = right && same_bits(value, expected->value);
    if (!tap_ok(right, "reads %s", name))
        tap_note("status %d, value %.17g, %td characters", (int)status, value, stop - text);
}

static void test_readings(void)
{
    for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        const char *text = readings[i].text;
        check_read(text, strlen(text), &readings[i], text[0] ? text : "nothing");
    }
    /* Reading stops at the end that it is given, not at a NUL. */
    check_read("12345", 2, &(struct read){"", NUMBER_OK, 12, 2}, "two characters of 12345");
    check_read("1.5", 2, &(struct read){"", NUMBER_SYNTAX, 0, 0}, "two characters of 1.5");
    check_read("1e5", 1, &(struct read){"", NUMBER_OK, 1, 1}, "one character of 1e5");
}

/* Texts of many digits: `zeros` zeros in the middle of head and tail. */
static void check_long(const char *head, size_t zeros, const char *tail, double expected)
{
    size_t length = strlen(head) + zeros + strlen(tail);
    char *text = malloc(length + 1);
    char *end = stpcpy(text, head);
    memset(end, '0', zeros);
    strcpy(end + zeros, tail);
    struct read row = {text, NUMBER_OK, expected, (int)length};
    char name[80];
    snprintf(name, sizeof(name), "%s, %zu zeros, %s", head, zeros, tail);
    check_read(text, length, &row, name);
    free(text);
}

static void test_long_texts(void)
{
    check_long("0.", 1000000, "1e1000001", 1);
    check_long("1", 1000000, "e-1000000", 1);
    check_long("1", 1000000, ".5e-1000000", 1);
    check_long("9007199254740993.", 5000, "1", 9007199254740994); /* every digit decides */
    check_long("9007199254740993.", 5000, "", 9007199254740992);
    check_long("1.", 100000, "1", 1);
}

int main(void)
{
    check_written(layouts, sizeof(layouts) / sizeof(layouts[0]));
    check_written(hard_cases, sizeof(hard_cases) / sizeof(hard_cases[0]));
    test_readings();
    test_long_texts();
    return tap_done();
}
