/* Paths and queries as they are sent, and what they stand for. */
#include <string.h>

#include "server/target.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct target_case {
    const char *target;
    bool sound;
} target_cases[] = {
    {"/", true},           {"/v1/networks/a%20b", true},
    {"/%C3%A9", true},     {"/a%2e%2E", true},
    {"", false},           {"v1", false},
    {"*", false},          {"http://a/", false},
    {"/a%00b", false},     {"/a%2fb", false},
    {"/a%2Fb", false},     {"/a%zz", false},
    {"/a%", false},        {"/a%4", false},
    {"/a b", false},       {"/a\x01", false},
    {"/a\xc3\xa9", false}, {"/a%2", false},
};

static void test_targets(void)
{
    for (size_t i = 0; i < COUNT(target_cases); i++)
        tap_ok((target_fault(target_cases[i].target) == NULL) == target_cases[i].sound,
               "the target \"%s\" is %s", target_cases[i].target,
               target_cases[i].sound ? "sound" : "at fault");
}

static const struct decode_case {
    const char *text;
    const char *decoded; /* NULL: refused */
} decode_cases[] = {
    {"", ""},         {"abc", "abc"},         {"%61%62", "ab"},
    {"a%2fb", "a/b"}, {"%e9%E9", "\xe9\xe9"}, {"%25", "%"},
    {"%", NULL},      {"%4", NULL},           {"%4g", NULL},
    {"a%00", NULL},   {"1234567", "1234567"}, {"12345678", NULL},
};

static void test_decoding(void)
{
    for (size_t i = 0; i < COUNT(decode_cases); i++) {
        const struct decode_case *row = &decode_cases[i];
        char out[8];
        bool decoded = percent_decode(row->text, strlen(row->text), out, sizeof(out));
        tap_text(decoded ? out : NULL, row->decoded, "\"%s\" decoded", row->text);
    }
}

static void test_queries(void)
{
    struct query query = {0};
    query_add(&query, "a%5fb", "c%20d");
    query_add(&query, "e", NULL);
    tap_ok(query.count == 2 && !query.fault && strcmp(query.parameters[0].name, "a_b") == 0 &&
               strcmp(query.parameters[0].value, "c d") == 0 &&
               strcmp(query.parameters[1].value, "") == 0,
           "names and values of a query are decoded");
    query_add(&query, "f", "%");
    tap_ok(query.fault != NULL, "a broken escape in a query");

    query = (struct query){0};
    for (int i = 0; i < QUERY_MAX; i++)
        query_add(&query, "a", "b");
    tap_ok(query.count == QUERY_MAX && !query.fault, "as many parameters as fit");
    query_add(&query, "a", "b");
    tap_ok(query.count == QUERY_MAX && query.fault, "one more");

    char text[QUERY_TEXT_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    query = (struct query){0};
    query_add(&query, "a", text);
    tap_ok(query.count == 0 && query.fault, "a value that is too long");
}

int main(void)
{
    test_targets();
    test_decoding();
    test_queries();
    return tap_done();
}
