#ifndef TESTS_HARNESS_EXPECT_H
#define TESTS_HARNESS_EXPECT_H

#include <stdbool.h>

#include "tests/harness/http.h"

/* Checks of whole answers. Each is one TAP check and shows the answer when it fails. `why` names
 * the case. */

/* The status, and a JSON body where there is one. */
bool expect_status(const struct http_answer *answer, int status, const char *why);

/*
 * An error as the contract has it: application/problem+json with every member, `type` /problems/
 * and `slug`, not to be cached. `pointers` lists the faults' pointers, in any order, with blanks
 * between them ("" for the whole body is written "root"); NULL: whatever there is.
 */
bool expect_problem(const struct http_answer *answer, int status, const char *slug,
                    const char *pointers, const char *why);

/* The number at a JSON Pointer, to a relative tolerance. */
bool expect_number(const struct http_answer *answer, const char *pointer, double expected,
                   double tolerance, const char *why);

/* The number at a JSON Pointer, as printed with so many decimals: within half of the last one. */
bool expect_printed(const struct http_answer *answer, const char *pointer, double expected,
                    int decimals, const char *why);

/* The string at a JSON Pointer. */
bool expect_text(const struct http_answer *answer, const char *pointer, const char *expected,
                 const char *why);

/* The same JSON: numbers to the bit, members in any order; shows both when not. NULL is nothing,
 * and nothing is equal to nothing only by mistake: it fails. */
bool expect_same(const json_t *actual, const json_t *expected, const char *why);

#endif
