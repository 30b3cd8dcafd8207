#include "api/shapes.h"

#include <math.h>

bool check_vector(struct decoder *decoder, const struct json_numbers *numbers, size_t count,
                  const char *what)
{
    if (numbers->rank != 1) {
        decode_fault(decoder, "must be one array of %zu numbers (%s), not an array of arrays",
                     count, what);
        return false;
    }
    if (numbers->count != count) {
        decode_fault(decoder, "must have %zu numbers (%s), not %zu", count, what, numbers->count);
        return false;
    }
    return true;
}

/* Every row of an array of arrays. */
static bool check_rows(struct decoder *decoder, const struct json_numbers *numbers, size_t columns,
                       const char *what)
{
    if (!numbers->ragged && numbers->columns == columns)
        return true;
    for (size_t s = 0; s < numbers->rows; s++) {
        size_t length = numbers->ragged ? numbers->row_lengths[s] : numbers->columns;
        if (length == columns)
            continue;
        size_t mark = decode_enter_index(decoder, s);
        decode_fault(decoder, "must have %zu numbers (%s), not %zu", columns, what, length);
        decode_leave(decoder, mark);
    }
    return false;
}

bool check_weights(struct decoder *decoder, const struct json_numbers *numbers, size_t units,
                   size_t inputs)
{
    static const char row[] = "one for each unit of the layer";
    static const char number[] = "one for each unit or input before";
    if (numbers->rank != 2) {
        decode_fault(decoder, "must be an array of %zu arrays (%s) of %zu numbers (%s)", units, row,
                     inputs, number);
        return false;
    }
    if (numbers->rows != units) {
        decode_fault(decoder, "must have %zu arrays (%s), not %zu", units, row, numbers->rows);
        return false;
    }
    return check_rows(decoder, numbers, inputs, number);
}

bool check_biases(struct decoder *decoder, const struct json_numbers *numbers, size_t count)
{
    return check_vector(decoder, numbers, count,
                        count ? "the layer's biases" : "the layer has no biases");
}

/* A row of numbers that are beyond float32 at the places where they are. */
static bool check_float32_row(struct decoder *decoder, const double *values, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        if (isfinite((float)values[i]))
            continue;
        size_t mark = decode_enter_index(decoder, i);
        decode_fault(decoder, "is beyond float32, which ends at 3.4028235e38");
        decode_leave(decoder, mark);
        good = false;
    }
    return good;
}

bool check_float32(struct decoder *decoder, const struct json_numbers *numbers)
{
    bool good = true;
    if (numbers->rank == 1)
        return check_float32_row(decoder, numbers->values, numbers->count);
    for (size_t row = 0; row < numbers->rows; row++) {
        size_t mark = decode_enter_index(decoder, row);
        good &=
            check_float32_row(decoder, numbers->values + row * numbers->columns, numbers->columns);
        decode_leave(decoder, mark);
    }
    return good;
}

bool check_samples(struct decoder *decoder, const struct json_numbers *numbers, size_t max_rows,
                   size_t columns, const char *what)
{
    if (numbers->rank == 1)
        return check_vector(decoder, numbers, columns, what);
    if (numbers->rows > max_rows) {
        decode_fault(decoder, "has %zu samples; a request may have at most %zu", numbers->rows,
                     max_rows);
        return false;
    }
    return check_rows(decoder, numbers, columns, what);
}
