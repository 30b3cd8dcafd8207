#include "tests/harness/tap.h"

#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int checks;   /* written by tap_ok() alone */
static int failures; /* likewise */
static char directory[64];

static bool report(bool passed, const char *format, va_list arguments)
{
    checks++;
    if (!passed)
        failures++;
    printf("%sok %d - ", passed ? "" : "not ", checks);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    return passed;
}

bool tap_ok(bool passed, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(passed, format, arguments);
    va_end(arguments);
    return passed;
}

bool tap_near(double actual, double expected, double tolerance, const char *format, ...)
{
    bool passed = fabs(actual - expected) <= tolerance;
    va_list arguments;
    va_start(arguments, format);
    report(passed, format, arguments);
    va_end(arguments);
    if (!passed)
        tap_note("expected %.17g +- %g, got %.17g", expected, tolerance, actual);
    return passed;
}

bool tap_text(const char *actual, const char *expected, const char *format, ...)
{
    actual = actual ? actual : "(null)";
    expected = expected ? expected : "(null)";
    bool passed = strcmp(actual, expected) == 0;
    va_list arguments;
    va_start(arguments, format);
    report(passed, format, arguments);
    va_end(arguments);
    if (!passed)
        tap_note("expected %s, got %s", expected, actual);
    return passed;
}

void tap_note(const char *format, ...)
{
    va_list arguments;
    fputs("# ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

int tap_done(void)
{
    printf("1..%d\n", checks);
    return failures || !checks;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static void remove_directory(void)
{
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *tap_directory(void)
{
    if (directory[0])
        return directory;
    strcpy(directory, "/tmp/backpropd-test-XXXXXX");
    if (!mkdtemp(directory)) {
        perror("mkdtemp");
        exit(2);
    }
    atexit(remove_directory);
    return directory;
}
