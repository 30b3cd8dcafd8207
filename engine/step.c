#include "engine/step.h"

#include <stdlib.h>

#include "engine/state.h"

/* Memory for the outcome and the pass of `rows` samples. False when there is none. */
static bool prepare(const struct network *net, const struct step_request *step, size_t rows,
                    struct step_result *result)
{
    bool whole = step->whole_pass || step->order == UPDATE_LAYERWISE;
    size_t outputs = network_outputs(net);
    result->pass = pass_create(net, whole ? rows : pass_rows(net, rows));
    result->outcome.outputs = calloc(rows, outputs * sizeof(double));
    result->outcome.errors = calloc(rows, outputs * sizeof(double));
    result->outcome.gradient = calloc(net->parameter_count, sizeof(double));
    return result->pass && result->outcome.outputs && result->outcome.errors &&
           result->outcome.gradient;
}

/* Computes the step on a copy of the base's block. */
static enum engine_status compute(const struct snapshot *base, const struct step_request *step,
                                  const struct samples *samples, struct step_result *result,
                                  struct block **out)
{
    const struct network *net = base->definition->net;
    if (!prepare(net, step, samples->rows, result))
        return ENGINE_NO_MEMORY;
    struct block *block = block_copy(base->block);
    if (!block)
        return ENGINE_NO_MEMORY;
    struct model model = block_model(block);
    const struct step_options options = {
        .learning_rate =
            step->has_learning_rate ? step->learning_rate : net->optimizer.learning_rate,
        .order = step->order,
        .seed = net->seed,
        .steps = base->steps,
    };
    enum nn_status status =
        train_step(net, &model, samples, &options, result->pass, &result->outcome);
    if (status != NN_OK) {
        block_release(block);
        return status == NN_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_DIVERGED;
    }
    block_take_model(block, &model);
    *out = block;
    return ENGINE_OK;
}

enum engine_status network_step(struct engine *engine, const struct edit_request *request,
                                const struct step_request *step, struct step_result *result,
                                struct commit **commit, struct refusal *refusal)
{
    struct edit edit;
    *result = (struct step_result){0};
    enum engine_status status = edit_begin(engine, request, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    struct block *block = NULL;
    struct snapshot *next = NULL;
    const struct samples *samples = step->check(step->argument, edit.base->definition->net);
    status = samples ? compute(edit.base, step, samples, result, &block) : ENGINE_INVALID;
    if (status == ENGINE_OK && !(next = snapshot_next(edit.base)))
        status = ENGINE_NO_MEMORY;
    if (status == ENGINE_OK) {
        snapshot_set_block(next, block);
        next->steps++;
        result->before = snapshot_reference(edit.base);
        result->after = snapshot_reference(next);
        status = edit_commit(&edit, next, &(struct edit_extent){.block = true}, commit);
    } else {
        status = edit_refuse(&edit, status, refusal);
    }
    block_release(block);
    if (status != ENGINE_OK)
        step_result_release(result);
    return status;
}

void step_result_release(struct step_result *result)
{
    snapshot_release(result->before);
    snapshot_release(result->after);
    pass_free(result->pass);
    free(result->outcome.outputs);
    free(result->outcome.errors);
    free(result->outcome.gradient);
    *result = (struct step_result){0};
}
