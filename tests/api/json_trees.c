#include "tests/api/json_trees.h"

#include <string.h>

static bool same_number(double value, const json_t *reference)
{
    double expected = json_real_value(reference);
    return json_is_real(reference) && memcmp(&value, &expected, sizeof(value)) == 0;
}

static bool same_row(const double *values, size_t count, const json_t *reference)
{
    if (!json_is_array(reference) || json_array_size(reference) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!same_number(values[i], json_array_get(reference, i)))
            return false;
    }
    return true;
}

static bool same_numbers(const struct json_numbers *numbers, const json_t *reference)
{
    if (numbers->rank == 1)
        return numbers->rows == 1 && numbers->columns == numbers->count && !numbers->ragged &&
               same_row(numbers->values, numbers->count, reference);
    if (!json_is_array(reference) || json_array_size(reference) != numbers->rows)
        return false;
    const double *row = numbers->values;
    bool ragged = false;
    for (size_t i = 0; i < numbers->rows; i++) {
        size_t length = numbers->ragged ? numbers->row_lengths[i] : numbers->columns;
        ragged |= length != numbers->columns;
        if (!same_row(row, length, json_array_get(reference, i)))
            return false;
        row = length > 0 ? row + length : row;
    }
    return ragged == numbers->ragged && numbers->count == (size_t)(row - numbers->values);
}

static bool same_objects(const struct json_document *document, const json_t *value,
                         const json_t *reference)
{
    const char *key;
    json_t *member;
    if (json_object_size(value) != json_object_size(reference))
        return false;
    json_object_foreach((json_t *)value, key, member)
    {
        if (!json_trees_equal(document, member, json_object_get(reference, key)))
            return false;
    }
    return true;
}

static bool same_arrays(const struct json_document *document, const json_t *value,
                        const json_t *reference)
{
    if (json_array_size(value) != json_array_size(reference))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_trees_equal(document, json_array_get(value, i), json_array_get(reference, i)))
            return false;
    }
    return true;
}

bool json_trees_equal(const struct json_document *document, const json_t *value,
                      const json_t *reference)
{
    const struct json_numbers *numbers = json_document_numbers(document, value);
    if (numbers)
        return same_numbers(numbers, reference);
    if (!value || !reference)
        return false;
    if (json_is_number(value))
        return same_number(json_number_value(value), reference);
    if (json_typeof(value) != json_typeof(reference))
        return false;
    if (json_is_object(value))
        return same_objects(document, value, reference);
    if (json_is_array(value))
        return same_arrays(document, value, reference);
    return json_equal(value, reference);
}
