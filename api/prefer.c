#include "api/prefer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WAIT_MAX_DIGITS = 9 };

static const char blank[] = " \t";

/* The number of an entry's value, which may stand in quotes. False when it is none. */
static bool read_seconds(const char *value, size_t length, double *seconds)
{
    char digits[WAIT_MAX_DIGITS + 1];
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value++;
        length -= 2;
    }
    if (length == 0 || length > WAIT_MAX_DIGITS || strspn(value, "0123456789") < length)
        return false;
    memcpy(digits, value, length);
    digits[length] = '\0';
    *seconds = strtod(digits, NULL);
    return true;
}

/* One preference, from its name on; its parameters do not matter. The first of a name counts. */
static void read_entry(const char *entry, size_t length, struct preference *out)
{
    static const char async[] = "respond-async", wait[] = "wait";
    size_t name = 0, value;
    while (name < length && !strchr("= \t;", entry[name]))
        name++;
    for (value = name; value < length && strchr(blank, entry[value]);)
        value++;
    if (name == strlen(async) && strncasecmp(entry, async, name) == 0) {
        out->respond_async = true;
        return;
    }
    if (name != strlen(wait) || strncasecmp(entry, wait, name) != 0 || out->has_wait ||
        value == length || entry[value] != '=')
        return;
    value++;
    while (value < length && strchr(blank, entry[value]))
        value++;
    size_t end = value;
    while (end < length && !strchr(" \t;", entry[end]))
        end++;
    out->has_wait = read_seconds(entry + value, end - value, &out->wait);
}

struct preference preference_read(const char *prefer)
{
    struct preference preference = {0};
    while (prefer && *prefer) {
        prefer += strspn(prefer, " \t,");
        size_t length = strcspn(prefer, ",");
        read_entry(prefer, length, &preference);
        prefer += length;
    }
    return preference;
}

bool preference_given(const struct preference *preference)
{
    return preference->respond_async || preference->has_wait;
}

double preference_seconds(const struct preference *preference)
{
    return preference->has_wait ? preference->wait : 0;
}

void answer_preference(struct answer *answer, const struct preference *preference)
{
    char wait[32] = "";
    if (preference->has_wait)
        snprintf(wait, sizeof(wait), "%swait=%.0f", preference->respond_async ? ", " : "",
                 preference->wait);
    snprintf(answer->preference_applied, sizeof(answer->preference_applied), "%s%s",
             preference->respond_async ? "respond-async" : "", wait);
}
