/* Lines of the log: their forms, what is escaped, and that a stuck output holds nobody up. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/log.h"
#include "server/log_line.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Values, and how they stand in each format. */
static const struct value_case {
    const char *value;
    const char *text;
    const char *json;
} value_cases[] = {
    {"mazur", " path=mazur", ",\"path\":\"mazur\""},
    {"/v1/a%20b", " path=/v1/a%20b", ",\"path\":\"/v1/a%20b\""},
    {"", " path=\"\"", ",\"path\":\"\""},
    {"a b", " path=\"a b\"", ",\"path\":\"a b\""},
    {"a=b", " path=\"a=b\"", ",\"path\":\"a=b\""},
    {"a\"b\\c", " path=\"a\\\"b\\\\c\"", ",\"path\":\"a\\\"b\\\\c\""},
    {"a\nb", " path=a\\x0ab", ",\"path\":\"a\\u000ab\""},
    {"\x1b[2J\x7f", " path=\\x1b[2J\\x7f", ",\"path\":\"\\u001b[2J\\u007f\""},
    {"\xc3\xa9", " path=\\xc3\\xa9", ",\"path\":\"\\u00c3\\u00a9\""},
};

/* 2024-02-29T23:59:58.987Z */
static const struct timespec leap_day = {.tv_sec = 1709251198, .tv_nsec = 987654321};

/* The field that a value becomes, without what stands before it. */
static const char *written(enum log_format format, const char *value)
{
    static char text[LOG_LINE_SIZE + 1];
    struct log_line line;
    log_line_begin(&line, format, LOG_INFO, &leap_day);
    size_t before = line.length;
    log_line_text(&line, "path", value);
    memcpy(text, line.text + before, line.length - before);
    text[line.length - before] = '\0';
    return text;
}

static void test_values(void)
{
    for (size_t i = 0; i < COUNT(value_cases); i++) {
        const struct value_case *row = &value_cases[i];
        tap_text(written(LOG_TEXT, row->value), row->text, "value %zu as text", i);
        tap_text(written(LOG_JSON, row->value), row->json, "value %zu as JSON", i);
    }
}

static void test_lines(void)
{
    static const char *const expected[] = {
        [LOG_TEXT] = "2024-02-29T23:59:58.987Z warn low on space bytes=18446744073709551615\n",
        [LOG_JSON] = "{\"time\":\"2024-02-29T23:59:58.987Z\",\"level\":\"warn\","
                     "\"message\":\"low on space\",\"bytes\":18446744073709551615}\n",
    };
    for (enum log_format format = LOG_TEXT; format <= LOG_JSON; format++) {
        struct log_line line;
        log_line_begin(&line, format, LOG_WARN, &leap_day);
        log_line_message(&line, "low on space");
        log_line_number(&line, "bytes", UINT64_MAX);
        log_line_end(&line);
        line.text[line.length] = '\0';
        tap_text(line.text, expected[format], "a line in format %d", format);
    }
}

/* The longest values that there can be fit into a line. */
static void test_long_values(void)
{
    static char longest[100000];
    memset(longest, '\n', sizeof(longest) - 1);
    struct log_line line;
    log_line_begin(&line, LOG_JSON, LOG_ERROR, &leap_day);
    for (int i = 0; i < LOG_LINE_VALUES; i++)
        log_line_text(&line, "value", longest);
    log_line_number(&line, "status", UINT64_MAX);
    log_line_end(&line);
    tap_ok(line.length <= LOG_LINE_SIZE && line.length > LOG_LINE_VALUES * 1000 &&
               memcmp(line.text + line.length - 2, "}\n", 2) == 0,
           "long values are cut: a line of %zu bytes", line.length);
    tap_ok(memmem(line.text, line.length, "\\u000a...\"", 10) != NULL, "and say so");
}

/* Reads what is there from a file. */
static const char *content(const char *path)
{
    static char text[4096];
    int file = open(path, O_RDONLY);
    ssize_t length = read(file, text, sizeof(text) - 1);
    text[length > 0 ? length : 0] = '\0';
    close(file);
    return text;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void test_levels(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/log", tap_directory());
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct log *log = log_open(file, LOG_WARN, LOG_TEXT);
    log_message(log, LOG_ERROR, "an %s", "error");
    log_message(log, LOG_INFO, "nothing");
    log_request(log, &(struct log_request){"GET", "/", "id", 200, 1, 2});
    log_message(log, LOG_WARN, "a\nwarning");
    double begin = seconds_now();
    log_close(log);
    tap_ok(seconds_now() - begin < 0.8, "a log that can be written closes at once");
    close(file);
    const char *text = content(path);
    tap_ok(strstr(text, " error an error\n") && strstr(text, " warn a\\x0awarning\n") &&
               !strstr(text, "nothing") && !strstr(text, "GET"),
           "only its levels are logged, and all of it is there once it is closed");
}

/* A pipe that nobody reads: whoever logs goes on, and later it is said how much was lost. */
static void test_blocked_output(void)
{
    enum { LINES = 100000 };
    int ends[2];
    if (pipe(ends) != 0)
        return;
    double begin = seconds_now();
    struct log *log = log_open(ends[1], LOG_INFO, LOG_TEXT);
    for (int i = 0; i < LINES; i++)
        log_message(log, LOG_INFO, "line %d of many, which do not fit into a pipe", i);
    tap_ok(seconds_now() - begin < 10, "%d lines into a blocked pipe hold nobody up", LINES);

    static char text[8 << 20];
    size_t length = 0;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (int waits = 0; waits < 200 && !memmem(text, length, "were dropped", 12); waits++) {
        ssize_t more = read(ends[0], text + length, sizeof(text) - length);
        if (more > 0)
            length += (size_t)more;
        else
            usleep(10000);
    }
    tap_ok(memmem(text, length, "log lines were dropped", 22) != NULL,
           "when it is read again, it says how many were lost");
    log_close(log);
    close(ends[0]);
    close(ends[1]);
}

/* The log's thread is stuck in a write for good: closing gives up after a second. */
static void test_stuck_close(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return;
    struct log *log = log_open(ends[1], LOG_INFO, LOG_TEXT);
    for (int i = 0; i < 10000; i++)
        log_message(log, LOG_INFO, "line %d of many, which do not fit into a pipe", i);
    double begin = seconds_now();
    log_close(log);
    double seconds = seconds_now() - begin;
    tap_ok(seconds > 0.5 && seconds < 5, "closing a stuck log gives up after %.1f s", seconds);
    close(ends[0]); /* lets the thread go on */
}

static void test_closed_output(void)
{
    struct log *log = log_open(-1, LOG_INFO, LOG_TEXT);
    double begin = seconds_now();
    for (int i = 0; i < 100000; i++)
        log_message(log, LOG_INFO, "line %d for nobody", i);
    log_close(log);
    tap_ok(seconds_now() - begin < 10, "a closed output is no matter");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    test_values();
    test_lines();
    test_long_values();
    test_levels();
    test_blocked_output();
    test_stuck_close();
    test_closed_output();
    return tap_done();
}
