#include "tests/harness/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/harness/record.h"

enum { ANSWER_SECONDS = 60, MAX_HEADERS = 16 };

struct http_client {
    CURL *curl;
    char url[160];         /* scheme, host and port */
    char socket_path[160]; /* of a unix socket, or "" */
    char error[CURL_ERROR_SIZE];
    FILE *stream; /* writes `text`; closed between calls */
    char *text;   /* the body of the last answer */
    size_t text_length;
    struct http_answer answer;
};

static void set_up_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http_client *http_client_create(const struct daemon *daemon)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_curl);
    struct http_client *client = calloc(1, sizeof(*client));
    if (!client || !(client->curl = curl_easy_init())) {
        perror("http_client_create");
        exit(2);
    }
    snprintf(client->url, sizeof(client->url), "%s", daemon->url);
    snprintf(client->socket_path, sizeof(client->socket_path), "%s", daemon->socket_path);
    return client;
}

/* Frees what the last answer holds. */
static void forget_answer(struct http_client *client)
{
    struct http_answer *answer = &client->answer;
    for (size_t i = 0; i < answer->field_count; i++) {
        free(answer->fields[i].name);
        free(answer->fields[i].value);
    }
    json_decref(answer->json);
    free(answer->path);
    free(client->text);
    client->text = NULL;
    client->error[0] = '\0';
    *answer = (struct http_answer){.error = client->error};
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    forget_answer(client);
    curl_easy_cleanup(client->curl);
    free(client);
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct http_client *client = user;
    return fwrite(data, size, count, client->stream);
}

/* Called once for each header line of an answer, the status line and the blank one included. An
 * interim answer's headers are dropped when the next status line comes. */
static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    struct http_answer *answer = &((struct http_client *)user)->answer;
    size_t length = size * count;
    const char *colon = memchr(data, ':', length);
    if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        for (; answer->field_count > 0; answer->field_count--) {
            free(answer->fields[answer->field_count - 1].name);
            free(answer->fields[answer->field_count - 1].value);
        }
    } else if (colon && answer->field_count < HTTP_MAX_FIELDS) {
        const char *value = colon + 1;
        const char *end = data + length;
        while (value < end && *value == ' ')
            value++;
        while (end > value && (end[-1] == '\r' || end[-1] == '\n'))
            end--;
        answer->fields[answer->field_count++] = (struct http_field){
            .name = strndup(data, (size_t)(colon - data)),
            .value = strndup(value, (size_t)(end - value)),
        };
    }
    return length;
}

static bool names_content_type(const char *const *headers)
{
    for (; headers && *headers; headers++) {
        if (strncasecmp(*headers, "Content-Type:", strlen("Content-Type:")) == 0)
            return true;
    }
    return false;
}

static struct curl_slist *header_list(const char *const *headers, const char *body)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    if (body && !names_content_type(headers))
        list = curl_slist_append(list, "Content-Type: application/json");
    for (; headers && *headers; headers++)
        list = curl_slist_append(list, *headers);
    return list;
}

static void set_request(struct http_client *client, const char *method, const char *path,
                        const char *body, size_t length)
{
    char url[8192];
    snprintf(url, sizeof(url), "%s%s", client->url, path);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_PATH_AS_IS, 1L);
    if (client->socket_path[0])
        curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, client->socket_path);
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(client->curl, CURLOPT_NOBODY, 1L);
        return;
    }
    if (body || strcmp(method, "POST") == 0) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body ? body : "");
    }
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
}

static void perform(struct http_client *client)
{
    CURL *curl = client->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
    client->stream = open_memstream(&client->text, &client->text_length);
    CURLcode code = client->stream ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
    if (!client->stream || fclose(client->stream) != 0)
        exit(2);
    long status = 0;
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else if (!client->error[0])
        snprintf(client->error, sizeof(client->error), "%s", curl_easy_strerror(code));
    client->answer.status = (int)status;
}

const struct http_answer *http_send(struct http_client *client, const char *method,
                                    const char *path, const char *body, size_t length,
                                    const char *const *headers)
{
    forget_answer(client);
    curl_easy_reset(client->curl); /* keeps the connection */
    struct curl_slist *list = header_list(headers, body);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
    set_request(client, method, path, body, length);
    perform(client);
    curl_slist_free_all(list);
    struct http_answer *answer = &client->answer;
    answer->method = method;
    answer->path = strdup(path);
    answer->body = client->text;
    answer->length = client->text_length;
    answer->json = json_loadb(answer->body, answer->length, JSON_DECODE_ANY, NULL);
    record_exchange(method, path, headers, body, length, answer);
    return answer;
}

const struct http_answer *http_call(struct http_client *client, const char *method,
                                    const char *path, const char *body, ...)
{
    const char *headers[MAX_HEADERS + 1] = {NULL};
    size_t count = 0;
    va_list arguments;
    va_start(arguments, body);
    const char *header;
    while ((header = va_arg(arguments, const char *)) && count < MAX_HEADERS)
        headers[count++] = header;
    va_end(arguments);
    char *text = http_quoted(body);
    const struct http_answer *answer =
        http_send(client, method, path, text, text ? strlen(text) : 0, headers);
    free(text);
    return answer;
}

char *http_quoted(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    for (char *at = copy; at && (at = strchr(at, '\'')); at++)
        *at = '"';
    return copy;
}

const char *http_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->field_count; i++) {
        if (strcasecmp(answer->fields[i].name, name) == 0)
            return answer->fields[i].value;
    }
    return NULL;
}
