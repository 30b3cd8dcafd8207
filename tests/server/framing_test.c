/* What a body there is, and which headers leave that open (RFC 9112, sections 2.2, 3.2, 5.1 and 6).
 */
#include <string.h>

#include "server/framing.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum { MAX_HEADERS = 4 };

struct header {
    const char *name;
    const char *value;
};

#define HOST                                                                                       \
    {                                                                                              \
        "Host", "localhost"                                                                        \
    }

static const struct framing_case {
    const char *why;
    struct header headers[MAX_HEADERS];
    const char *version; /* NULL: HTTP/1.1 */
    bool sound;
    bool chunked;
    uint64_t length;
} framing_cases[] = {
    {"no body", {HOST}, .sound = true},
    {"a length", {HOST, {"Content-Length", "18"}}, .sound = true, .length = 18},
    {"a length of nothing", {HOST, {"content-length", "0"}}, .sound = true},
    {"leading zeros", {HOST, {"Content-Length", "000018"}}, .sound = true, .length = 18},
    {"2^64 - 1",
     {HOST, {"Content-Length", "18446744073709551615"}},
     .sound = true,
     .length = UINT64_MAX},
    {"2^64",
     {HOST, {"Content-Length", "18446744073709551616"}},
     .sound = true,
     .length = UINT64_MAX},
    {"10^23",
     {HOST, {"Content-Length", "100000000000000000000000"}},
     .sound = true,
     .length = UINT64_MAX},
    {"chunks", {HOST, {"Transfer-Encoding", "chunked"}}, .sound = true, .chunked = true},
    {"chunks in capitals",
     {HOST, {"TRANSFER-ENCODING", "CHUNKED"}},
     .sound = true,
     .chunked = true},
    {"no Host", {{"Accept", "*/*"}}},
    {"no Host by HTTP/1.0", {{"Accept", "*/*"}}, "HTTP/1.0", .sound = true},
    {"two Hosts", {HOST, {"host", "localhost"}}},
    {"a length beside chunks", {HOST, {"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}},
    {"two lengths", {HOST, {"Content-Length", "4"}, {"Content-Length", "5"}}},
    {"two equal lengths", {HOST, {"Content-Length", "4"}, {"Content-Length", "4"}}},
    {"a list of lengths", {HOST, {"Content-Length", "4,4"}}},
    {"a plus", {HOST, {"Content-Length", "+4"}}},
    {"a minus", {HOST, {"Content-Length", "-4"}}},
    {"hexadecimal", {HOST, {"Content-Length", "0x4"}}},
    {"a blank in a length", {HOST, {"Content-Length", "4 "}}},
    {"an empty length", {HOST, {"Content-Length", ""}}},
    {"another coding", {HOST, {"Transfer-Encoding", "gzip"}}},
    {"another coding first", {HOST, {"Transfer-Encoding", "gzip, chunked"}}},
    {"chunked twice", {HOST, {"Transfer-Encoding", "chunked, chunked"}}},
    {"chunked in two", {HOST, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}},
    {"an unknown coding", {HOST, {"Transfer-Encoding", "xchunked"}}},
    {"a parameter of chunked", {HOST, {"Transfer-Encoding", "chunked;q=1"}}},
    {"chunks by HTTP/1.0", {HOST, {"Transfer-Encoding", "chunked"}}, "HTTP/1.0"},
    {"a blank before the colon", {HOST, {"Content-Length ", "4"}}},
    {"a tab before the colon", {HOST, {"Content-Length\t", "4"}}},
    {"a name of nothing", {HOST, {"", "4"}}},
    {"a quote in a name", {HOST, {"X\"", "4"}}},
    {"a byte above ASCII in a name", {HOST, {"X\xe9", "4"}}},
    {"every token character", {HOST, {"!#$%&'*+-.^_`|~09azAZ", "4"}}, .sound = true},
    {"a carriage return in a value", {HOST, {"X", "a\rb"}}},
    {"a newline in a value", {HOST, {"X", "a\nb"}}},
    {"DEL in a value", {HOST, {"X", "a\x7f"}}},
    {"a tab in a value", {HOST, {"X", "a\tb"}}, .sound = true},
    {"bytes above ASCII in a value", {HOST, {"X", "\xc3\xa9"}}, .sound = true},
    {"two types", {HOST, {"Content-Type", "text/csv"}, {"Content-Type", "application/json"}}},
    {"two origins", {HOST, {"Origin", "null"}, {"Origin", "null"}}},
    {"two ids: no matter", {HOST, {"X-Request-Id", "a"}, {"X-Request-Id", "b"}}, .sound = true},
};

static void test_framing(void)
{
    for (size_t i = 0; i < COUNT(framing_cases); i++) {
        const struct framing_case *row = &framing_cases[i];
        struct headers headers = {0};
        for (size_t h = 0; h < MAX_HEADERS && row->headers[h].name; h++) {
            const struct header *header = &row->headers[h];
            headers_add(&headers, header->name, strlen(header->name), header->value,
                        strlen(header->value));
        }
        struct framing framing;
        const char *fault =
            headers_framing(&headers, row->version ? row->version : "HTTP/1.1", &framing);
        tap_ok(row->sound
                   ? !fault && framing.chunked == row->chunked && framing.length == row->length
                   : fault != NULL,
               "framing: %s%s%s", row->why, fault ? ": " : "", fault ? fault : "");
    }
}

/* A zero byte within a value, which a C string would hide. */
static void test_zero_byte(void)
{
    struct headers headers = {0};
    headers_add(&headers, "X", 1, "a\0b", 3);
    tap_ok(headers.fault != NULL, "framing: a zero byte in a value");
}

static void test_request_ids(void)
{
    char longest[66];
    memset(longest, 'a', sizeof(longest));
    longest[64] = '\0';
    tap_ok(request_id_valid("a") && request_id_valid("A9._-") && request_id_valid(longest),
           "request ids that are taken over");
    longest[64] = 'a';
    longest[65] = '\0';
    tap_ok(!request_id_valid("") && !request_id_valid("a b") && !request_id_valid("a\n") &&
               !request_id_valid("\xc3\xa9") && !request_id_valid(longest),
           "request ids that are not");
}

int main(void)
{
    test_framing();
    test_zero_byte();
    test_request_ids();
    return tap_done();
}
