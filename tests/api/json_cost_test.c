/*
 * What a hostile or a large body costs the reader: memory of at most about four times the body's
 * own (an array of numbers, "0," for eight bytes), time in proportion to its length. The limit on
 * time is a hundred times what is needed: it is to tell linear from quadratic, not to measure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/json_reader.h"
#include "tests/harness/tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 }; /* has its own notion of memory */
#else
enum { SANITIZED = 0 };
#endif

enum { MIB = 1 << 20, MOST_TIME = 10 /* seconds */ };

static const struct json_limits limits = {.max_depth = 16, .max_values = 100000};

/* `piece` again and again between head and tail, in about `size` bytes. */
static char *repeat(const char *head, const char *piece, const char *tail, size_t size,
                    size_t *length)
{
    char *text = malloc(size + strlen(head) + strlen(piece) + strlen(tail) + 1);
    char *end = stpcpy(text, head);
    while ((size_t)(end - text) < size)
        end = stpcpy(end, piece);
    *length = (size_t)(stpcpy(end, tail) - text);
    return text;
}

/* KiB of memory that the process has had at most. */
static long peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const struct {
    const char *name;
    const char *head;
    const char *piece;
    const char *tail;
    size_t size;
    enum json_fault fault;
    double most_memory; /* MiB */
} bodies[] = {
    {"brackets", "", "[", "", 100000, JSON_FAULT_DEPTH, 1},
    {"braces", "", "{\"a\":", "", 100000, JSON_FAULT_DEPTH, 1},
    {"a long number", "", "1", "", 8 * MIB, JSON_FAULT_RANGE, 1},
    {"a long number in an array", "[0.", "0", "1]", 8 * MIB, JSON_FAULT_NONE, 1},
    {"blanks", "[", " ", "]", 8 * MIB, JSON_FAULT_NONE, 1},
    {"a long string", "[\"", "a", "\"]", 8 * MIB, JSON_FAULT_NONE, 24},
    {"a long string without end", "[\"", "\\\"", "", 8 * MIB, JSON_FAULT_SYNTAX, 1},
    {"empty objects", "[", "{},", "{}]", 11 * MIB, JSON_FAULT_TOO_MANY, 1},
    {"as many of them as are taken", "[", "{},", "{}]", 299990, JSON_FAULT_NONE, 32},
    {"empty arrays among objects", "[{},", "[],", "{}]", 11 * MIB, JSON_FAULT_TOO_MANY, 16},
    {"strings", "[", "\"\",", "\"\"]", 11 * MIB, JSON_FAULT_TOO_MANY, 1},
    {"numbers and then a string", "[", "1,", "\"\"]", 8 * MIB, JSON_FAULT_TOO_MANY, 34},
    {"rows and then a string", "[", "[1],", "\"\"]", 8 * MIB, JSON_FAULT_TOO_MANY, 34},
    {"a row and then a deeper one", "[[", "1,", "1],[[1]]]", 8 * MIB, JSON_FAULT_NONE, 34},
    {"a number out of range at the end", "[", "1,", "1e400]", 8 * MIB, JSON_FAULT_RANGE, 34},
    {"a key twice, at both ends", "{\"a\":[", "1,", "1],\"a\":1}", 8 * MIB, JSON_FAULT_DUPLICATE,
     34},
    {"numbers of one digit", "[", "0,", "0]", 16 * MIB, JSON_FAULT_NONE, 66},
    {"rows of one digit", "[", "[0],", "[0]]", 16 * MIB, JSON_FAULT_NONE, 66},
    {"ragged rows", "[[1],", "[],", "[1,2]]", 16 * MIB, JSON_FAULT_NONE, 66},
    {"ragged rows of one digit", "[[],", "[0],", "[1,2]]", 16 * MIB, JSON_FAULT_NONE, 66},
};

/* What reading one of them cost. */
struct cost {
    enum json_fault fault;
    char detail[200];
    size_t length;
    double memory; /* MiB */
    double time;   /* seconds */
};

static void measure(size_t body, struct cost *cost)
{
    char *text = repeat(bodies[body].head, bodies[body].piece, bodies[body].tail, bodies[body].size,
                        &cost->length);
    struct json_document document;
    long memory = peak_memory();
    double begin = seconds();
    json_document_read(&document, text, cost->length, &limits);
    cost->time = seconds() - begin;
    cost->memory = (double)(peak_memory() - memory) / 1024;
    cost->fault = document.fault;
    memcpy(cost->detail, document.detail, sizeof(cost->detail));
    json_document_release(&document);
    free(text);
}

/* In a process of its own, so that the peak of one body does not hide the next one's. */
static void measure_apart(size_t body, struct cost *cost)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        measure(body, cost);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0)
        cost->fault = (enum json_fault) - 1;
}

static void test_bodies(void)
{
    size_t size = sizeof(bodies) / sizeof(bodies[0]) * sizeof(struct cost);
    struct cost *costs =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const char *name = bodies[i].name;
        struct cost *cost = &costs[i];
        measure_apart(i, cost);
        tap_ok(cost->fault == bodies[i].fault, "%s: %s", name,
               cost->detail[0] ? cost->detail : "taken");
        tap_ok(SANITIZED || cost->memory <= bodies[i].most_memory,
               "%s: %.1f MiB of memory for %.1f MiB", name, cost->memory,
               (double)cost->length / MIB);
        tap_ok(cost->time <= MOST_TIME, "%s: %.3f s", name, cost->time);
    }
    munmap(costs, size);
}

/* Keys are what hash tables are made slow with; which of them collide, only the process knows. */
static void test_keys(void)
{
    enum { KEYS = 99999 };
    char *text = malloc(KEYS * 16);
    char *end = text;
    for (int i = 0; i < KEYS; i++)
        end += sprintf(end, "%c\"k%d\":1", i ? ',' : '{', i);
    *end++ = '}';
    struct json_document document;
    double begin = seconds();
    bool read = json_document_read(&document, text, (size_t)(end - text), &limits);
    double elapsed = seconds() - begin;
    tap_ok(read && json_object_size(document.root) == KEYS, "%d keys", KEYS);
    tap_ok(elapsed <= MOST_TIME, "%d keys: %.3f s", KEYS, elapsed);
    json_document_release(&document);
    free(text);
}

int main(void)
{
    json_reader_setup();
    test_bodies();
    test_keys();
    return tap_done();
}
