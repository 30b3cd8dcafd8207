#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The log: lines into a bounded queue in memory, which a thread of its own writes out. Whoever logs
 * never waits: with a blocked or closed output, lines are dropped and counted. Thread-safe.
 */
struct log;

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* Begins to log to the descriptor `output`, which stays the caller's. NULL when out of memory or
 * threads. */
struct log *log_open(int output, enum log_level level, enum log_format format);

/* Writes out what has queued, for at most a second, then frees. NULL is allowed. */
void log_close(struct log *log);

/* One line. Levels above the log's own are left out. */
void log_message(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One answered request. Strings are borrowed; what a client sent is escaped. */
struct log_request {
    const char *method;
    const char *path;
    const char *request_id;
    unsigned status; /* 0: the client was gone before an answer */
    uint64_t bytes;  /* of the answer's body */
    uint64_t microseconds;
};

/* One line at level LOG_INFO. */
void log_request(struct log *log, const struct log_request *request);

#endif
