/*
 * What the reader takes and refuses: every production of RFC 8259, each in its valid forms and
 * broken in every way, and where it says that the fault is. Values are compared with Jansson's own.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api/json_reader.h"
#include "tests/api/json_trees.h"
#include "tests/harness/tap.h"

#define TEXT(literal) literal, sizeof(literal) - 1 /* it may have NULs in it */

static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};

static const char *const valid[] = {
    /* values alone */
    "true",
    "false",
    "null",
    "\"\"",
    "0",
    "{}",
    "[]",
    /* blanks */
    " \t\r\n[ \t\r\n] \t\r\n",
    "{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }",
    "{\"a\"\n:\n1\n,\n\"b\"\n:\n[\n1\n]\n}\n",
    "\n[\n[\n1\n,\n2\n]\n,\n[\n3\n,\n4\n]\n]\n",
    /* objects */
    "{\"\":1}",
    "{\"a\":{\"a\":{\"a\":{}}}}",
    "{\"a\":1,\"A\":2}",
    "{\"a\":[],\"b\":[[]],\"c\":{}}",
    "{\"\\u0061b\":1,\"\\\"\":2,\"\\\\\":3}",
    "{\"inputs\":[0.05,0.10],\"targets\":[0.01,0.99]}",
    /* arrays */
    "[null]",
    "[true,false,null,\"x\",{}]",
    "[1,2,3]",
    "[[1,2],[3,4]]",
    "[[1,2],[3],[],[4,5,6]]",
    "[[],[1]]",
    "[[],[],[]]",
    "[[[]]]",
    "[[[1,2],[3,4]],[[5,6],[7,8]]]",
    "[1,\"a\"]",
    "[\"a\",1]",
    "[[1],\"a\"]",
    "[[1],2]",
    "[1,[2]]",
    "[[1,null]]",
    "[[1,2],[3,[4]]]",
    "[{},[1]]",
    "[[1],[[2]]]",
    /* numbers */
    "-0",
    "-0.0",
    "0.0",
    "-1",
    "10",
    "1.5",
    "-0.25",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.5e-3",
    "0e0",
    "-0e-0",
    "1e-400",
    "[-0,0,-0.0,5e-324,-1e-400]",
    "{\"a\":-0,\"b\":-0.0,\"c\":0}",
    "123456789012345678",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "100000000000000000000",
    "{\"a\":100000000000000000000,\"b\":[100000000000000000000]}",
    "0.1000000000000000055511151231257827021181583404541015625",
    /* strings */
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u00e9\\u20AC\\uD83D\\uDE00\"",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "\"\x7f\"",
    "\"[1,2]{\\\"a\\\":1}\"",
    "\"\\\\\"",
    "[\"]\",\"[\",\"}\",\"{\",\",\",\":\"]",
    "{\"a]\":[1],\"b\\\"[\":[[2]]}",
    /* sixteen levels, and many side by side */
    "[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},[\"a\"],[\"a\"],[1],[[1]],[[1]]]",
    "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[[[1]]]}]}]}]}]}]}]}",
};

static const struct {
    const char *text;
    size_t length;
    enum json_fault fault;
    const char *detail; /* how it begins */
} invalid[] = {
    /* nothing to read */
    {TEXT(""), JSON_FAULT_SYNTAX, "The body is empty"},
    {TEXT(" \t\r\n"), JSON_FAULT_SYNTAX, "The body has nothing but blanks"},
    {TEXT("\xef\xbb\xbf{}"), JSON_FAULT_SYNTAX, "The body begins with a byte order mark"},
    {TEXT("\xff\xfe{\0}\0"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    {TEXT("\0"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    {TEXT("{}\0"), JSON_FAULT_SYNTAX, "Line 1, column 3: the document has ended"},
    {TEXT("\x0c{}"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    {TEXT("\xc2\xa0{}"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    /* more than one document */
    {TEXT("{}{}"), JSON_FAULT_SYNTAX, "Line 1, column 3: the document has ended"},
    {TEXT("1 2"), JSON_FAULT_SYNTAX, "Line 1, column 3: the document has ended"},
    {TEXT("[1]\n[2]"), JSON_FAULT_SYNTAX, "Line 2, column 1: the document has ended"},
    {TEXT("{},"), JSON_FAULT_SYNTAX, "Line 1, column 3: the document has ended"},
    {TEXT("[1]]"), JSON_FAULT_SYNTAX, "Line 1, column 4: the document has ended"},
    {TEXT("{}}"), JSON_FAULT_SYNTAX, "Line 1, column 3: the document has ended"},
    {TEXT("null x"), JSON_FAULT_SYNTAX, "Line 1, column 6: the document has ended"},
    {TEXT("nullx"), JSON_FAULT_SYNTAX, "Line 1, column 5: the document has ended"},
    {TEXT("\"a\"b"), JSON_FAULT_SYNTAX, "Line 1, column 4: the document has ended"},
    /* words */
    {TEXT("nul"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    {TEXT("tru"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    {TEXT("True"), JSON_FAULT_SYNTAX, "Line 1, column 1: True is not JSON; write true"},
    {TEXT("[False]"), JSON_FAULT_SYNTAX, "Line 1, column 2: False is not JSON"},
    {TEXT("{\"a\":None}"), JSON_FAULT_SYNTAX, "Line 1, column 6: None is not JSON; write null"},
    {TEXT("undefined"), JSON_FAULT_SYNTAX, "Line 1, column 1: undefined is not JSON"},
    {TEXT("abc"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"},
    /* numbers */
    {TEXT("NaN"), JSON_FAULT_SYNTAX, "Line 1, column 1: NaN is not JSON"},
    {TEXT("[1,NaN]"), JSON_FAULT_SYNTAX, "Line 1, column 4: NaN is not JSON"},
    {TEXT("[[1,2],[3,nan]]"), JSON_FAULT_SYNTAX, "Line 1, column 11: nan is not JSON"},
    {TEXT("Infinity"), JSON_FAULT_SYNTAX, "Line 1, column 1: Infinity is not JSON"},
    {TEXT("[-Infinity]"), JSON_FAULT_SYNTAX, "Line 1, column 2: -Infinity is not JSON"},
    {TEXT("[inf]"), JSON_FAULT_SYNTAX, "Line 1, column 2: inf is not JSON"},
    {TEXT("+1"), JSON_FAULT_SYNTAX, "Line 1, column 1: a number has no plus"},
    {TEXT("01"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("-01"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("[1,01]"), JSON_FAULT_SYNTAX, "Line 1, column 4: this is no number of JSON"},
    {TEXT(".5"), JSON_FAULT_SYNTAX, "Line 1, column 1: a number has a digit before its point"},
    {TEXT("-.5"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("5."), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("5.e1"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("[1e]"), JSON_FAULT_SYNTAX, "Line 1, column 2: this is no number of JSON"},
    {TEXT("[1e+]"), JSON_FAULT_SYNTAX, "Line 1, column 2: this is no number of JSON"},
    {TEXT("1e5.5"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("0x10"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("[1.2.3]"), JSON_FAULT_SYNTAX, "Line 1, column 2: this is no number of JSON"},
    {TEXT("1_000"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("--1"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("- 1"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("-"), JSON_FAULT_SYNTAX, "Line 1, column 1: this is no number of JSON"},
    {TEXT("1,5"), JSON_FAULT_SYNTAX, "Line 1, column 2: the document has ended"},
    {TEXT("\xef\xbc\x91"), JSON_FAULT_SYNTAX, "Line 1, column 1: no value"}, /* a wide 1 */
    /* strings */
    {TEXT("\""), JSON_FAULT_SYNTAX, "Line 1, column 1: the string that begins here"},
    {TEXT("[\"a]"), JSON_FAULT_SYNTAX, "Line 1, column 2: the string that begins here"},
    {TEXT("\"\\\""), JSON_FAULT_SYNTAX, "Line 1, column 1: the string that begins here"},
    {TEXT("\"\\"), JSON_FAULT_SYNTAX, "Line 1, column 2: JSON has no such escape"},
    {TEXT("\"\\x41\""), JSON_FAULT_SYNTAX, "Line 1, column 2: JSON has no such escape"},
    {TEXT("\"\\'\""), JSON_FAULT_SYNTAX, "Line 1, column 2: JSON has no such escape"},
    {TEXT("\"\\\0\""), JSON_FAULT_SYNTAX, "Line 1, column 2: JSON has no such escape"},
    {TEXT("\"ab\\u12\""), JSON_FAULT_SYNTAX, "Line 1, column 4: \\u needs four"},
    {TEXT("\"\\u12g4\""), JSON_FAULT_SYNTAX, "Line 1, column 2: \\u needs four"},
    {TEXT("\"\\u"), JSON_FAULT_SYNTAX, "Line 1, column 2: \\u needs four"},
    {TEXT("\"\\U0041\""), JSON_FAULT_SYNTAX, "Line 1, column 2: JSON has no such escape"},
    {TEXT("\"\\u0000\""), JSON_FAULT_SYNTAX, "Line 1, column 2: \\u0000 is not taken"},
    {TEXT("{\"a\\u0000\":1}"), JSON_FAULT_SYNTAX, "Line 1, column 4: \\u0000 is not taken"},
    {TEXT("\"\\ud800\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\udc00\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\udc00\\udc00\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\ud800\\ud800\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\ud800\\u0041\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\ud800x\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\\ud83d\\ude0\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a surrogate stands alone"},
    {TEXT("\"\n\""), JSON_FAULT_SYNTAX, "Line 1, column 2: a control character"},
    {TEXT("\"a\tb\""), JSON_FAULT_SYNTAX, "Line 1, column 3: a control character"},
    {TEXT("\"a\0b\""), JSON_FAULT_SYNTAX, "Line 1, column 3: a control character"},
    {TEXT("\"\x80\""), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not UTF-8"},
    {TEXT("\"\xc0\xaf\""), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not UTF-8"},
    {TEXT("\"\xed\xa0\x80\""), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not UTF-8"},
    {TEXT("\"\xf5\x80\x80\x80\""), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not"},
    {TEXT("\"\xe2\x82\""), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not UTF-8"},
    {TEXT("\"\xe2\x82"), JSON_FAULT_SYNTAX, "Line 1, column 2: these bytes are not UTF-8"},
    {TEXT("\"\xc3\xa9\xe2\x82\xac\xff\""), JSON_FAULT_SYNTAX, "Line 1, column 4: these bytes are"},
    {TEXT("'a'"), JSON_FAULT_SYNTAX, "Line 1, column 1: a string stands in double quotes"},
    /* arrays */
    {TEXT("["), JSON_FAULT_SYNTAX, "Line 1, column 2: the text ends where a value should be"},
    {TEXT("[1"), JSON_FAULT_SYNTAX, "Line 1, column 1: the array that begins here is not closed"},
    {TEXT("[1,"), JSON_FAULT_SYNTAX, "Line 1, column 4: the text ends where a value should be"},
    {TEXT("[1,2,]"), JSON_FAULT_SYNTAX, "Line 1, column 5: the comma after the last element"},
    {TEXT("[[1,2],\n ]"), JSON_FAULT_SYNTAX, "Line 1, column 7: the comma after the last element"},
    {TEXT("[[1,2,],[3]]"), JSON_FAULT_SYNTAX, "Line 1, column 6: the comma after the last element"},
    {TEXT("[,1]"), JSON_FAULT_SYNTAX, "Line 1, column 2: a value is missing before this comma"},
    {TEXT("[1,,2]"), JSON_FAULT_SYNTAX, "Line 1, column 4: a value is missing before this comma"},
    {TEXT("[1 2]"), JSON_FAULT_SYNTAX, "Line 1, column 4: a comma or ] should follow"},
    {TEXT("[\"a\" \"b\"]"), JSON_FAULT_SYNTAX, "Line 1, column 6: a comma or ] should follow"},
    {TEXT("[1;2]"), JSON_FAULT_SYNTAX, "Line 1, column 3: a comma or ] should follow"},
    {TEXT("[1:2]"), JSON_FAULT_SYNTAX, "Line 1, column 3: a comma or ] should follow"},
    {TEXT("[1}"), JSON_FAULT_SYNTAX, "Line 1, column 3: a comma or ] should follow"},
    {TEXT("[[1][2]]"), JSON_FAULT_SYNTAX, "Line 1, column 5: a comma or ] should follow"},
    {TEXT("]"), JSON_FAULT_SYNTAX, "Line 1, column 1: a value is missing before this bracket"},
    {TEXT("[[1],[2]"), JSON_FAULT_SYNTAX, "Line 1, column 1: the array that begins here"},
    {TEXT("[}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a value is missing before this brace"},
    /* objects */
    {TEXT("{"), JSON_FAULT_SYNTAX, "Line 1, column 2: the text ends where a key should be"},
    {TEXT("{\"a\""), JSON_FAULT_SYNTAX, "Line 1, column 5: a colon should follow the key"},
    {TEXT("{\"a\":"), JSON_FAULT_SYNTAX, "Line 1, column 6: the text ends where a value should"},
    {TEXT("{\"a\":1"), JSON_FAULT_SYNTAX, "Line 1, column 1: the object that begins here"},
    {TEXT("{\"a\":1,"), JSON_FAULT_SYNTAX, "Line 1, column 8: the text ends where a key should"},
    {TEXT("{\"a\":1,}"), JSON_FAULT_SYNTAX, "Line 1, column 7: the comma after the last member"},
    {TEXT("{,}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    {TEXT("{\"a\" 1}"), JSON_FAULT_SYNTAX, "Line 1, column 6: a colon should follow the key"},
    {TEXT("{\"a\",1}"), JSON_FAULT_SYNTAX, "Line 1, column 5: a colon should follow the key"},
    {TEXT("{\"a\"=1}"), JSON_FAULT_SYNTAX, "Line 1, column 5: a colon should follow the key"},
    {TEXT("{\"a\":}"), JSON_FAULT_SYNTAX, "Line 1, column 6: a value is missing before this brace"},
    {TEXT("{\"a\"::1}"), JSON_FAULT_SYNTAX, "Line 1, column 6: no value"},
    {TEXT("{\"a\":1 \"b\":2}"), JSON_FAULT_SYNTAX, "Line 1, column 8: a comma or } should follow"},
    {TEXT("{a:1}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    {TEXT("{'a':1}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    {TEXT("{1:1}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    {TEXT("{null:1}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    {TEXT("{\"a\":1]"), JSON_FAULT_SYNTAX, "Line 1, column 7: a comma or } should follow"},
    {TEXT("}"), JSON_FAULT_SYNTAX, "Line 1, column 1: a value is missing before this brace"},
    {TEXT("{[1]:2}"), JSON_FAULT_SYNTAX, "Line 1, column 2: a key in double quotes"},
    /* comments */
    {TEXT("// no\n{}"), JSON_FAULT_SYNTAX, "Line 1, column 1: JSON has no comments"},
    {TEXT("/* no */{}"), JSON_FAULT_SYNTAX, "Line 1, column 1: JSON has no comments"},
    {TEXT("[1,\n2, # no\n3]"), JSON_FAULT_SYNTAX, "Line 2, column 4: JSON has no comments"},
    /* the same key twice */
    {TEXT("{\"a\":1,\"a\":2}"), JSON_FAULT_DUPLICATE, "Line 1, column 8: the key \"a\" is twice"},
    {TEXT("{\"a\":[1,2],\n\"b\":{\"c\":[],\n\"c\" :1}}"), JSON_FAULT_DUPLICATE,
     "Line 3, column 1: the key \"c\" is twice"},
    {TEXT("[[1,2,3],{\"\":[[1]],\"\":9007199254740993}]"), JSON_FAULT_DUPLICATE,
     "Line 1, column 20: the key \"\" is twice"},
    {TEXT("{\"a\":9007199254740993,\"\\u0061\":-0}"), JSON_FAULT_DUPLICATE,
     "Line 1, column 23: the key \"\\u0061\" is twice"},
    {TEXT("{\"\\\"\\\\\":[1],\"x\":-0,\"\\\"\\\\\":1}"), JSON_FAULT_DUPLICATE,
     "Line 1, column 20: the key \"\\\"\\\\\" is twice"},
    /* too deep */
    {TEXT("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), JSON_FAULT_DEPTH, "Line 1, column 17: "},
    {TEXT("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), JSON_FAULT_DEPTH, "Line 1, column 17: "},
    {TEXT("[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]"), JSON_FAULT_DEPTH, "Line 1, column 17: "},
    {TEXT("[[[[[[[[[[[[[[[[["), JSON_FAULT_DEPTH, "Line 1, column 17: arrays and objects are"},
    /* numbers out of range, and what is worse than that */
    {TEXT("1e400"), JSON_FAULT_RANGE, "Line 1, column 1: this number is beyond"},
    {TEXT("[1,-1e400]"), JSON_FAULT_RANGE, "Line 1, column 4: this number is beyond"},
    {TEXT("[1e400,NaN]"), JSON_FAULT_SYNTAX, "Line 1, column 8: NaN is not JSON"},
    {TEXT("{\"a\":1e400,\"a\":1}"), JSON_FAULT_DUPLICATE, "Line 1, column 12: the key \"a\""},
};

static void test_valid(void)
{
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        size_t length = strlen(valid[i]);
        struct json_document document;
        json_t *reference =
            json_loadb(valid[i], length, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
        bool read = json_document_read(&document, valid[i], length, &limits);
        if (!tap_ok(read && json_trees_equal(&document, document.root, reference), "takes row %zu",
                    i))
            tap_note("%s: %s", valid[i], document.detail);
        json_document_release(&document);
        json_decref(reference);
    }
}

static void test_invalid(void)
{
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        struct json_document document;
        bool read = json_document_read(&document, invalid[i].text, invalid[i].length, &limits);
        const char *expected = invalid[i].detail;
        bool right = !read && document.fault == invalid[i].fault &&
                     strncmp(document.detail, expected, strlen(expected)) == 0 &&
                     document.detail[strlen(document.detail) - 1] == '.';
        if (!tap_ok(right, "refuses row %zu: %s", i, expected))
            tap_note("fault %d: %s", (int)document.fault, document.detail);
        json_document_release(&document);
    }
}

/* What Jansson's tree holds: the kinds of numbers, which decide what an integer field takes. */
static const struct {
    const char *text;
    json_type type;
} number_types[] = {
    {"0", JSON_INTEGER},
    {"-1", JSON_INTEGER},
    {"9007199254740992", JSON_INTEGER},
    {"-9007199254740992", JSON_INTEGER},
    {"9007199254740993", JSON_REAL},
    {"-9007199254740993", JSON_REAL},
    {"100000000000000000000", JSON_REAL},
    {"-0", JSON_REAL},
    {"1.0", JSON_REAL},
    {"1e2", JSON_REAL},
};

static void test_number_types(void)
{
    for (size_t i = 0; i < sizeof(number_types) / sizeof(number_types[0]); i++) {
        struct json_document document;
        const char *text = number_types[i].text;
        bool read = json_document_read(&document, text, strlen(text), &limits);
        tap_ok(read && json_typeof(document.root) == number_types[i].type, "%s is %s", text,
               number_types[i].type == JSON_REAL ? "a real" : "an integer");
        json_document_release(&document);
    }
}

static const struct {
    const char *text;
    const char *pointer;
} out_of_range[] = {
    {"1e400", ""},
    {"[1e400]", "/0"},
    {"{\"inputs\":[[1,2],[3,4],[5],[6,-1e999]]}", "/inputs/3/1"},
    {"{\"a\":{},\"optimizer\" : { \"type\":\"s,]}\", \"learning_rate\" :1e400}}",
     "/optimizer/learning_rate"},
    {"{\"a/b\":{\"c~d\":[true,[1e400]]}}", "/a~1b/c~0d/1/0"},
    {"{\"\\u00e9\\\"\":1e400}", "/\xc3\xa9\""},
    {"{\"\":1e400}", "/"},
    {"[[1,2],{\"x\":[1,1e400]},1e401]", "/1/x/1"},
    {"[\"a\\\"]\",[1,\"b\",1e400]]", "/1/2"},
};

static void test_pointers(void)
{
    for (size_t i = 0; i < sizeof(out_of_range) / sizeof(out_of_range[0]); i++) {
        struct json_document document;
        const char *text = out_of_range[i].text;
        json_document_read(&document, text, strlen(text), &limits);
        tap_ok(document.fault == JSON_FAULT_RANGE, "%s is out of range", text);
        tap_text(document.pointer, out_of_range[i].pointer, "at %s", out_of_range[i].pointer);
        json_document_release(&document);
    }
}

static const struct {
    const char *text;
    const char *name;
} type_names[] = {
    {"{}", "an object"},
    {"[{}]", "an array"},
    {"[]", "an empty array"},
    {"[1]", "an array of numbers"},
    {"[[1]]", "an array of arrays of numbers"},
    {"\"1\"", "a string"},
    {"1", "a number"},
    {"1.5", "a number"},
    {"true", "true"},
    {"false", "false"},
    {"null", "null"},
};

static void test_type_names(void)
{
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        struct json_document document;
        const char *text = type_names[i].text;
        json_document_read(&document, text, strlen(text), &limits);
        tap_text(json_document_type_name(&document, document.root), type_names[i].name, "%s", text);
        json_document_release(&document);
    }
}

static void test_shapes(void)
{
    static const char text[] = "{\"r\":[[1,2],[3],[],[4,5,6]],\"e\":[],\"m\":[[],[]]}";
    struct json_document document;
    json_document_read(&document, text, sizeof(text) - 1, &limits);
    const struct json_numbers *ragged =
        json_document_numbers(&document, json_object_get(document.root, "r"));
    tap_ok(ragged && ragged->rank == 2 && ragged->rows == 4 && ragged->columns == 2 &&
               ragged->ragged && ragged->count == 6,
           "a ragged array");
    tap_ok(ragged && ragged->row_lengths[0] == 2 && ragged->row_lengths[1] == 1 &&
               ragged->row_lengths[2] == 0 && ragged->row_lengths[3] == 3,
           "the lengths of its rows");
    const struct json_numbers *empty =
        json_document_numbers(&document, json_object_get(document.root, "e"));
    tap_ok(empty && empty->rank == 1 && empty->rows == 1 && empty->count == 0, "an empty array");
    const struct json_numbers *rows =
        json_document_numbers(&document, json_object_get(document.root, "m"));
    tap_ok(rows && rows->rank == 2 && rows->rows == 2 && rows->columns == 0 && !rows->ragged,
           "rows without values");
    tap_ok(!json_document_numbers(&document, document.root) &&
               !json_document_numbers(&document, NULL),
           "an object and nothing are no arrays");
    json_document_release(&document);
}

/* A client's string is no place holder, whatever it says. */
static void test_place_holders(void)
{
    static const char text[] = "[\"00000000000000000000000000\",\"000000000000000000000000\",[1]]";
    struct json_document document;
    json_document_read(&document, text, sizeof(text) - 1, &limits);
    tap_ok(!json_document_numbers(&document, json_array_get(document.root, 0)) &&
               !json_document_numbers(&document, json_array_get(document.root, 1)) &&
               json_document_numbers(&document, json_array_get(document.root, 2)),
           "zeros are a string");
    json_document_release(&document);
}

static void test_counts(void)
{
    static const struct json_limits three = {.max_depth = 16, .max_values = 3};
    static const struct {
        const char *text;
        bool taken;
    } rows[] = {
        {"[1,2,3,4,5]", true},
        {"{\"a\":[1,2,3],\"b\":[[1],[2],[3]]}", true},
        {"[[\"a\"],1]", false},
        {"[\"a\",\"b\"]", true},
        {"[\"a\",\"b\",\"c\"]", false},
        {"[{},{},{}]", false},
        {"{\"a\":1,\"b\":2,\"c\":3}", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_document document;
        bool read = json_document_read(&document, rows[i].text, strlen(rows[i].text), &three);
        tap_ok(read == rows[i].taken && (read || document.fault == JSON_FAULT_TOO_MANY),
               "%s has %s than three values", rows[i].text, read ? "no more" : "more");
        json_document_release(&document);
    }
}

static void test_pointer_append(void)
{
    char pointer[12] = "";
    json_pointer_append(pointer, sizeof(pointer), "a~/b");
    tap_text(pointer, "/a~0~1b", "a pointer's escapes");
    json_pointer_append(pointer, sizeof(pointer), "\xe2\x82\xac");
    tap_text(pointer, "/a~0~1b/\xe2\x82\xac", "fits to the last byte");
    json_pointer_append(pointer, sizeof(pointer), "x");
    tap_text(pointer, "/a~0~1b/\xe2\x82\xac", "and then nothing more");

    char cut[9] = "";
    json_pointer_append(cut, sizeof(cut), "abcd\xe2\x82\xac\xe2\x82\xac");
    tap_text(cut, "/abcd\xe2\x82\xac", "is cut between characters");
}

/* A message repeats a long key only in part. */
static void test_long_key(void)
{
    char text[2100];
    char key[1000];
    memset(key, 'k', sizeof(key));
    snprintf(text, sizeof(text), "{\"%.999s\":1,\"%.999s\":2}", key, key);
    struct json_document document;
    json_document_read(&document, text, strlen(text), &limits);
    tap_ok(document.fault == JSON_FAULT_DUPLICATE && strstr(document.detail, "kkk... is twice"),
           "a key of 999 characters twice");
    json_document_release(&document);
}

int main(void)
{
    json_reader_setup();
    test_valid();
    test_invalid();
    test_number_types();
    test_pointers();
    test_type_names();
    test_shapes();
    test_place_holders();
    test_counts();
    test_pointer_append();
    test_long_key();
    return tap_done();
}
