/* UTF-8 against its definition (RFC 3629): every code point, and every way to break one. */
#include <stdint.h>
#include <string.h>

#include "api/utf8.h"
#include "tests/harness/tap.h"

/* Encodes in `length` bytes, also where fewer would do. */
static void encode(uint32_t point, size_t length, char *out)
{
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(marks[length] | point);
}

static size_t shortest_length(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

static bool is_character(uint32_t point)
{
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static void test_code_points(void)
{
    int wrong = 0;
    int taken_overlong = 0;
    int taken_cut = 0;
    for (uint32_t point = 0; point < 0x200000; point++) {
        size_t shortest = shortest_length(point);
        for (size_t length = shortest; length <= 4; length++) {
            char text[4];
            encode(point, length, text);
            size_t got = utf8_length(text, text + length);
            if (length == shortest)
                wrong += got != (is_character(point) ? length : 0);
            else
                taken_overlong += got != 0;
            taken_cut += length > 1 && utf8_length(text, text + length - 1) != 0;
        }
    }
    tap_ok(wrong == 0, "every code point, and none of the surrogates or above U+10FFFF");
    tap_ok(taken_overlong == 0, "no form that is longer than needed");
    tap_ok(taken_cut == 0, "none that is cut off");
}

static void test_bytes(void)
{
    int taken_start = 0;
    int taken_rest = 0;
    for (int byte = 0x80; byte < 0x100; byte++) {
        char stray[] = {(char)byte, 'a', 'a', 'a'};
        taken_start += utf8_length(stray, stray + sizeof(stray)) != 0;
    }
    for (int place = 1; place < 4; place++) {
        for (int byte = 0; byte < 0x100; byte++) {
            char text[] = "\xf1\x80\x80\x80";
            text[place] = (char)byte;
            taken_rest += (utf8_length(text, text + 4) == 4) != (byte >= 0x80 && byte < 0xc0);
        }
    }
    tap_ok(taken_start == 0, "no byte above 0x7f alone");
    tap_ok(taken_rest == 0, "only 0x80 to 0xbf follow");
    const char *nothing = "";
    tap_ok(utf8_length(nothing, nothing) == 0, "nothing has no length");
}

int main(void)
{
    test_code_points();
    test_bytes();
    return tap_done();
}
