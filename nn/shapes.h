#ifndef NN_SHAPES_H
#define NN_SHAPES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Samples to learn from, drawn instead of measured. Each is a function of the arguments alone: same
 * seed, same bits. The first seven have inputs x, y and a target that is 0 or 1.
 *
 * xor, circle, gauss and spiral are those of TensorFlow Playground (dataset.ts), where its label is
 * -1 (of xor: 1) for target 0; u is uniform in [-1, 1), n normal of variance 1:
 *
 *   xor     x, y = +-(0.3 + 5 |u|), sample i in the quadrant where x > 0 has bit 0 of i and y > 0
 *           has bit 1; 1 where just one of x + 5 u noise, y + 5 u noise is positive
 *   and     likewise; 1 where both are positive
 *   or      likewise; 1 where any is positive
 *   circle  even i: within radius 2.5 of the origin, odd i: from 3.5 to 5; 1 where the distance is
 *           below 2.5 for the point moved by 5 u noise
 *   gauss   even i: around (2, 2), 1; odd i: around (-2, -2), 0; variance 0.5 + 7 noise
 *   spiral  two arms of radius 0 to 5, even k: 1, odd k: 0, each coordinate moved by u noise
 *
 * and of other make:
 *
 *   moons   scikit-learn's make_moons: two half circles, odd k: the upper one, 0, even k: the lower
 *           one, 1; each coordinate moved by n noise
 *   sine    input x uniform in [-pi, pi), target sin x + n noise
 *
 * k = (i * step) mod rows runs over all places of a curve in leaps of its golden section, so that
 * any part of the rows is from all of it.
 */
enum shape {
    SHAPE_XOR,
    SHAPE_AND,
    SHAPE_OR,
    SHAPE_CIRCLE,
    SHAPE_GAUSS,
    SHAPE_SPIRAL,
    SHAPE_MOONS,
    SHAPE_SINE,
    SHAPE_COUNT
};

extern const char *const shape_names[SHAPE_COUNT]; /* "xor", ... */

enum { SHAPE_MAX_COLUMNS = 3 };

/* Columns of a sample: its inputs, then one target. */
size_t shape_columns(enum shape shape);

/* Writes sample i of `rows` (< 2^32). noise  0 to 10 */
void shape_sample(enum shape shape, uint64_t seed, double noise, uint64_t rows, uint64_t i,
                  double *sample);

#endif
