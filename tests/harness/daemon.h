#ifndef TESTS_HARNESS_DAEMON_H
#define TESTS_HARNESS_DAEMON_H

#include <sys/types.h>

/*
 * A backpropd of the test's own: the program that BACKPROPD_BINARY names (default build/backpropd),
 * listening on a free port, with its database in tap_directory(). It dies with the test program.
 * Start it on the main thread: the kernel ends it together with the thread that started it.
 */
struct daemon {
    pid_t pid;          /* 0 while it does not run */
    char listen[160];   /* what --listen is given */
    char database[160]; /* what --database is given */
    char output[160];   /* files that take its stdout and stderr; a restart appends */
    char log[160];
    char first_line[512];  /* what it said when it began to listen, without the newline */
    char url[160];         /* "http://127.0.0.1:PORT"; "http://localhost" on a unix socket */
    char socket_path[160]; /* of the unix socket it listens on, or "" */
    int port;              /* 0 on a unix socket */
};

/* Starts a daemon and waits until it listens. NULL: "127.0.0.1:0", and a database of its own. When
 * it does not come up, shows its log and ends the test program. */
void daemon_start(struct daemon *daemon, const char *listen, const char *database);

/* Starts it again after a stop or kill, on the same database (and, with port 0, a new port). */
void daemon_restart(struct daemon *daemon);

/* Sends it a signal (SIGTERM to end in order, SIGKILL) and waits. Returns its exit code, 128 + the
 * signal that ended it, or -1 when it had to be killed after 20 s. */
int daemon_stop(struct daemon *daemon, int signal);

/* Stops it, checks that it ended with exit code 0, and ends the TAP output. Shows its log when a
 * check failed. Returns what main() should. */
int daemon_done(struct daemon *daemon);

/* How a program that ends by itself ended. */
struct daemon_run {
    int exit_code; /* as daemon_stop() */
    char output[8192];
    char errors[8192];
};

/* Runs backpropd with these arguments and these additional "NAME=value"s in its environment (each
 * list ends with NULL; NULL is an empty one) until it ends, at most 20 s. */
void daemon_run(const char *const *arguments, const char *const *environment,
                struct daemon_run *run);

#endif
