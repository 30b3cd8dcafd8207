/*
 * Revisions and entity tags: what raises the one, and what If-Match and If-None-Match make of the
 * other.
 */
#include <stdio.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAZUR "/v1/networks/mazur"

/* The tags that the conditions below speak of. */
struct tags {
    char current[64];
    char stale[64];    /* of the revision before */
    char stranger[64]; /* same revision, of another network */
};

static void copy_tag(const struct http_answer *answer, char *tag, size_t size)
{
    const char *header = http_header(answer, "ETag");
    snprintf(tag, size, "%s", header ? header : "\"none\"");
}

/* Every kind of change, in order: each adds 1, and all keep the creation id. */
static const struct {
    const char *method;
    const char *path;
    const char *body;
} changes[] = {
    {"POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}"},
    {"POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 5}"},
    {"PATCH", MAZUR, "{'metadata': {'a': 'b'}}"},
    {"PATCH", MAZUR, "{'name': 'renamed'}"},
    {"PATCH", "/v1/networks/renamed", "{'name': 'mazur'}"},
    {"POST", MAZUR "/reset", "{}"},
    {"POST", MAZUR "/reset", "{'seed': 3}"},
    {"PUT", MAZUR "/parameters",
     "{'layers': [{'weights': [[1, 2], [3, 4]], 'biases': [5]}, "
     "{'weights': [[1, 2], [3, 4]], 'biases': [5]}]}"},
    {"PUT", MAZUR, "{" ARTICLE_MEMBERS "}"},
};

/* What changes nothing. */
static const struct {
    const char *method;
    const char *path;
    const char *body;
    int status;
} calls[] = {
    {"POST", MAZUR "/forward", "{" ARTICLE_SAMPLE "}", 200},
    {"POST", MAZUR "/gradients", "{" ARTICLE_SAMPLE "}", 200},
    {"GET", MAZUR "/parameters", NULL, 200},
    {"POST", MAZUR "/step", "{'inputs': [1]}", 422},
    {"POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 0}", 422},
};

static void check_revisions(struct http_client *client)
{
    char first[64];
    char tag[64];
    const struct http_answer *answer =
        http_call(client, "POST", "/v1/networks", "{'name': 'mazur', " ARTICLE_MEMBERS "}", NULL);
    copy_tag(answer, first, sizeof(first));
    size_t id = strcspn(first, ".");
    tap_ok(strlen(first) == 20 && first[0] == '"' && id == 17 && strcmp(first + id, ".0\"") == 0,
           "the tag of a new network is \"<16 hex digits>.0\": %s", first);
    for (size_t i = 0; i < COUNT(changes); i++) {
        char wanted[64];
        answer = http_call(client, changes[i].method, changes[i].path, changes[i].body, NULL);
        copy_tag(answer, tag, sizeof(tag));
        snprintf(wanted, sizeof(wanted), "%.*s.%zu\"", (int)id, first, i + 1);
        tap_text(tag, wanted, "%s %s adds 1", changes[i].method, changes[i].path);
        expect_number(answer, "/revision", (double)(i + 1), 0, "and says so");
    }
    for (size_t i = 0; i < COUNT(calls); i++) {
        http_call(client, calls[i].method, calls[i].path, calls[i].body, NULL);
        copy_tag(http_call(client, "GET", MAZUR, NULL, NULL), first, sizeof(first));
        tap_text(first, tag, "%s %s changes nothing", calls[i].method, calls[i].path);
    }
}

/* Name and tags of a network that was created twice: nothing matches across. */
static void check_creation_ids(struct http_client *client)
{
    char first[64];
    char again[64];
    char clone[64];
    copy_tag(http_call(client, "PUT", "/v1/networks/twice", "{" ARTICLE_MEMBERS "}", NULL), first,
             sizeof(first));
    copy_tag(http_call(client, "POST", "/v1/networks", "{'name': 'copy', 'from': 'twice'}", NULL),
             clone, sizeof(clone));
    http_call(client, "DELETE", "/v1/networks/twice", NULL, NULL);
    copy_tag(http_call(client, "PUT", "/v1/networks/twice", "{" ARTICLE_MEMBERS "}", NULL), again,
             sizeof(again));
    tap_ok(strcmp(first, again) != 0, "a network created anew has another creation id");
    tap_ok(strcmp(first, clone) != 0, "and so has a clone");
}

enum tag { CURRENT, STALE, STRANGER, WEAK, ANY, NOT_A_TAG, LIST, STALE_LIST };

static void write_condition(char *header, size_t size, const char *name, enum tag tag,
                            const struct tags *tags)
{
    char stale_list[160];
    char list[200];
    char weak[80];
    snprintf(stale_list, sizeof(stale_list), "%s, %s", tags->stranger, tags->stale);
    snprintf(list, sizeof(list), "%s,%s", tags->stale, tags->current);
    snprintf(weak, sizeof(weak), "W/%s", tags->current);
    const char *const values[] = {
        [CURRENT] = tags->current,
        [STALE] = tags->stale,
        [STRANGER] = tags->stranger,
        [WEAK] = weak,
        [ANY] = "*",
        [NOT_A_TAG] = "\"3\"",
        [STALE_LIST] = stale_list,
        [LIST] = list,
    };
    snprintf(header, size, "%s: %s", name, values[tag]);
}

#define IF_MATCH "If-Match"
#define IF_NONE_MATCH "If-None-Match"
#define FORWARD "POST", MAZUR "/forward", "{'inputs': [0.05, 0.1]}"
#define GRADIENTS "POST", MAZUR "/gradients", "{" ARTICLE_SAMPLE "}"
#define STEP "POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}"
#define TRAIN "POST", MAZUR "/train", "{" ARTICLE_ROWS ", 'epochs': 1}"
#define PUT "PUT", MAZUR, "{'inputs': 2, 'layers': [{'units': 2}, {'units': 2}]}"
#define PUT_NEW "PUT", "/v1/networks/new", "{" ARTICLE_MEMBERS "}"
#define PATCH "PATCH", MAZUR, "{'metadata': {'k': 'v'}}"
#define RESET "POST", MAZUR "/reset", NULL
#define GET "GET", MAZUR, NULL
#define PARAMETERS "GET", MAZUR "/parameters", NULL
#define DELETE "DELETE", MAZUR, NULL

/* Strong comparison for If-Match, weak for If-None-Match (RFC 9110, sections 13.1.1 and 13.1.2). */
static const struct condition {
    const char *method;
    const char *path;
    const char *body;
    const char *header;
    enum tag tag;
    int status;
} conditions[] = {
    {GET, IF_NONE_MATCH, CURRENT, 304},
    {GET, IF_NONE_MATCH, WEAK, 304},
    {GET, IF_NONE_MATCH, LIST, 304},
    {GET, IF_NONE_MATCH, ANY, 304},
    {GET, IF_NONE_MATCH, STALE, 200},
    {GET, IF_NONE_MATCH, STRANGER, 200},
    {PARAMETERS, IF_NONE_MATCH, CURRENT, 304},
    {PARAMETERS, IF_NONE_MATCH, STALE, 200},
    {GET, IF_MATCH, CURRENT, 200},
    {GET, IF_MATCH, STALE, 412},
    {FORWARD, IF_MATCH, STALE, 412},
    {FORWARD, IF_MATCH, CURRENT, 200},
    {GRADIENTS, IF_MATCH, STALE, 412},
    {GRADIENTS, IF_MATCH, CURRENT, 200},
    {STEP, IF_MATCH, STALE, 412},
    {STEP, IF_MATCH, STRANGER, 412},
    {STEP, IF_MATCH, STALE_LIST, 412},
    {STEP, IF_MATCH, WEAK, 412},
    {STEP, IF_MATCH, NOT_A_TAG, 412},
    {STEP, IF_MATCH, CURRENT, 200},
    {STEP, IF_MATCH, LIST, 200},
    {STEP, IF_MATCH, ANY, 200},
    {TRAIN, IF_MATCH, STALE, 412},
    {TRAIN, IF_MATCH, CURRENT, 200},
    {PUT, IF_MATCH, STALE, 412},
    {PUT, IF_MATCH, CURRENT, 200},
    {PUT, IF_NONE_MATCH, ANY, 412},
    {PUT_NEW, IF_MATCH, ANY, 412},
    {PUT_NEW, IF_NONE_MATCH, ANY, 201},
    {PATCH, IF_MATCH, STALE, 412},
    {PATCH, IF_MATCH, CURRENT, 200},
    {RESET, IF_MATCH, STALE, 412},
    {RESET, IF_MATCH, CURRENT, 200},
    {DELETE, IF_MATCH, STALE, 412},
    {DELETE, IF_MATCH, STRANGER, 412},
    {DELETE, IF_MATCH, CURRENT, 204},
};

/* The network's tag now, and by a step of it and its twin's, the other kinds. */
static void take_tags(struct http_client *client, struct tags *tags)
{
    const struct http_answer *answer = http_call(client, "GET", MAZUR, NULL, NULL);
    copy_tag(answer, tags->stale, sizeof(tags->stale));
    copy_tag(http_call(client, STEP, NULL), tags->current, sizeof(tags->current));
    /* The same revision behind another creation id. */
    snprintf(tags->stranger, sizeof(tags->stranger), "\"0123456789abcdef%s",
             strchr(tags->current, '.') ? strchr(tags->current, '.') : "\"");
}

static void check_condition(struct http_client *client, const struct condition *row)
{
    struct tags tags;
    char header[256];
    char why[320];
    char tag[64];
    take_tags(client, &tags);
    write_condition(header, sizeof(header), row->header, row->tag, &tags);
    snprintf(why, sizeof(why), "with %s", header);
    const struct http_answer *answer =
        http_call(client, row->method, row->path, row->body, header, NULL);
    if (row->status == 412) {
        expect_problem(answer, 412, "precondition-failed", NULL, why);
        copy_tag(http_call(client, "GET", MAZUR, NULL, NULL), tag, sizeof(tag));
        tap_text(tag, tags.current, "a refused %s %s changes nothing", row->method, row->path);
        return;
    }
    expect_status(answer, row->status, why);
    if (row->status == 304) {
        tap_ok(answer->length == 0, "304 has no body");
        tap_text(http_header(answer, "ETag"), tags.current, "304 has the tag");
    }
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_revisions(client);
    check_creation_ids(client);
    for (size_t i = 0; i < COUNT(conditions); i++)
        check_condition(client, &conditions[i]);
    http_client_free(client);
    return daemon_done(&server);
}
