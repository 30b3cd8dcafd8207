#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "api/json_writer.h"

/* Every kind of problem that an answer can be; problem_kinds[] gives each its status, its type (the
 * path of a page that is served) and its title. openapi.yaml lists the same, and a test compares.
 */
enum problem_kind {
    PROBLEM_NONE,
    PROBLEM_MALFORMED_REQUEST,
    PROBLEM_INVALID_JSON,
    PROBLEM_FOREIGN_ORIGIN,
    PROBLEM_NOT_FOUND,
    PROBLEM_NETWORK_NOT_FOUND,
    PROBLEM_DATASET_NOT_FOUND,
    PROBLEM_RUN_NOT_FOUND,
    PROBLEM_CHECKPOINT_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_NETWORK_EXISTS,
    PROBLEM_CHECKPOINT_EXISTS,
    PROBLEM_CHECKPOINT_SHAPE,
    PROBLEM_NETWORK_BUSY,
    PROBLEM_RUN_STATE,
    PROBLEM_PRECONDITION_FAILED,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_MISDIRECTED_REQUEST,
    PROBLEM_INVALID_REQUEST,
    PROBLEM_DIVERGED,
    PROBLEM_INTERNAL,
    PROBLEM_NETWORK_DAMAGED,
    PROBLEM_DATASET_DAMAGED,
    PROBLEM_OUTCOME_UNKNOWN,
    PROBLEM_NOT_BUILT_YET,
    PROBLEM_UNAVAILABLE,
    PROBLEM_QUEUE_FULL,
    PROBLEM_SHUTTING_DOWN,
    PROBLEM_HTTP_VERSION,
    PROBLEM_DISK_FULL,
    PROBLEM_KIND_COUNT
};

struct problem_kind_row {
    int status;
    const char *slug; /* type is "/problems/<slug>" */
    const char *title;
    const char *meaning; /* for its page: when it happens and what to do */
};

extern const struct problem_kind_row problem_kinds[PROBLEM_KIND_COUNT];

enum { PROBLEM_MAX_ERRORS = 100 }; /* faults of a body that are listed */

struct problem_error {
    char *pointer; /* JSON Pointer into the body, the place in CSV, or the name of a query parameter
                    */
    char *detail;
};

struct problem {
    enum problem_kind kind; /* PROBLEM_NONE while nothing is wrong */
    char detail[512];       /* one plain sentence that says what to do */
    struct problem_error *errors;
    size_t error_count;   /* listed in `errors` */
    size_t fault_count;   /* listed or not */
    unsigned retry_after; /* seconds, for Retry-After; 0: none */
};

/* Makes it a problem of this kind. A later call replaces kind and detail. */
void problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a fault of the body at a JSON Pointer and makes the problem PROBLEM_INVALID_REQUEST. Faults
 * after the first PROBLEM_MAX_ERRORS are counted in the detail but not listed. */
void problem_add(struct problem *problem, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes it as application/problem+json. instance and request_id may be NULL. */
void problem_write(const struct problem *problem, const char *instance, const char *request_id,
                   struct json_writer *w);

/* Back to PROBLEM_NONE; frees the faults. */
void problem_release(struct problem *problem);

#endif
