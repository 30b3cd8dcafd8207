/*
 * Bodies that are not JSON (RFC 8259) are 400, and what is JSON is judged as a request: 422 here,
 * where nothing is what the path wants. Also what the contract refuses beyond the grammar: a key
 * twice, \u0000, too deep a nesting, numbers beyond the doubles.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define STEP "/v1/networks/witness/step"

struct text {
    const char *why;
    const char *bytes;
    size_t length;
    const char *says; /* the problem's detail must name this, or NULL */
};
#define TEXT(why, bytes) why, bytes, sizeof(bytes) - 1, NULL
#define TEXT_SAYS(why, bytes, says) why, bytes, sizeof(bytes) - 1, says

static const struct text broken[] = {
    {TEXT("empty", "")},
    {TEXT("blanks", " \n\t\r ")},
    {TEXT_SAYS("a byte order mark", "\xef\xbb\xbf{}", "byte order mark")},
    {TEXT("UTF-16", "\xff\xfe{\0}\0")},
    {TEXT("a NUL at the end", "{}\0")},
    {TEXT("a NUL within", "{\0}")},
    {TEXT("a form feed as blank", "{\f}")},
    {TEXT("a no-break space as blank", "{\xc2\xa0}")},
    {TEXT("open object", "{")},
    {TEXT("open array", "[1")},
    {TEXT("only closed", "}")},
    {TEXT("closed by the other", "[1}")},
    {TEXT("two documents", "{} {}")},
    {TEXT("trailing text", "{}x")},
    {TEXT("trailing bracket", "[]]")},
    {TEXT("plain text", "hello")},
    {TEXT("a form", "name=mazur&inputs=2")},
    {TEXT("single quotes", "{'name': 'mazur'}")},
    {TEXT("a bare key", "{name: 1}")},
    {TEXT("a number as key", "{1: 1}")},
    {TEXT("no colon", "{\"a\" 1}")},
    {TEXT("no value", "{\"a\":}")},
    {TEXT("no key", "{:1}")},
    {TEXT("only a key", "{\"a\"}")},
    {TEXT("no comma in an object", "{\"a\": 1 \"b\": 2}")},
    {TEXT("trailing comma in an object", "{\"a\": 1,}")},
    {TEXT("leading comma in an object", "{,\"a\": 1}")},
    {TEXT("a line comment", "{} // done")},
    {TEXT("a block comment", "{/* nothing */}")},
    {TEXT("a hash comment", "# nothing\n{}")},
    {TEXT("true in capitals", "{\"a\": True}")},
    {TEXT("true cut off", "{\"a\": tru}")},
    {TEXT("true and more", "{\"a\": truest}")},
    {TEXT("None", "{\"a\": None}")},
    {TEXT("undefined", "{\"a\": undefined}")},
    {TEXT("NaN", "{\"a\": NaN}")},
    {TEXT("nan", "{\"a\": nan}")},
    {TEXT("Infinity", "{\"a\": Infinity}")},
    {TEXT("-Infinity", "{\"a\": -Infinity}")},
    {TEXT("inf", "{\"a\": inf}")},
    {TEXT("a plus sign", "{\"a\": +1}")},
    {TEXT("a leading zero", "{\"a\": 01}")},
    {TEXT("a leading zero after a minus", "{\"a\": -01}")},
    {TEXT("no digit before the point", "{\"a\": .5}")},
    {TEXT("no digit after the point", "{\"a\": 1.}")},
    {TEXT("no digit in the exponent", "{\"a\": 1e}")},
    {TEXT("only a sign in the exponent", "{\"a\": 1e+}")},
    {TEXT("only a minus", "{\"a\": -}")},
    {TEXT("hexadecimal", "{\"a\": 0x10}")},
    {TEXT("underscores", "{\"a\": 1_000}")},
    {TEXT("a decimal comma", "{\"a\": 1,5}")},
    {TEXT("an open string", "{\"a\": \"b}")},
    {TEXT("an unknown escape", "{\"a\": \"\\x41\"}")},
    {TEXT("a short escape", "{\"a\": \"\\u12\"}")},
    {TEXT("an escape that is not hexadecimal", "{\"a\": \"\\u12g4\"}")},
    {TEXT("a newline in a string", "{\"a\": \"b\nc\"}")},
    {TEXT("a tab in a string", "{\"a\": \"b\tc\"}")},
    {TEXT("a NUL in a string", "{\"a\": \"b\0c\"}")},
    {TEXT("\\u0000 in a string", "{\"a\": \"b\\u0000c\"}")},
    {TEXT("\\u0000 in a key", "{\"b\\u0000c\": 1}")},
    {TEXT("a lone high surrogate", "{\"a\": \"\\ud83d\"}")},
    {TEXT("a lone low surrogate", "{\"a\": \"\\ude00\"}")},
    {TEXT("a high surrogate before something else", "{\"a\": \"\\ud83d\\u0041\"}")},
    {TEXT("byte 0xff", "{\"a\": \"\xff\"}")},
    {TEXT("a continuation byte alone", "{\"a\": \"\x80\"}")},
    {TEXT("a sequence cut off", "{\"a\": \"\xc3\"}")},
    {TEXT("an overlong slash", "{\"a\": \"\xc0\xaf\"}")},
    {TEXT("an overlong zero", "{\"a\": \"\xc0\x80\"}")},
    {TEXT("an overlong euro sign", "{\"a\": \"\xf0\x82\x82\xac\"}")},
    {TEXT("a surrogate in UTF-8", "{\"a\": \"\xed\xa0\x80\"}")},
    {TEXT("beyond U+10FFFF", "{\"a\": \"\xf4\x90\x80\x80\"}")},
    {TEXT("invalid UTF-8 in a key", "{\"\xff\": 1}")},
    {TEXT("invalid UTF-8 outside of strings", "{\xff}")},
    {TEXT_SAYS("a key twice", "{\"inputs\": 1, \"inputs\": 2}", "inputs")},
    {TEXT("a key twice, once with an escape", "{\"inputs\": 1, \"\\u0069nputs\": 2}")},
    {TEXT_SAYS("a key twice, deeper", "{\"layers\": [{\"units\": 1, \"units\": 1}]}", "units")},
    {TEXT_SAYS("an array's key twice", "{\"inputs\": [1], \"inputs\": [1]}", "inputs")},
};

/* Arrays of numbers are read by other code than the rest of a body. */
static const struct text broken_arrays[] = {
    {TEXT("trailing comma", "[0.05, 0.1,]")},
    {TEXT("leading comma", "[,0.05, 0.1]")},
    {TEXT("two commas", "[0.05,,0.1]")},
    {TEXT("no comma", "[0.05 0.1]")},
    {TEXT("a plus sign", "[0.05, +0.1]")},
    {TEXT("two minus signs", "[0.05, --0.1]")},
    {TEXT("only a minus", "[0.05, -]")},
    {TEXT("a leading zero", "[0.05, 01]")},
    {TEXT("no digit before the point", "[.05, 0.1]")},
    {TEXT("no digit after the point", "[0.05, 1.]")},
    {TEXT("no exponent", "[0.05, 1e]")},
    {TEXT("a fractional exponent", "[0.05, 1e1.5]")},
    {TEXT("hexadecimal", "[0.05, 0x1]")},
    {TEXT("a suffix", "[0.05, 0.1f]")},
    {TEXT("NaN", "[0.05, NaN]")},
    {TEXT("Infinity", "[Infinity, 0.1]")},
    {TEXT("-Infinity", "[-Infinity, 0.1]")},
    {TEXT("a comment", "[0.05, /* x2 */ 0.1]")},
    {TEXT("open", "[0.05, 0.1")},
    {TEXT("closed by a brace", "[0.05, 0.1}")},
    {TEXT("rows without a comma", "[[0.05, 0.1] [0.05, 0.1]]")},
    {TEXT("a trailing comma after rows", "[[0.05, 0.1],]")},
    {TEXT("an open row", "[[0.05, 0.1]")},
    {TEXT("a NUL", "[0.05, 0.1\0]")},
};

/* Every valid form: the grammar is not what is wrong with these. */
static const struct text well_formed[] = {
    {TEXT("no object", "[]")},
    {TEXT("a bare number", "7")},
    {TEXT("a bare string", "\"7\"")},
    {TEXT("a bare null", "null")},
    {TEXT("blanks all over", "\t{\r\n \"a\" : [ 1 , 2 ] \n}\r\n ")},
    {TEXT("every kind of value", "{\"a\": [null, true, false, \"\", {}, [], 0]}")},
    {TEXT("every kind of number",
          "{\"a\": [0, -0, 0.0, -1, 10, 1.5, 1e5, 1E5, 1e+5, 1e-5, 1.25E-2, 0e0, 0.1e-400]}")},
    {TEXT("every escape", "{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"}")},
    {TEXT("UTF-8 of two, three and four bytes",
          "{\"a\": \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}")},
    {TEXT("U+FFFF and U+10FFFF", "{\"a\": \"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"}")},
    {TEXT("a delete character", "{\"a\": \"\x7f\"}")},
    {TEXT("the same key in two objects", "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}")},
};

static const struct http_answer *post(struct http_client *client, const char *path,
                                      const struct text *text)
{
    return http_send(client, "POST", path, text->bytes, text->length, NULL);
}

static void check_broken(struct witness *witness)
{
    for (size_t i = 0; i < COUNT(broken); i++) {
        const struct text *text = &broken[i];
        const struct http_answer *answer = post(witness->client, "/v1/networks", text);
        expect_problem(answer, 400, "invalid-json", NULL, text->why);
        const char *detail = pointer_text(answer->json, "/detail");
        if (text->says)
            tap_ok(detail && strstr(detail, text->says), "%s: names %s: %s", text->why, text->says,
                   detail ? detail : "nothing");
        witness_check(witness, text->why);
    }
}

static void check_broken_arrays(struct witness *witness)
{
    static const char before[] = "{\"targets\": [0.01, 0.99], \"inputs\": ";
    for (size_t i = 0; i < COUNT(broken_arrays); i++) {
        const struct text *text = &broken_arrays[i];
        char body[256];
        size_t length = sizeof(before) - 1;
        memcpy(body, before, length);
        memcpy(body + length, text->bytes, text->length);
        length += text->length;
        body[length++] = '}';
        const struct http_answer *answer =
            http_send(witness->client, "POST", STEP, body, length, NULL);
        expect_problem(answer, 400, "invalid-json", NULL, text->why);
        witness_check(witness, text->why);
    }
}

static void check_well_formed(struct witness *witness)
{
    for (size_t i = 0; i < COUNT(well_formed); i++)
        expect_problem(post(witness->client, "/v1/networks", &well_formed[i]), 422,
                       "invalid-request", NULL, well_formed[i].why);
    witness_check(witness, "JSON that is no network");
}

/* A text of `count` times `open`, then `middle`, then as often `close`. The caller frees it. */
static char *nested(const char *open, int count, const char *middle, const char *close)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    for (int i = 0; i < count; i++)
        fputs(open, stream);
    fputs(middle, stream);
    for (int i = 0; i < count; i++)
        fputs(close, stream);
    fclose(stream);
    return text;
}

static void check_depth(struct witness *witness)
{
    static const struct {
        const char *why;
        const char *open;
        int count;
        const char *middle;
        const char *close;
        int status;
    } rows[] = {
        {"16 arrays", "[", 16, "", "]", 422},
        {"17 arrays", "[", 17, "", "]", 400},
        {"16 objects", "{\"a\": ", 16, "1", "}", 422},
        {"17 objects", "{\"a\": ", 17, "1", "}", 400},
        {"16 arrays of a number", "[", 16, "1", "]", 422},
        {"17 arrays of a number", "[", 17, "1", "]", 400},
        {"8 of each", "[{\"a\": ", 8, "1", "}]", 422},
        {"100,000 arrays", "[", 100000, "", "]", 400},
        {"100,000 open arrays", "[", 100000, "", "", 400},
        {"100,000 objects", "{\"a\": ", 100000, "1", "}", 400},
    };
    struct timespec start;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *body = nested(rows[i].open, rows[i].count, rows[i].middle, rows[i].close);
        const struct http_answer *answer =
            http_call(witness->client, "POST", "/v1/networks", body, NULL);
        expect_problem(answer, rows[i].status,
                       rows[i].status == 400 ? "invalid-json" : "invalid-request", NULL,
                       rows[i].why);
        free(body);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    tap_ok(end.tv_sec - start.tv_sec < 5, "all of it fast");
    witness_check(witness, "deep nesting");
}

/* Few bytes that would be much memory as a tree of values. */
static void check_many_values(struct witness *witness)
{
    static const struct {
        const char *why;
        const char *value;
    } rows[] = {{"objects", "{},"}, {"arrays", "[],"}, {"strings", "\"\","}, {"nulls", "null,"}};
    enum { TIMES = 2000000 };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *body = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&body, &length);
        fputs("{\"inputs\": [", stream);
        for (int k = 0; k < TIMES; k++)
            fputs(rows[i].value, stream);
        fputs("0]}", stream);
        fclose(stream);
        int status = http_send(witness->client, "POST", STEP, body, length, NULL)->status;
        tap_ok(status == 413 || status == 422, "2,000,000 %s: %d", rows[i].why, status);
        free(body);
    }
    witness_check(witness, "many values");
}

/* Well-formed numbers that no double can hold. */
static void check_range(struct witness *witness)
{
    static const struct {
        const char *why;
        const char *body;
        const char *pointer;
    } rows[] = {
        {"1e400", "{'inputs': [1e400, 0], 'targets': [0, 1]}", "/inputs/0"},
        {"-1e400", "{'inputs': [0, -1e400], 'targets': [0, 1]}", "/inputs/1"},
        {"1e999 in a batch", "{'inputs': [[0, 1], [1e999, 0]], 'targets': [[0, 1], [0, 1]]}",
         "/inputs/1/0"},
        {"2^1024", "{'inputs': [0, 1.8e308], 'targets': [0, 1]}", "/inputs/1"},
        {"an exponent of many digits", "{'inputs': [0, 1e99999999999999999999], 'targets': [0, 1]}",
         "/inputs/1"},
        {"in another field", "{'inputs': [0, 1], 'targets': [0, 1], 'learning_rate': 1e999}",
         "/learning_rate"},
        {"in an unknown field", "{'inputs': [0, 1], 'targets': [0, 1], 'x': {'y': -1e999}}",
         "/x/y"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct http_answer *answer =
            http_call(witness->client, "POST", STEP, rows[i].body, NULL);
        expect_problem(answer, 422, "invalid-request", rows[i].pointer, rows[i].why);
        witness_check(witness, rows[i].why);
    }
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    check_broken(&witness);
    check_broken_arrays(&witness);
    check_well_formed(&witness);
    check_depth(&witness);
    check_many_values(&witness);
    check_range(&witness);
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
