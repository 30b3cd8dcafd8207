#include "nn/shapes.h"

#include <math.h>
#include <stdbool.h>

#include "nn/math.h"
#include "nn/random.h"

static const double pi = 0x1.921fb54442d18p+1;

const char *const shape_names[SHAPE_COUNT] = {
    [SHAPE_XOR] = "xor",       [SHAPE_AND] = "and",     [SHAPE_OR] = "or",
    [SHAPE_CIRCLE] = "circle", [SHAPE_GAUSS] = "gauss", [SHAPE_SPIRAL] = "spiral",
    [SHAPE_MOONS] = "moons",   [SHAPE_SINE] = "sine",
};

/* What a sample is drawn from. */
struct draw {
    uint64_t seed;
    uint64_t i;
};

/* Two uniform numbers in [0, 1), the `which`-th of a sample. */
static void uniform(const struct draw *draw, uint32_t which, double out[2])
{
    struct random_block block = random_draw(draw->seed, RANDOM_SHAPE, draw->i, which, 0);
    out[0] = random_unit(random_bits(&block, 0));
    out[1] = random_unit(random_bits(&block, 1));
}

/* The second pair of a sample, in [-1, 1). */
static void jitter(const struct draw *draw, double out[2])
{
    uniform(draw, 1, out);
    out[0] = 2 * out[0] - 1;
    out[1] = 2 * out[1] - 1;
}

static double normal(const struct draw *draw, uint32_t which)
{
    return random_normal(draw->seed, RANDOM_SHAPE, draw->i, which);
}

static double sine(double x)
{
    return nn_cos(x - pi / 2);
}

/* Where sample i lies among `rows` places: an odd step near their golden section that has no
 * divisor in common with their number. */
static uint64_t spread(uint64_t rows, uint64_t i)
{
    uint64_t step = (uint64_t)((double)rows * 0.6180339887498949);
    for (step = step ? step : 1;; step++) {
        uint64_t a = rows, b = step;
        while (b) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return i * step % rows;
    }
}

/* Shapes ------------------------------------------------------------------------------- */

static void quadrants(enum shape shape, const struct draw *draw, double noise, double *sample)
{
    double size[2], moved[2];
    uniform(draw, 0, size);
    jitter(draw, moved);
    sample[0] = (draw->i & 1 ? 1 : -1) * (0.3 + 5 * size[0]);
    sample[1] = (draw->i & 2 ? 1 : -1) * (0.3 + 5 * size[1]);
    bool x = sample[0] + 5 * moved[0] * noise > 0, y = sample[1] + 5 * moved[1] * noise > 0;
    if (shape == SHAPE_XOR)
        sample[2] = x != y;
    else
        sample[2] = shape == SHAPE_AND ? x && y : x || y;
}

static void circle(const struct draw *draw, double noise, double *sample)
{
    double place[2], moved[2];
    uniform(draw, 0, place);
    jitter(draw, moved);
    double radius = draw->i & 1 ? 3.5 + 1.5 * place[0] : 2.5 * place[0];
    double angle = 2 * pi * place[1];
    sample[0] = radius * sine(angle);
    sample[1] = radius * nn_cos(angle);
    double x = sample[0] + 5 * moved[0] * noise, y = sample[1] + 5 * moved[1] * noise;
    sample[2] = sqrt(x * x + y * y) < 2.5;
}

static void gauss(const struct draw *draw, double noise, double *sample)
{
    double center = draw->i & 1 ? -2 : 2, deviation = sqrt(0.5 + 7 * noise);
    sample[0] = center + deviation * normal(draw, 0);
    sample[1] = center + deviation * normal(draw, 1);
    sample[2] = draw->i & 1 ? 0 : 1;
}

static void spiral(const struct draw *draw, double noise, uint64_t rows, double *sample)
{
    uint64_t k = spread(rows, draw->i);
    uint64_t place = k / 2;
    double along = (double)place / ((double)rows / 2), moved[2];
    jitter(draw, moved);
    double radius = 5 * along, angle = 1.75 * along * 2 * pi + (k & 1 ? pi : 0);
    sample[0] = radius * sine(angle) + moved[0] * noise;
    sample[1] = radius * nn_cos(angle) + moved[1] * noise;
    sample[2] = k & 1 ? 0 : 1;
}

static void moons(const struct draw *draw, double noise, uint64_t rows, double *sample)
{
    uint64_t k = spread(rows, draw->i);
    bool upper = k & 1;
    uint64_t count = upper ? rows / 2 : rows - rows / 2;
    uint64_t place = k / 2;
    double angle = count > 1 ? pi * (double)place / (double)(count - 1) : 0;
    double x = nn_cos(angle), y = sine(angle);
    sample[0] = (upper ? x : 1 - x) + noise * normal(draw, 0);
    sample[1] = (upper ? y : 0.5 - y) + noise * normal(draw, 1);
    sample[2] = upper ? 0 : 1;
}

static void sine_curve(const struct draw *draw, double noise, double *sample)
{
    double place[2];
    uniform(draw, 0, place);
    sample[0] = pi * (2 * place[0] - 1);
    sample[1] = sine(sample[0]) + noise * normal(draw, 1);
}

size_t shape_columns(enum shape shape)
{
    return shape == SHAPE_SINE ? 2 : 3;
}

void shape_sample(enum shape shape, uint64_t seed, double noise, uint64_t rows, uint64_t i,
                  double *sample)
{
    const struct draw draw = {seed, i};
    switch (shape) {
    case SHAPE_XOR:
    case SHAPE_AND:
    case SHAPE_OR:
        quadrants(shape, &draw, noise, sample);
        break;
    case SHAPE_CIRCLE:
        circle(&draw, noise, sample);
        break;
    case SHAPE_GAUSS:
        gauss(&draw, noise, sample);
        break;
    case SHAPE_SPIRAL:
        spiral(&draw, noise, rows, sample);
        break;
    case SHAPE_MOONS:
        moons(&draw, noise, rows, sample);
        break;
    case SHAPE_SINE:
        sine_curve(&draw, noise, sample);
        break;
    case SHAPE_COUNT:
        break;
    }
}
