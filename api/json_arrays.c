#include "api/json_arrays.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_bytes.h"
#include "api/number.h"

enum { FIRST_CAPACITY = 16 };

/* Grows a block of elements of `size` bytes that holds `count`, so that more fit: to twice as many,
 * but never to more than `most`, which is what the rest of the text can bring. Returns the block
 * and writes its capacity, or NULL. */
static void *grow(void *block, size_t *capacity, size_t count, size_t most, size_t size)
{
    size_t wanted = 2 * count + FIRST_CAPACITY;
    if (wanted > most)
        wanted = most;
    void *grown = reallocarray(block, wanted, size);
    if (grown)
        *capacity = wanted;
    return grown;
}

static bool add_value(struct json_arrays *arrays, double value, size_t bytes_left)
{
    size_t count = arrays->value_count;
    if (count == arrays->value_capacity) {
        /* a number takes two bytes at least, with its comma or bracket */
        double *values = grow(arrays->values, &arrays->value_capacity, count,
                              count + bytes_left / 2 + 1, sizeof(*values));
        if (!values)
            return false;
        arrays->values = values;
    }
    arrays->values[arrays->value_count++] = value;
    return true;
}

/* Counts a row of `length` values; the lengths are kept from the first row on that differs. */
static bool add_row(struct json_numbers *numbers, size_t length, size_t *capacity,
                    size_t bytes_left)
{
    size_t count = numbers->rows;
    if (count == 0)
        numbers->columns = length;
    numbers->rows++;
    if (!numbers->ragged && length == numbers->columns)
        return true;
    if (count >= *capacity) {
        /* a row takes three bytes at least: [], */
        size_t *lengths = grow(numbers->row_lengths, capacity, count, count + bytes_left / 3 + 1,
                               sizeof(*lengths));
        if (!lengths)
            return false;
        numbers->row_lengths = lengths;
    }
    for (size_t row = 0; row < count && !numbers->ragged; row++)
        numbers->row_lengths[row] = numbers->columns;
    numbers->ragged = true;
    numbers->row_lengths[count] = length;
    return true;
}

/* Takes a row from behind its bracket on. Returns where it ends, or NULL. */
static const char *take_row(struct json_arrays *arrays, const char *text, const char *end)
{
    text = json_skip_blanks(text, end);
    if (text < end && *text == ']')
        return text + 1;
    for (;;) {
        double value = 0;
        const char *stop;
        enum number_status status = number_read(text, end, &value, &stop);
        if (status == NUMBER_SYNTAX)
            return NULL;
        if (status == NUMBER_RANGE && !arrays->range_at)
            arrays->range_at = text;
        if (!add_value(arrays, value, (size_t)(end - text))) {
            arrays->failed = true;
            return NULL;
        }
        text = json_skip_blanks(stop, end);
        if (text == end || (*text != ',' && *text != ']'))
            return NULL;
        if (*text++ == ']')
            return text;
        text = json_skip_blanks(text, end);
    }
}

/* Takes rows from the first one's bracket on. Returns where the array of them ends, or NULL. */
static const char *take_rows(struct json_arrays *arrays, struct json_numbers *numbers,
                             const char *text, const char *end)
{
    size_t capacity = 0;
    while (text < end && *text == '[') {
        size_t before = arrays->value_count;
        text = take_row(arrays, text + 1, end);
        if (!text)
            return NULL;
        if (!add_row(numbers, arrays->value_count - before, &capacity, (size_t)(end - text))) {
            arrays->failed = true;
            return NULL;
        }
        text = json_skip_blanks(text, end);
        if (text == end || (*text != ',' && *text != ']'))
            return NULL;
        if (*text++ == ']')
            return text;
        text = json_skip_blanks(text, end);
    }
    return NULL;
}

static const char *take(struct json_arrays *arrays, struct json_numbers *numbers, const char *text,
                        const char *end, bool rows_allowed)
{
    size_t before = arrays->value_count;
    const char *first = json_skip_blanks(text + 1, end);
    if (first < end && *first == '[') {
        numbers->rank = 2;
        text = rows_allowed ? take_rows(arrays, numbers, first, end) : NULL;
        numbers->count = arrays->value_count - before;
        return text;
    }
    text = take_row(arrays, text + 1, end);
    numbers->rank = 1;
    numbers->rows = 1;
    numbers->count = numbers->columns = arrays->value_count - before;
    return text;
}

static bool add_item(struct json_arrays *arrays, const struct json_numbers *numbers)
{
    if (arrays->count == arrays->capacity) {
        struct json_numbers *items =
            grow(arrays->items, &arrays->capacity, arrays->count, SIZE_MAX, sizeof(*items));
        if (!items)
            return false;
        arrays->items = items;
    }
    arrays->items[arrays->count++] = *numbers;
    return true;
}

const char *json_arrays_take(struct json_arrays *arrays, const char *text, const char *end,
                             bool rows_allowed)
{
    size_t before = arrays->value_count;
    struct json_numbers numbers = {0};
    const char *stop = take(arrays, &numbers, text, end, rows_allowed);
    if (stop && add_item(arrays, &numbers))
        return stop;
    arrays->failed |= stop != NULL;
    arrays->value_count = before;
    free(numbers.row_lengths);
    return NULL;
}

static void set_pointers(struct json_arrays *arrays)
{
    double *values = arrays->values;
    for (size_t i = 0; i < arrays->count && values; i++) {
        arrays->items[i].values = values;
        values += arrays->items[i].count;
    }
}

void json_arrays_give(struct json_arrays *arrays, struct json_numbers **items, size_t *count)
{
    set_pointers(arrays);
    *items = arrays->items;
    *count = arrays->count;
    if (arrays->count > 0)
        arrays->values = NULL; /* the first item's now */
    arrays->items = NULL;
    arrays->count = 0;
}

void json_numbers_free(struct json_numbers *items, size_t count)
{
    if (count > 0)
        free(items[0].values);
    for (size_t i = 0; i < count; i++)
        free(items[i].row_lengths);
    free(items);
}

void json_arrays_release(struct json_arrays *arrays)
{
    free(arrays->values);
    json_numbers_free(arrays->items, arrays->count);
    *arrays = (struct json_arrays){0};
}
