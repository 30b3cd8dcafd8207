#ifndef NN_INIT_H
#define NN_INIT_H

#include <stddef.h>
#include <stdint.h>

enum init_kind {
    INIT_GLOROT_UNIFORM, /* the default */
    INIT_GLOROT_NORMAL,
    INIT_HE_UNIFORM,
    INIT_HE_NORMAL,
    INIT_LECUN_UNIFORM,
    INIT_LECUN_NORMAL,
    INIT_ZEROS,
    INIT_UNIFORM, /* in [low, high) */
    INIT_NORMAL,  /* with mean and stddev */
    INIT_KIND_COUNT
};

extern const char *const init_kind_names[INIT_KIND_COUNT];

struct init {
    enum init_kind kind;
    double low, high;    /* INIT_UNIFORM only */
    double mean, stddev; /* INIT_NORMAL only */
};

/*
 * Draws a layer's weights[units][inputs], fan_in = inputs, fan_out = units:
 *   glorot_uniform  uniform in +-sqrt(6 / (fan_in + fan_out))
 *   glorot_normal   normal with variance 2 / (fan_in + fan_out)  (Glorot and Bengio, 2010)
 *   he_uniform      uniform in +-sqrt(6 / fan_in)
 *   he_normal       normal with variance 2 / fan_in              (He et al., 2015)
 *   lecun_uniform   uniform in +-sqrt(3 / fan_in)
 *   lecun_normal    normal with variance 1 / fan_in              (LeCun et al., 1998)
 * The normal ones are not truncated. Each weight is a function of (seed, layer, unit, input) alone
 * (each below 2^32) and, with a low, high, mean or stddev near the end of the range, may be
 * infinite only for `normal`.
 */
void init_weights(const struct init *init, uint64_t seed, size_t layer, size_t units, size_t inputs,
                  double *weights);

#endif
