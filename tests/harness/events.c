#include "tests/harness/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/harness/raw.h"

/* Copies the value of a field into `out`, and one blank before it away. */
static void take_value(char *out, size_t size, const char *value, size_t length)
{
    if (length > 0 && value[0] == ' ') {
        value++;
        length--;
    }
    snprintf(out, size, "%.*s", (int)length, value);
}

static struct event *add(struct events *events)
{
    if (events->count == EVENTS_MAX) {
        fprintf(stderr, "more than %d events\n", EVENTS_MAX);
        exit(2);
    }
    return &events->items[events->count++];
}

static void parse_field(struct events *events, struct event *event, const char *line, size_t length)
{
    size_t name = strcspn(line, ":\n");
    const char *value = line + name + 1;
    size_t rest = length > name ? length - name - 1 : 0;
    char digits[16];
    if (name == 0) {
        events->comments += length > 0;
    } else if (strncmp(line, "event", name) == 0) {
        take_value(event->name, sizeof(event->name), value, rest);
    } else if (strncmp(line, "id", name) == 0) {
        take_value(event->id, sizeof(event->id), value, rest);
    } else if (strncmp(line, "retry", name) == 0) {
        take_value(digits, sizeof(digits), value, rest);
        events->retry = atoi(digits);
    } else if (strncmp(line, "data", name) == 0) {
        event->data = json_loadb(value, rest, JSON_REJECT_DUPLICATES, NULL);
    }
}

static void parse_object(struct event *event, const char *line, size_t length)
{
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(object, "event"));
    const char *id = json_string_value(json_object_get(object, "id"));
    snprintf(event->name, sizeof(event->name), "%s", name ? name : "");
    snprintf(event->id, sizeof(event->id), "%s", id ? id : "");
    event->data = json_incref(json_object_get(object, "data"));
    json_decref(object);
}

void events_parse(struct events *events, const char *text, bool is_ndjson)
{
    struct event event = {.name = ""};
    const char *end;
    for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        size_t length = (size_t)(end - text);
        if (is_ndjson)
            parse_object(&event, text, length);
        else if (length > 0)
            parse_field(events, &event, text, length);
        if (event.data && (is_ndjson || length == 0)) {
            *add(events) = event;
            event = (struct event){.name = ""};
        }
    }
    json_decref(event.data);
}

/* Takes the chunks' sizes out of a body, in its place. What is not complete is cut off. */
static void join_chunks(char *body)
{
    char *out = body;
    char *at = body;
    for (;;) {
        char *data;
        size_t size = strtoul(at, &data, 16);
        if (data == at || strncmp(data, "\r\n", 2) != 0 || size == 0)
            break;
        data += 2;
        if (strnlen(data, size) < size)
            break;
        memmove(out, data, size);
        out += size;
        at = data + size + 2;
    }
    *out = '\0';
}

struct events *events_watch(int port, const char *path, const char *headers, double seconds)
{
    char request[1024];
    struct raw_exchange exchange;
    struct events *events = calloc(1, sizeof(*events));
    int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                          path, headers);
    if (!events)
        exit(2);
    raw_send(port, request, (size_t)length, 0, seconds, &exchange);
    events->status = exchange.length > 12 ? atoi(exchange.text + 9) : 0;
    events->closed = exchange.closed;
    events->seconds = exchange.seconds;
    char *body = strstr(exchange.text, "\r\n\r\n");
    if (body) {
        body += 4;
        join_chunks(body);
        events_parse(events, body, strcasestr(headers, "ndjson") != NULL);
    }
    raw_release(&exchange);
    return events;
}

void events_release(struct events *events)
{
    for (size_t i = 0; i < events->count; i++)
        json_decref(events->items[i].data);
    free(events);
}

const struct event *events_find(const struct events *events, const char *name, size_t from)
{
    for (size_t i = from; i < events->count; i++)
        if (strcmp(events->items[i].name, name) == 0)
            return &events->items[i];
    return NULL;
}

size_t events_count(const struct events *events, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < events->count; i++)
        count += strcmp(events->items[i].name, name) == 0;
    return count;
}
