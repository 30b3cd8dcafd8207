#include "api/run_encoder.h"

#include <math.h>
#include <string.h>

#include "api/number.h"
#include "api/problem.h"
#include "api/refusal.h"
#include "api/timestamp.h"

const char *const run_state_names[RUN_STATE_COUNT] = {
    [RUN_QUEUED] = "queued", [RUN_RUNNING] = "running",     [RUN_SUCCEEDED] = "succeeded",
    [RUN_FAILED] = "failed", [RUN_CANCELLED] = "cancelled",
};

double run_seconds(double elapsed)
{
    return nearbyint(elapsed * 1e9) / 1e9;
}

/* History ------------------------------------------------------------------------------ */

enum history_column {
    COLUMN_EPOCH,
    COLUMN_TOTAL,
    COLUMN_MEAN,
    COLUMN_VALIDATION,
    COLUMN_ACCURACY,
    COLUMN_LEARNING_RATE,
    COLUMN_ELAPSED,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_EPOCH] = "epoch",
    [COLUMN_TOTAL] = "total_error",
    [COLUMN_MEAN] = "mean_error",
    [COLUMN_VALIDATION] = "validation_error",
    [COLUMN_ACCURACY] = "accuracy",
    [COLUMN_LEARNING_RATE] = "learning_rate",
    [COLUMN_ELAPSED] = "elapsed_seconds",
};

static double history_value(const struct history_point *point, enum history_column column)
{
    switch (column) {
    case COLUMN_EPOCH:
        return (double)point->epoch;
    case COLUMN_TOTAL:
        return point->total_error;
    case COLUMN_MEAN:
        return point->mean_error;
    case COLUMN_VALIDATION:
        return point->validation_error;
    case COLUMN_LEARNING_RATE:
        return point->learning_rate;
    case COLUMN_ELAPSED:
        return run_seconds(point->elapsed_seconds);
    case COLUMN_ACCURACY:
    case COLUMN_COUNT:
        break;
    }
    return NAN;
}

/* Whether a curve has anything in a column. */
static bool has_column(const struct history *history, enum history_column column)
{
    if (history->count == 0)
        return column != COLUMN_VALIDATION && column != COLUMN_ACCURACY;
    return !isnan(history_value(&history->points[0], column));
}

static void encode_column(struct json_writer *w, const struct history *history,
                          const size_t *indices, size_t count, enum history_column column)
{
    json_key(w, column_names[column]);
    if (!has_column(history, column)) {
        json_nil(w);
        return;
    }
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        const struct history_point *point = &history->points[indices[i]];
        if (column == COLUMN_EPOCH)
            json_unsigned(w, point->epoch);
        else
            json_number(w, history_value(point, column));
    }
    json_array_end(w);
}

void encode_history_object(struct json_writer *w, const struct history *history, size_t points)
{
    size_t indices[HISTORY_MAX_POINTS];
    size_t count = history_thin(history, points, indices);
    json_object_begin(w);
    for (enum history_column column = 0; column < COLUMN_COUNT; column++)
        encode_column(w, history, indices, count, column);
    json_object_end(w);
}

static void append(struct json_writer *w, const char *text)
{
    json_append(w, text, strlen(text));
}

void encode_history_csv(struct json_writer *w, const struct history *history, size_t points)
{
    size_t indices[HISTORY_MAX_POINTS];
    size_t count = history_thin(history, points, indices);
    for (enum history_column column = 0; column < COLUMN_COUNT; column++) {
        append(w, column ? "," : "");
        append(w, column_names[column]);
    }
    append(w, "\r\n");
    for (size_t i = 0; i < count; i++) {
        for (enum history_column column = 0; column < COLUMN_COUNT; column++) {
            char digits[NUMBER_MAX_LENGTH];
            double value = history_value(&history->points[indices[i]], column);
            append(w, column ? "," : "");
            if (!isnan(value))
                json_append(w, digits, number_write(value, digits));
        }
        append(w, "\r\n");
    }
}

/* Runs --------------------------------------------------------------------------------- */

const char *run_stopped_by(const struct run_progress *progress)
{
    switch (progress->reason) {
    case RUN_ALL_EPOCHS:
        return "epochs";
    case RUN_STOPPED_BELOW:
        return "stop_below";
    case RUN_STOPPED_EARLY:
        return "early_stopping";
    case RUN_WAS_CANCELLED:
        return "cancel";
    case RUN_NO_REASON:
    case RUN_DIVERGED:
    case RUN_HAD_NO_MEMORY:
    case RUN_NOT_KEPT:
    case RUN_DAMAGED:
    case RUN_OTHER_NUMERICS:
    case RUN_REASON_COUNT:
        break;
    }
    return NULL;
}

static enum problem_kind problem_of(enum run_reason reason)
{
    switch (reason) {
    case RUN_DIVERGED:
        return PROBLEM_DIVERGED;
    case RUN_HAD_NO_MEMORY:
    case RUN_NOT_KEPT:
        return PROBLEM_UNAVAILABLE;
    case RUN_DAMAGED:
        return PROBLEM_NETWORK_DAMAGED;
    case RUN_OTHER_NUMERICS:
    case RUN_NO_REASON:
    case RUN_ALL_EPOCHS:
    case RUN_STOPPED_BELOW:
    case RUN_STOPPED_EARLY:
    case RUN_WAS_CANCELLED:
    case RUN_REASON_COUNT:
        break;
    }
    return PROBLEM_INTERNAL;
}

static const char *const failures[RUN_REASON_COUNT] = {
    [RUN_DIVERGED] = "A number left the finite numbers of the network's precision; the network is "
                     "as it was. Train with a smaller learning_rate, or scale the samples.",
    [RUN_HAD_NO_MEMORY] = "The service had no memory left for the run; the network is as it was.",
    [RUN_NOT_KEPT] = "The database took no writes when the run ended; the network is as it was.",
    [RUN_DAMAGED] = "What is stored of the run or its network does not pass its checks, so it "
                    "could not go on.",
    [RUN_OTHER_NUMERICS] = "The run was begun by a version with another arithmetic, and would not "
                           "end with the same bits; begin it anew.",
};

static void encode_problem(struct json_writer *w, const struct run_progress *progress)
{
    json_key(w, "problem");
    if (progress->state != RUN_FAILED) {
        json_nil(w);
        return;
    }
    char type[64] = "/problems/";
    const struct problem_kind_row *row = &problem_kinds[problem_of(progress->reason)];
    const char *detail = progress->reason < RUN_REASON_COUNT ? failures[progress->reason] : NULL;
    strncat(type, row->slug, sizeof(type) - strlen(type) - 1);
    json_object_begin(w);
    json_key(w, "type");
    json_text(w, type);
    json_key(w, "title");
    json_text(w, row->title);
    json_key(w, "status");
    json_unsigned(w, (uint64_t)row->status);
    json_key(w, "detail");
    json_text(w, detail ? detail : row->meaning);
    json_object_end(w);
}

void encode_optional(struct json_writer *w, const char *key, double value)
{
    json_key(w, key);
    if (isfinite(value))
        json_number(w, value);
    else
        json_nil(w);
}

static void encode_time(struct json_writer *w, const char *key, int64_t time)
{
    char text[TIMESTAMP_SIZE];
    json_key(w, key);
    if (time)
        json_text(w, timestamp_write(time, text));
    else
        json_nil(w);
}

/* What a run has made of its network: once it has ended, unless it failed. */
static void encode_end(struct json_writer *w, const struct run_progress *progress)
{
    bool has_end = progress->state == RUN_SUCCEEDED ||
                   (progress->state == RUN_CANCELLED && progress->revision > 0);
    const char *stopped_by = run_stopped_by(progress);
    json_key(w, "revision");
    if (has_end)
        json_unsigned(w, progress->revision);
    else
        json_nil(w);
    json_key(w, "steps");
    if (has_end)
        json_unsigned(w, progress->steps);
    else
        json_nil(w);
    json_key(w, "stopped_by");
    if (stopped_by)
        json_text(w, stopped_by);
    else
        json_nil(w);
    encode_problem(w, progress);
}

static void encode_members(struct json_writer *w, const char *id, const char *network,
                           const struct run_progress *progress)
{
    json_key(w, "run");
    json_text(w, id);
    json_key(w, "network");
    json_text(w, network);
    json_key(w, "state");
    json_text(w, run_state_names[progress->state]);
    json_key(w, "epochs");
    json_unsigned(w, progress->epochs);
    json_key(w, "epoch");
    json_unsigned(w, progress->epoch);
    json_key(w, "updates");
    json_unsigned(w, progress->updates);
    encode_optional(w, "total_error", progress->total_error);
    encode_optional(w, "mean_error", progress->mean_error);
    encode_optional(w, "validation_error", progress->validation_error);
    encode_optional(w, "learning_rate", progress->learning_rate);
    json_key(w, "elapsed_seconds");
    json_number(w, run_seconds(progress->elapsed));
    encode_optional(w, "eta_seconds", run_seconds(progress->eta));
    encode_time(w, "created_at", progress->created_at);
    encode_time(w, "started_at", progress->started_at);
    encode_time(w, "finished_at", progress->finished_at);
    encode_end(w, progress);
}

void encode_run_state(struct json_writer *w, const char *id, const char *network,
                      const struct run_progress *progress)
{
    json_object_begin(w);
    encode_members(w, id, network, progress);
    json_object_end(w);
}

void encode_run_view(struct json_writer *w, const struct run_view *view)
{
    json_object_begin(w);
    encode_members(w, view->id, view->network, &view->progress);
    json_key(w, "request");
    json_raw(w, view->request, strlen(view->request));
    json_object_end(w);
}
