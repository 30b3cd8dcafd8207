#include "tests/harness/pointer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies a pointer's token (up to the next '/') with ~1 and ~0 resolved. Returns its length in the
 * pointer. */
static size_t take_token(const char *text, char *token, size_t size)
{
    size_t used = 0;
    size_t i = 0;
    for (; text[i] && text[i] != '/'; i++) {
        char c = text[i];
        if (c == '~')
            c = text[++i] == '1' ? '/' : '~';
        if (used + 1 < size)
            token[used++] = c;
    }
    token[used] = '\0';
    return i;
}

json_t *pointer_get(const json_t *root, const char *pointer)
{
    const json_t *value = root;
    while (value && *pointer == '/') {
        char token[256];
        pointer += 1 + take_token(pointer + 1, token, sizeof(token));
        value = json_is_array(value) ? json_array_get(value, strtoul(token, NULL, 10))
                                     : json_object_get(value, token);
    }
    return (json_t *)value; /* as Jansson's own getters: const in, borrowed out */
}

double pointer_number(const json_t *root, const char *pointer)
{
    const json_t *value = pointer_get(root, pointer);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *pointer_text(const json_t *root, const char *pointer)
{
    return json_string_value(pointer_get(root, pointer));
}

int pointer_count(const json_t *root, const char *pointer)
{
    const json_t *value = pointer_get(root, pointer);
    return json_is_array(value) ? (int)json_array_size(value) : -1;
}
