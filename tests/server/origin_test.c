/* Which names a Host may have, and which web pages may ask. */
#include "server/origin.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct host_case {
    const char *host;
    bool accepted;
    const char *names;
    const char *listen;
} host_cases[] = {
    {"localhost", true},
    {"LocalHost:8080", true},
    {"localhost:1", true},
    {"127.0.0.1", true},
    {"127.255.0.9:80", true},
    {"[::1]", true},
    {"[::1]:8080", true},
    {"[0:0:0:0:0:0:0:1]:8080", true},
    {NULL, true}, /* HTTP/1.0 */
    {"", false},
    {":8080", false},
    {"::1", false},
    {"[::1", false},
    {"[::2]", false},
    {"[::1].example.com", false},
    {"128.0.0.1", false},
    {"0.0.0.0", false},
    {"127.1", false}, /* inet_aton() would take it */
    {"0x7f.0.0.1", false},
    {"example.com", false},
    {"localhost.example.com", false},
    {"127.0.0.1.example.com", false},
    {"localhost:", false},
    {"localhost:http", false},
    {"localhost:123456", false},
    {"user@localhost", false},
    {"localhost/", false},
    {"nn.example.com", true, .names = "nn.example.com"},
    {"NN.example.com:443", true, .names = "a,nn.example.com"},
    {"nn.example.com", true, .names = "nn.example.com,b"},
    {"n.example.com", false, .names = "nn.example.com"},
    {"nn.example.comb", false, .names = "nn.example.com,b"},
    {"a,b", false, .names = "a,b,c"},
    {"192.168.1.5:8080", true, .listen = "192.168.1.5"},
    {"192.168.1.50:8080", false, .listen = "192.168.1.5"},
    {"[fe80::1]:8080", true, .listen = "[fe80::1]"},
};

static void test_hosts(void)
{
    for (size_t i = 0; i < COUNT(host_cases); i++) {
        const struct host_case *row = &host_cases[i];
        const struct host_rule rule = {
            .names = row->names ? row->names : "",
            .listen = row->listen ? row->listen : "",
        };
        tap_ok(host_accepted(&rule, row->host) == row->accepted, "Host %s is %s (names \"%s\")",
               row->host ? row->host : "left out", row->accepted ? "accepted" : "refused",
               rule.names);
    }
    tap_ok(host_accepted(&(struct host_rule){.any = true}, "example.com"),
           "a unix socket takes any Host");
}

static const struct origin_case {
    const char *origin;
    const char *host;
    bool own;
} origin_cases[] = {
    {"http://localhost:8080", "localhost:8080", true},
    {"HTTP://LOCALHOST:8080", "localhost:8080", true},
    {"http://localhost:8080", "127.0.0.1:8080", true},
    {"http://[::1]:8080", "[::1]:8080", true},
    {"http://nn.example.com", "nn.example.com", true},
    {"http://nn.example.com", "nn.example.com:80", true},
    {"https://nn.example.com", "nn.example.com", true},
    {"https://nn.example.com", "nn.example.com:443", true},
    {"https://nn.example.com", "nn.example.com:80", false},
    {"http://localhost:3000", "localhost:8080", false},
    {"http://localhost", "localhost:8080", false},
    {"http://localhost:8080", "localhost", false},
    {"http://localhost.example.com:8080", "localhost:8080", false},
    {"http://example.com", "localhost:8080", false},
    {"http://example.com:8080", "localhost:8080", false},
    {"http://localhost:8080@example.com", "localhost:8080", false},
    {"http://localhost:8080/", "localhost:8080", false},
    {"ftp://localhost:8080", "localhost:8080", false},
    {"localhost:8080", "localhost:8080", false},
    {"null", "localhost:8080", false},
    {"", "localhost:8080", false},
    {"http://localhost:8080", NULL, false},
};

static void test_origins(void)
{
    const struct host_rule rule = {.names = "nn.example.com", .listen = ""};
    for (size_t i = 0; i < COUNT(origin_cases); i++) {
        const struct origin_case *row = &origin_cases[i];
        tap_ok(origin_is_own(&rule, row->origin, row->host) == row->own,
               "Origin \"%s\" is %s at Host %s", row->origin, row->own ? "our own" : "foreign",
               row->host ? row->host : "(none)");
    }
}

static const struct named_case {
    const char *origins;
    const char *origin;
    bool named;
} named_cases[] = {
    {"http://localhost:3000", "http://localhost:3000", true},
    {"https://a.example,http://localhost:3000", "http://localhost:3000", true},
    {"http://localhost:3000,https://a.example", "http://localhost:3000", true},
    {"http://localhost:3000", "http://localhost:30000", false},
    {"http://localhost:3000", "http://localhost:300", false},
    {"http://localhost:3000", "https://localhost:3000", false},
    {"http://a.example,http://b.example", "http://a.example,http://b.example", false},
    {"", "http://localhost:3000", false},
    {"", "", false},
    {"http://a.example", "null", false},
    {"*", "null", true},
    {"*", "https://anything.example", true},
};

static const struct list_case {
    const char *origins;
    bool good;
} list_cases[] = {
    {"", true},
    {"*", true},
    {"http://localhost:3000", true},
    {"https://example.com,http://[::1]:3000", true},
    {"https://example.com:8443", true},
    {"https://example.com/", false},
    {"https://example.com:443", false},
    {"http://example.com:80", false},
    {"https://Example.com", false},
    {"example.com", false},
    {"https://", false},
    {"null", false},
    {"https://*.example.com", false},
    {"*,https://example.com", false},
    {"https://example.com,", false},
    {"https://example.com, https://b.example", false},
};

static void test_named(void)
{
    for (size_t i = 0; i < COUNT(named_cases); i++) {
        const struct named_case *row = &named_cases[i];
        tap_ok(origin_is_named(row->origins, row->origin) == row->named,
               "\"%s\" is %sone of \"%s\"", row->origin, row->named ? "" : "not ", row->origins);
    }
    for (size_t i = 0; i < COUNT(list_cases); i++)
        tap_ok(origins_are_good(list_cases[i].origins) == list_cases[i].good, "\"%s\" is %s list",
               list_cases[i].origins, list_cases[i].good ? "a" : "no");
}

int main(void)
{
    test_hosts();
    test_origins();
    test_named();
    return tap_done();
}
