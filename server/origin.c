#include "server/origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* HOST or HOST:PORT, cut in two. */
struct authority {
    const char *host; /* with the brackets of an IPv6 address; not NUL-terminated */
    size_t length;
    long port; /* -1 where there is none */
};

static bool authority_parse(const char *text, struct authority *out)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    size_t length = end ? (size_t)(end + 1 - text) : strcspn(text, ":");
    const char *port = text + length;
    if (length == 0 || strpbrk(text, "/@?# \t"))
        return false;
    *out = (struct authority){text, length, -1};
    if (!*port)
        return true;
    size_t digits = strspn(port + 1, "0123456789");
    if (*port != ':' || digits == 0 || digits > 5 || port[1 + digits])
        return false;
    out->port = strtol(port + 1, NULL, 10);
    return true;
}

static bool host_is(const struct authority *authority, const char *name, size_t length)
{
    return authority->length == length && strncasecmp(authority->host, name, length) == 0;
}

static bool is_loopback(const struct authority *authority)
{
    static const char localhost[] = "localhost";
    if (host_is(authority, localhost, strlen(localhost)))
        return true;
    char address[INET6_ADDRSTRLEN + 2];
    if (authority->length >= sizeof(address))
        return false;
    memcpy(address, authority->host, authority->length);
    address[authority->length] = '\0';
    struct in_addr ipv4;
    if (inet_pton(AF_INET, address, &ipv4) == 1)
        return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (address[0] != '[')
        return false;
    address[authority->length - 1] = '\0';
    struct in6_addr ipv6;
    return inet_pton(AF_INET6, address + 1, &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6);
}

static bool is_named(const struct authority *authority, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, ",");
        if (host_is(authority, names, length))
            return true;
        names += length + (names[length] == ',');
    }
    return false;
}

static bool is_ours(const struct host_rule *rule, const struct authority *authority)
{
    return is_loopback(authority) || is_named(authority, rule->names) ||
           host_is(authority, rule->listen, strlen(rule->listen));
}

bool host_accepted(const struct host_rule *rule, const char *host)
{
    if (rule->any || !host)
        return true;
    struct authority authority;
    return authority_parse(host, &authority) && is_ours(rule, &authority);
}

static const struct scheme {
    const char *prefix;
    long port;
} schemes[] = {{"http://", 80}, {"https://", 443}};

bool origin_is_own(const struct host_rule *rule, const char *origin, const char *host)
{
    struct authority ours;
    if (!host || !authority_parse(host, &ours))
        return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].prefix);
        struct authority theirs;
        if (strncasecmp(origin, schemes[i].prefix, length) != 0 ||
            !authority_parse(origin + length, &theirs))
            continue;
        long their_port = theirs.port < 0 ? schemes[i].port : theirs.port;
        long our_port = ours.port < 0 ? schemes[i].port : ours.port;
        return their_port == our_port &&
               (host_is(&theirs, ours.host, ours.length) || is_ours(rule, &theirs));
    }
    return false;
}

bool origin_is_named(const char *origins, const char *origin)
{
    size_t length = strlen(origin);
    if (strcmp(origins, "*") == 0)
        return true;
    while (*origins) {
        size_t next = strcspn(origins, ",");
        if (next == length && length > 0 && memcmp(origins, origin, length) == 0)
            return true;
        origins += next + (origins[next] == ',');
    }
    return false;
}

/* A browser writes an origin in one way only; another one would never be met. */
static bool is_as_sent(const char *origin)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i].prefix);
        struct authority authority;
        if (strncmp(origin, schemes[i].prefix, length) == 0)
            return authority_parse(origin + length, &authority) &&
                   authority.port != schemes[i].port &&
                   strcspn(origin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ*") == strlen(origin);
    }
    return false;
}

bool origins_are_good(const char *origins)
{
    enum { LONGEST = 300 };
    char origin[LONGEST + 1];
    if (!*origins || strcmp(origins, "*") == 0)
        return true;
    for (;;) {
        size_t length = strcspn(origins, ",");
        if (length > LONGEST)
            return false;
        memcpy(origin, origins, length);
        origin[length] = '\0';
        if (!is_as_sent(origin))
            return false;
        if (!origins[length])
            return true;
        origins += length + 1;
    }
}
