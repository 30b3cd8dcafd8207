#include "server/log_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

static void append(struct log_line *line, const char *text, size_t length)
{
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void append_word(struct log_line *line, const char *word)
{
    append(line, word, strlen(word));
}

/* Writes one byte as it is, or as \" \\ or \u00XX (JSON), \xXX (text). Returns the bytes used. */
static size_t escape(enum log_format format, unsigned char byte, char out[6])
{
    static const char hex[] = "0123456789abcdef";
    size_t length = 0;
    if (byte >= 0x20 && byte < 0x7f) {
        if (byte == '"' || byte == '\\')
            out[length++] = '\\';
        out[length++] = (char)byte;
        return length;
    }
    out[length++] = '\\';
    out[length++] = format == LOG_JSON ? 'u' : 'x';
    if (format == LOG_JSON) {
        out[length++] = '0';
        out[length++] = '0';
    }
    out[length++] = hex[byte >> 4];
    out[length++] = hex[byte & 15];
    return length;
}

static void append_escaped(struct log_line *line, const char *value)
{
    static const char cut[] = "...";
    size_t end = line->length + LOG_LINE_VALUE_SIZE - strlen(cut);
    for (; *value; value++) {
        char escaped[6];
        size_t length = escape(line->format, (unsigned char)*value, escaped);
        if (line->length + length > end) {
            append_word(line, cut);
            return;
        }
        append(line, escaped, length);
    }
}

static void append_number(struct log_line *line, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    append(line, digits + at, sizeof(digits) - at);
}

/* RFC 3339 in UTC with milliseconds. A thread breaks a second up once. */
static void append_time(struct log_line *line, const struct timespec *now)
{
    static _Thread_local time_t second = -1;
    static _Thread_local char text[sizeof("2000-01-01T00:00:00")];
    if (now->tv_sec != second) {
        struct tm parts;
        gmtime_r(&now->tv_sec, &parts);
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
        second = now->tv_sec;
    }
    append_word(line, text);
    int millisecond = (int)(now->tv_nsec / 1000000);
    const char fraction[] = {'.', (char)('0' + millisecond / 100),
                             (char)('0' + millisecond / 10 % 10), (char)('0' + millisecond % 10),
                             'Z'};
    append(line, fraction, sizeof(fraction));
}

void log_line_begin(struct log_line *line, enum log_format format, enum log_level level,
                    const struct timespec *now)
{
    line->format = format;
    line->length = 0;
    append_word(line, format == LOG_JSON ? "{\"time\":\"" : "");
    append_time(line, now);
    append_word(line, format == LOG_JSON ? "\",\"level\":\"" : " ");
    append_word(line, level_names[level]);
    append_word(line, format == LOG_JSON ? "\"" : "");
}

static void append_key(struct log_line *line, const char *key)
{
    append_word(line, line->format == LOG_JSON ? ",\"" : " ");
    append_word(line, key);
    append_word(line, line->format == LOG_JSON ? "\":" : "=");
}

/* Whether a value reads as one word in key=value. */
static bool is_word(const char *value)
{
    return value[0] && !strpbrk(value, " \"=\\");
}

void log_line_message(struct log_line *line, const char *message)
{
    if (line->format == LOG_JSON) {
        log_line_text(line, "message", message);
        return;
    }
    append_word(line, " ");
    append_escaped(line, message);
}

void log_line_text(struct log_line *line, const char *key, const char *value)
{
    bool quoted = line->format == LOG_JSON || !is_word(value);
    append_key(line, key);
    append_word(line, quoted ? "\"" : "");
    append_escaped(line, value);
    append_word(line, quoted ? "\"" : "");
}

void log_line_number(struct log_line *line, const char *key, uint64_t value)
{
    append_key(line, key);
    append_number(line, value);
}

void log_line_end(struct log_line *line)
{
    append_word(line, line->format == LOG_JSON ? "}\n" : "\n");
}
