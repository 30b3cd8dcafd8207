#include "api/shapes.h"

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

bool check_matrix(struct decoder *decoder, const struct json_numbers *numbers, size_t rows,
                  size_t columns, const char *what)
{
    if (numbers->rank != 2) {
        decode_fault(decoder, "must be an array of %zu arrays of %zu numbers (%s)", rows, columns,
                     what);
        return false;
    }
    if (numbers->rows != rows) {
        decode_fault(decoder, "must have %zu arrays (%s), not %zu", rows, what, numbers->rows);
        return false;
    }
    return check_rows(decoder, numbers, columns, what);
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
