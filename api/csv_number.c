#include "api/csv_number.h"

#include "api/csv.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum number_status csv_number_read(const char *text, size_t length, double *value)
{
    char copy[CSV_MAX_CELL + 1]; /* as JSON has it */
    size_t at = 0;
    const char *stop, *end = text + length;
    while (text < end && is_blank(*text))
        text++;
    while (text < end && is_blank(end[-1]))
        end--;
    if (text < end && *text == '-')
        copy[at++] = *text++;
    else if (text + 1 < end && *text == '+' && text[1] != '-')
        text++;
    if (text + 1 < end && *text == '.' && is_digit(text[1]))
        copy[at++] = '0';
    for (; text < end; text++) {
        bool idle = *text == '.' && at > 0 && is_digit(copy[at - 1]) &&
                    (text + 1 == end || !is_digit(text[1]));
        if (!idle)
            copy[at++] = *text;
    }
    enum number_status status = number_read(copy, copy + at, value, &stop);
    return status != NUMBER_SYNTAX && stop != copy + at ? NUMBER_SYNTAX : status;
}
