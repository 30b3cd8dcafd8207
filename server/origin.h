#ifndef SERVER_ORIGIN_H
#define SERVER_ORIGIN_H

#include <stdbool.h>

/*
 * Which web pages may reach the service. A page of a foreign site can have a browser send requests
 * here, and with a name of its own that resolves to this machine (DNS rebinding) it can read the
 * answers too. Such requests carry the foreign name: in Origin, or in Host.
 */

/* The names that a request's Host may have. */
struct host_rule {
    bool any;           /* a unix socket: no browser gets there */
    const char *listen; /* the host of the address that we listen on ("[::1]"), or "" */
    const char *names;  /* further ones, with commas between them; "" for none */
};

/*
 * Whether `host` (NULL where HTTP/1.0 left it out, which no browser does) is localhost, in
 * 127.0.0.0/8, [::1], the address of the listener or one of the names, in any case and with any
 * port: what a page of a foreign site lacks is the name.
 */
bool host_accepted(const struct host_rule *rule, const char *host);

/*
 * Whether `origin` is http or https with the port of `host`, which has been accepted, and either
 * its host or another accepted one; a port left out is that of the origin's scheme. "null" is
 * foreign.
 */
bool origin_is_own(const struct host_rule *rule, const char *origin, const char *host);

/*
 * Whether `origin` is one of a list of foreign origins that may ask too, with commas between them:
 * scheme, host and port as a browser sends them, compared byte by byte. "*" names all.
 */
bool origin_is_named(const char *origins, const char *origin);

/* Whether a list is "", "*", or nothing but origins as browsers send them: http or https, a host in
 * small letters, a port where it is not the scheme's own, and nothing behind it. */
bool origins_are_good(const char *origins);

#endif
