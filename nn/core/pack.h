#ifndef NN_CORE_PACK_H
#define NN_CORE_PACK_H

#include "nn/core/vec.h"
#include "nn/core/workspace.h"

/* Between a network's doubles, as nn/network.h lays them out, and packed reals. */

/* wt[j][i] = w[i][j], in squares that stay in the cache. */
static void transpose(const real *from, size_t from_stride, size_t rows, size_t columns, real *to,
                      size_t to_stride)
{
    enum { SIDE = 16 };
    for (size_t i = 0; i < rows; i += SIDE)
        for (size_t j = 0; j < columns; j += SIDE)
            for (size_t b = j; b < columns && b < j + SIDE; b++)
                for (size_t a = i; a < rows && a < i + SIDE; a++)
                    to[b * to_stride + a] = from[a * from_stride + b];
}

/* The second copy of the weights of layer l from inputs first .. end - 1, after the first changed.
 */
static void refresh_inputs(struct workspace *ws, size_t l, size_t first, size_t end)
{
    const struct packed_layer *packed = &ws->layers[l];
    if (l > 0)
        transpose((const real *)ws->parameters + packed->weights + first * packed->stride,
                  packed->stride, end - first, ws->net->layers[l].units,
                  (real *)ws->transposed + packed->transposed + first, packed->back_stride);
}

static void refresh_transposed(struct workspace *ws, size_t l)
{
    refresh_inputs(ws, l, 0, ws->net->layers[l].inputs);
}

static void pack_weights(const struct layer *layer, const struct packed_layer *packed,
                         const double *values, real *to)
{
    enum { SIDE = 16 };
    for (size_t j = 0; j < layer->units; j += SIDE)
        for (size_t i = 0; i < layer->inputs; i += SIDE)
            for (size_t b = j; b < layer->units && b < j + SIDE; b++)
                for (size_t a = i; a < layer->inputs && a < i + SIDE; a++)
                    to[a * packed->stride + b] = (real)values[b * layer->inputs + a];
}

static void pack_biases(const struct layer *layer, const double *values, real *to)
{
    for (size_t j = 0; j < layer->units && layer->bias != BIAS_NONE; j++)
        to[j] = (real)values[layer->bias == BIAS_PER_UNIT ? j : 0];
}

/* parameter_count doubles into ws->packed reals; all padding is 0. */
static void core_pack(const struct workspace *ws, const double *values, void *packed_values)
{
    real *to = packed_values;
    memset(to, 0, ws->packed * sizeof *to);
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        const struct layer *layer = &ws->net->layers[l];
        const struct packed_layer *packed = &ws->layers[l];
        pack_weights(layer, packed, values + layer->weights, to + packed->weights);
        pack_biases(layer, values + layer->biases, to + packed->biases);
    }
}

static void core_pack_parameters(struct workspace *ws, const double *values)
{
    core_pack(ws, values, ws->parameters);
    for (size_t l = 1; l < ws->net->layer_count; l++)
        refresh_transposed(ws, l);
}

static void unpack_weights(const struct layer *layer, const struct packed_layer *packed,
                           const real *from, double *values)
{
    enum { SIDE = 16 };
    for (size_t j = 0; j < layer->units; j += SIDE)
        for (size_t i = 0; i < layer->inputs; i += SIDE)
            for (size_t b = j; b < layer->units && b < j + SIDE; b++)
                for (size_t a = i; a < layer->inputs && a < i + SIDE; a++)
                    values[b * layer->inputs + a] = (double)from[a * packed->stride + b];
}

static void core_unpack(const struct workspace *ws, const void *packed_values, double *values)
{
    const real *from = packed_values;
    for (size_t l = 0; l < ws->net->layer_count; l++) {
        const struct layer *layer = &ws->net->layers[l];
        const struct packed_layer *packed = &ws->layers[l];
        unpack_weights(layer, packed, from + packed->weights, values + layer->weights);
        for (size_t b = 0; b < layer->bias_count; b++)
            values[layer->biases + b] = (double)from[packed->biases + b];
    }
}

/* rows x columns values as reals, scaled: (x - offset) * scale in double, rounded once more for
 * float32. */
static void core_convert(const double *values, size_t rows, size_t columns,
                         const struct scaling *scaling, void *out)
{
    real *to = out;
    for (size_t s = 0; s < rows; s++, values += columns, to += columns)
        for (size_t i = 0; i < columns; i++)
            to[i] = (real)(scaling && scaling->offset
                               ? (values[i] - scaling->offset[i]) * scaling->scale[i]
                               : values[i]);
}

/* Packed rows of `columns` as doubles. */
static void core_read_rows(const void *packed_rows, size_t rows, size_t columns, double *values)
{
    const real *from = packed_rows;
    size_t row = padded(columns);
    for (size_t s = 0; s < rows; s++)
        for (size_t j = 0; j < columns; j++)
            values[s * columns + j] = (double)from[s * row + j];
}

#endif
