#include "api/values.h"

void encode_vector(struct json_writer *w, enum precision precision, const double *values,
                   size_t count)
{
    if (precision == PRECISION_FLOAT32)
        json_float_vector(w, values, count);
    else
        json_vector(w, values, count);
}

void encode_matrix(struct json_writer *w, enum precision precision, const double *values,
                   size_t rows, size_t columns)
{
    json_array_begin(w);
    for (size_t row = 0; row < rows; row++)
        encode_vector(w, precision, values + row * columns, columns);
    json_array_end(w);
}
