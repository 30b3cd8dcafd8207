/* Web pages of other origins: those that --cors-origin names get what a browser asks for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define PAGE "http://localhost:3000"
#define OTHER "https://page.example"

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += length) {
        bool begins = at == list || at[-1] == ' ';
        if (begins && (at[length] == ',' || !at[length]))
            return true;
    }
    return false;
}

static void check_preflight(struct http_client *client)
{
    static const char *const sent[] = {"Content-Type",  "If-Match",      "Prefer",         "Accept",
                                       "If-None-Match", "Last-Event-ID", "Idempotency-Key"};
    const struct http_answer *answer =
        http_call(client, "OPTIONS", "/v1/networks/a", NULL, "Origin: " PAGE,
                  "Access-Control-Request-Method: PATCH",
                  "Access-Control-Request-Headers: content-type,if-match", NULL);
    expect_status(answer, 204, "a browser asks first");
    tap_text(http_header(answer, "Access-Control-Allow-Origin"), PAGE, "the page may");
    const char *methods = http_header(answer, "Access-Control-Allow-Methods");
    tap_ok(has_word(methods, "PATCH") && has_word(methods, "DELETE"), "use the path's methods");
    bool all = true;
    for (size_t i = 0; i < COUNT(sent); i++)
        all = all && has_word(http_header(answer, "Access-Control-Allow-Headers"), sent[i]);
    tap_ok(all, "and send the headers that we read");
    tap_ok(http_header(answer, "Access-Control-Max-Age"), "and need not ask again for a while");
}

static void check_answers(struct http_client *client)
{
    const struct http_answer *answer =
        http_call(client, "PUT", "/v1/networks/a", "{'inputs': 1, 'layers': [{'units': 1}]}",
                  "Origin: " OTHER, NULL);
    expect_status(answer, 201, "a page of the second origin changes something");
    tap_text(http_header(answer, "Access-Control-Allow-Origin"), OTHER, "and may read the answer");
    tap_text(http_header(answer, "Vary"), "Origin", "which is for that origin alone");
    tap_ok(has_word(http_header(answer, "Access-Control-Expose-Headers"), "ETag") &&
               has_word(http_header(answer, "Access-Control-Expose-Headers"), "Location"),
           "with its headers");
    answer = http_call(client, "GET", "/v1/networks/none", NULL, "Origin: " PAGE, NULL);
    expect_status(answer, 404, "a problem");
    tap_text(http_header(answer, "Access-Control-Allow-Origin"), PAGE, "can be read, too");
    answer = http_call(client, "HEAD", "/v1/events", NULL, "Origin: " PAGE, NULL);
    tap_text(http_header(answer, "Access-Control-Allow-Origin"), PAGE, "and so can events");
    answer = http_call(client, "GET", "/v1", NULL, NULL);
    tap_ok(answer->status == 200 && !http_header(answer, "Access-Control-Allow-Origin"),
           "who is no page sees nothing of it");
    tap_text(http_header(answer, "Vary"), "Origin", "but that pages would");
    expect_problem(http_call(client, "POST", "/v1/networks", "{}", "Origin: " PAGE,
                             "Content-Type: application/x-www-form-urlencoded", NULL),
                   415, "unsupported-media-type", NULL, "what needs no preflight is not JSON");
}

static void check_foreign(struct http_client *client)
{
    static const char *const origins[] = {"Origin: http://localhost:3001", "Origin: null",
                                          "Origin: https://localhost:3000",
                                          "Origin: https://page.example.org"};
    for (size_t i = 0; i < COUNT(origins); i++) {
        const struct http_answer *answer = http_call(client, "GET", "/v1", NULL, origins[i], NULL);
        expect_problem(answer, 403, "foreign-origin", NULL, origins[i]);
        tap_ok(!http_header(answer, "Access-Control-Allow-Origin"), "and is told nothing");
    }
}

static void check_none(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    const struct http_answer *answer =
        http_call(client, "OPTIONS", "/v1", NULL, "Origin: " PAGE, NULL);
    expect_problem(answer, 403, "foreign-origin", NULL, "no other page where none is named");
    answer = http_call(client, "GET", "/v1", NULL, NULL);
    tap_ok(!http_header(answer, "Vary"), "and nothing depends on it");
    http_client_free(client);
    tap_ok(daemon_stop(&server, SIGTERM) == 0, "it ends in order");
}

int main(void)
{
    struct daemon server;
    check_none();
    setenv("BACKPROPD_CORS_ORIGIN", PAGE "," OTHER, 1);
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_preflight(client);
    check_answers(client);
    check_foreign(client);
    http_client_free(client);
    return daemon_done(&server);
}
