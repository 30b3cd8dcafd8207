#ifndef API_NUMBER_H
#define API_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Room that number_write() needs: it copies more than the 24 characters of the longest number. */
enum { NUMBER_MAX_LENGTH = 40 };

/*
 * Writes a finite double with the fewest digits that read back to the same value (of those the
 * nearest to it), in the contract's layout: 0.35, 100, -0.0, 1e15, 1.25e-6. Plain decimals from
 * 1e-5 up to below 1e15, an exponent elsewhere ("e", a minus where needed, no plus, no leading
 * zeros). A whole number is written without a fraction ("3"), but negative zero is "-0.0". Returns
 * the number of characters; writes no NUL. Independent of the locale.
 */
size_t number_write(double value, char *out);

/* The same for a finite float: the fewest digits that read back to the same float, be they read as
 * a float or as a double that is then rounded to float. */
size_t number_write_float(float value, char *out);

enum number_status { NUMBER_OK, NUMBER_SYNTAX, NUMBER_RANGE };

/*
 * Reads the JSON number that starts at `text` (at most `end`), rounded to the nearest double.
 * Writes the value and where the number stops. NUMBER_SYNTAX when it is no JSON number,
 * NUMBER_RANGE when it is beyond the finite doubles. Exact; independent of the locale.
 */
enum number_status number_read(const char *text, const char *end, double *value, const char **stop);

#endif
