/*
 * The reader beside Jansson: whatever is made of valid texts by changing some bytes, both take it,
 * as the same tree, or both refuse it.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "tests/api/files.h"
#include "tests/api/json_trees.h"
#include "tests/harness/tap.h"

enum { SEEDS = 32, ROUNDS = 3000, MOST_LENGTH = 8192, MOST_NOTES = 5 };

static const struct json_limits limits = {.max_depth = 500, .max_values = SIZE_MAX};

static struct {
    char *text;
    size_t length;
} seeds[SEEDS];
static int seed_count;
static int taken, refused, wrong;

static uint64_t random_bits(void)
{
    static uint64_t state = 88172645463325252; /* any but 0; xorshift (G. Marsaglia) */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t random_below(size_t limit)
{
    return (size_t)(random_bits() % limit);
}

static void add_seed(const char *path)
{
    if (seed_count < SEEDS) {
        seeds[seed_count].text = file_read(path, &seeds[seed_count].length);
        seed_count++;
    }
}

/* Puts `count` bytes in the place of `removed` at `at`, where there is room. */
static void splice(char *text, size_t *length, size_t at, size_t removed, const char *bytes,
                   size_t count)
{
    if (*length - removed + count > MOST_LENGTH)
        return;
    memmove(text + at + count, text + at + removed, *length - at - removed);
    memcpy(text + at, bytes, count);
    *length = *length - removed + count;
}

static void mutate(char *text, size_t *length)
{
    static const char *const pieces[] = {
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "0",
        "1",
        "-",
        ".",
        "e",
        "+",
        " ",
        "\n",
        "a",
        "null",
        "[]",
        "{}",
        "[1]",
        "\"a\"",
        "\x80",
        "\xc3\xa9",
        "\\u00",
        "\\ud83d",
        "/",
        "01",
        "1.",
        "-0",
        "[[1]",
        "],[",
        "1e9",
        "\x01",
        "true",
        "1,2",
        "\"a\":1,",
        "99999999999999999999",
        "\xef\xbb\xbf",
        "\\u0000",
    };
    char span[64];
    size_t at = random_below(*length);
    size_t rest = *length - at;
    size_t count = 1 + random_below(rest < sizeof(span) ? rest : sizeof(span));
    const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
    switch (random_below(5)) {
    case 0: /* a byte goes */
        splice(text, length, at, 1, "", 0);
        break;
    case 1: /* a piece comes */
        splice(text, length, at, 0, piece, strlen(piece));
        break;
    case 2: /* a piece for a byte */
        splice(text, length, at, 1, piece, strlen(piece));
        break;
    case 3: /* a span goes */
        splice(text, length, at, count, "", 0);
        break;
    default: /* a span comes again elsewhere */
        memcpy(span, text + at, count);
        splice(text, length, random_below(*length), 0, span, count);
        break;
    }
}

/* What Jansson, which stops at the first fault, may say where the reader says `fault`. */
static bool agrees(enum json_fault fault, const json_t *reference, const json_error_t *error)
{
    bool overflow = !reference && json_error_code(error) == json_error_numeric_overflow;
    switch (fault) {
    case JSON_FAULT_NONE:
        return reference != NULL;
    case JSON_FAULT_SYNTAX:
        return !reference;
    case JSON_FAULT_DUPLICATE:
        return overflow || (!reference && json_error_code(error) == json_error_duplicate_key);
    case JSON_FAULT_RANGE:
        return overflow;
    default:
        return false;
    }
}

static void check(const char *text, size_t length)
{
    json_error_t error;
    json_t *reference = json_loadb(
        text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    struct json_document document;
    bool read = json_document_read(&document, text, length, &limits);
    bool right = agrees(document.fault, reference, &error) &&
                 (!read || json_trees_equal(&document, document.root, reference));
    if (!right && wrong++ < MOST_NOTES)
        tap_note("fault %d (%s), Jansson: %s: %.*s", (int)document.fault, document.detail,
                 reference ? "takes it" : error.text, (int)length, text);
    taken += read;
    refused += !read;
    json_document_release(&document);
    json_decref(reference);
}

int main(void)
{
    char text[MOST_LENGTH];
    json_reader_setup();
    files_each("tests/data/json/valid", ".json", add_seed);
    for (int seed = 0; seed < seed_count; seed++) {
        for (int round = 0; round < ROUNDS; round++) {
            size_t length = seeds[seed].length;
            memcpy(text, seeds[seed].text, length);
            for (size_t changes = 1 + random_below(4); changes > 0 && length > 0; changes--)
                mutate(text, &length);
            check(text, length);
        }
        free(seeds[seed].text);
    }
    tap_ok(wrong == 0, "the reader and Jansson agree");
    tap_ok(taken > 1000 && refused > 1000, "%d texts were taken, %d refused", taken, refused);
    return tap_done();
}
