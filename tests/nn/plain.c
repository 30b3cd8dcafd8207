#include "tests/nn/plain.h"

#include <stdlib.h>

#include "tests/nn/networks.h"

struct plain *plain_create(const struct network *net, size_t rows)
{
    struct plain *plain = calloc(1, sizeof *plain);
    if (!plain)
        exit(2);
    plain->inputs = values_zero(rows * net->inputs);
    plain->targets = values_zero(rows * network_outputs(net));
    plain->weights = values_zero(rows);
    for (size_t l = 0; l < net->layer_count; l++) {
        size_t count = rows * net->layers[l].units;
        plain->net[l] = values_zero(count);
        plain->out[l] = values_zero(count);
        plain->factor[l] = values_zero(count);
        plain->passed[l] = values_zero(count);
        plain->delta[l] = values_zero(count);
    }
    return plain;
}

void plain_free(struct plain *plain)
{
    free(plain->inputs);
    free(plain->targets);
    free(plain->weights);
    for (size_t l = 0; l < PLAIN_LAYERS; l++) {
        free(plain->net[l]);
        free(plain->out[l]);
        free(plain->factor[l]);
        free(plain->passed[l]);
        free(plain->delta[l]);
    }
    free(plain);
}

void plain_pass(const struct network *net, const double *parameters, const struct samples *samples,
                struct plain *plain, struct outcome *outcome)
{
    if (net->precision == PRECISION_FLOAT64)
        plain_pass_f64(net, parameters, samples, plain, outcome);
    else
        plain_pass_f32(net, parameters, samples, plain, outcome);
}

void plain_step(const struct network *net, struct model *model, const struct samples *samples,
                const struct step_options *options, struct plain *plain, struct outcome *outcome)
{
    if (net->precision == PRECISION_FLOAT64)
        plain_step_f64(net, model, samples, options, plain, outcome);
    else
        plain_step_f32(net, model, samples, options, plain, outcome);
}
