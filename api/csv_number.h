#ifndef API_CSV_NUMBER_H
#define API_CSV_NUMBER_H

#include "api/number.h"

/* Reads a cell of CSV as a number (at most CSV_MAX_CELL bytes), as people write them there: like
 * JSON's, but blanks around it, a plus, no digit before or after the point are all right. */
enum number_status csv_number_read(const char *text, size_t length, double *value);

#endif
