/* Problems as RFC 9457 has them. tests/contract compares their table with openapi.yaml. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api/problem.h"
#include "tests/harness/tap.h"

static bool is_slug(const char *text)
{
    return text && text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static bool is_sentence(const char *text)
{
    return text && strlen(text) > 30 && isupper(text[0]) && text[strlen(text) - 1] == '.';
}

/* Status and path of every kind, as the contract and its paths name them. */
static const struct {
    enum problem_kind kind;
    int status;
    const char *slug;
} kinds[] = {
    {PROBLEM_MALFORMED_REQUEST, 400, "malformed-request"},
    {PROBLEM_INVALID_JSON, 400, "invalid-json"},
    {PROBLEM_FOREIGN_ORIGIN, 403, "foreign-origin"},
    {PROBLEM_NOT_FOUND, 404, "not-found"},
    {PROBLEM_NETWORK_NOT_FOUND, 404, "network-not-found"},
    {PROBLEM_RUN_NOT_FOUND, 404, "run-not-found"},
    {PROBLEM_CHECKPOINT_NOT_FOUND, 404, "checkpoint-not-found"},
    {PROBLEM_METHOD_NOT_ALLOWED, 405, "method-not-allowed"},
    {PROBLEM_NOT_ACCEPTABLE, 406, "not-acceptable"},
    {PROBLEM_DATASET_NOT_FOUND, 404, "dataset-not-found"},
    {PROBLEM_NETWORK_EXISTS, 409, "network-exists"},
    {PROBLEM_CHECKPOINT_EXISTS, 409, "checkpoint-exists"},
    {PROBLEM_CHECKPOINT_SHAPE, 409, "checkpoint-shape"},
    {PROBLEM_NETWORK_BUSY, 409, "network-busy"},
    {PROBLEM_RUN_STATE, 409, "run-state"},
    {PROBLEM_PRECONDITION_FAILED, 412, "precondition-failed"},
    {PROBLEM_BODY_TOO_LARGE, 413, "body-too-large"},
    {PROBLEM_UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type"},
    {PROBLEM_MISDIRECTED_REQUEST, 421, "misdirected-request"},
    {PROBLEM_INVALID_REQUEST, 422, "invalid-request"},
    {PROBLEM_DIVERGED, 422, "diverged"},
    {PROBLEM_INTERNAL, 500, "internal-error"},
    {PROBLEM_NETWORK_DAMAGED, 500, "network-damaged"},
    {PROBLEM_DATASET_DAMAGED, 500, "dataset-damaged"},
    {PROBLEM_OUTCOME_UNKNOWN, 500, "outcome-unknown"},
    {PROBLEM_NOT_BUILT_YET, 501, "not-built-yet"},
    {PROBLEM_UNAVAILABLE, 503, "unavailable"},
    {PROBLEM_QUEUE_FULL, 503, "queue-full"},
    {PROBLEM_SHUTTING_DOWN, 503, "shutting-down"},
    {PROBLEM_HTTP_VERSION, 505, "http-version-not-supported"},
    {PROBLEM_DISK_FULL, 507, "disk-full"},
};

static void test_table(void)
{
    size_t count = sizeof(kinds) / sizeof(kinds[0]);
    tap_ok(count == PROBLEM_KIND_COUNT - 1, "every kind is in this test");
    for (size_t i = 0; i < count; i++) {
        const struct problem_kind_row *row = &problem_kinds[kinds[i].kind];
        tap_text(row->slug, kinds[i].slug, "the path of %s", kinds[i].slug);
        tap_ok(row->status == kinds[i].status && is_slug(row->slug) && row->title &&
                   is_sentence(row->meaning),
               "%s has status %d, a title and a page", kinds[i].slug, kinds[i].status);
    }
}

static void check_written(const struct problem *problem, const char *instance,
                          const char *request_id, const char *expected, const char *name)
{
    struct json_writer w;
    json_writer_init(&w);
    problem_write(problem, instance, request_id, &w);
    json_append(&w, "", 1); /* the NUL */
    tap_text(w.data, expected, "%s", name);
    json_writer_release(&w);
}

static void test_set(void)
{
    struct problem problem = {0};
    problem_set(&problem, PROBLEM_NETWORK_EXISTS, "Choose another name than %s.", "mazur");
    check_written(&problem, "/v1/networks", "r-1",
                  "{\"type\":\"/problems/network-exists\",\"title\":\"Network exists\","
                  "\"status\":409,\"detail\":\"Choose another name than mazur.\","
                  "\"instance\":\"/v1/networks\",\"request_id\":\"r-1\"}",
                  "all members, in the order of RFC 9457");
    problem_set(&problem, PROBLEM_DISK_FULL, "Make \"room\".");
    check_written(&problem, NULL, NULL,
                  "{\"type\":\"/problems/disk-full\",\"title\":\"Disk full\",\"status\":507,"
                  "\"detail\":\"Make \\\"room\\\".\"}",
                  "a later call replaces kind and detail; no instance, no request_id");
    problem_release(&problem);
    tap_ok(problem.kind == PROBLEM_NONE && !problem.detail[0], "release makes it no problem");
}

static void test_add(void)
{
    struct problem problem = {0};
    problem_add(&problem, "/layers/0/units", "must be at least %d", 1);
    check_written(
        &problem, NULL, NULL,
        "{\"type\":\"/problems/invalid-request\",\"title\":\"Invalid request\","
        "\"status\":422,\"detail\":\"Correct /layers/0/units: must be at least 1.\","
        "\"errors\":[{\"pointer\":\"/layers/0/units\",\"detail\":\"must be at least 1\"}]}",
        "one fault");
    problem_add(&problem, "", "has no \"inputs\"");
    tap_text(problem.detail, "Correct the 2 faults of the request that `errors` lists.",
             "two faults");
    problem_release(&problem);

    problem_add(&problem, "", "must be an object");
    tap_text(problem.detail, "Correct the body: must be an object.", "a fault of the whole body");
    problem_release(&problem);
}

static void test_many(void)
{
    struct problem problem = {0};
    for (int i = 0; i < 250; i++) {
        char pointer[32];
        snprintf(pointer, sizeof(pointer), "/inputs/%d", i);
        problem_add(&problem, pointer, "must be a number");
    }
    tap_ok(problem.error_count == PROBLEM_MAX_ERRORS && problem.fault_count == 250,
           "250 faults, 100 listed");
    tap_text(problem.detail, "Correct the 250 faults of the request, of which `errors` lists 100.",
             "the detail");
    tap_text(problem.errors[99].pointer, "/inputs/99", "the last one listed");
    problem_release(&problem);
    tap_ok(problem.error_count == 0 && problem.fault_count == 0, "release forgets them");
}

/* What a client sent may be in a detail, whole or cut: the answer is JSON all the same. */
static void test_foreign_text(void)
{
    struct problem problem = {0};
    char name[1000];
    for (size_t i = 0; i < sizeof(name) - 1; i++)
        name[i] = "\xe2\x82\xac"[i % 3];
    name[sizeof(name) - 1] = '\0';
    problem_add(&problem, name, "there is no field %s", name);
    problem_add(&problem, "/\xff\"\\\n", "there is no field \x01\x80");
    problem_set(&problem, PROBLEM_INVALID_REQUEST, "There is no field %s.", name);

    struct json_writer w;
    json_writer_init(&w);
    problem_write(&problem, name, "\xff", &w);
    json_t *read = json_loadb(w.data, w.length, JSON_REJECT_DUPLICATES, NULL);
    tap_ok(json_array_size(json_object_get(read, "errors")) == 2, "any text makes valid JSON");
    json_decref(read);
    json_writer_release(&w);
    problem_release(&problem);
}

int main(void)
{
    test_table();
    test_set();
    test_add();
    test_many();
    test_foreign_text();
    return tap_done();
}
