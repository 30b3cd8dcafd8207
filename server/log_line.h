#ifndef SERVER_LOG_LINE_H
#define SERVER_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "server/log.h"

enum {
    LOG_LINE_VALUES = 4,        /* texts that a line may hold */
    LOG_LINE_VALUE_SIZE = 1024, /* bytes of one of them once it is escaped; the rest is cut off */
    LOG_LINE_SIZE = LOG_LINE_VALUES * LOG_LINE_VALUE_SIZE + 512,
};

/*
 * One line of the log while it is made: begin, then its fields in order, then end. JSON is an
 * object a line. Text is the time, the level, then key=value. Whatever is not printable ASCII is
 * escaped byte by byte, so a value never begins a line or steers a terminal.
 */
struct log_line {
    enum log_format format;
    size_t length;
    char text[LOG_LINE_SIZE]; /* not NUL-terminated */
};

/* `now` is CLOCK_REALTIME. */
void log_line_begin(struct log_line *line, enum log_format format, enum log_level level,
                    const struct timespec *now);
/* The line's free text, without a key in the text format. */
void log_line_message(struct log_line *line, const char *message);
void log_line_text(struct log_line *line, const char *key, const char *value);
void log_line_number(struct log_line *line, const char *key, uint64_t value);
/* The newline too. */
void log_line_end(struct log_line *line);

#endif
