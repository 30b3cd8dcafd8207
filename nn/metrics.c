#include "nn/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double weight_of(const struct samples *samples, size_t s)
{
    return samples->weights ? samples->weights[s] : 1;
}

static double sum_of_weights(const struct samples *samples)
{
    double sum = 0;
    for (size_t s = 0; s < samples->rows; s++)
        sum += weight_of(samples, s);
    return sum;
}

/* Classes ------------------------------------------------------------------------------ */

static size_t largest(const double *values, size_t columns)
{
    size_t best = 0;
    for (size_t j = 1; j < columns; j++)
        if (values[j] > values[best])
            best = j;
    return best;
}

size_t class_chosen(const double *values, size_t columns, double threshold)
{
    if (columns == 1)
        return values[0] < threshold ? 0 : 1;
    return largest(values, columns);
}

size_t class_count(size_t columns)
{
    return columns == 1 ? 2 : columns;
}

size_t class_missing(const struct samples *samples, size_t columns)
{
    for (size_t s = 0; s < samples->rows; s++) {
        const double *targets = samples->targets + s * columns;
        size_t best = largest(targets, columns);
        for (size_t j = best + 1; j < columns; j++)
            if (targets[j] == targets[best])
                return s;
    }
    return samples->rows;
}

bool classification_init(struct classification *result, size_t columns)
{
    size_t classes = class_count(columns), count;
    if (__builtin_mul_overflow(classes, classes + 3, &count))
        return false;
    double *values = calloc(count, sizeof(*values));
    if (!values)
        return false;
    *result = (struct classification){
        .classes = classes,
        .confusion = values,
        .precision = values + classes * classes,
        .recall = values + classes * (classes + 1),
        .f1 = values + classes * (classes + 2),
    };
    return true;
}

void classification_release(struct classification *result)
{
    free(result->confusion);
    *result = (struct classification){0};
}

/* scikit-learn's zero_division=0 */
static double share(double part, double whole)
{
    return whole == 0 ? 0 : part / whole;
}

static void score_class(struct classification *result, size_t c)
{
    size_t classes = result->classes;
    const double *confusion = result->confusion;
    double predicted = 0, true_count = 0, hits = confusion[c * classes + c];
    for (size_t other = 0; other < classes; other++) {
        predicted += confusion[other * classes + c];
        true_count += confusion[c * classes + other];
    }
    double precision = share(hits, predicted), recall = share(hits, true_count);
    result->precision[c] = precision;
    result->recall[c] = recall;
    result->f1[c] = share(2 * precision * recall, precision + recall);
}

void classify(const struct samples *samples, const double *outputs, size_t columns,
              double threshold, struct classification *result)
{
    size_t classes = result->classes;
    double hits = 0;
    memset(result->confusion, 0, classes * classes * sizeof(*result->confusion));
    for (size_t s = 0; s < samples->rows; s++) {
        size_t truth = class_chosen(samples->targets + s * columns, columns, threshold);
        size_t chosen = class_chosen(outputs + s * columns, columns, threshold);
        result->confusion[truth * classes + chosen] += weight_of(samples, s);
        hits += truth == chosen ? weight_of(samples, s) : 0;
    }
    result->accuracy = hits / sum_of_weights(samples);
    for (size_t c = 0; c < classes; c++)
        score_class(result, c);
}

/* Numbers ------------------------------------------------------------------------------ */

bool regression_init(struct regression *result, size_t columns)
{
    double *values = calloc(columns, 3 * sizeof(*values));
    if (!values)
        return false;
    *result = (struct regression){values, values + columns, values + 2 * columns};
    return true;
}

void regression_release(struct regression *result)
{
    free(result->mae);
    *result = (struct regression){0};
}

/* The mean of a column of targets; of equal ones exactly theirs, which a sum's rounding may miss.
 */
static double mean_target(const struct samples *samples, size_t columns, size_t j, double weights)
{
    double first = samples->targets[j], sum = 0;
    for (size_t s = 0; s < samples->rows; s++)
        sum += weight_of(samples, s) * (samples->targets[s * columns + j] - first);
    return first + sum / weights;
}

static double r2(double residual, double total, size_t rows)
{
    if (rows < 2)
        return NAN;
    if (total == 0)
        return residual == 0 ? 1 : 0;
    return 1 - residual / total;
}

static void regress_column(const struct samples *samples, const double *outputs, size_t columns,
                           size_t j, struct regression *result)
{
    double weights = sum_of_weights(samples);
    double mean = mean_target(samples, columns, j, weights);
    double absolute = 0, residual = 0, total = 0;
    for (size_t s = 0; s < samples->rows; s++) {
        double weight = weight_of(samples, s), target = samples->targets[s * columns + j];
        double error = target - outputs[s * columns + j], distance = target - mean;
        absolute += weight * fabs(error);
        residual += weight * (error * error);
        total += weight * (distance * distance);
    }
    result->mae[j] = absolute / weights;
    result->rmse[j] = sqrt(residual / weights);
    result->r2[j] = r2(residual, total, samples->rows);
}

void regress(const struct samples *samples, const double *outputs, size_t columns,
             struct regression *result)
{
    for (size_t j = 0; j < columns; j++)
        regress_column(samples, outputs, columns, j, result);
}
