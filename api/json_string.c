#include "api/json_string.h"

#include <stddef.h>
#include <string.h>

#include "api/json_bytes.h"
#include "api/utf8.h"

enum { ESCAPE_LENGTH = 6 }; /* of \u and four digits */

static const char *fail(struct json_string_fault *fault, const char *at, const char *advice)
{
    fault->at = at;
    fault->advice = advice;
    return NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The code unit of the \uXXXX at `text`, or -1 when there is none. */
static int read_unit(const char *text, const char *end)
{
    if (end - text < ESCAPE_LENGTH || text[0] != '\\' || text[1] != 'u')
        return -1;
    int unit = 0;
    for (int i = 2; i < ESCAPE_LENGTH; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0)
            return -1;
        unit = 16 * unit + digit;
    }
    return unit;
}

/* Checks \uXXXX, or two of them that are a pair of surrogates. */
static const char *check_unicode(const char *text, const char *end, struct json_string_fault *fault)
{
    int unit = read_unit(text, end);
    if (unit < 0)
        return fail(fault, text, "\\u needs four hexadecimal digits after it");
    if (unit == 0)
        return fail(fault, text, "\\u0000 is not taken; remove it");
    if (unit < 0xd800 || unit > 0xdfff)
        return text + ESCAPE_LENGTH;
    int low = unit < 0xdc00 ? read_unit(text + ESCAPE_LENGTH, end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return fail(fault, text, "a surrogate stands alone; write both of the pair");
    return text + 2 * ESCAPE_LENGTH;
}

static const char *check_escape(const char *text, const char *end, struct json_string_fault *fault)
{
    char c = text + 1 < end ? text[1] : '\0';
    if (c == 'u')
        return check_unicode(text, end, fault);
    if (c == '\0' || !strchr("\"\\/bfnrt", c))
        return fail(fault, text, "JSON has no such escape; a backslash itself is \\\\");
    return text + 2;
}

/* Checks one character that is neither plain nor the closing quote. */
static const char *check_special(const char *text, const char *end, struct json_string_fault *fault)
{
    if (*text == '\\')
        return check_escape(text, end, fault);
    if ((unsigned char)*text < 0x20)
        return fail(fault, text, "a control character in a string must be escaped, as \\n is");
    size_t length = utf8_length(text, end);
    if (length == 0)
        return fail(fault, text, "these bytes are not UTF-8; send the text in UTF-8");
    return text + length;
}

const char *json_string_check(const char *text, const char *end, struct json_string_fault *fault)
{
    const char *opening = text++;
    while (text) {
        while (text < end && json_is_plain(*text))
            text++;
        if (text == end)
            return fail(fault, opening, "the string that begins here has no closing quote");
        if (*text == '"')
            return text + 1;
        text = check_special(text, end, fault);
    }
    return NULL;
}

/* Quotes inside of a string have an odd number of backslashes before them, its own have none. */
const char *json_string_start(const char *end)
{
    const char *quote = end - 1;
    for (;;) {
        do
            quote--;
        while (*quote != '"');
        const char *before = quote;
        while (before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote;
    }
}
