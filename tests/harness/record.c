#include "tests/harness/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_RECORDED_BODY = 1 << 20 }; /* larger ones say nothing more, but fill the disk */

/* A name and value split from "Name: value"; a header without a value is left out. */
static void add_header_line(json_t *headers, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon || !colon[1])
        return;
    char name[128];
    snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
    json_object_set_new(headers, name, json_string(colon + 1 + strspn(colon + 1, " ")));
}

static json_t *request_headers(const char *const *headers, const char *body)
{
    json_t *object = json_object();
    if (body)
        json_object_set_new(object, "Content-Type", json_string("application/json"));
    for (; headers && *headers; headers++) {
        if (strncasecmp(*headers, "Content-Type:", 13) == 0)
            json_object_del(object, "Content-Type");
        add_header_line(object, *headers);
    }
    return object;
}

static json_t *response_headers(const struct http_answer *answer)
{
    json_t *object = json_object();
    for (size_t i = 0; i < answer->field_count; i++)
        json_object_set_new(object, answer->fields[i].name, json_string(answer->fields[i].value));
    return object;
}

static json_t *text_or_null(const char *text, size_t length)
{
    json_t *value = text ? json_stringn(text, length) : NULL;
    return value ? value : json_null();
}

/* One write() to a file opened with O_APPEND, so that lines of several threads do not mix. */
static void append_line(const char *folder, const char *line, size_t length)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s-%d.jsonl", folder, program_invocation_short_name,
             (int)getpid());
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, line, length) != (ssize_t)length) {
        perror(path);
        exit(2);
    }
    close(file);
}

void record_exchange(const char *method, const char *path, const char *const *headers,
                     const char *body, size_t length, const struct http_answer *answer)
{
    const char *folder = getenv("BACKPROPD_TEST_RECORD");
    if (!folder || answer->status == 0 || length > MAX_RECORDED_BODY)
        return;
    json_t *exchange = json_pack("{s:s, s:s, s:o, s:o, s:i, s:o, s:o}", "method", method, "path",
                                 path, "request_headers", request_headers(headers, body),
                                 "request_body", text_or_null(body, length), "status",
                                 answer->status, "response_headers", response_headers(answer),
                                 "response_body", text_or_null(answer->body, answer->length));
    char *text = exchange ? json_dumps(exchange, JSON_COMPACT) : NULL;
    char *line = NULL;
    if (text && asprintf(&line, "%s\n", text) > 0)
        append_line(folder, line, strlen(line));
    free(line);
    free(text);
    json_decref(exchange);
}
