#include "nn/metrics.h"

#include <math.h>

#include "tests/harness/tap.h"

enum { MAX_ROWS = 12, MAX_COLUMNS = 3 };

/* scikit-learn's, made by reference/metrics_reference.py. */
static const struct class_row {
    const char *name;
    size_t columns, rows;
    double threshold;
    double outputs[MAX_ROWS * MAX_COLUMNS], targets[MAX_ROWS * MAX_COLUMNS], weights[MAX_ROWS];
    bool weighted;
    double accuracy, confusion[MAX_COLUMNS * MAX_COLUMNS];
    double precision[MAX_COLUMNS], recall[MAX_COLUMNS], f1[MAX_COLUMNS];
} class_rows[] = {
#include "tests/nn/reference/metrics_classes.inc"
};

static const struct number_row {
    const char *name;
    size_t columns, rows;
    double outputs[MAX_ROWS * MAX_COLUMNS], targets[MAX_ROWS * MAX_COLUMNS], weights[MAX_ROWS];
    bool weighted;
    double mae[MAX_COLUMNS], rmse[MAX_COLUMNS], r2[MAX_COLUMNS];
} number_rows[] = {
#include "tests/nn/reference/metrics_numbers.inc"
};

static const double tolerance = 1e-14; /* of figures around 1; the orders of sums differ */

static void check(const double *actual, const double *expected, size_t count, const char *what,
                  const char *name)
{
    for (size_t i = 0; i < count; i++)
        tap_near(actual[i], expected[i], tolerance * fmax(1, fabs(expected[i])), "%s: %s %zu", name,
                 what, i);
}

static void check_classes(const struct class_row *row)
{
    struct samples samples = {.rows = row->rows, .targets = row->targets};
    struct classification result;
    samples.weights = row->weighted ? row->weights : NULL;
    if (!tap_ok(classification_init(&result, row->columns), "%s: memory", row->name))
        return;
    size_t classes = result.classes;
    tap_ok(classes == class_count(row->columns), "%s: %zu classes", row->name, classes);
    classify(&samples, row->outputs, row->columns, row->threshold, &result);
    check(&result.accuracy, &row->accuracy, 1, "accuracy", row->name);
    check(result.confusion, row->confusion, classes * classes, "confusion", row->name);
    check(result.precision, row->precision, classes, "precision", row->name);
    check(result.recall, row->recall, classes, "recall", row->name);
    check(result.f1, row->f1, classes, "f1", row->name);
    classification_release(&result);
}

static void check_numbers(const struct number_row *row)
{
    struct samples samples = {.rows = row->rows, .targets = row->targets};
    struct regression result;
    samples.weights = row->weighted ? row->weights : NULL;
    if (!tap_ok(regression_init(&result, row->columns), "%s: memory", row->name))
        return;
    regress(&samples, row->outputs, row->columns, &result);
    check(result.mae, row->mae, row->columns, "mae", row->name);
    check(result.rmse, row->rmse, row->columns, "rmse", row->name);
    check(result.r2, row->r2, row->columns, "r2", row->name);
    regression_release(&result);
}

/* What scikit-learn leaves undefined, or where it is the victim of its rounding. */
static void check_edges(void)
{
    struct regression result;
    double tenths[] = {0.1, 0.1, 0.1}, outputs[] = {0.1, 0.1, 0.2};
    struct samples samples = {.rows = 3, .targets = tenths};
    if (!tap_ok(regression_init(&result, 1), "memory"))
        return;
    regress(&samples, outputs, 1, &result);
    tap_ok(result.r2[0] == 0, "the mean of equal targets is theirs: r2 %g", result.r2[0]);
    samples.rows = 1;
    regress(&samples, outputs, 1, &result);
    tap_ok(isnan(result.r2[0]), "of a single sample there is no r2");
    tap_ok(result.mae[0] == 0, "but an error");
    regression_release(&result);
}

static void check_missing(void)
{
    static const double targets[] = {0, 1, 0, 1, 0, 0, 0.5, 0.25, 0.5};
    struct samples samples = {.rows = 3, .targets = targets};
    tap_ok(class_missing(&samples, 3) == 2, "two largest values name no class");
    samples.rows = 2;
    tap_ok(class_missing(&samples, 3) == 2, "equal ones below the largest do");
    tap_ok(class_missing(&samples, 1) == 2, "so does a single column");
}

int main(void)
{
    for (size_t i = 0; i < sizeof(class_rows) / sizeof(class_rows[0]); i++)
        check_classes(&class_rows[i]);
    for (size_t i = 0; i < sizeof(number_rows) / sizeof(number_rows[0]); i++)
        check_numbers(&number_rows[i]);
    check_edges();
    check_missing();
    return tap_done();
}
