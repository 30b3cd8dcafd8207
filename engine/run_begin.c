/* How a run is admitted: network_train(). */
#include <stdlib.h>
#include <string.h>

#include "engine/run_record.h"
#include "engine/state.h"
#include "engine/training.h"
#include "engine/work.h"

static bool is_short(const struct run *run, const struct network *net)
{
    const struct train_options *options = &run->request.options;
    double rows = (double)run->samples->training.rows;
    double batch = (double)options->batch_size < rows ? (double)options->batch_size : rows;
    double epoch = work_of_pass(net, rows + (double)run->samples->validation.rows) +
                   work_of_update(net) * (rows / batch + 1);
    return epoch * (double)options->epochs <= inline_work;
}

static bool has_runs(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    bool has = live->runs != NULL;
    pthread_mutex_unlock(&live->lock);
    return has;
}

/* Queues an admitted run's row in its network's chain: it falls with what the run stands on. */
static enum engine_status store_apart(struct edit *edit, struct run *run, struct commit **stored)
{
    struct run_write *write = run_write_create(run, &run->progress);
    if (!write)
        return ENGINE_NO_MEMORY;
    run_write_samples(write);
    *stored = run_write_submit(write, &edit->live->chain, edit->generation);
    return *stored ? ENGINE_OK : ENGINE_NO_MEMORY;
}

/* Queues a run that is not trained here, and ends the edit. Takes over the run. */
static enum engine_status queue_run(struct edit *edit, struct run *run, bool behind,
                                    struct admission *admission)
{
    struct engine *engine = edit->engine;
    enum engine_status status = edit_ground(edit, &run->ground);
    run->data = run_data_create(edit->base->definition->net, run->samples);
    run->samples = run->data ? &run->data->samples : NULL;
    if (status == ENGINE_OK && !run->data)
        status = ENGINE_NO_MEMORY;
    if (status == ENGINE_OK)
        status = run_queue_admit(engine, run, behind, false);
    if (status == ENGINE_OK && run->request.apart) {
        status = store_apart(edit, run, &admission->stored);
        if (status != ENGINE_OK)
            run_queue_dismiss(engine);
    }
    if (status == ENGINE_OK) {
        run->live = live_reference(engine, edit->live);
        admission->run = run_reference(run);
        run_queue_add(engine, run);
    }
    run_release(run);
    edit_abort(edit);
    return status;
}

/* A run on the state that the edit stands on. */
static enum engine_status make_run(struct edit *edit, const struct run_request *request,
                                   struct run **out)
{
    const struct network *net = edit->base->definition->net;
    const struct run_samples *samples = request->check(request->argument, net);
    if (!samples)
        return ENGINE_INVALID;
    struct run *run = run_create(edit->engine, request, random_identity());
    if (!run)
        return ENGINE_NO_MEMORY;
    run->samples = samples;
    run->network_id = edit->base->id;
    memcpy(run->network, edit->base->name, sizeof(run->network));
    if (request->describe && !(run->text = request->describe(request->argument, net, samples))) {
        run_release(run);
        return ENGINE_NO_MEMORY;
    }
    *out = run;
    return ENGINE_OK;
}

enum engine_status network_train(struct engine *engine, const struct edit_request *request,
                                 const struct run_request *run_request, struct admission *admission,
                                 struct refusal *refusal)
{
    struct edit_request beside = *request;
    beside.beside_runs = true;
    *admission = (struct admission){0};
    struct edit edit;
    enum engine_status status = edit_begin(engine, &beside, &edit, refusal);
    if (status != ENGINE_OK)
        return status;
    struct run *run = NULL;
    status = make_run(&edit, run_request, &run);
    if (status != ENGINE_OK)
        return edit_refuse(&edit, status, refusal);
    bool behind = has_runs(edit.live);
    if (behind || run_request->apart || !is_short(run, edit.base->definition->net))
        return queue_run(&edit, run, behind, admission);
    train_here(&edit, run, refusal);
    run_release(run);
    return ENGINE_OK;
}
