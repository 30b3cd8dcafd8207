#include "api/train_encoder.h"

#include <math.h>

#include "api/layer_fields.h"
#include "api/pass_encoder.h"
#include "api/values.h"

/* Whole nanoseconds: what a clock's difference has beyond them is noise. */
static double seconds(double elapsed)
{
    return nearbyint(elapsed * 1e9) / 1e9;
}

enum history_column {
    COLUMN_TOTAL,
    COLUMN_MEAN,
    COLUMN_VALIDATION,
    COLUMN_LEARNING_RATE,
    COLUMN_ELAPSED
};

static double history_value(const struct history_point *point, enum history_column column)
{
    switch (column) {
    case COLUMN_TOTAL:
        return point->total_error;
    case COLUMN_MEAN:
        return point->mean_error;
    case COLUMN_VALIDATION:
        return point->validation_error;
    case COLUMN_LEARNING_RATE:
        return point->learning_rate;
    case COLUMN_ELAPSED:
        return seconds(point->elapsed_seconds);
    }
    return 0;
}

static void encode_column(struct json_writer *w, const char *key, const struct history *history,
                          const size_t *indices, size_t count, enum history_column column)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_number(w, history_value(&history->points[indices[i]], column));
    json_array_end(w);
}

static void encode_history(struct json_writer *w, const struct history *history, size_t points,
                           bool validated)
{
    size_t indices[HISTORY_MAX_POINTS];
    size_t count = history_thin(history, points, indices);
    json_key(w, "history");
    json_object_begin(w);
    json_key(w, "epoch");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_unsigned(w, history->points[indices[i]].epoch);
    json_array_end(w);
    encode_column(w, "total_error", history, indices, count, COLUMN_TOTAL);
    encode_column(w, "mean_error", history, indices, count, COLUMN_MEAN);
    if (validated) {
        encode_column(w, "validation_error", history, indices, count, COLUMN_VALIDATION);
    } else {
        json_key(w, "validation_error");
        json_nil(w);
    }
    json_key(w, "accuracy");
    json_nil(w);
    encode_column(w, "learning_rate", history, indices, count, COLUMN_LEARNING_RATE);
    encode_column(w, "elapsed_seconds", history, indices, count, COLUMN_ELAPSED);
    json_object_end(w);
}

static const char *stopped_by(enum trainer_state state)
{
    if (state == TRAINER_ENDED_STOP_BELOW)
        return "stop_below";
    return state == TRAINER_ENDED_EARLY ? "early_stopping" : "epochs";
}

static void encode_progress(struct json_writer *w, const struct train_body *body,
                            const struct run_result *result)
{
    const struct trainer *trainer = result->trainer;
    json_key(w, "state");
    json_text(w, "succeeded");
    json_key(w, "epochs");
    json_unsigned(w, body->options.epochs);
    json_key(w, "epoch");
    json_unsigned(w, trainer_epoch(trainer));
    json_key(w, "updates");
    json_unsigned(w, trainer_updates(trainer));
    json_key(w, "steps");
    json_unsigned(w, result->after->steps);
    json_key(w, "stopped_by");
    json_text(w, stopped_by(trainer_state(trainer)));
}

void encode_run(struct json_writer *w, const struct train_body *body,
                const struct run_result *result)
{
    const struct network *net = result->after->definition->net;
    const struct outcome *outcome = &result->outcome;
    size_t rows = body->run.training.rows;
    json_object_begin(w);
    json_key(w, "run");
    json_text(w, result->id);
    encode_identity(w, result->after);
    encode_progress(w, body, result);
    if (body->samples.include & INCLUDE_OUTPUTS) {
        json_key(w, "outputs");
        encode_matrix(w, net->precision, outcome->outputs, rows, network_outputs(net));
    }
    json_key(w, "total_error");
    json_number(w, outcome->total_error);
    json_key(w, "mean_error");
    json_number(w, outcome->total_error / (double)rows);
    encode_history(w, trainer_history(result->trainer), body->history_points,
                   body->run.validation.rows > 0);
    if (body->samples.include & INCLUDE_GRADIENTS) {
        json_key(w, "gradients");
        encode_layer_values(w, net, outcome->gradient);
    }
    if (body->samples.include & INCLUDE_PARAMETERS) {
        json_key(w, "parameters");
        encode_layer_values(w, net, result->after->block->parameters);
    }
    json_key(w, "elapsed_seconds");
    json_number(w, seconds(trainer_elapsed(result->trainer)));
    json_object_end(w);
}
