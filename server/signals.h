#ifndef SERVER_SIGNALS_H
#define SERVER_SIGNALS_H

#include <stdbool.h>

/* SIGTERM and SIGINT: the first one asks the daemon to end, a second one ends it at once. */

/* Before any thread is started: holds both back, in all threads, and ignores SIGPIPE. */
void signals_hold(void);

/* Waits until one of them has come, at most so many milliseconds. Returns its name, or NULL. */
const char *signals_wait(long milliseconds);

/* From now on each of them ends the process at once, with EXIT_FAILURE. */
void signals_let_kill(void);

#endif
