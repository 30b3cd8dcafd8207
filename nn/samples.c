#include "nn/samples.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct samples samples_part(const struct network *net, const struct samples *samples, size_t first,
                            size_t rows)
{
    return (struct samples){
        .rows = rows,
        .inputs = samples->inputs + first * net->inputs,
        .targets = samples->targets + first * network_outputs(net),
        .weights = samples->weights ? samples->weights + first : NULL,
    };
}

static double *values_allocate(size_t rows, size_t columns)
{
    size_t count;
    if (__builtin_mul_overflow(rows, columns, &count) || count > PTRDIFF_MAX / sizeof(double))
        return NULL;
    return calloc(count, sizeof(double));
}

bool samples_allocate(const struct network *net, size_t rows, bool weights, struct samples *samples)
{
    struct samples made = {
        .rows = rows,
        .inputs = values_allocate(rows, net->inputs),
        .targets = values_allocate(rows, network_outputs(net)),
        .weights = weights ? values_allocate(rows, 1) : NULL,
    };
    if (made.inputs && made.targets && (made.weights || !weights)) {
        *samples = made;
        return true;
    }
    samples_release(&made);
    return false;
}

/* What samples_allocate() made is ours to change, though who trains on it may not. */
static double *owned(const double *values)
{
    return (double *)values;
}

void samples_release(struct samples *samples)
{
    free(owned(samples->inputs));
    free(owned(samples->targets));
    free(owned(samples->weights));
}

static void copy_row(const double *from, size_t row, size_t columns, const double *to, size_t place)
{
    memcpy(owned(to) + place * columns, from + row * columns, columns * sizeof *from);
}

void samples_gather(const struct network *net, const struct samples *from, const size_t *rows,
                    size_t count, struct samples *to)
{
    to->rows = count;
    for (size_t s = 0; s < count; s++) {
        copy_row(from->inputs, rows[s], net->inputs, to->inputs, s);
        copy_row(from->targets, rows[s], network_outputs(net), to->targets, s);
        if (from->weights)
            copy_row(from->weights, rows[s], 1, to->weights, s);
    }
}
