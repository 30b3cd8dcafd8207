#include "server/target.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that "%XX" stands for; -1 when it is none. Reads no further than the first fault. */
static int escaped_byte(const char *text)
{
    int high = hex_digit(text[1]);
    int low = high < 0 ? -1 : hex_digit(text[2]);
    return low < 0 ? -1 : high * 16 + low;
}

const char *target_fault(const char *target)
{
    if (*target != '/')
        return "the request's target is not a path; send one that begins with a slash";
    for (const char *c = target; *c; c++) {
        if (*c <= 0x20 || *c >= 0x7f)
            return "the path holds a byte that is not printable ASCII; percent-encode it";
        if (*c != '%')
            continue;
        int byte = escaped_byte(c);
        if (byte < 0)
            return "a percent sign in the path does not begin two hexadecimal digits";
        if (byte == 0 || byte == '/')
            return "the path holds an encoded zero byte or slash, which no name can have";
    }
    return NULL;
}

bool percent_decode(const char *text, size_t length, char *out, size_t size)
{
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int byte = i + 2 < length ? escaped_byte(text + i) : -1;
            if (byte <= 0)
                return false;
            c = (char)byte;
            i += 2;
        }
        if (written + 1 >= size)
            return false;
        out[written++] = c;
    }
    out[written] = '\0';
    return true;
}

/* Decodes into the query's own text. NULL when that cannot be. */
static const char *keep(struct query *query, const char *text)
{
    char *out = query->text + query->used;
    if (!percent_decode(text, strlen(text), out, sizeof(query->text) - query->used))
        return NULL;
    query->used += strlen(out) + 1;
    return out;
}

void query_add(struct query *query, const char *name, const char *value)
{
    if (query->count == QUERY_MAX) {
        query->fault = "the query has more parameters than anything here takes";
        return;
    }
    struct query_parameter *parameter = &query->parameters[query->count];
    parameter->name = keep(query, name);
    parameter->value = parameter->name ? keep(query, value ? value : "") : NULL;
    if (parameter->value)
        query->count++;
    else
        query->fault = "the query is too long, or has a percent sign that does not begin two "
                       "hexadecimal digits, or an encoded zero byte";
}
