#include "api/train_encoder.h"

#include "api/layer_fields.h"
#include "api/pass_encoder.h"
#include "api/run_encoder.h"
#include "api/values.h"

static void encode_progress(struct json_writer *w, const struct run_result *result)
{
    const struct run_progress *progress = &result->progress;
    json_key(w, "state");
    json_text(w, run_state_names[progress->state]);
    json_key(w, "epochs");
    json_unsigned(w, progress->epochs);
    json_key(w, "epoch");
    json_unsigned(w, progress->epoch);
    json_key(w, "updates");
    json_unsigned(w, progress->updates);
    json_key(w, "steps");
    json_unsigned(w, result->after->steps);
    json_key(w, "stopped_by");
    json_text(w, run_stopped_by(progress));
}

/* What was measured after the last update: nothing where the run never began. */
static void encode_measured(struct json_writer *w, const struct train_body *body,
                            const struct run_result *result)
{
    const struct network *net = result->after->definition->net;
    const struct outcome *outcome = &result->outcome;
    size_t rows = body->run.training.rows;
    if (body->samples.include & INCLUDE_OUTPUTS) {
        json_key(w, "outputs");
        encode_matrix(w, net->precision, outcome->outputs, rows, network_outputs(net));
    }
    json_key(w, "total_error");
    json_number(w, outcome->total_error);
    json_key(w, "mean_error");
    json_number(w, outcome->total_error / (double)rows);
    json_key(w, "history");
    encode_history_object(w, result->history, body->history_points);
    if (body->samples.include & INCLUDE_GRADIENTS) {
        json_key(w, "gradients");
        encode_layer_values(w, net, outcome->gradient);
    }
    if (body->samples.include & INCLUDE_PARAMETERS) {
        json_key(w, "parameters");
        encode_layer_values(w, net, result->after->block->parameters);
    }
}

void encode_run(struct json_writer *w, const struct train_body *body,
                const struct run_result *result)
{
    json_object_begin(w);
    json_key(w, "run");
    json_text(w, result->id);
    encode_identity(w, result->after);
    encode_progress(w, result);
    if (result->history)
        encode_measured(w, body, result);
    json_key(w, "elapsed_seconds");
    json_number(w, run_seconds(result->progress.elapsed));
    json_object_end(w);
}
