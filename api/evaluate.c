#include <math.h>

#include "api/body.h"
#include "api/classes.h"
#include "api/handlers.h"
#include "api/pass_call.h"
#include "api/pass_encoder.h"
#include "api/refusal.h"
#include "nn/metrics.h"

static const char *const task_names[TASK_COUNT] = {"classification", "regression"};
static const struct choices task_choices = {task_names, TASK_COUNT};

static const struct field evaluate_fields[] = {
    SAMPLES_INPUTS_FIELD,
    SAMPLES_DATASET_FIELD,
    SAMPLES_TARGETS_FIELD,
    SAMPLES_WEIGHTS_FIELD,
    {"task", FIELD_CHOICE, offsetof(struct samples_body, task), .choices = &task_choices,
     .given = offsetof(struct samples_body, has_task)},
    {"threshold", FIELD_NUMBER, offsetof(struct samples_body, threshold), -INFINITY, INFINITY,
     .given = offsetof(struct samples_body, has_threshold)},
    {0},
};

/* What the body says, else what the loss is for. */
static enum task task_of(const struct samples_body *body, const struct network *net)
{
    if (body->has_task)
        return body->task;
    return loss_from_net(net->loss) ? TASK_CLASSIFICATION : TASK_REGRESSION;
}

/* Checks ------------------------------------------------------------------------------- */

static void fault_at(struct decoder *decoder, const char *key, const char *detail)
{
    size_t mark = decode_enter(decoder, key);
    decode_fault(decoder, "%s", detail);
    decode_leave(decoder, mark);
}

/* Every sample's targets must name its class. */
static void check_truth(struct pass_call *call, size_t columns)
{
    const struct samples *samples = &call->body.samples;
    size_t row = class_missing(samples, columns);
    if (row == samples->rows)
        return;
    size_t mark = decode_enter(&call->decoder, call->body.loaded ? "dataset" : "targets");
    size_t inner =
        call->body.batch && !call->body.loaded ? decode_enter_index(&call->decoder, row) : mark;
    decode_fault(&call->decoder, "names no class: its largest number is there more than once; say "
                                 "\"task\": \"regression\" where the targets are no classes");
    decode_leave(&call->decoder, inner);
    decode_leave(&call->decoder, mark);
}

/* Whether what is asked for can be had of these samples. */
static bool check_task(struct pass_call *call, enum task task)
{
    size_t columns = network_outputs(call->snapshot->definition->net);
    double cells = (double)class_count(columns) * (double)class_count(columns);
    if (call->body.has_threshold && task != TASK_CLASSIFICATION)
        fault_at(&call->decoder, "threshold", "is for \"task\": \"classification\" alone");
    else if (call->body.has_threshold && columns > 1)
        fault_at(&call->decoder, "threshold",
                 "is for a single output; of several the largest names the class");
    if (task == TASK_CLASSIFICATION && cells > SAMPLES_MAX_NUMBERS)
        fault_at(&call->decoder, "task",
                 "\"classification\" has too many classes here for a table of all pairs");
    else if (task == TASK_CLASSIFICATION)
        check_truth(call, columns);
    return decoder_ok(&call->decoder);
}

/* Answer ------------------------------------------------------------------------------- */

static void encode_vector_of(struct json_writer *w, const char *key, const double *values,
                             size_t count)
{
    json_key(w, key);
    json_vector(w, values, count);
}

static bool encode_classification(struct json_writer *w, const struct pass_call *call)
{
    const struct definition *definition = call->snapshot->definition;
    size_t columns = network_outputs(definition->net);
    double threshold = call->body.has_threshold ? call->body.threshold : CLASS_THRESHOLD;
    struct classification result;
    if (!classification_init(&result, columns))
        return false;
    classify(&call->body.samples, call->outcome.outputs, columns, threshold, &result);
    if (definition->classes) {
        json_key(w, "classes");
        encode_classes(w, definition);
    }
    json_key(w, "accuracy");
    json_number(w, result.accuracy);
    json_key(w, "confusion");
    json_matrix(w, result.confusion, result.classes, result.classes);
    encode_vector_of(w, "precision", result.precision, result.classes);
    encode_vector_of(w, "recall", result.recall, result.classes);
    encode_vector_of(w, "f1", result.f1, result.classes);
    classification_release(&result);
    return true;
}

static bool encode_regression(struct json_writer *w, const struct pass_call *call)
{
    size_t columns = network_outputs(call->snapshot->definition->net);
    struct regression result;
    if (!regression_init(&result, columns))
        return false;
    regress(&call->body.samples, call->outcome.outputs, columns, &result);
    encode_vector_of(w, "mae", result.mae, columns);
    encode_vector_of(w, "rmse", result.rmse, columns);
    json_key(w, "r2");
    json_array_begin(w);
    for (size_t j = 0; j < columns; j++) {
        if (isnan(result.r2[j]) && call->body.samples.rows < 2)
            json_nil(w);
        else
            json_number(w, result.r2[j]);
    }
    json_array_end(w);
    regression_release(&result);
    return true;
}

static enum handled evaluate(struct request *request, struct pass_call *call, enum task task)
{
    enum engine_status status = pass_call_run(call, false, false);
    struct json_writer *w = &request->answer.body;
    if (status == ENGINE_OK) {
        double rows = (double)call->body.samples.rows;
        json_object_begin(w);
        encode_identity(w, call->snapshot);
        json_key(w, "samples");
        json_unsigned(w, call->body.samples.rows);
        json_key(w, "total_error");
        json_number(w, call->outcome.total_error);
        json_key(w, "mean_error");
        json_number(w, call->outcome.total_error / rows);
        json_key(w, "task");
        json_text(w, task_names[task]);
        bool encoded = task == TASK_CLASSIFICATION ? encode_classification(w, call)
                                                   : encode_regression(w, call);
        status = encoded ? ENGINE_OK : ENGINE_NO_MEMORY;
        json_object_end(w);
    }
    if (status != ENGINE_OK)
        return answer_refusal(request, status, NULL);
    return answer_json(request);
}

enum handled handle_evaluate(struct request *request)
{
    enum handled handled;
    struct pass_call call = {.targets_needed = true};
    if (pass_call_begin(&call, request, handle_evaluate, evaluate_fields, &handled) &&
        pass_call_judge(request, &call)) {
        enum task task = task_of(&call.body, call.snapshot->definition->net);
        if (check_task(&call, task))
            handled = evaluate(request, &call, task);
    }
    pass_call_end(&call);
    return handled;
}
