#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char unix_prefix[] = "unix:";

static bool parse_unix(const char *path, struct listen_address *address)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(address->local.sun_path))
        return false;
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, path, length + 1);
    address->length = sizeof(address->local);
    return true;
}

/* 0 to 65535 and nothing else. */
static bool parse_port(const char *text, in_port_t *port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits])
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *port = htons((in_port_t)value);
    return value <= 65535;
}

/* `host` without the brackets of an IPv6 address, which `bracketed` tells of. */
static bool parse_host(const char *host, bool bracketed, in_port_t port,
                       struct listen_address *address)
{
    if (bracketed) {
        address->ipv6.sin6_family = AF_INET6;
        address->ipv6.sin6_port = port;
        address->length = sizeof(address->ipv6);
        return inet_pton(AF_INET6, host, &address->ipv6.sin6_addr) == 1;
    }
    address->ipv4.sin_family = AF_INET;
    address->ipv4.sin_port = port;
    address->length = sizeof(address->ipv4);
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    return inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1;
}

bool listen_address_parse(const char *text, struct listen_address *address)
{
    *address = (struct listen_address){0};
    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
        return parse_unix(text + strlen(unix_prefix), address);

    char host[INET6_ADDRSTRLEN];
    in_port_t port = 0;
    const char *colon = strrchr(text, ':');
    if (!colon || !parse_port(colon + 1, &port))
        return false;
    bool bracketed = text[0] == '[' && colon[-1] == ']';
    const char *begin = text + bracketed;
    size_t length = (size_t)(colon - begin) - bracketed;
    if (length == 0 || length >= sizeof(host))
        return false;
    memcpy(host, begin, length);
    host[length] = '\0';
    return parse_host(host, bracketed, port, address);
}

bool listen_address_is_loopback(const struct listen_address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->ipv6.sin6_addr);
    return true;
}

unsigned listen_address_port(const struct listen_address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohs(address->ipv4.sin_port);
    if (address->any.sa_family == AF_INET6)
        return ntohs(address->ipv6.sin6_port);
    return 0;
}

void listen_address_host(const struct listen_address *address, char text[LISTEN_HOST_SIZE])
{
    char host[INET6_ADDRSTRLEN];
    text[0] = '\0';
    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->ipv4.sin_addr, host, sizeof(host));
        snprintf(text, LISTEN_HOST_SIZE, "%s", host);
    } else if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->ipv6.sin6_addr, host, sizeof(host));
        snprintf(text, LISTEN_HOST_SIZE, "[%s]", host);
    }
}

void listen_address_describe(const struct listen_address *address, char text[LISTEN_TEXT_SIZE])
{
    if (address->any.sa_family == AF_UNIX) {
        snprintf(text, LISTEN_TEXT_SIZE, "%s%s", unix_prefix, address->local.sun_path);
        return;
    }
    char host[LISTEN_HOST_SIZE];
    listen_address_host(address, host);
    snprintf(text, LISTEN_TEXT_SIZE, "http://%s:%u", host, listen_address_port(address));
}

struct listen_address listen_address_local(const struct listen_address *address)
{
    struct listen_address local = *address;
    if (local.any.sa_family == AF_INET && local.ipv4.sin_addr.s_addr == htonl(INADDR_ANY))
        local.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (local.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&local.ipv6.sin6_addr))
        local.ipv6.sin6_addr = in6addr_loopback;
    return local;
}

/* Whether a process still listens on a unix socket's file. */
static bool somebody_listens(const struct listen_address *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return true;
    bool refused = connect(probe, &address->any, address->length) != 0 && errno == ECONNREFUSED;
    close(probe);
    return !refused;
}

/* Removes the file that a daemon left that did not end by itself. */
static bool bind_again(int listener, const struct listen_address *address)
{
    if (address->any.sa_family != AF_UNIX || errno != EADDRINUSE)
        return false;
    if (somebody_listens(address)) {
        errno = EADDRINUSE;
        return false;
    }
    struct stat status;
    if (lstat(address->local.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        errno = EEXIST; /* somebody's file: not ours to remove */
        return false;
    }
    return unlink(address->local.sun_path) == 0 &&
           bind(listener, &address->any, address->length) == 0;
}

static bool bind_and_listen(int listener, struct listen_address *address)
{
    int yes = 1;
    int no = 0;
    if (address->any.sa_family != AF_UNIX)
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (address->any.sa_family == AF_INET6) /* [::] takes IPv4 clients too */
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(listener, &address->any, address->length) != 0 && !bind_again(listener, address))
        return false;
    if (listen(listener, SOMAXCONN) != 0)
        return false;
    if (address->any.sa_family == AF_UNIX)
        return true;
    socklen_t length = sizeof(address->ipv6);
    return getsockname(listener, &address->any, &length) == 0;
}

int listen_open(struct listen_address *address, char *error, size_t error_size)
{
    int listener = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && bind_and_listen(listener, address))
        return listener;
    char text[LISTEN_TEXT_SIZE];
    listen_address_describe(address, text);
    snprintf(error, error_size, "cannot listen on %s: %s", text, strerror(errno));
    if (listener >= 0)
        close(listener);
    return -1;
}

void listen_remove(const struct listen_address *address)
{
    if (address->any.sa_family == AF_UNIX)
        unlink(address->local.sun_path);
}
