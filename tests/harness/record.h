#ifndef TESTS_HARNESS_RECORD_H
#define TESTS_HARNESS_RECORD_H

#include <stddef.h>

#include "tests/harness/http.h"

/*
 * Appends an exchange to PROGRAM-PID.jsonl in the folder that BACKPROPD_TEST_RECORD names, as one
 * line of JSON, for the check of the daemon's answers against openapi.yaml:
 *
 *   {"method": "POST", "path": "/v1/networks?dry_run=true", "request_headers": {"Name": "value"},
 *    "request_body": "…", "status": 200, "response_headers": {"Name": "value"},
 *    "response_body": "…"}
 *
 * request_headers are those that the test named; a body that is not UTF-8 is null, as is an absent
 * one. Requests of more than 1 MiB are left out. Does nothing when the variable is not set. May be
 * called from any thread.
 */
void record_exchange(const char *method, const char *path, const char *const *headers,
                     const char *body, size_t length, const struct http_answer *answer);

#endif
