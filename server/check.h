#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "server/listen.h"

/*
 * Asks the daemon that listens at `address` whether it is ready (GET /readyz), for a container's
 * health check. Returns EXIT_SUCCESS, or EXIT_FAILURE after a line on stderr that says why.
 */
int check_ready(const struct listen_address *address);

#endif
