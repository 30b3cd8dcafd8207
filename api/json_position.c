#include "api/json_position.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/json_bytes.h"
#include "api/json_reader.h"

void json_line_and_column(const char *text, const char *at, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (; text < at; text++) {
        if (*text == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)*text & 0xc0) != 0x80) { /* not inside of a character */
            ++*column;
        }
    }
}

static const char *skip_string(const char *text)
{
    for (text++; *text != '"'; text++)
        text += *text == '\\';
    return text + 1;
}

static const char *skip_container(const char *text)
{
    size_t depth = 0;
    do {
        if (*text == '"') {
            text = skip_string(text);
            continue;
        }
        depth += *text == '[' || *text == '{';
        depth -= *text == ']' || *text == '}';
        text++;
    } while (depth > 0);
    return text;
}

static const char *skip_value(const char *text, const char *end)
{
    if (*text == '"')
        return skip_string(text);
    if (*text == '[' || *text == '{')
        return skip_container(text);
    while (text < end && !strchr(",]} \t\r\n", *text))
        text++;
    return text;
}

static void append_key(const char *key, const char *end, char *pointer, size_t size)
{
    json_auto_t *string = json_loadb(key, (size_t)(end - key), JSON_DECODE_ANY, NULL);
    if (string)
        json_pointer_append(pointer, size, json_string_value(string));
}

static void append_index(size_t index, char *pointer, size_t size)
{
    char text[24];
    snprintf(text, sizeof(text), "%zu", index);
    json_pointer_append(pointer, size, text);
}

/* Goes from an object or array to that of its values that has `at` in it. */
static const char *step_towards(const char *container, const char *end, const char *at,
                                char *pointer, size_t size)
{
    bool is_object = *container == '{';
    const char *text = container;
    for (size_t index = 0;; index++) {
        const char *key = text = json_skip_blanks(text + 1, end);
        const char *key_end = key;
        if (is_object) {
            key_end = skip_string(key);
            const char *colon = json_skip_blanks(key_end, end);
            text = json_skip_blanks(colon + 1, end);
        }
        const char *stop = skip_value(text, end);
        if (at < stop) {
            if (is_object)
                append_key(key, key_end, pointer, size);
            else
                append_index(index, pointer, size);
            return text;
        }
        text = json_skip_blanks(stop, end); /* at the comma */
    }
}

void json_pointer_to(const char *text, const char *end, const char *at, char *pointer, size_t size)
{
    pointer[0] = '\0';
    const char *value = json_skip_blanks(text, end);
    while (value < at)
        value = step_towards(value, end, at, pointer, size);
}
