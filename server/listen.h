#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where the daemon listens: "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or "unix:PATH". */
struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
        struct sockaddr_un local;
    };
    socklen_t length;
};

enum { LISTEN_TEXT_SIZE = 160, LISTEN_HOST_SIZE = INET6_ADDRSTRLEN + 2 };

/* Returns false when `text` is none of these. */
bool listen_address_parse(const char *text, struct listen_address *address);

/* Whether only this machine reaches it: 127.0.0.0/8, ::1, a unix socket. */
bool listen_address_is_loopback(const struct listen_address *address);

/* The port; 0 for a unix socket and for one that is still to be picked. */
unsigned listen_address_port(const struct listen_address *address);

/* As an operator reads it: "http://127.0.0.1:8080", "unix:PATH". */
void listen_address_describe(const struct listen_address *address, char text[LISTEN_TEXT_SIZE]);

/* Its host as a URL has it ("127.0.0.1", "[::1]"); "" for a unix socket. */
void listen_address_host(const struct listen_address *address, char text[LISTEN_HOST_SIZE]);

/*
 * Opens a listening socket, not blocking, and writes the port that it got into `address`. A unix
 * socket that nobody listens on any more is replaced. Returns -1, and in `error` why, on failure.
 */
int listen_open(struct listen_address *address, char *error, size_t error_size);

/* Removes a unix socket's file. */
void listen_remove(const struct listen_address *address);

/* The address at which this machine reaches it itself: 0.0.0.0 becomes 127.0.0.1, [::] [::1]. */
struct listen_address listen_address_local(const struct listen_address *address);

#endif
