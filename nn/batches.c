#include "nn/batches.h"

#include <stdlib.h>

#include "nn/random.h"

/* rows x columns values as they are, or where that is not what the kernels take, a copy of them in
 * *copy. NULL when out of memory. */
static const void *convert(const struct network *net, const double *values, size_t rows,
                           size_t columns, const struct scaling *scaling, void **copy)
{
    const struct core *core = core_of(net->precision);
    bool scaled = scaling && scaling->offset;
    if (net->precision == PRECISION_FLOAT64 && !scaled)
        return values;
    *copy = reals_allocate(core, rows, columns);
    if (*copy)
        core->convert(values, rows, columns, scaling, *copy);
    return *copy;
}

static bool samples_convert(struct batches *batches, const struct network *net,
                            const struct samples *samples)
{
    struct real_samples *reals = &batches->samples;
    size_t rows = reals->rows = samples->rows;
    reals->inputs =
        convert(net, samples->inputs, rows, net->inputs, &net->input_scaling, &batches->inputs);
    reals->targets = convert(net, samples->targets, rows, network_outputs(net),
                             &net->target_scaling, &batches->targets);
    if (samples->weights)
        reals->weights = convert(net, samples->weights, rows, 1, NULL, &batches->weights);
    return reals->inputs && reals->targets && (reals->weights || !samples->weights);
}

/* Memory for a shuffled batch. */
static bool gathered_allocate(struct batches *batches, const struct network *net, bool weights)
{
    const struct core *core = core_of(net->precision);
    batches->batch_inputs = reals_allocate(core, batches->size, net->inputs);
    batches->batch_targets = reals_allocate(core, batches->size, network_outputs(net));
    batches->batch_weights = weights ? reals_allocate(core, batches->size, 1) : NULL;
    batches->gathered = (struct real_samples){
        .rows = batches->size,
        .inputs = batches->batch_inputs,
        .targets = batches->batch_targets,
        .weights = batches->batch_weights,
    };
    return batches->batch_inputs && batches->batch_targets && (batches->batch_weights || !weights);
}

bool batches_init(struct batches *batches, const struct network *net, const struct samples *samples,
                  size_t size, bool shuffle)
{
    *batches = (struct batches){.size = size < samples->rows ? size : samples->rows};
    if (!samples_convert(batches, net, samples))
        return false;
    if (!shuffle)
        return true;
    batches->order = calloc(samples->rows, sizeof *batches->order);
    return batches->order && (batches->size == 1 || /* a single sample is taken from where it is */
                              gathered_allocate(batches, net, samples->weights != NULL));
}

void batches_release(struct batches *batches)
{
    free(batches->order);
    free(batches->inputs);
    free(batches->targets);
    free(batches->weights);
    free(batches->batch_inputs);
    free(batches->batch_targets);
    free(batches->batch_weights);
}

void batches_begin(struct batches *batches, uint64_t seed, uint64_t steps, uint64_t epoch)
{
    if (batches->order)
        random_permutation(seed, steps, epoch, batches->samples.rows, batches->order);
}

uint64_t batches_left(const struct batches *batches, size_t place)
{
    size_t left = batches->samples.rows - place;
    return left / batches->size + (left % batches->size != 0);
}
