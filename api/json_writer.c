#include "api/json_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_bytes.h"
#include "api/number.h"
#include "api/utf8.h"

enum { FIRST_CAPACITY = 1024 };

void json_writer_init(struct json_writer *w)
{
    *w = (struct json_writer){0};
}

void json_writer_release(struct json_writer *w)
{
    free(w->data);
    json_writer_init(w);
}

void json_writer_reset(struct json_writer *w)
{
    w->length = 0;
    w->comma = w->failed = w->not_finite = false;
}

static bool grow(struct json_writer *w, size_t more)
{
    size_t needed;
    if (w->failed || __builtin_add_overflow(w->length, more, &needed))
        goto fail;
    size_t capacity = w->capacity ? w->capacity : FIRST_CAPACITY;
    while (capacity < needed) {
        if (__builtin_mul_overflow(capacity, 2, &capacity))
            goto fail;
    }
    char *data = realloc(w->data, capacity);
    if (!data)
        goto fail;
    w->data = data;
    w->capacity = capacity;
    return true;
fail:
    w->failed = true;
    return false;
}

/* Makes room for `more` bytes. Returns false when the text is lost. */
static inline bool reserve(struct json_writer *w, size_t more)
{
    return (!w->failed && w->capacity - w->length >= more) || grow(w, more);
}

void json_append(struct json_writer *w, const char *text, size_t length)
{
    if (length == 0 || !reserve(w, length))
        return;
    memcpy(w->data + w->length, text, length);
    w->length += length;
}

static void separate(struct json_writer *w)
{
    if (w->comma)
        json_append(w, ",", 1);
    w->comma = true;
}

void json_raw(struct json_writer *w, const char *text, size_t length)
{
    separate(w);
    json_append(w, text, length);
}

static void begin(struct json_writer *w, const char *bracket)
{
    json_raw(w, bracket, 1);
    w->comma = false;
}

static void end(struct json_writer *w, const char *bracket)
{
    json_append(w, bracket, 1);
    w->comma = true;
}

void json_object_begin(struct json_writer *w)
{
    begin(w, "{");
}

void json_object_end(struct json_writer *w)
{
    end(w, "}");
}

void json_array_begin(struct json_writer *w)
{
    begin(w, "[");
}

void json_array_end(struct json_writer *w)
{
    end(w, "]");
}

void json_key(struct json_writer *w, const char *key)
{
    size_t length = strlen(key);
    if (!reserve(w, length + sizeof(",\"\":")))
        return;
    char *out = w->data + w->length;
    if (w->comma)
        *out++ = ',';
    *out++ = '"';
    memcpy(out, key, length);
    out += length;
    *out++ = '"';
    *out++ = ':';
    w->length = (size_t)(out - w->data);
    w->comma = false;
}

/* Writes the character at `text`, which is not plain. Returns how many bytes it has. */
static size_t append_special(struct json_writer *w, const char *text, const char *end_of_text)
{
    static const char hex[] = "0123456789abcdef";
    static const char *const short_forms[128] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
        ['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t",
    };
    unsigned char c = (unsigned char)*text;
    if (c < 128 && short_forms[c]) {
        json_append(w, short_forms[c], 2);
        return 1;
    }
    if (c < 0x20) {
        char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        json_append(w, escape, sizeof(escape));
        return 1;
    }
    size_t length = utf8_length(text, end_of_text);
    if (length == 0) {
        json_append(w, "\xef\xbf\xbd", 3); /* U+FFFD: an answer is always valid JSON */
        return 1;
    }
    json_append(w, text, length);
    return length;
}

void json_text_n(struct json_writer *w, const char *text, size_t length)
{
    const char *end_of_text = text + length;
    separate(w);
    json_append(w, "\"", 1);
    while (text < end_of_text) {
        const char *run = text;
        while (text < end_of_text && json_is_plain(*text))
            text++;
        json_append(w, run, (size_t)(text - run));
        if (text < end_of_text)
            text += append_special(w, text, end_of_text);
    }
    json_append(w, "\"", 1);
}

void json_text(struct json_writer *w, const char *text)
{
    json_text_n(w, text, strlen(text));
}

/* Writes at `out`, which has room for NUMBER_MAX_LENGTH. Returns the number of characters. */
static inline size_t put_number(struct json_writer *w, double value, bool as_float, char *out)
{
    if (as_float && isfinite((float)value))
        return number_write_float((float)value, out);
    if (!as_float && isfinite(value))
        return number_write(value, out);
    w->not_finite = true;
    memcpy(out, "null", 4);
    return 4;
}

void json_number(struct json_writer *w, double value)
{
    separate(w);
    if (reserve(w, NUMBER_MAX_LENGTH))
        w->length += put_number(w, value, false, w->data + w->length);
}

void json_unsigned(struct json_writer *w, uint64_t value)
{
    char text[20]; /* 2^64 has as many digits */
    char *first = text + sizeof(text);
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    json_raw(w, first, (size_t)(text + sizeof(text) - first));
}

void json_bool(struct json_writer *w, bool value)
{
    if (value)
        json_raw(w, "true", 4);
    else
        json_raw(w, "false", 5);
}

void json_nil(struct json_writer *w)
{
    json_raw(w, "null", 4);
}

static inline void write_vector(struct json_writer *w, const double *values, size_t count,
                                bool as_floats)
{
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        if (!reserve(w, NUMBER_MAX_LENGTH + 1))
            return;
        char *out = w->data + w->length;
        if (i > 0)
            *out++ = ',';
        out += put_number(w, values[i], as_floats, out);
        w->length = (size_t)(out - w->data);
    }
    json_array_end(w);
}

void json_vector(struct json_writer *w, const double *values, size_t count)
{
    write_vector(w, values, count, false);
}

void json_float_vector(struct json_writer *w, const double *values, size_t count)
{
    write_vector(w, values, count, true);
}

void json_matrix(struct json_writer *w, const double *values, size_t rows, size_t columns)
{
    json_array_begin(w);
    for (size_t row = 0; row < rows; row++)
        json_vector(w, values + row * columns, columns);
    json_array_end(w);
}
