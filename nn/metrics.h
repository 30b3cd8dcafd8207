#ifndef NN_METRICS_H
#define NN_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/pass.h"

/*
 * How good the outputs of a network are, by the measures of scikit-learn's module metrics, under
 * its names. `outputs` is rows x columns, row-major, as pass_run() gives it; samples->targets is
 * what they should have been. Each sample counts samples->weights times (NULL: once), as with
 * scikit-learn's sample_weight. All sums are taken over the samples in their order.
 */

/* The class that a row of values chooses: the largest, of equal ones the first; of a single value 0
 * below the threshold, else 1. */
size_t class_chosen(const double *values, size_t columns, double threshold);

/* How many classes there are with that many outputs: as many, or 2 for a single one. */
size_t class_count(size_t columns);

/* The first row of targets that names no class, its largest value being there twice; `rows` where
 * there is none. A single column always names one. */
size_t class_missing(const struct samples *samples, size_t columns);

/* Made by classification_init(), released with classification_release(). */
struct classification {
    size_t classes;
    double accuracy;
    double
        *confusion; /* classes x classes, row-major: samples of class [truth] taken for [class] */
    double *precision; /* classes: right among those taken for it; 0 where there are none */
    double *recall;    /* classes: found among those of it; 0 where there are none */
    double *f1;        /* classes: harmonic mean of the two; 0 where both are 0 */
};

/* False when out of memory; then there is nothing to release. */
bool classification_init(struct classification *result, size_t columns);
void classification_release(struct classification *result);

/* Not all weights may be 0. */
void classify(const struct samples *samples, const double *outputs, size_t columns,
              double threshold, struct classification *result);

/* Each of `columns` numbers, one for each output. */
struct regression {
    double *mae;  /* mean of |t - o| */
    double *rmse; /* square root of the mean of (t - o)^2 */
    double *r2; /* 1 - sum (t - o)^2 / sum (t - mean t)^2. Where all t are the same, 1 if all o are
                   right, else 0; of a single sample NaN */
};

/* False when out of memory; then there is nothing to release. */
bool regression_init(struct regression *result, size_t columns);
void regression_release(struct regression *result);

/* Not all weights may be 0. */
void regress(const struct samples *samples, const double *outputs, size_t columns,
             struct regression *result);

#endif
