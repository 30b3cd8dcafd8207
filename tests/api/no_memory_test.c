/*
 * The n-th allocation fails, for every n that there is: nothing crashes, nothing is left behind,
 * and what fails says so. The program's own malloc() stands in for libc's, for Jansson too; a
 * sanitizer brings its own, so mk/test.mk leaves this program out there.
 */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "api/problem.h"
#include "tests/harness/tap.h"

/* glibc's own, under the names that it keeps for those who replace malloc(). */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static long until_failure = -1; /* allocations that succeed before one fails; -1: all do */
static bool failed;
static long blocks; /* allocated and not freed */

static bool fails(void)
{
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    if (fails())
        return NULL;
    blocks++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (fails())
        return NULL;
    blocks++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    blocks += !block;
    return __libc_realloc(block, size);
}

void free(void *block)
{
    blocks -= block != NULL;
    __libc_free(block);
}

static bool read_body(void)
{
    static const char text[] =
        "{\"inputs\":[[0.05,0.10],[1]],\"name\":\"a \\u00e9\",\"layers\":[{\"units\":2,"
        "\"weights\":[[1,2],[3,4]]},{\"units\":100000000000000000000}],\"x\":[1,\"a\"]}";
    static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};
    struct json_document document;
    bool read = json_document_read(&document, text, sizeof(text) - 1, &limits);
    bool right = read || (document.fault == JSON_FAULT_NO_MEMORY && document.detail[0]);
    json_document_release(&document);
    return right && read == !failed;
}

/* A fault that is found by scanning twice. */
static bool read_duplicate(void)
{
    static const char text[] = "{\"a\":[1,2,3],\"a\":[4,5,6]}";
    static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};
    struct json_document document;
    bool read = json_document_read(&document, text, sizeof(text) - 1, &limits);
    enum json_fault fault = document.fault;
    json_document_release(&document);
    return !read && (fault == JSON_FAULT_DUPLICATE || (failed && fault == JSON_FAULT_NO_MEMORY));
}

static bool read_out_of_range(void)
{
    static const char text[] = "{\"a\":{\"b\":[1,1e400]}}";
    static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};
    struct json_document document;
    bool read = json_document_read(&document, text, sizeof(text) - 1, &limits);
    enum json_fault fault = document.fault;
    json_document_release(&document);
    return !read && (fault == JSON_FAULT_RANGE || (failed && fault == JSON_FAULT_NO_MEMORY));
}

static bool write_body(void)
{
    struct json_writer w;
    json_writer_init(&w);
    json_object_begin(&w);
    for (int i = 0; i < 1000; i++) {
        json_key(&w, "a");
        json_text(&w, "tab\t \xc3\xa9 \xff");
        json_key(&w, "b");
        json_vector(&w, (const double[]){1, 0.5}, 2);
        json_key(&w, "c");
        json_matrix(&w, (const double[]){1, 0.5}, 2, 1);
        json_key(&w, "d");
        json_number(&w, 0.25);
    }
    json_object_end(&w);
    bool right = w.failed == failed;
    json_writer_release(&w);
    return right;
}

static bool add_problems(void)
{
    struct problem problem = {0};
    problem_add(&problem, "/a", "must be a number");
    problem_add(&problem, "/b", "must be a number");
    problem_add(&problem, "/c", "must be a number");
    bool right = problem.kind == PROBLEM_INVALID_REQUEST && problem.fault_count == 3 &&
                 problem.error_count >= (failed ? 2 : 3);
    problem_release(&problem);
    return right;
}

static const struct {
    const char *name;
    bool (*work)(void); /* whether all was as it should be */
} works[] = {
    {"a body is read", read_body},
    {"a key is there twice", read_duplicate},
    {"a number is out of range", read_out_of_range},
    {"an answer is written", write_body},
    {"faults are listed", add_problems},
};

static void test_work(const char *name, bool (*work)(void))
{
    int wrong = 0;
    long left = 0;
    long n = 0;
    do {
        long before = blocks;
        failed = false;
        until_failure = n++;
        wrong += !work();
        until_failure = -1;
        left += blocks - before;
    } while (failed);
    tap_ok(wrong == 0, "%s: each of %ld allocations fails", name, n - 1);
    tap_ok(left == 0, "%s: nothing is left", name);
    tap_ok(n > 1, "%s: something is allocated", name);
}

int main(void)
{
    json_reader_setup();
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
        test_work(works[i].name, works[i].work);
    return tap_done();
}
