#include "engine/run_data.h"

#include <stdlib.h>
#include <string.h>

#include "nn/numerics.h"

/* The numbers before the samples. */
enum { AT_ROWS, AT_WEIGHTS, AT_VALIDATION_ROWS, AT_VALIDATION_WEIGHTS, HEADER };

/* Numbers of so many samples; false when they overflow. */
static bool count_numbers(const struct network *net, size_t rows, bool weights, size_t *count)
{
    size_t columns, numbers;
    return !__builtin_add_overflow(net->inputs, network_outputs(net) + weights, &columns) &&
           !__builtin_mul_overflow(rows, columns, &numbers) &&
           !__builtin_add_overflow(*count, numbers, count);
}

/* Lays samples out in the array from *values on, and moves it on. */
static struct samples lay_out(const struct network *net, size_t rows, bool weights, double **values)
{
    struct samples samples = {.rows = rows};
    samples.inputs = *values;
    *values += rows * net->inputs;
    samples.targets = *values;
    *values += rows * network_outputs(net);
    if (!weights)
        return samples;
    samples.weights = *values;
    *values += rows;
    return samples;
}

/* Room for these samples; NULL when out of memory. */
static struct run_data *allocate(const struct network *net, size_t rows, bool weights,
                                 size_t validation_rows, bool validation_weights)
{
    size_t count = HEADER, bytes;
    if (!count_numbers(net, rows, weights, &count) ||
        !count_numbers(net, validation_rows, validation_weights, &count) ||
        __builtin_mul_overflow(count, sizeof(double), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct run_data), &bytes))
        return NULL;
    struct run_data *data = malloc(bytes);
    if (!data)
        return NULL;
    data->count = count;
    data->values[AT_ROWS] = (double)rows;
    data->values[AT_WEIGHTS] = weights;
    data->values[AT_VALIDATION_ROWS] = (double)validation_rows;
    data->values[AT_VALIDATION_WEIGHTS] = validation_weights;
    double *values = data->values + HEADER;
    data->samples.training = lay_out(net, rows, weights, &values);
    data->samples.validation = lay_out(net, validation_rows, validation_weights, &values);
    return data;
}

static void copy(const struct network *net, const struct samples *from, const struct samples *to)
{
    if (from->rows == 0)
        return;
    memcpy((double *)to->inputs, from->inputs, from->rows * net->inputs * sizeof(double));
    memcpy((double *)to->targets, from->targets,
           from->rows * network_outputs(net) * sizeof(double));
    if (from->weights)
        memcpy((double *)to->weights, from->weights, from->rows * sizeof(double));
}

struct run_data *run_data_create(const struct network *net, const struct run_samples *samples)
{
    const struct samples *training = &samples->training, *validation = &samples->validation;
    struct run_data *data =
        allocate(net, training->rows, training->weights, validation->rows, validation->weights);
    if (!data)
        return NULL;
    copy(net, training, &data->samples.training);
    copy(net, validation, &data->samples.validation);
    return data;
}

struct store_block run_data_for_store(const struct run_data *data)
{
    return (struct store_block){
        .parameters = data->values, .parameter_count = data->count, .numerics = NN_NUMERICS};
}

/* Whether a number that was stored can be a number of rows. */
static bool is_count(double number, size_t most)
{
    return number >= 0 && number <= (double)most && number == (double)(size_t)number;
}

enum engine_status run_data_read(const struct network *net, const struct store_block_copy *block,
                                 struct run_data **out)
{
    const double *header = block->parameters;
    size_t count = block->parameter_count;
    if (count < HEADER || !is_count(header[AT_ROWS], count) || header[AT_ROWS] < 1 ||
        !is_count(header[AT_VALIDATION_ROWS], count))
        return ENGINE_DAMAGED;
    struct run_data *data =
        allocate(net, (size_t)header[AT_ROWS], header[AT_WEIGHTS] != 0,
                 (size_t)header[AT_VALIDATION_ROWS], header[AT_VALIDATION_WEIGHTS] != 0);
    if (!data)
        return ENGINE_NO_MEMORY;
    if (data->count != count) {
        free(data);
        return ENGINE_DAMAGED;
    }
    memcpy(data->values, block->parameters, count * sizeof(double));
    *out = data;
    return ENGINE_OK;
}

static uint64_t hash_numbers(uint64_t hash, const double *values, size_t count)
{
    for (size_t i = 0; values && i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof(bits));
        for (int byte = 0; byte < 8; byte++, bits >>= 8)
            hash = (hash ^ (bits & 255)) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t hash_samples(uint64_t hash, const struct network *net,
                             const struct samples *samples)
{
    hash = hash_numbers(hash, samples->inputs, samples->rows * net->inputs);
    hash = hash_numbers(hash, samples->targets, samples->rows * network_outputs(net));
    return hash_numbers(hash, samples->weights, samples->rows);
}

uint64_t run_samples_hash(const struct network *net, const struct run_samples *samples)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    hash = hash_samples(hash, net, &samples->training);
    return samples->validation.rows ? hash_samples(hash, net, &samples->validation) : hash;
}
