#include "nn/init.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "nn/random.h"

const char *const init_kind_names[INIT_KIND_COUNT] = {
    [INIT_GLOROT_UNIFORM] = "glorot_uniform",
    [INIT_GLOROT_NORMAL] = "glorot_normal",
    [INIT_HE_UNIFORM] = "he_uniform",
    [INIT_HE_NORMAL] = "he_normal",
    [INIT_LECUN_UNIFORM] = "lecun_uniform",
    [INIT_LECUN_NORMAL] = "lecun_normal",
    [INIT_ZEROS] = "zeros",
    [INIT_UNIFORM] = "uniform",
    [INIT_NORMAL] = "normal",
};

/* The kinds whose spread follows from the layer's size: sqrt(numerator / fan) is the bound of a
 * uniform one and the standard deviation of a normal one. */
static const struct scaled_kind {
    bool normal;
    double numerator; /* 0: not such a kind */
    bool fan_out_too; /* fan = fan_in + fan_out; else fan_in */
} scaled_kinds[INIT_KIND_COUNT] = {
    [INIT_GLOROT_UNIFORM] = {false, 6, true}, [INIT_GLOROT_NORMAL] = {true, 2, true},
    [INIT_HE_UNIFORM] = {false, 6, false},    [INIT_HE_NORMAL] = {true, 2, false},
    [INIT_LECUN_UNIFORM] = {false, 3, false}, [INIT_LECUN_NORMAL] = {true, 1, false},
};

/* The given kind as one of INIT_ZEROS, INIT_UNIFORM and INIT_NORMAL with its constants. */
static struct init plain_init(const struct init *init, size_t fan_in, size_t fan_out)
{
    const struct scaled_kind *scaled = &scaled_kinds[init->kind];
    if (scaled->numerator == 0)
        return *init;
    double fan = (double)fan_in + (scaled->fan_out_too ? (double)fan_out : 0);
    double spread = sqrt(scaled->numerator / fan);
    if (scaled->normal)
        return (struct init){.kind = INIT_NORMAL, .mean = 0, .stddev = spread};
    return (struct init){.kind = INIT_UNIFORM, .low = -spread, .high = spread};
}

/* In [low, high), also where high - low is beyond the range; low where the two are the same. */
static double between(double low, double high, double unit)
{
    double part = (0.5 * high - 0.5 * low) * unit;
    double value = (low + part) + part;
    return value < high ? value : low;
}

static double draw(const struct init *plain, uint64_t seed, uint64_t place, uint32_t layer)
{
    if (plain->kind == INIT_NORMAL)
        return plain->mean + plain->stddev * random_normal(seed, RANDOM_INIT, place, layer);
    struct random_block block = random_draw(seed, RANDOM_INIT, place, layer, 0);
    return between(plain->low, plain->high, random_unit(random_bits(&block, 0)));
}

void init_weights(const struct init *init, uint64_t seed, size_t layer, size_t units, size_t inputs,
                  double *weights)
{
    struct init plain = plain_init(init, inputs, units);
    if (plain.kind == INIT_ZEROS) {
        memset(weights, 0, units * inputs * sizeof *weights);
        return;
    }
    for (size_t j = 0; j < units; j++)
        for (size_t i = 0; i < inputs; i++)
            weights[j * inputs + i] = draw(&plain, seed, (uint64_t)j << 32 | i, (uint32_t)layer);
}
