/* Networks: create, read, list, replace, patch, rename, delete; what a dry run does not do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/exchange.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NETWORKS "/v1/networks"
#define SMALL "'inputs': 1, 'layers': [{'units': 1}]"

static const struct exchange creation[] = {
    {"the article's network", "POST", NETWORKS, "{'name': 'mazur', " ARTICLE_MEMBERS "}",
     .status = 201,
     .sights = {{"/name", "'mazur'"},
                {"/inputs", "2"},
                {"/layers/0/units", "2"},
                {"/layers/1/bias", "'shared'"},
                {"/frozen", "['layers.0.biases', 'layers.1.biases']"},
                {"/revision", "0"},
                {"/steps", "0"},
                {"/parameter_count", "10"}}},
    {"is there", "GET", NETWORKS "/mazur", NULL, .status = 200,
     .sights = {{"/loss", "'squared_error'"},
                {"/optimizer/type", "'sgd'"},
                {"/optimizer/learning_rate", "0.5"},
                {"/precision", "'float64'"},
                {"/layers/0/activation", "'sigmoid'"},
                {"/layers/0/weights", "absent"},
                {"/layers/0/biases", "absent"},
                {"/metadata", "absent"}}},
    {"parameters on demand", "GET", NETWORKS "/mazur?include=parameters", NULL, .status = 200,
     .sights = {{"/layers/0/weights", "[[0.15, 0.2], [0.25, 0.3]]"},
                {"/layers/0/biases", "[0.35]"},
                {"/layers/1/weights", "[[0.4, 0.45], [0.5, 0.55]]"},
                {"/layers/1/biases", "[0.6]"}}},
    {"the name is taken", "POST", NETWORKS, "{'name': 'mazur', " SMALL "}", .status = 409,
     .problem = "network-exists"},
    {"defaults", "POST", NETWORKS, "{'name': 'defaults', " SMALL "}", .status = 201,
     .sights = {{"/layers/0/activation", "'sigmoid'"},
                {"/layers/0/bias", "'per_unit'"},
                {"/layers/0/init/type", "'glorot_uniform'"},
                {"/loss", "'squared_error'"},
                {"/optimizer/learning_rate", "0.5"},
                {"/frozen", "[]"},
                {"/precision", "'float64'"},
                {"/parameter_count", "2"}}},
    {"biases begin at 0", "GET", NETWORKS "/defaults/parameters", NULL, .status = 200,
     .sights = {{"/layers/0/biases", "[0]"}}},
    {"every field", "POST", NETWORKS,
     "{'name': 'Every-field_1.0', 'inputs': 3, 'layers': [{'units': 2, 'activation': "
     "'tanh', 'bias': 'none', 'init': {'type': 'uniform', 'low': -0.5, 'high': "
     "0.5}}, {'units': 1, 'activation': 'identity', 'init': {'type': 'normal', "
     "'mean': 0, 'stddev': 0.1}}], 'frozen': ['layers.0', 'layers.1.weights'], 'loss': "
     "'mean_squared_error', 'optimizer': {'type': 'sgd', 'learning_rate': 0.1, "
     "'momentum': 0.9, 'nesterov': true}, 'precision': 'float64', 'seed': 42, "
     "'metadata': {'owner': 'Zo\u00eb', 'purpose': ''}}",
     .status = 201,
     .sights = {{"/layers/0/init", "{'type': 'uniform', 'low': -0.5, 'high': 0.5}"},
                {"/layers/1/init/stddev", "0.1"},
                {"/frozen", "['layers.0', 'layers.1.weights']"},
                {"/optimizer/momentum", "0.9"},
                {"/optimizer/nesterov", "true"},
                {"/seed", "'42'"},
                {"/metadata", "{'owner': 'Zo\u00eb', 'purpose': ''}"},
                {"/parameter_count", "9"}}},
    {"no bias, no biases", "GET", NETWORKS "/Every-field_1.0/parameters", NULL, .status = 200,
     .sights = {{"/layers/0/biases", "[]"}}},
    {"the server's own fields are ignored", "POST", NETWORKS,
     "{'name': 'own', " SMALL ", 'revision': 7, 'steps': 9, 'parameter_count': 1, "
     "'created_at': 'yesterday', 'updated_at': null}",
     .status = 201, .sights = {{"/revision", "0"}, {"/steps", "0"}, {"/parameter_count", "2"}}},
    {"no such network", "GET", NETWORKS "/nobody", NULL, .status = 404,
     .problem = "network-not-found"},
    {"case matters", "GET", NETWORKS "/Mazur", NULL, .status = 404, .problem = "network-not-found"},
    {"a name's bytes may be encoded", "GET", NETWORKS "/m%61zur", NULL, .status = 200,
     .sights = {{"/name", "'mazur'"}}},
    {"what is asked for must be known", "GET", NETWORKS "/mazur?include=everything", NULL,
     .status = 422, .problem = "invalid-request", .pointers = "include"},
};

static const struct exchange seeds[] = {
    {"a number", "POST", NETWORKS, "{'name': 's1', " SMALL ", 'seed': 0}", .status = 201,
     .sights = {{"/seed", "'0'"}}},
    {"the largest number", "POST", NETWORKS, "{'name': 's2', " SMALL ", 'seed': 9007199254740992}",
     .status = 201, .sights = {{"/seed", "'9007199254740992'"}}},
    {"a string", "POST", NETWORKS, "{'name': 's3', " SMALL ", 'seed': '18446744073709551615'}",
     .status = 201, .sights = {{"/seed", "'18446744073709551615'"}}},
    {"2^53 + 1 as a number would be rounded", "POST", NETWORKS,
     "{'name': 's4', " SMALL ", 'seed': 9007199254740993}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
    {"2^53 + 1 as a string is exact", "POST", NETWORKS,
     "{'name': 's4', " SMALL ", 'seed': '9007199254740993'}", .status = 201,
     .sights = {{"/seed", "'9007199254740993'"}}},
    {"too large a string", "POST", NETWORKS,
     "{'name': 's5', " SMALL ", 'seed': '18446744073709551616'}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
    {"negative", "POST", NETWORKS, "{'name': 's5', " SMALL ", 'seed': -1}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
    {"a fraction", "POST", NETWORKS, "{'name': 's5', " SMALL ", 'seed': 1.5}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
    {"words", "POST", NETWORKS, "{'name': 's5', " SMALL ", 'seed': 'lucky'}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
    {"an empty string", "POST", NETWORKS, "{'name': 's5', " SMALL ", 'seed': ''}", .status = 422,
     .problem = "invalid-request", .pointers = "/seed"},
};

static const struct exchange dry_runs[] = {
    {"valid", "POST", NETWORKS "?dry_run=true", "{'name': 'dry', " ARTICLE_MEMBERS "}",
     .status = 200, .sights = {{"/name", "'dry'"}, {"/parameter_count", "10"}, {"/revision", "0"}}},
    {"creates nothing", "GET", NETWORKS "/dry", NULL, .status = 404,
     .problem = "network-not-found"},
    {"invalid", "POST", NETWORKS "?dry_run=true", "{'name': 'dry', 'inputs': 0}", .status = 422,
     .problem = "invalid-request", .pointers = "/inputs /layers"},
    {"taken", "POST", NETWORKS "?dry_run=true", "{'name': 'mazur', " ARTICLE_MEMBERS "}",
     .status = 409, .problem = "network-exists"},
    {"a clone", "POST", NETWORKS "?dry_run=true", "{'name': 'dry', 'from': 'mazur'}", .status = 200,
     .sights = {{"/name", "'dry'"}, {"/parameter_count", "10"}}},
    {"creates no clone", "GET", NETWORKS "/dry", NULL, .status = 404,
     .problem = "network-not-found"},
    {"false is wet", "POST", NETWORKS "?dry_run=false", "{'name': 'wet', " SMALL "}",
     .status = 201},
    {"neither", "POST", NETWORKS "?dry_run=maybe", "{'name': 'dry', " SMALL "}", .status = 422,
     .problem = "invalid-request", .pointers = "dry_run"},
};

static const struct exchange replacement[] = {
    {"creates", "PUT", NETWORKS "/put", "{" ARTICLE_MEMBERS "}", .status = 201,
     .sights = {{"/name", "'put'"}, {"/revision", "0"}, {"/steps", "0"}}},
    {"a step", "POST", NETWORKS "/put/step", "{" ARTICLE_SAMPLE ", 'include': []}", .status = 200,
     .sights = {{"/revision", "1"}, {"/steps", "1"}}},
    {"the same shape without values keeps parameters and steps", "PUT", NETWORKS "/put",
     "{'inputs': 2, 'layers': [{'units': 2, 'activation': 'tanh', 'bias': 'shared'}, "
     "{'units': 2, 'bias': 'shared'}], 'loss': 'mean_squared_error'}",
     .status = 200,
     .sights = {{"/revision", "2"},
                {"/steps", "1"},
                {"/layers/0/activation", "'tanh'"},
                {"/loss", "'mean_squared_error'"},
                {"/frozen", "[]"}}},
    {"reset goes back to the old start values", "POST", NETWORKS "/put/reset", NULL, .status = 200,
     .sights = {{"/revision", "3"}, {"/steps", "0"}}},
    {"which are the article's", "GET", NETWORKS "/put/parameters", NULL, .status = 200,
     .sights = {{"/layers/0/weights", "[[0.15, 0.2], [0.25, 0.3]]"}, {"/revision", "3"}}},
    {"a step", "POST", NETWORKS "/put/step", "{" ARTICLE_SAMPLE ", 'include': []}", .status = 200,
     .sights = {{"/steps", "1"}}},
    {"given values start anew", "PUT", NETWORKS "/put", "{'name': 'put', " ARTICLE_MEMBERS "}",
     .status = 200, .sights = {{"/revision", "5"}, {"/steps", "0"}}},
    {"with those values", "GET", NETWORKS "/put?include=parameters", NULL, .status = 200,
     .sights = {{"/layers/1/weights", "[[0.4, 0.45], [0.5, 0.55]]"}}},
    {"a step", "POST", NETWORKS "/put/step", "{" ARTICLE_SAMPLE ", 'include': []}", .status = 200},
    {"another shape starts anew", "PUT", NETWORKS "/put",
     "{'inputs': 2, 'layers': [{'units': 3}, {'units': 1}]}", .status = 200,
     .sights = {{"/revision", "7"}, {"/steps", "0"}, {"/parameter_count", "13"}}},
    {"another bias kind starts anew", "PUT", NETWORKS "/put",
     "{'inputs': 2, 'layers': [{'units': 3, 'bias': 'shared'}, {'units': 1}]}", .status = 200,
     .sights = {{"/revision", "8"}, {"/steps", "0"}, {"/parameter_count", "11"}}},
    {"another name than the path's", "PUT", NETWORKS "/put", "{'name': 'other', " SMALL "}",
     .status = 422, .problem = "invalid-request", .pointers = "/name"},
    {"nothing given", "PUT", NETWORKS "/put", "{}", .status = 422, .problem = "invalid-request",
     .pointers = "/inputs /layers"},
    {"none of which changed it", "GET", NETWORKS "/put", NULL, .status = 200,
     .sights = {{"/revision", "8"}, {"/parameter_count", "11"}}},
};

#define MERGE_PATCH .header = "Content-Type: application/merge-patch+json"

static const struct exchange patches[] = {
    {"begin", "PUT", NETWORKS "/patch", "{" ARTICLE_MEMBERS "}", .status = 201},
    {"one constant", "PATCH", NETWORKS "/patch", "{'optimizer': {'momentum': 0.9}}", .status = 200,
     MERGE_PATCH,
     .sights = {{"/revision", "1"},
                {"/optimizer/momentum", "0.9"},
                {"/optimizer/learning_rate", "0.5"},
                {"/optimizer/type", "'sgd'"}}},
    {"as plain JSON too", "PATCH", NETWORKS "/patch", "{'optimizer': {'learning_rate': 0.25}}",
     .status = 200,
     .sights = {{"/optimizer/momentum", "0.9"}, {"/optimizer/learning_rate", "0.25"}}},
    {"null is the default", "PATCH", NETWORKS "/patch",
     "{'optimizer': {'learning_rate': null, 'momentum': null}}", .status = 200, MERGE_PATCH,
     .sights = {{"/optimizer/momentum", "0"}, {"/optimizer/learning_rate", "0.5"}}},
    {"another frozen list", "PATCH", NETWORKS "/patch", "{'frozen': ['layers.0']}", .status = 200,
     MERGE_PATCH, .sights = {{"/frozen", "['layers.0']"}, {"/revision", "4"}}},
    {"thaw", "PATCH", NETWORKS "/patch", "{'frozen': null}", .status = 200, MERGE_PATCH,
     .sights = {{"/frozen", "[]"}}},
    {"metadata", "PATCH", NETWORKS "/patch", "{'metadata': {'a': '1', 'b': '2'}}", .status = 200,
     MERGE_PATCH, .sights = {{"/metadata", "{'a': '1', 'b': '2'}"}}},
    {"metadata is merged", "PATCH", NETWORKS "/patch", "{'metadata': {'a': null, 'c': '3'}}",
     .status = 200, MERGE_PATCH, .sights = {{"/metadata", "{'b': '2', 'c': '3'}"}}},
    {"metadata goes", "PATCH", NETWORKS "/patch", "{'metadata': null}", .status = 200, MERGE_PATCH,
     .sights = {{"/metadata", "absent"}, {"/revision", "8"}}},
    {"parameters stay", "GET", NETWORKS "/patch/parameters", NULL, .status = 200,
     .sights = {{"/layers/0/weights", "[[0.15, 0.2], [0.25, 0.3]]"}}},
    {"what cannot be patched", "PATCH", NETWORKS "/patch",
     "{'inputs': 3, 'layers': [], 'loss': 'mean_squared_error', 'seed': 1}", .status = 422,
     .problem = "invalid-request", .pointers = "/inputs /layers /loss /seed", MERGE_PATCH},
    {"unknown members", "PATCH", NETWORKS "/patch",
     "{'optimiser': {}, 'optimizer': {'lr': 1}, 'frozen': ['layers.2']}", .status = 422,
     .problem = "invalid-request", .pointers = "/optimiser /optimizer/lr /frozen/0", MERGE_PATCH},
    {"no object", "PATCH", NETWORKS "/patch", "[]", .status = 422, .problem = "invalid-request",
     .pointers = "root", MERGE_PATCH},
    {"one fault spoils all", "PATCH", NETWORKS "/patch",
     "{'metadata': {'x': 'y'}, 'optimizer': {'learning_rate': -1}}", .status = 422,
     .problem = "invalid-request", .pointers = "/optimizer/learning_rate", MERGE_PATCH},
    {"nothing changed", "GET", NETWORKS "/patch", NULL, .status = 200,
     .sights = {{"/revision", "8"}, {"/inputs", "2"}, {"/metadata", "absent"}}},
    {"what only the server sets is ignored", "PATCH", NETWORKS "/patch",
     "{'revision': 70, 'steps': 70, 'parameter_count': 70, 'created_at': 'x', 'updated_at': 'x', "
     "'name': 'patched'}",
     .status = 200, MERGE_PATCH,
     .sights =
         {{"/name", "'patched'"}, {"/revision", "9"}, {"/steps", "0"}, {"/parameter_count", "10"}}},
    {"the old name is free", "GET", NETWORKS "/patch", NULL, .status = 404,
     .problem = "network-not-found"},
    {"the new one is taken", "GET", NETWORKS "/patched?include=parameters", NULL, .status = 200,
     .sights = {{"/name", "'patched'"}, {"/layers/0/biases", "[0.35]"}}},
    {"onto another network", "PATCH", NETWORKS "/patched", "{'name': 'mazur'}", .status = 409,
     .problem = "network-exists", MERGE_PATCH,
     .sights = {{"/detail",
                 "'There is a network named \\'mazur\\' already; choose another name, or "
                 "DELETE or PUT that one.'"}}},
    {"to a bad name", "PATCH", NETWORKS "/patched", "{'name': 'a b'}", .status = 422,
     .problem = "invalid-request", .pointers = "/name", MERGE_PATCH},
    {"to no name", "PATCH", NETWORKS "/patched", "{'name': null}", .status = 422,
     .problem = "invalid-request", .pointers = "/name", MERGE_PATCH},
    {"nobody", "PATCH", NETWORKS "/nobody", "{}", .status = 404, .problem = "network-not-found",
     MERGE_PATCH},
};

static const struct exchange deletion[] = {
    {"begin", "PUT", NETWORKS "/gone", "{" SMALL "}", .status = 201},
    {"delete", "DELETE", NETWORKS "/gone", NULL, .status = 204},
    {"gone", "GET", NETWORKS "/gone", NULL, .status = 404, .problem = "network-not-found"},
    {"gone for passes too", "POST", NETWORKS "/gone/forward", "{'inputs': [1]}", .status = 404,
     .problem = "network-not-found"},
    {"again", "DELETE", NETWORKS "/gone", NULL, .status = 404, .problem = "network-not-found"},
    {"its name is free", "POST", NETWORKS, "{'name': 'gone', " ARTICLE_MEMBERS "}", .status = 201,
     .sights = {{"/revision", "0"}, {"/parameter_count", "10"}}},
};

/* Creation answers with where the network is, and when it was made. */
static void check_location_and_times(struct http_client *client)
{
    const struct http_answer *answer =
        http_call(client, "POST", NETWORKS, "{'name': 'located', " SMALL "}", NULL);
    const char *created = pointer_text(answer->json, "/created_at");
    tap_text(http_header(answer, "Location"), NETWORKS "/located", "Location of a new network");
    tap_ok(created && strlen(created) >= 20 && created[4] == '-' && created[10] == 'T' &&
               created[strlen(created) - 1] == 'Z',
           "created_at is RFC 3339 in UTC: %s", created ? created : "nothing");
    expect_text(answer, "/updated_at", created ? created : "", "updated when created");
    tap_text(http_header(answer, "Content-Type"), "application/json", "Content-Type");
    tap_text(http_header(answer, "Cache-Control"), "no-store", "Cache-Control");
}

/* An edit of what GET answered, put back, loses nothing, with and without the parameters. */
static void check_get_edit_put(struct http_client *client, const char *query)
{
    char path[64];
    http_call(client, "PUT", NETWORKS "/edit",
              "{" ARTICLE_MEMBERS ", 'seed': '18446744073709551615', 'metadata': {'k': "
              "'v'}}",
              NULL);
    http_call(client, "POST", NETWORKS "/edit/step", "{" ARTICLE_SAMPLE "}", NULL);
    snprintf(path, sizeof(path), NETWORKS "/edit%s", query);
    json_t *before = json_incref(http_call(client, "GET", path, NULL, NULL)->json);
    json_t *parameters =
        json_incref(http_call(client, "GET", NETWORKS "/edit/parameters", NULL, NULL)->json);
    json_t *edited = json_deep_copy(before);
    json_object_set_new(pointer_get(edited, "/optimizer"), "learning_rate", json_real(0.125));
    char *body = json_dumps(edited, JSON_REAL_PRECISION(17));
    const struct http_answer *answer = http_call(client, "PUT", NETWORKS "/edit", body, NULL);
    expect_status(answer, 200, "GET, edit, PUT");
    json_t *after = json_incref(http_call(client, "GET", path, NULL, NULL)->json);
    static const char *const changed[] = {"revision", "updated_at", "optimizer", "steps"};
    expect_same(pointer_get(after, "/optimizer/learning_rate"),
                pointer_get(edited, "/optimizer/learning_rate"), "the edit is there");
    if (!query[0])
        expect_same(pointer_get(after, "/steps"), pointer_get(before, "/steps"), "steps are kept");
    for (size_t i = 0; i < COUNT(changed); i++) {
        json_object_del(before, changed[i]);
        json_object_del(after, changed[i]);
    }
    expect_same(after, before, "all the rest is as before");
    answer = http_call(client, "GET", NETWORKS "/edit/parameters", NULL, NULL);
    expect_same(pointer_get(answer->json, "/layers"), pointer_get(parameters, "/layers"),
                "the parameters too");
    json_decref(after);
    json_decref(edited);
    json_decref(parameters);
    json_decref(before);
    free(body);
}

/* Names of the items, with a blank after each. */
static void item_names(const struct http_answer *answer, char *names, size_t size)
{
    size_t i;
    json_t *item;
    names[0] = '\0';
    json_array_foreach(pointer_get(answer->json, "/items"), i, item)
    {
        const char *name = pointer_text(item, "/name");
        snprintf(names + strlen(names), size - strlen(names), "%s ", name ? name : "?");
    }
}

static void create_for_list(struct http_client *client)
{
    static const char *const names[] = {"list-b", "list-a", "list-10", "list-C", "list-2", "lisp"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char body[128];
        snprintf(body, sizeof(body), "{'name': '%s', " SMALL "}", names[i]);
        http_call(client, "POST", NETWORKS, body, NULL);
    }
}

static void check_list(struct http_client *client)
{
    char names[512];
    char path[512];
    char all[512] = "";
    int pages = 0;
    create_for_list(client);
    const struct http_answer *answer =
        http_call(client, "GET", NETWORKS "?prefix=list-", NULL, NULL);
    item_names(answer, names, sizeof(names));
    tap_text(names, "list-10 list-2 list-C list-a list-b ", "by prefix, in the order of bytes");
    tap_ok(json_is_null(pointer_get(answer->json, "/next_cursor")), "all on one page: no cursor");
    tap_ok(!http_header(answer, "Link"), "nor a link");
    snprintf(path, sizeof(path), NETWORKS "?prefix=list-&limit=2");
    for (; path[0] && pages < 10; pages++) {
        char link[512] = "";
        answer = http_call(client, "GET", path, NULL, NULL);
        item_names(answer, names, sizeof(names));
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s", names);
        const char *header = http_header(answer, "Link");
        const char *cursor = pointer_text(answer->json, "/next_cursor");
        tap_ok(!header == !cursor, "page %d: Link and next_cursor say the same", pages);
        if (header)
            snprintf(link, sizeof(link), "%s", header);
        char *end = strstr(link, ">; rel=\"next\"");
        path[0] = '\0';
        if (cursor && tap_ok(link[0] == '<' && end, "Link names the next page: %s", link)) {
            *end = '\0';
            snprintf(path, sizeof(path), "%s", link + 1);
        }
    }
    tap_text(all, "list-10 list-2 list-C list-a list-b ", "page by page the same");
    tap_ok(pages == 3, "in three pages");
}

static const struct exchange bad_lists[] = {
    {"nothing fits", "GET", NETWORKS "?prefix=zzz", NULL, .status = 200,
     .sights = {{"", "{'items': [], 'next_cursor': null}"}}},
    {"limit 0", "GET", NETWORKS "?limit=0", NULL, .status = 422, .problem = "invalid-request",
     .pointers = "limit"},
    {"limit 501", "GET", NETWORKS "?limit=501", NULL, .status = 422, .problem = "invalid-request",
     .pointers = "limit"},
    {"limit 500", "GET", NETWORKS "?limit=500", NULL, .status = 200},
    {"limit in words", "GET", NETWORKS "?limit=two", NULL, .status = 422,
     .problem = "invalid-request", .pointers = "limit"},
    {"limit given twice", "GET", NETWORKS "?limit=2&limit=3", NULL, .status = 422,
     .problem = "invalid-request", .pointers = "limit"},
    {"a cursor that was never given", "GET", NETWORKS "?cursor=%21%21", NULL, .status = 422,
     .problem = "invalid-request", .pointers = "cursor"},
    {"unknown", "GET", NETWORKS "?sort=name", NULL, .status = 422, .problem = "invalid-request",
     .pointers = "sort"},
};

static void check_head(struct http_client *client)
{
    char length[32];
    char etag[64];
    const struct http_answer *answer = http_call(client, "GET", NETWORKS "/mazur", NULL, NULL);
    snprintf(length, sizeof(length), "%zu", answer->length);
    const char *tag = http_header(answer, "ETag");
    snprintf(etag, sizeof(etag), "%s", tag ? tag : "none");
    answer = http_call(client, "HEAD", NETWORKS "/mazur", NULL, NULL);
    expect_status(answer, 200, "HEAD");
    tap_ok(answer->length == 0, "without a body");
    tap_text(http_header(answer, "Content-Length"), length, "with GET's length");
    tap_text(http_header(answer, "ETag"), etag, "and its tag");
    answer = http_call(client, "HEAD", NETWORKS "/nobody", NULL, NULL);
    expect_status(answer, 404, "HEAD of nothing");
    answer = http_call(client, "GET", NETWORKS "/mazur", NULL, NULL);
    expect_status(answer, 200, "the connection is in step after it");
}

/* Whether a comma-separated list has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && (at = strstr(at, word)); at += length) {
        if ((at == list || at[-1] == ' ' || at[-1] == ',') && (!at[length] || at[length] == ','))
            return true;
    }
    return false;
}

static void check_options(struct http_client *client)
{
    static const struct {
        const char *path;
        const char *methods[8];
    } rows[] = {
        {NETWORKS, {"GET", "HEAD", "POST", "OPTIONS"}},
        {NETWORKS "/mazur", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}},
        {NETWORKS "/mazur/parameters", {"GET", "HEAD", "PUT", "OPTIONS"}},
        {NETWORKS "/mazur/step", {"POST", "OPTIONS"}},
        {"/v1", {"GET", "HEAD", "OPTIONS"}},
        {"/livez", {"GET", "HEAD", "OPTIONS"}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct http_answer *answer = http_call(client, "OPTIONS", rows[i].path, NULL, NULL);
        const char *allow = http_header(answer, "Allow");
        expect_status(answer, 204, "OPTIONS");
        for (int m = 0; rows[i].methods[m]; m++)
            tap_ok(has_word(allow, rows[i].methods[m]), "%s allows %s: %s", rows[i].path,
                   rows[i].methods[m], allow);
    }
}

int main(void)
{
    struct daemon server;
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    exchange_all(client, creation, COUNT(creation));
    exchange_all(client, seeds, COUNT(seeds));
    exchange_all(client, dry_runs, COUNT(dry_runs));
    exchange_all(client, replacement, COUNT(replacement));
    exchange_all(client, patches, COUNT(patches));
    exchange_all(client, deletion, COUNT(deletion));
    exchange_all(client, bad_lists, COUNT(bad_lists));
    check_location_and_times(client);
    check_get_edit_put(client, "");
    check_get_edit_put(client, "?include=parameters");
    check_list(client);
    check_head(client);
    check_options(client);
    http_client_free(client);
    return daemon_done(&server);
}
