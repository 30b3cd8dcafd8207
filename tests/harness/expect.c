#include "tests/harness/expect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

/* The answer's first bytes, for the reader of a failed test. */
static void show(const struct http_answer *answer)
{
    if (answer->status == 0)
        tap_note("no answer: %s", answer->error);
    else
        tap_note("answered %d: %.1500s", answer->status, answer->body);
}

static bool check(const struct http_answer *answer, bool passed, const char *why)
{
    tap_ok(passed, "%s %.120s: %s", answer->method, answer->path, why);
    if (!passed)
        show(answer);
    return passed;
}

bool expect_status(const struct http_answer *answer, int status, const char *why)
{
    bool passed = answer->status == status;
    check(answer, passed, why);
    if (!passed)
        tap_note("expected %d", status);
    return passed;
}

/* Whether the blank-separated list names `pointer`. */
static bool lists(const char *list, const char *pointer)
{
    const char *name = pointer[0] ? pointer : "root";
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += length) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static size_t count_words(const char *list)
{
    size_t count = 0;
    for (const char *at = list; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        count += *at != '\0';
    }
    return count;
}

/* Whether `errors` has these pointers, each once, and no others, and says something of each. */
static bool has_pointers(const json_t *errors, const char *pointers)
{
    size_t i;
    const json_t *error;
    if (json_array_size(errors) != count_words(pointers))
        return false;
    json_array_foreach(errors, i, error)
    {
        const char *pointer = pointer_text(error, "/pointer");
        const char *detail = pointer_text(error, "/detail");
        if (!pointer || !lists(pointers, pointer) || !detail || !detail[0])
            return false;
    }
    return true;
}

static bool text_is(const char *text, const char *expected)
{
    return text && strcmp(text, expected) == 0;
}

/* The path without its query, which is the problem's instance. */
static bool is_instance(const char *instance, const char *path)
{
    size_t length = strcspn(path, "?");
    return instance && strlen(instance) == length && strncmp(instance, path, length) == 0;
}

/* What about the answer is not as every error must be, or NULL. */
static const char *problem_fault(const struct http_answer *answer, int status, const char *slug)
{
    char type[128];
    snprintf(type, sizeof(type), "/problems/%s", slug);
    const json_t *json = answer->json;
    const char *title = pointer_text(json, "/title");
    const char *detail = pointer_text(json, "/detail");
    const char *request_id = http_header(answer, "X-Request-Id");
    if (answer->status != status)
        return "status of the answer";
    if (!text_is(http_header(answer, "Content-Type"), "application/problem+json"))
        return "Content-Type";
    if (!text_is(http_header(answer, "Cache-Control"), "no-store"))
        return "Cache-Control";
    if (!text_is(pointer_text(json, "/type"), type))
        return "type";
    if (!title || !title[0])
        return "title";
    if (pointer_number(json, "/status") != status)
        return "status";
    if (!detail || !detail[0])
        return "detail";
    if (!is_instance(pointer_text(json, "/instance"), answer->path))
        return "instance";
    if (!request_id || !text_is(pointer_text(json, "/request_id"), request_id))
        return "request_id";
    return NULL;
}

bool expect_problem(const struct http_answer *answer, int status, const char *slug,
                    const char *pointers, const char *why)
{
    const char *fault = problem_fault(answer, status, slug);
    if (!fault && pointers && !has_pointers(pointer_get(answer->json, "/errors"), pointers))
        fault = "errors";
    if (!check(answer, !fault, why))
        tap_note("expected %d %s, errors %s; wrong: %s", status, slug,
                 pointers ? pointers : "(any)", fault);
    return !fault;
}

static bool near(const struct http_answer *answer, const char *pointer, double expected,
                 double tolerance, const char *why)
{
    double actual = pointer_number(answer->json, pointer);
    bool passed = fabs(actual - expected) <= tolerance;
    char text[256];
    snprintf(text, sizeof(text), "%s (%s is %.17g)", why, pointer, expected);
    if (!check(answer, passed, text))
        tap_note("expected %.17g +- %g, got %.17g", expected, tolerance, actual);
    return passed;
}

bool expect_number(const struct http_answer *answer, const char *pointer, double expected,
                   double tolerance, const char *why)
{
    return near(answer, pointer, expected, fabs(expected) * tolerance, why);
}

bool expect_printed(const struct http_answer *answer, const char *pointer, double expected,
                    int decimals, const char *why)
{
    return near(answer, pointer, expected, 0.5 * pow(10, -decimals), why);
}

bool expect_text(const struct http_answer *answer, const char *pointer, const char *expected,
                 const char *why)
{
    const char *actual = pointer_text(answer->json, pointer);
    bool passed = text_is(actual, expected);
    char text[256];
    snprintf(text, sizeof(text), "%s (%s is %s)", why, pointer, expected);
    if (!check(answer, passed, text))
        tap_note("expected %s, got %s", expected, actual ? actual : "no string");
    return passed;
}

static void show_json(const char *title, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    tap_note("%s %.1500s", title, text ? text : "nothing");
    free(text);
}

bool expect_same(const json_t *actual, const json_t *expected, const char *why)
{
    bool passed = actual && expected && json_equal(actual, expected);
    tap_ok(passed, "%s", why);
    if (!passed) {
        show_json("expected", expected);
        show_json("got     ", actual);
    }
    return passed;
}
