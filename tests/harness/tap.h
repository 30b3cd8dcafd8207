#ifndef TESTS_HARNESS_TAP_H
#define TESTS_HARNESS_TAP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Test Anything Protocol on stdout. A test program is: rows, a loop that calls tap_ok(), and
 * `return tap_done();` at the end of main.
 */

/* One check. Prints "ok N - text" or "not ok N - text"; returns `passed`. */
bool tap_ok(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* |actual - expected| <= tolerance (NaN fails); prints both when not. */
bool tap_near(double actual, double expected, double tolerance, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same text; prints both when not. NULL is text "(null)". */
bool tap_text(const char *actual, const char *expected, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A comment line. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the plan. Returns 0 when every check passed and there was at least one, else 1. */
int tap_done(void);

/* A fresh temporary directory, removed (with what is in it) when the program ends. */
const char *tap_directory(void);

#endif
