/* Datasets: CSV, JSON and generators in, rows out, faults with their places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define DATASETS "/v1/datasets"
#define INVALID .status = 422, .problem = "invalid-request"

static const char *const csv_type[] = {"Content-Type: text/csv", NULL};

/* CSV that is taken: what is said about it, and its rows. */
static const struct csv_case {
    const char *why;
    const char *path; /* after /v1/datasets/csv */
    const char *text;
    const char *rows;
    struct sight sights[EXCHANGE_MAX_SIGHTS];
} csv_cases[] = {
    {"numbers",
     "?targets=y",
     "x,y\n1,2\n3,6\n",
     "{'inputs': [[1], [3]], 'targets': [[2], [6]]}",
     {{"/samples", "2"},
      {"/inputs", "1"},
      {"/targets", "1"},
      {"/columns/0", "{'name': 'x', 'role': 'input', 'mean': 2, 'deviation': 1, 'min': 1, 'max': "
                     "3}"},
      {"/columns/1/role", "'target'"},
      {"/columns/1/deviation", "2"},
      {"/classes", "absent"}}},
    {"words",
     "?targets=y",
     "x,y\n1,pear\n2,apple\n3,pear\n4,fig\n",
     "{'inputs': [[1], [2], [3], [4]], 'targets': [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 0]]}",
     {{"/classes", "['apple', 'fig', 'pear']"},
      {"/targets", "3"},
      {"/columns/1", "{'name': 'y', 'role': 'target', 'classes': ['apple', 'fig', 'pear']}"}}},
    {"two targets, of words and numbers",
     "?targets=b,a",
     "a,x,b\n1,5,u\n2,6,v\n",
     "{'inputs': [[5], [6]], 'targets': [[1, 1, 0], [2, 0, 1]]}",
     {{"/classes", "absent"}, {"/targets", "3"}, {"/inputs", "1"}}},
    {"without targets", "", "a,b\n1,2\n", "{'inputs': [[1, 2]]}", {{"/targets", "0"}}},
    {"a mark, CRLF, quotes, no end of the last line",
     "?targets=%22a%2Cb%22",
     "\xef\xbb\xbf\"a,b\",\"c \"\"d\"\"\"\r\n\"1.5\",-2\r\n\r\n3,\"4\"",
     "{'inputs': [[-2], [4]], 'targets': [[1.5], [3]]}",
     {{"/columns/0/name", "'a,b'"}, {"/columns/1/name", "'c \\'d\\''"}}},
    {"numbers as people write them",
     "",
     "x\n 1\n+2\n.5\n-.5\n3.\n1e3\n-0\n1.e2\n",
     "{'inputs': [[1], [2], [0.5], [-0.5], [3], [1000], [-0.0], [100]]}",
     {{"/samples", "8"}}},
    {"words that look like numbers after the first",
     "?targets=y",
     "x,y\n1,none\n2,3\n",
     "{'inputs': [[1], [2]], 'targets': [[0, 1], [1, 0]]}",
     {{"/classes", "['3', 'none']"}}},
    {"a column that is always the same",
     "",
     "x\n0.1\n0.1\n0.1\n",
     "{'inputs': [[0.1], [0.1], [0.1]]}",
     {{"/columns/0/mean", "0.1"}, {"/columns/0/deviation", "0"}}},
    {"values whose squares are infinite",
     "",
     "x\n1e308\n-1e308\n",
     "{'inputs': [[1e308], [-1e308]]}",
     {{"/columns/0/deviation", "null"}, {"/columns/0/max", "1e308"}}},
};

/* CSV that is refused: the places of its faults, one a line. */
static const struct csv_fault {
    const char *why;
    const char *query;
    const char *text;
    const char *places;
    const char *detail; /* a part of the first one's */
} csv_faults[] = {
    {"a word among numbers", "", "a,b\n1,2\n3,x\n", "line 3, column 2 (b)", "not \"x\""},
    {"several faults", "", "a,b\nx,2\n1\n1,y\n",
     "line 2, column 1 (a)\nline 3\nline 4, column 2 (b)", "not \"x\""},
    {"an empty cell", "", "a,b\n1,\n", "line 2, column 2 (b)", "is empty"},
    {"a word in a target of numbers", "?targets=b", "a,b\n1,2\n1,x\n", "line 3, column 2 (b)",
     "as those above"},
    {"an empty word", "?targets=b", "a,b\n1,x\n1,\n", "line 3, column 2 (b)", "is empty"},
    {"no number", "", "a\nNaN\n1e400\n0x10\n1 2\n--1\n.\n",
     "line 2, column 1 (a)\nline 3, column 1 (a)\nline 4, column 1 (a)\nline 5, column 1 (a)\n"
     "line 6, column 1 (a)\nline 7, column 1 (a)",
     "must be a number"},
    {"too many cells", "", "a,b\n1,2,3\n", "line 2", "has 3 cells"},
    {"a quote inside", "", "a,b\n1,2\"\n", "line 2, column 2 (b)", "double quote"},
    {"a quote that stays open", "", "a,b\n1,\"2\n3,4\n", "line 2, column 2 (b)", "nothing closes"},
    {"a line after one in quotes", "?targets=b", "a,b\n1,\"x\ny\"\nz,u\n", "line 4, column 1 (a)",
     "not \"z\""},
    {"no text", "", "", "line 1", "empty"},
    {"no samples", "", "a,b\n", "line 1", "must follow"},
    {"a name twice", "", "a,b,a\n1,2,3\n", "line 1, column 3", "name of a column before"},
    {"a column without a name", "", "a,,b\n1,2,3\n", "line 1, column 2", "is empty"},
    {"a target that is no column", "?targets=c", "a,b\n1,2\n", "targets", "no column"},
    {"no inputs", "?targets=a,b", "a,b\n1,2\n", "targets", "at least one"},
    {"no names of targets", "?targets=", "a,b\n1,2\n", "targets", "must name"},
    {"a target with a quote", "?targets=a%22", "a,b\n1,2\n", "targets", "quote"},
    {"bytes that are no UTF-8", "", "a\n\xff\n", "line 2, column 1 (a)", "UTF-8"},
    {"in a word", "?targets=b", "a,b\n1,\xff\n", "line 2, column 2 (b)", "UTF-8"},
    {"in a name", "", "\xff,b\n1,2\n", "line 1, column 1", "UTF-8"},
};

static void check_csv(struct http_client *client, const struct csv_case *c)
{
    char path[128];
    snprintf(path, sizeof(path), DATASETS "/csv%s", c->path);
    struct http_answer answer = *http_send(client, "PUT", path, c->text, strlen(c->text), csv_type);
    tap_ok(answer.status == 200 || answer.status == 201, "%s: %d", c->why, answer.status);
    for (size_t i = 0; i < EXCHANGE_MAX_SIGHTS && c->sights[i].at; i++) {
        char *quoted = http_quoted(c->sights[i].json);
        json_t *expected = json_loads(quoted, JSON_DECODE_ANY, NULL);
        const json_t *found = pointer_get(answer.json, c->sights[i].at);
        if (strcmp(c->sights[i].json, "absent") == 0)
            tap_ok(!found, "%s: no %s", c->why, c->sights[i].at);
        else
            expect_same(found, expected, c->why);
        json_decref(expected);
        free(quoted);
    }
    char *quoted = http_quoted(c->rows);
    json_t *expected = json_loads(quoted, 0, NULL);
    expect_same(http_call(client, "GET", DATASETS "/csv/rows", NULL, NULL)->json, expected, c->why);
    json_decref(expected);
    free(quoted);
}

static void check_fault(struct http_client *client, const struct csv_fault *c)
{
    char path[128], places[1024] = "";
    snprintf(path, sizeof(path), DATASETS "/bad%s", c->query);
    const struct http_answer *answer =
        http_send(client, "PUT", path, c->text, strlen(c->text), csv_type);
    expect_problem(answer, 422, "invalid-request", NULL, c->why);
    const json_t *errors = pointer_get(answer->json, "/errors"), *error;
    size_t i;
    json_array_foreach(errors, i, error)
    {
        strcat(places, i ? "\n" : "");
        strcat(places, pointer_text(error, "/pointer"));
    }
    tap_text(places, c->places, "%s: where", c->why);
    const char *detail = pointer_text(answer->json, "/errors/0/detail");
    tap_ok(detail && strstr(detail, c->detail), "%s: says \"%s\"", c->why, c->detail);
    answer = http_call(client, "GET", DATASETS "/bad", NULL, NULL);
    tap_ok(answer->status == 404, "%s: stores nothing", c->why);
}

/* Requests in JSON. */
static const struct exchange by_json[] = {
    {"none", "GET", DATASETS, NULL, .status = 200,
     .sights = {{"", "{'items': [], 'next_cursor': null}"}}},
    {"samples", "PUT", DATASETS "/j",
     "{'inputs': [[1, 2], [3, 4]], 'targets': [[5], [6]], 'sample_weights': [1, 2]}", .status = 201,
     .sights = {{"/name", "'j'"},
                {"/inputs", "2"},
                {"/targets", "1"},
                {"/columns/1/name", "'input_1'"},
                {"/columns/2/name", "'target_0'"},
                {"/columns/3/role", "'weight'"}}},
    {"as they were", "GET", DATASETS "/j/rows", NULL, .status = 200,
     .sights = {{"", "{'inputs': [[1, 2], [3, 4]], 'targets': [[5], [6]], 'sample_weights': [1, "
                     "2]}"}}},
    {"a page", "GET", DATASETS "/j/rows?offset=1&limit=1", NULL, .status = 200,
     .sights = {{"/inputs", "[[3, 4]]"}, {"/targets", "[[6]]"}}},
    {"beyond the end", "GET", DATASETS "/j/rows?offset=2", NULL, .status = 200,
     .sights = {{"/inputs", "[]"}}},
    {"names", "PUT", DATASETS "/j",
     "{'inputs': [[1, 2]], 'targets': [[5]], 'columns': ['a', 'b', 'c']}", .status = 200,
     .sights = {{"/samples", "1"}, {"/columns/2/name", "'c'"}, {"/columns/2/role", "'target'"}}},
    {"a generator", "PUT", DATASETS "/g", "{'generator': 'moons', 'samples': 5, 'seed': 3}",
     .status = 201, .sights = {{"/samples", "5"}, {"/inputs", "2"}, {"/targets", "1"}}},
    {"one input", "PUT", DATASETS "/s", "{'generator': 'sine'}", .status = 201,
     .sights = {{"/samples", "200"}, {"/inputs", "1"}, {"/targets", "1"}}},
    {"a list", "GET", DATASETS "?limit=2", NULL, .status = 200,
     .sights = {{"/items/0/name", "'g'"}, {"/items/1/name", "'j'"}, {"/next_cursor", "'j'"}}},
    {"its end", "GET", DATASETS "?limit=2&cursor=j", NULL, .status = 200,
     .sights = {{"/items/0/name", "'s'"}, {"/next_cursor", "null"}}},
    {"by a beginning", "GET", DATASETS "?prefix=g", NULL, .status = 200,
     .sights = {{"/items/0/name", "'g'"}, {"/items/1", "absent"}}},
    {"delete", "DELETE", DATASETS "/s", NULL, .status = 204},
    {"gone", "GET", DATASETS "/s", NULL, .status = 404, .problem = "dataset-not-found"},
    {"its rows too", "GET", DATASETS "/s/rows", NULL, .status = 404,
     .problem = "dataset-not-found"},
    {"not twice", "DELETE", DATASETS "/s", NULL, .status = 404, .problem = "dataset-not-found"},
};

static const struct exchange json_faults[] = {
    {"nothing", "PUT", DATASETS "/f", "{}", INVALID, .pointers = "root"},
    {"no object", "PUT", DATASETS "/f", "[1]", INVALID, .pointers = "root"},
    {"a vector", "PUT", DATASETS "/f", "{'inputs': [1, 2]}", INVALID, .pointers = "/inputs"},
    {"no samples", "PUT", DATASETS "/f", "{'inputs': []}", INVALID, .pointers = "/inputs"},
    {"empty samples", "PUT", DATASETS "/f", "{'inputs': [[]]}", INVALID, .pointers = "/inputs"},
    {"ragged", "PUT", DATASETS "/f", "{'inputs': [[1], [1, 2]]}", INVALID, .pointers = "/inputs/1"},
    {"too few targets", "PUT", DATASETS "/f", "{'inputs': [[1], [2]], 'targets': [[1]]}", INVALID,
     .pointers = "/targets"},
    {"a weight below 0", "PUT", DATASETS "/f", "{'inputs': [[1], [2]], 'sample_weights': [1, -1]}",
     INVALID, .pointers = "/sample_weights/1"},
    {"weights of 0", "PUT", DATASETS "/f", "{'inputs': [[1], [2]], 'sample_weights': [0, 0]}",
     INVALID, .pointers = "/sample_weights"},
    {"too few names", "PUT", DATASETS "/f", "{'inputs': [[1, 2]], 'columns': ['a']}", INVALID,
     .pointers = "/columns"},
    {"a name twice", "PUT", DATASETS "/f", "{'inputs': [[1, 2]], 'columns': ['a', 'a']}", INVALID,
     .pointers = "/columns/1"},
    {"no name", "PUT", DATASETS "/f", "{'inputs': [[1, 2]], 'columns': ['', 3]}", INVALID,
     .pointers = "/columns/0 /columns/1"},
    {"another generator", "PUT", DATASETS "/f", "{'generator': 'circles'}", INVALID,
     .pointers = "/generator"},
    {"both", "PUT", DATASETS "/f", "{'generator': 'xor', 'inputs': [[1]]}", INVALID,
     .pointers = "/inputs"},
    {"noise of samples", "PUT", DATASETS "/f", "{'inputs': [[1]], 'noise': 1, 'seed': 2}", INVALID,
     .pointers = "/noise /seed"},
    {"noise below 0", "PUT", DATASETS "/f", "{'generator': 'xor', 'noise': -1}", INVALID,
     .pointers = "/noise"},
    {"no samples of a generator", "PUT", DATASETS "/f", "{'generator': 'xor', 'samples': 0}",
     INVALID, .pointers = "/samples"},
    {"too many", "PUT", DATASETS "/f", "{'generator': 'xor', 'samples': 4000000000}", .status = 413,
     .problem = "body-too-large"},
    {"an unknown field", "PUT", DATASETS "/f", "{'inputs': [[1]], 'outputs': [[1]]}", INVALID,
     .pointers = "/outputs"},
    {"targets of JSON by name", "PUT", DATASETS "/f?targets=a", "{'inputs': [[1]]}", INVALID,
     .pointers = "targets"},
    {"no JSON", "PUT", DATASETS "/f", "{", .status = 400, .problem = "invalid-json"},
    {"another type", "PUT", DATASETS "/f", "{}", .status = 415, .problem = "unsupported-media-type",
     .header = "Content-Type: text/plain"},
    {"CSV in another alphabet", "PUT", DATASETS "/f", "a\n1\n", .status = 415,
     .problem = "unsupported-media-type", .header = "Content-Type: text/csv; charset=latin1"},
    {"CSV without a first line of names", "PUT", DATASETS "/f", "1\n2\n", .status = 415,
     .problem = "unsupported-media-type", .header = "Content-Type: text/csv; header=absent"},
    {"a page of none", "GET", DATASETS "/j/rows?limit=0", NULL, INVALID, .pointers = "limit"},
    {"a page too long", "GET", DATASETS "/j/rows?limit=10001", NULL, INVALID, .pointers = "limit"},
    {"an offset below 0", "GET", DATASETS "/j/rows?offset=-1", NULL, INVALID, .pointers = "offset"},
    {"nothing was stored", "GET", DATASETS "/f", NULL, .status = 404,
     .problem = "dataset-not-found"},
    {"a name that is none", "PUT", DATASETS "/-", "{'inputs': [[1]]}", .status = 404,
     .problem = "not-found"},
};

/* Tags name the content: the same samples have the same. */
static void check_tags(struct http_client *client)
{
    char tag[64], other[64], header[128];
    const char *body = "{'inputs': [[1, 2]]}";
    snprintf(tag, sizeof(tag), "%s",
             http_header(http_call(client, "PUT", DATASETS "/a", body, NULL), "ETag"));
    snprintf(other, sizeof(other), "%s",
             http_header(http_call(client, "PUT", DATASETS "/b", body, NULL), "ETag"));
    tap_text(other, tag, "the same samples have the same tag");
    snprintf(other, sizeof(other), "%s",
             http_header(http_call(client, "PUT", DATASETS "/b",
                                   "{'inputs': [[1, 2]], 'columns': ['x', 'y']}", NULL),
                         "ETag"));
    tap_ok(strcmp(other, tag) != 0, "other names have another");
    snprintf(header, sizeof(header), "If-None-Match: %s", tag);
    tap_ok(http_call(client, "GET", DATASETS "/a", NULL, header, NULL)->status == 304,
           "what is known is not sent");
    tap_ok(http_call(client, "GET", DATASETS "/b", NULL, header, NULL)->status == 200,
           "what is not is");
    snprintf(header, sizeof(header), "If-Match: %s", other);
    expect_problem(http_call(client, "PUT", DATASETS "/a", body, header, NULL), 412,
                   "precondition-failed", NULL, "another content");
    expect_problem(http_call(client, "DELETE", DATASETS "/a", NULL, header, NULL), 412,
                   "precondition-failed", NULL, "to be deleted");
    expect_problem(http_call(client, "PUT", DATASETS "/a", body, "If-None-Match: *", NULL), 412,
                   "precondition-failed", NULL, "a name that must be free");
    tap_ok(http_call(client, "PUT", DATASETS "/new", body, "If-None-Match: *", NULL)->status == 201,
           "and is");
    snprintf(header, sizeof(header), "If-Match: %s", tag);
    tap_ok(http_call(client, "DELETE", DATASETS "/a", NULL, header, NULL)->status == 204,
           "the same content");
}

/* Rows as CSV give the same dataset again. */
static void check_round_trip(struct http_client *client)
{
    static const char text[] = "\"a,b\",\"c \"\"d\"\"\",y\r\n1.5,-2,u\r\n0.1,4,\"v\nw\"\r\n";
    http_send(client, "PUT", DATASETS "/round?targets=y", text, strlen(text), csv_type);
    const struct http_answer *answer =
        http_call(client, "GET", DATASETS "/round/rows", NULL, "Accept: text/csv", NULL);
    tap_text(answer->body, text, "rows as CSV");
    const char *type = http_header(answer, "Content-Type");
    tap_ok(type && strncmp(type, "text/csv", 8) == 0, "are called so");
}

/* A fault leaves the dataset that was there. */
static void check_kept(struct http_client *client)
{
    static const char good[] = "a\n1\n2\n", bad[] = "a\n1\nx\n";
    http_send(client, "PUT", DATASETS "/kept", good, strlen(good), csv_type);
    http_send(client, "PUT", DATASETS "/kept", bad, strlen(bad), csv_type);
    const struct http_answer *answer = http_call(client, "GET", DATASETS "/kept/rows", NULL, NULL);
    tap_ok(pointer_count(answer->json, "/inputs") == 2, "a fault leaves what was there");
}

/* A hundred faults are listed, and then it is enough. */
static void check_many_faults(struct http_client *client)
{
    char text[2000] = "a\n";
    for (int i = 0; i < 300; i++)
        strcat(text, "x\n");
    const struct http_answer *answer =
        http_send(client, "PUT", DATASETS "/bad", text, strlen(text), csv_type);
    tap_ok(answer->status == 422 && pointer_count(answer->json, "/errors") == 100,
           "a hundred faults are listed");
}

int main(void)
{
    struct daemon daemon;
    daemon_start(&daemon, NULL, NULL);
    struct http_client *client = http_client_create(&daemon);
    exchange_all(client, by_json, COUNT(by_json));
    exchange_all(client, json_faults, COUNT(json_faults));
    for (size_t i = 0; i < COUNT(csv_cases); i++)
        check_csv(client, &csv_cases[i]);
    for (size_t i = 0; i < COUNT(csv_faults); i++)
        check_fault(client, &csv_faults[i]);
    check_tags(client);
    check_round_trip(client);
    check_kept(client);
    check_many_faults(client);

    daemon_stop(&daemon, 9);
    daemon_restart(&daemon);
    http_client_free(client);
    client = http_client_create(&daemon);
    const struct http_answer *answer = http_call(client, "GET", DATASETS "/kept/rows", NULL, NULL);
    tap_ok(pointer_count(answer->json, "/inputs") == 2, "what was answered survives kill -9");
    http_client_free(client);
    return daemon_done(&daemon);
}
