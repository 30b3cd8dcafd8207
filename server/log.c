#include "server/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/log_line.h"

enum {
    QUEUE_SIZE = 1024 * 1024, /* bytes */
    GATHER_MILLISECONDS = 10, /* a woken writer waits so long for more lines */
    CLOSE_MILLISECONDS = 1000,
};

struct log {
    int output;
    enum log_level level;
    enum log_format format;

    pthread_t writer;
    pthread_mutex_t lock; /* of all that follows; never held over a write */
    pthread_cond_t wake;  /* of the writer: a first line, half a queue, or the end */
    pthread_cond_t done;  /* the writer has ended */
    bool closing;
    bool ended;
    bool abandoned;   /* nobody waits for the writer; it frees the log */
    uint64_t dropped; /* lines since the last one that said so */
    size_t begin;     /* of what has queued; a ring */
    size_t length;
    char queue[QUEUE_SIZE];
};

/* Under the lock. */
static bool queue_add(struct log *log, const char *text, size_t length)
{
    if (length > QUEUE_SIZE - log->length)
        return false;
    size_t end = (log->begin + log->length) % QUEUE_SIZE;
    size_t first = length < QUEUE_SIZE - end ? length : QUEUE_SIZE - end;
    memcpy(log->queue + end, text, first);
    memcpy(log->queue, text + first, length - first);
    log->length += length;
    return true;
}

static void submit(struct log *log, struct log_line *line)
{
    log_line_end(line);
    pthread_mutex_lock(&log->lock);
    bool wake = log->length == 0;
    if (!queue_add(log, line->text, line->length))
        log->dropped++;
    wake = wake || log->length >= QUEUE_SIZE / 2;
    pthread_mutex_unlock(&log->lock);
    if (wake)
        pthread_cond_signal(&log->wake);
}

static void begin_line(const struct log *log, enum log_level level, struct log_line *line)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    log_line_begin(line, log->format, level, &now);
}

void log_message(struct log *log, enum log_level level, const char *format, ...)
{
    if (level > log->level)
        return;
    char message[LOG_LINE_VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    struct log_line line;
    begin_line(log, level, &line);
    log_line_message(&line, message);
    submit(log, &line);
}

void log_request(struct log *log, const struct log_request *request)
{
    if (log->level < LOG_INFO)
        return;
    struct log_line line;
    begin_line(log, LOG_INFO, &line);
    log_line_text(&line, "method", request->method);
    log_line_text(&line, "path", request->path);
    log_line_number(&line, "status", request->status);
    log_line_number(&line, "bytes", request->bytes);
    log_line_number(&line, "microseconds", request->microseconds);
    log_line_text(&line, "request_id", request->request_id);
    submit(log, &line);
}

/* That many milliseconds from now, on the clock that nobody sets. */
static struct timespec after(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += milliseconds % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

/* Waits until there is something to write. Under the lock; returns false at the end. */
static bool wait_for_lines(struct log *log)
{
    while (!log->length && !log->closing)
        pthread_cond_wait(&log->wake, &log->lock);
    if (log->closing)
        return log->length > 0;

    struct timespec until = after(GATHER_MILLISECONDS);
    while (!log->closing && log->length < QUEUE_SIZE / 2 &&
           pthread_cond_timedwait(&log->wake, &log->lock, &until) != ETIMEDOUT)
        ;
    return true;
}

/* How much of it went out; all of it when the output is broken, for then it never will. */
static size_t write_some(int output, const char *text, size_t length)
{
    ssize_t written = write(output, text, length);
    if (written >= 0)
        return (size_t)written;
    if (errno == EINTR)
        return 0;
    if (errno == EAGAIN) {
        poll(&(struct pollfd){.fd = output, .events = POLLOUT}, 1, 100);
        return 0;
    }
    return length;
}

/* Under the lock. */
static void report_dropped(struct log *log)
{
    char message[64];
    snprintf(message, sizeof(message), "%ju log lines were dropped", (uintmax_t)log->dropped);
    struct log_line line;
    begin_line(log, LOG_WARN, &line);
    log_line_message(&line, message);
    log_line_end(&line);
    if (queue_add(log, line.text, line.length))
        log->dropped = 0;
}

static void release(struct log *log)
{
    pthread_cond_destroy(&log->done);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

static void *write_lines(void *argument)
{
    struct log *log = argument;
    pthread_mutex_lock(&log->lock);
    while (wait_for_lines(log)) {
        /* Nobody writes to what has queued, so it can be read without the lock. */
        const char *text = log->queue + log->begin;
        size_t rest = QUEUE_SIZE - log->begin;
        size_t length = log->length < rest ? log->length : rest;
        pthread_mutex_unlock(&log->lock);
        length = write_some(log->output, text, length);
        pthread_mutex_lock(&log->lock);
        log->begin = (log->begin + length) % QUEUE_SIZE;
        log->length -= length;
        if (log->dropped)
            report_dropped(log);
    }
    log->ended = true;
    bool abandoned = log->abandoned;
    pthread_cond_signal(&log->done);
    pthread_mutex_unlock(&log->lock);
    if (abandoned)
        release(log);
    return NULL;
}

struct log *log_open(int output, enum log_level level, enum log_format format)
{
    struct log *log = malloc(sizeof(*log));
    if (!log)
        return NULL;
    memset(log, 0, offsetof(struct log, queue));
    log->output = output;
    log->level = level;
    log->format = format;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->wake, &monotonic);
    pthread_cond_init(&log->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&log->writer, NULL, write_lines, log) == 0)
        return log;
    release(log);
    return NULL;
}

void log_close(struct log *log)
{
    if (!log)
        return;
    struct timespec until = after(CLOSE_MILLISECONDS);
    pthread_t writer = log->writer;
    pthread_mutex_lock(&log->lock);
    log->closing = true;
    pthread_cond_signal(&log->wake);
    while (!log->ended && pthread_cond_timedwait(&log->done, &log->lock, &until) != ETIMEDOUT)
        ;
    log->abandoned = !log->ended; /* it is stuck in a write */
    bool abandoned = log->abandoned;
    pthread_mutex_unlock(&log->lock);
    if (abandoned) {
        pthread_detach(writer);
        return;
    }
    pthread_join(writer, NULL);
    release(log);
}
