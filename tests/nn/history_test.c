#include "nn/history.h"

#include <math.h>
#include <stdlib.h>

#include "tests/harness/tap.h"

static struct history_point point_of(uint64_t epoch)
{
    double error = 1.0 / (double)epoch;
    return (struct history_point){.epoch = epoch,
                                  .total_error = error,
                                  .mean_error = error / 2,
                                  .validation_error = error / 3,
                                  .learning_rate = error / 4,
                                  .elapsed_seconds = (double)epoch * 1e-6};
}

static bool point_same(const struct history_point *a, const struct history_point *b)
{
    return a->epoch == b->epoch && a->total_error == b->total_error &&
           a->mean_error == b->mean_error && a->validation_error == b->validation_error &&
           a->learning_rate == b->learning_rate && a->elapsed_seconds == b->elapsed_seconds;
}

/* The least 2^m for which 1, 1 + 2^m, 1 + 2 * 2^m ... up to `epochs` are at most 10,000. */
static uint64_t stride_of(uint64_t epochs)
{
    uint64_t stride = 1;
    while ((epochs + stride - 1) / stride > 10000)
        stride *= 2;
    return stride;
}

/* The rule, word for word: every epoch is looked at. */
static bool kept_by_rule(const struct history *history, uint64_t epochs)
{
    uint64_t stride = stride_of(epochs);
    size_t next = 0;
    for (uint64_t epoch = 1; epoch <= epochs; epoch++) {
        if ((epoch - 1) % stride != 0 && epoch != epochs)
            continue;
        struct history_point expected = point_of(epoch);
        if (next == history->count || !point_same(&history->points[next++], &expected))
            return false;
    }
    return next == history->count && history->stride == stride;
}

static const uint64_t lengths[] = {1,     2,     3,     100,   9999,  10000, 10001,
                                   10002, 19999, 20000, 20001, 20002, 40001, 1000000};

static void test_lengths(bool reserved)
{
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct history history;
        history_init(&history);
        bool added = !reserved || history_reserve(&history, lengths[i]);
        const struct history_point *points = history.points;
        for (uint64_t epoch = 1; epoch <= lengths[i]; epoch++) {
            struct history_point point = point_of(epoch);
            added &= history_add(&history, &point);
        }
        tap_ok(added && kept_by_rule(&history, lengths[i]), "%llu epochs: %zu points by the rule",
               (unsigned long long)lengths[i], history.count);
        tap_ok(history.count <= HISTORY_MAX_POINTS + 1, "at most one point more than the limit");
        if (reserved)
            tap_ok(points == history.points, "the reserved memory was enough");
        history_release(&history);
    }
}

/* After every single epoch the points are those of a run of that length. */
static void test_every_length(void)
{
    struct history history;
    history_init(&history);
    uint64_t wrong = 0;
    for (uint64_t epoch = 1; epoch <= 41000; epoch++) {
        struct history_point point = point_of(epoch);
        history_add(&history, &point);
        bool near_edge = epoch < 50 || epoch % 10000 < 20 || epoch % 997 == 0;
        if (near_edge && !kept_by_rule(&history, epoch))
            wrong += wrong == 0 ? epoch : 0;
    }
    tap_ok(wrong == 0, "every length on the way follows the rule (first fault: %llu)",
           (unsigned long long)wrong);
    history_release(&history);
}

static const struct thin_row {
    uint64_t epochs;
    size_t points;
} thin_rows[] = {{1, 2},     {2, 2},      {3, 2},         {4, 3},        {5, 3},
                 {6, 4},     {100, 100},  {101, 100},     {1000, 7},     {9999, 500},
                 {10002, 3}, {20000, 99}, {20000, 10000}, {20000, 10001}};

/* round(i * (n - 1) / (points - 1)), halves up, in floating point: exact for these sizes. */
static void test_thin(const struct thin_row *row)
{
    struct history history;
    history_init(&history);
    for (uint64_t epoch = 1; epoch <= row->epochs; epoch++) {
        struct history_point point = point_of(epoch);
        history_add(&history, &point);
    }
    size_t *indices = calloc(row->points, sizeof *indices);
    size_t count = history_thin(&history, row->points, indices);
    bool all = history.count <= row->points;
    bool right = count == (all ? history.count : row->points);
    for (size_t i = 0; i < count && right; i++) {
        double exact = (double)i * (double)(history.count - 1) / (double)(row->points - 1);
        right = indices[i] == (all ? i : (size_t)floor(exact + 0.5));
    }
    tap_ok(right, "%zu of %zu points", row->points, history.count);
    tap_ok(indices[0] == 0 && indices[count - 1] == history.count - 1, "first and last stay");
    free(indices);
    history_release(&history);
}

int main(void)
{
    test_lengths(false);
    test_lengths(true);
    test_every_length();
    for (size_t i = 0; i < sizeof thin_rows / sizeof *thin_rows; i++)
        test_thin(&thin_rows[i]);
    return tap_done();
}
