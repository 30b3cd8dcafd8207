#include "api/json_scanner.h"

#include <stdint.h>
#include <string.h>

#include "api/json_bytes.h"
#include "api/json_place_holder.h"
#include "api/json_string.h"
#include "api/number.h"

enum { DEEPEST = 1024 }; /* whatever the limit: Jansson stops at 2048, and the scanner recurses */

static bool scan_value(struct json_scanner *s);

static bool fail(struct json_scanner *s, enum json_fault fault, const char *at, const char *advice)
{
    s->fault = fault;
    s->fault_at = at;
    s->advice = advice;
    return false;
}

static bool fail_syntax(struct json_scanner *s, const char *at, const char *advice)
{
    return fail(s, JSON_FAULT_SYNTAX, at, advice);
}

/* The byte that is next, or NUL at the end (a NUL in the text is never what is looked for). */
static char next(const struct json_scanner *s)
{
    return s->at < s->end ? *s->at : '\0';
}

static char next_after_blanks(struct json_scanner *s)
{
    s->at = json_skip_blanks(s->at, s->end);
    return next(s);
}

static bool begins_with(const struct json_scanner *s, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(s->end - s->at) >= length && memcmp(s->at, text, length) == 0;
}

/* The text for Jansson grows by the original up to `until`. */
static void look_for_wanted(struct json_scanner *s, const char *until)
{
    if (s->found || s->wanted < s->rewritten.length)
        return;
    size_t offset = s->wanted - s->rewritten.length;
    if (offset <= (size_t)(until - s->pending))
        s->found = s->pending + offset;
}

static void flush(struct json_scanner *s, const char *until)
{
    look_for_wanted(s, until);
    json_append(&s->rewritten, s->pending, (size_t)(until - s->pending));
    s->pending = until;
}

/* Puts `text` in the place of the original from `from` to where the scanner is. */
static bool replace(struct json_scanner *s, const char *from, const char *text, size_t length)
{
    flush(s, from);
    json_append(&s->rewritten, text, length);
    s->pending = s->at;
    return !s->rewritten.failed || fail(s, JSON_FAULT_NO_MEMORY, NULL, NULL);
}

/* A value should begin here, but none does. */
static bool fail_value(struct json_scanner *s)
{
    static const struct {
        const char *text;
        const char *advice;
    } mistakes[] = {
        {"NaN", "NaN is not JSON; send a finite number"},
        {"nan", "nan is not JSON; send a finite number"},
        {"Infinity", "Infinity is not JSON; send a finite number"},
        {"-Infinity", "-Infinity is not JSON; send a finite number"},
        {"inf", "inf is not JSON; send a finite number"},
        {"True", "True is not JSON; write true"},
        {"False", "False is not JSON; write false"},
        {"None", "None is not JSON; write null"},
        {"undefined", "undefined is not JSON; write null"},
        {"'", "a string stands in double quotes, not in single ones"},
        {"/", "JSON has no comments; remove this one"},
        {"#", "JSON has no comments; remove this one"},
        {"+", "a number has no plus before it; remove it"},
        {".", "a number has a digit before its point; write it like 0.5"},
        {",", "a value is missing before this comma"},
        {"]", "a value is missing before this bracket"},
        {"}", "a value is missing before this brace"},
    };
    if (s->at == s->end)
        return fail_syntax(s, s->at, "the text ends where a value should be; send all of it");
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        if (begins_with(s, mistakes[i].text))
            return fail_syntax(s, s->at, mistakes[i].advice);
    }
    return fail_syntax(s, s->at, "no value of JSON begins like this; correct it");
}

static bool scan_word(struct json_scanner *s, const char *word)
{
    if (!begins_with(s, word))
        return fail_value(s);
    s->at += strlen(word);
    return true;
}

/* Whether the number from `first` to `stop` has neither a fraction nor an exponent. */
static bool is_integer(const char *first, const char *stop)
{
    for (; first < stop; first++) {
        if (*first == '.' || *first == 'e' || *first == 'E')
            return false;
    }
    return true;
}

/* Whether an integer's size is at most 2^53, up to which every one is a double. */
static bool is_exact(const char *digits, const char *stop)
{
    static const char most[] = "9007199254740992";
    size_t length = (size_t)(stop - digits);
    return length < sizeof(most) - 1 ||
           (length == sizeof(most) - 1 && memcmp(digits, most, length) <= 0);
}

static bool is_part_of_number(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '+' || c == '-' || c == '_';
}

static bool scan_number(struct json_scanner *s)
{
    const char *first = s->at;
    double value;
    if (begins_with(s, "-Infinity"))
        return fail_value(s);
    enum number_status status = number_read(first, s->end, &value, &s->at);
    if (status == NUMBER_SYNTAX || is_part_of_number(next(s)))
        return fail_syntax(s, first, "this is no number of JSON; write it like 12, -0.5 or 1e-3");

    if (status == NUMBER_RANGE) {
        if (!s->arrays.range_at)
            s->arrays.range_at = first;
        return replace(s, first, "0", 1);
    }
    const char *digits = first + (*first == '-');
    if (!is_integer(digits, s->at))
        return true;
    if (*first == '-' && *digits == '0')
        return replace(s, first, "-0.0", 4);
    if (is_exact(digits, s->at))
        return true;
    char text[NUMBER_MAX_LENGTH];
    return replace(s, first, text, number_write(value, text)); /* with an exponent: a real */
}

static bool scan_string(struct json_scanner *s)
{
    struct json_string_fault fault;
    const char *stop = json_string_check(s->at, s->end, &fault);
    if (!stop)
        return fail_syntax(s, fault.at, fault.advice);
    s->at = stop;
    return true;
}

static bool enter(struct json_scanner *s)
{
    if (++s->depth > s->max_depth)
        return fail(s, JSON_FAULT_DEPTH, s->at, NULL);
    return true;
}

/* Takes the array that is next, if it is one of numbers, and leaves a place holder. Returns whether
 * it did; when it did not, s->fault may be set. */
static bool lift_array(struct json_scanner *s)
{
    const char *first = s->at;
    const char *stop = json_arrays_take(&s->arrays, first, s->end, s->depth < s->max_depth);
    if (s->arrays.failed)
        fail(s, JSON_FAULT_NO_MEMORY, NULL, NULL);
    if (!stop)
        return false;
    char text[JSON_PLACE_HOLDER_LENGTH + 2];
    text[0] = text[sizeof(text) - 1] = '"';
    json_place_holder_write(s->arrays.count - 1, text + 1);
    s->at = stop;
    return replace(s, first, text, sizeof(text));
}

static bool scan_elements(struct json_scanner *s)
{
    const char *opening = s->at++;
    if (next_after_blanks(s) == ']')
        return true;
    while (scan_value(s)) {
        if (next_after_blanks(s) == ']')
            return true;
        if (s->at == s->end)
            return fail_syntax(s, opening, "the array that begins here is not closed");
        if (*s->at != ',')
            return fail_syntax(s, s->at, "a comma or ] should follow the array's element");
        const char *comma = s->at++;
        if (next_after_blanks(s) == ']')
            return fail_syntax(s, comma, "the comma after the last element must go");
    }
    return false;
}

static bool scan_array(struct json_scanner *s)
{
    if (!enter(s))
        return false;
    if (!lift_array(s)) {
        if (s->fault || !scan_elements(s))
            return false;
        s->at++;
    }
    s->depth--;
    return true;
}

static bool scan_member(struct json_scanner *s)
{
    if (s->at == s->end)
        return fail_syntax(s, s->at, "the text ends where a key should be; send all of it");
    if (*s->at != '"')
        return fail_syntax(s, s->at, "a key in double quotes should be here");
    if (!scan_string(s))
        return false;
    if (next_after_blanks(s) != ':')
        return fail_syntax(s, s->at, "a colon should follow the key");
    s->at++;
    return scan_value(s);
}

static bool scan_members(struct json_scanner *s)
{
    const char *opening = s->at++;
    if (next_after_blanks(s) == '}')
        return true;
    while (scan_member(s)) {
        if (next_after_blanks(s) == '}')
            return true;
        if (s->at == s->end)
            return fail_syntax(s, opening, "the object that begins here is not closed");
        if (*s->at != ',')
            return fail_syntax(s, s->at, "a comma or } should follow the object's member");
        const char *comma = s->at++;
        if (next_after_blanks(s) == '}')
            return fail_syntax(s, comma, "the comma after the last member must go");
    }
    return false;
}

static bool scan_object(struct json_scanner *s)
{
    if (!enter(s) || !scan_members(s))
        return false;
    s->at++;
    s->depth--;
    return true;
}

static bool scan_value(struct json_scanner *s)
{
    char c = next_after_blanks(s);
    if (++s->values > s->max_values)
        return fail(s, JSON_FAULT_TOO_MANY, NULL, NULL);
    switch (c) {
    case '{':
        return scan_object(s);
    case '[':
        return scan_array(s);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return c == '-' || (c >= '0' && c <= '9') ? scan_number(s) : fail_value(s);
    }
}

static bool scan_document(struct json_scanner *s)
{
    if (s->at == s->end)
        return fail_syntax(s, NULL, "The body is empty; send a JSON document");
    if (begins_with(s, "\xef\xbb\xbf"))
        return fail_syntax(s, NULL,
                           "The body begins with a byte order mark (BOM); send it without");
    next_after_blanks(s);
    if (s->at == s->end)
        return fail_syntax(s, NULL, "The body has nothing but blanks; send a JSON document");
    if (!scan_value(s))
        return false;
    next_after_blanks(s);
    if (s->at < s->end)
        return fail_syntax(s, s->at, "the document has ended before this; send just one");
    return true;
}

bool json_scanner_run(struct json_scanner *scanner, const char *text, size_t length,
                      const struct json_limits *limits, size_t wanted)
{
    *scanner = (struct json_scanner){
        .start = text,
        .end = text + length,
        .at = text,
        .max_depth = limits->max_depth < DEEPEST ? limits->max_depth : DEEPEST,
        .max_values = limits->max_values,
        .pending = text,
        .wanted = wanted,
    };
    if (!scan_document(scanner))
        return false;
    if (scanner->pending == text) {
        look_for_wanted(scanner, scanner->end);
        return true;
    }
    flush(scanner, scanner->end);
    return !scanner->rewritten.failed || fail(scanner, JSON_FAULT_NO_MEMORY, NULL, NULL);
}

const char *json_scanner_text(const struct json_scanner *scanner, size_t *length)
{
    if (scanner->pending == scanner->start) {
        *length = (size_t)(scanner->end - scanner->start);
        return scanner->start;
    }
    *length = scanner->rewritten.length;
    return scanner->rewritten.data;
}

void json_scanner_release(struct json_scanner *scanner)
{
    json_arrays_release(&scanner->arrays);
    json_writer_release(&scanner->rewritten);
}
