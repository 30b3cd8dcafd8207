#ifndef NN_HISTORY_H
#define NN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTORY_MAX_POINTS = 10000 };

/* What one epoch saw: errors are measured before each sample's (batch's) update. */
struct history_point {
    uint64_t epoch; /* from 1 */
    double total_error;
    double mean_error;       /* total_error / samples */
    double validation_error; /* mean error of the validation samples; NaN where there are none */
    double learning_rate;
    double elapsed_seconds; /* training time up to the end of this epoch */
};

/*
 * A loss curve in bounded memory. Of the epochs added so far it keeps 1 + k * 2^m with the smallest
 * m that gives at most HISTORY_MAX_POINTS points, and the last one (so at most one point more).
 */
struct history {
    struct history_point *points;
    size_t count;
    size_t capacity;
    uint64_t stride; /* 2^m */
    bool last_extra; /* points[count - 1] is kept only because it is the last */
};

void history_init(struct history *history);
void history_release(struct history *history);

/* Makes an initialized history a copy of another one. False when out of memory; it is then as
 * before. */
bool history_copy(struct history *to, const struct history *from);

/* Takes the memory that this many epochs need, so that adding them cannot fail. False when out of
 * memory. */
bool history_reserve(struct history *history, uint64_t epochs);

/* The next epoch that is kept for good. */
uint64_t history_next(const struct history *history);

/* Adds a later epoch; those up to history_next() may be left out but not that one. False when out
 * of memory; the history is then as before. */
bool history_add(struct history *history, const struct history_point *point);

/*
 * Thins to at most `points` (>= 2) entries for an answer: entry i of the result is
 * round(i * (count - 1) / (points - 1)), halves rounded up; all entries where count <= points.
 * Writes the chosen indices and returns how many they are. indices has room for `points`.
 */
size_t history_thin(const struct history *history, size_t points, size_t *indices);

#endif
