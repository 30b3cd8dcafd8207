/* What the writer writes, by hand; and that Jansson reads back every string it can be given. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_writer.h"
#include "tests/harness/tap.h"

static void write_empty(struct json_writer *w)
{
    json_array_begin(w);
    json_object_begin(w);
    json_object_end(w);
    json_array_begin(w);
    json_array_end(w);
    json_vector(w, NULL, 0);
    json_matrix(w, NULL, 0, 2);
    json_array_end(w);
}

static void write_members(struct json_writer *w)
{
    json_object_begin(w);
    json_key(w, "a");
    json_number(w, 0.1);
    json_key(w, "b");
    json_object_begin(w);
    json_key(w, "c");
    json_nil(w);
    json_object_end(w);
    json_key(w, "d");
    json_array_begin(w);
    json_bool(w, true);
    json_bool(w, false);
    json_text(w, "x");
    json_unsigned(w, 7);
    json_array_end(w);
    json_key(w, "e");
    json_text_n(w, "long", 2);
    json_object_end(w);
}

static void write_numbers(struct json_writer *w)
{
    static const double values[] = {0.35, -0.0, 1e15, 100, 2.5e-7, 5e-324};
    json_array_begin(w);
    json_vector(w, values, 6);
    json_matrix(w, values, 3, 2);
    json_matrix(w, values, 2, 0);
    json_unsigned(w, 0);
    json_unsigned(w, 10);
    json_unsigned(w, UINT64_MAX);
    json_array_end(w);
}

static void write_not_finite(struct json_writer *w)
{
    static const double values[] = {1, NAN, -INFINITY};
    json_vector(w, values, 3);
}

static void write_raw(struct json_writer *w)
{
    json_array_begin(w);
    json_raw(w, "{\"x\":1}", 7);
    json_raw(w, "2", 1);
    json_array_end(w);
    json_append(w, "\n", 1);
}

static const struct {
    const char *name;
    void (*write)(struct json_writer *w);
    const char *expected;
    bool not_finite;
} documents[] = {
    {"empty containers", write_empty, "[{},[],[],[]]", false},
    {"members", write_members,
     "{\"a\":0.1,\"b\":{\"c\":null},\"d\":[true,false,\"x\",7],\"e\":\"lo\"}", false},
    {"numbers", write_numbers,
     "[[0.35,-0.0,1e15,100,2.5e-7,5e-324],[[0.35,-0.0],[1e15,100],[2.5e-7,5e-324]],[[],[]],"
     "0,10,18446744073709551615]",
     false},
    {"numbers that are not finite", write_not_finite, "[1,null,null]", true},
    {"raw text", write_raw, "[{\"x\":1},2]\n", false},
};

static const struct {
    const char *text;
    const char *written;
} strings[] = {
    {"", ""},
    {"plain", "plain"},
    {"\"\\/", "\\\"\\\\/"},
    {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
    {"\x01\x1f\x7f", "\\u0001\\u001f\x7f"},
    {"tab\tin\nthe middle", "tab\\tin\\nthe middle"},
    {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
    /* Not UTF-8: a stray byte, a cut character, an overlong slash, a surrogate, above U+10FFFF. */
    {"a\x80z", "a\xef\xbf\xbdz"},
    {"a\xc3", "a\xef\xbf\xbd"},
    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
};

static void check_text(struct json_writer *w, const char *expected, const char *name)
{
    json_append(w, "", 1); /* the NUL */
    tap_text(w->data, expected, "%s", name);
}

static void test_documents(struct json_writer *w)
{
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        json_writer_reset(w);
        documents[i].write(w);
        check_text(w, documents[i].expected, documents[i].name);
        tap_ok(!w->failed && w->not_finite == documents[i].not_finite, "the flags of %s",
               documents[i].name);
    }
}

static void test_strings(struct json_writer *w)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        char expected[80];
        snprintf(expected, sizeof(expected), "\"%s\"", strings[i].written);
        json_writer_reset(w);
        json_text(w, strings[i].text);
        check_text(w, expected, expected);
    }
    json_writer_reset(w);
    json_text_n(w, "a\0b", 3);
    check_text(w, "\"a\\u0000b\"", "a NUL in the middle");
}

/* All pairs of bytes, alone and before a letter, read back as strings of JSON. */
static void test_all_bytes(struct json_writer *w)
{
    int wrong = 0;
    for (unsigned pair = 0; pair < 65536; pair++) {
        char text[] = {(char)(pair >> 8), (char)pair, 'z'};
        json_writer_reset(w);
        json_array_begin(w);
        json_text_n(w, text, 2);
        json_text_n(w, text, 3);
        json_array_end(w);
        json_t *read = json_loadb(w->data, w->length, JSON_ALLOW_NUL, NULL);
        wrong += json_array_size(read) != 2;
        json_decref(read);
    }
    tap_ok(wrong == 0, "any two bytes make a string that is JSON");
}

/* Grows through many sizes, and keeps what it has written. */
static void test_growth(void)
{
    enum { COUNT = 100000 };
    double *values = malloc(COUNT * sizeof(*values));
    for (int i = 0; i < COUNT; i++)
        values[i] = i / 7.0;
    struct json_writer w;
    json_writer_init(&w);
    json_vector(&w, values, COUNT);
    json_t *read = json_loadb(w.data, w.length, JSON_DECODE_INT_AS_REAL, NULL);
    bool same = json_array_size(read) == COUNT;
    for (size_t i = 0; same && i < COUNT; i++)
        same = json_real_value(json_array_get(read, i)) == values[i];
    tap_ok(same && w.capacity < 2 * w.length, "100,000 numbers, read back by Jansson");
    json_decref(read);
    json_writer_release(&w);
    tap_ok(!w.data && w.capacity == 0, "releases its text");
    free(values);
}

int main(void)
{
    struct json_writer w;
    json_writer_init(&w);
    test_documents(&w);
    test_strings(&w);
    test_all_bytes(&w);
    json_writer_release(&w);
    test_growth();
    return tap_done();
}
