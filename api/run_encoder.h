#ifndef API_RUN_ENCODER_H
#define API_RUN_ENCODER_H

#include "api/json_writer.h"
#include "engine/run_list.h"
#include "nn/history.h"

/* A run as GET answers it. */
void encode_run_view(struct json_writer *w, const struct run_view *view);

/* The same without what was asked for. */
void encode_run_state(struct json_writer *w, const char *id, const char *network,
                      const struct run_progress *progress);

/* A value that there may not be: null where it is not finite. */
void encode_optional(struct json_writer *w, const char *key, double value);

/* "history": at most `points` of a curve, as train answers it; or the same object alone. */
void encode_history_object(struct json_writer *w, const struct history *history, size_t points);

/* The same as CSV, a line for each point under a header line. */
void encode_history_csv(struct json_writer *w, const struct history *history, size_t points);

extern const char *const run_state_names[RUN_STATE_COUNT];

/* Why a run stopped that did not fail; NULL where it did or has not. */
const char *run_stopped_by(const struct run_progress *progress);

/* Whole nanoseconds: what a clock's difference has beyond them is noise. */
double run_seconds(double elapsed);

#endif
