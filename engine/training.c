#include "engine/training.h"

#include <stdlib.h>

#include "engine/state.h"
#include "engine/team.h"

static const double slice_seconds = 0.02; /* how long a run trains between looks at `stopping` */

/* Error, outputs and gradient after the last update. */
static enum engine_status measure(const struct run *run, const struct network *net,
                                  const double *parameters, struct outcome *outcome)
{
    size_t rows = run->samples->training.rows;
    struct pass *pass = pass_create(net, pass_rows(net, rows));
    if (run->request.want_outputs)
        outcome->outputs = calloc(rows, network_outputs(net) * sizeof(double));
    if (run->request.want_gradient)
        outcome->gradient = calloc(net->parameter_count, sizeof(double));
    enum nn_status status = NN_NO_MEMORY;
    if (pass && (outcome->outputs || !run->request.want_outputs) &&
        (outcome->gradient || !run->request.want_gradient))
        status = pass_run(net, parameters, &run->samples->training, pass, outcome);
    pass_free(pass);
    if (status == NN_OK)
        return ENGINE_OK;
    return status == NN_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_DIVERGED;
}

static enum engine_status advance_to_end(struct engine *engine, struct trainer *trainer)
{
    for (;;) {
        switch (trainer_advance(trainer, slice_seconds)) {
        case TRAINER_DIVERGED:
            return ENGINE_DIVERGED;
        case TRAINER_ENDED_EPOCHS:
        case TRAINER_ENDED_STOP_BELOW:
        case TRAINER_ENDED_EARLY:
            return ENGINE_OK;
        case TRAINER_RUNNING:
            break;
        }
        if (run_queue_is_stopping(&engine->runs))
            return ENGINE_SHUTTING_DOWN;
    }
}

/* What the run asked for, with what it left to the network. */
static struct train_options options_of(const struct run *run, const struct snapshot *base)
{
    const struct network *net = base->definition->net;
    struct train_options options = run->request.options;
    options.steps = base->steps;
    options.validation = run->samples->validation;
    if (!run->request.has_seed)
        options.seed = net->seed;
    if (!run->request.has_learning_rate)
        options.learning_rate = net->optimizer.learning_rate;
    return options;
}

/* How many threads a run may have: those that may train at all, shared out among the runs that do.
 */
static size_t fair_share(void *argument)
{
    struct engine *engine = argument;
    size_t runs = atomic_load_explicit(&engine->runs.training, memory_order_relaxed);
    return engine->options.train_workers / (runs > 0 ? runs : 1);
}

/* Trains to the end, with a team where updates are work enough for one and threads are left. */
static enum engine_status train_to_end(struct engine *engine, struct trainer *trainer)
{
    size_t most = engine->options.train_workers;
    struct team *team = NULL;
    if (most > 1 && trainer_wants_team(trainer, most)) {
        team = team_create(most, fair_share, engine);
        if (!team || !trainer_share(trainer, team, most)) {
            team_free(team);
            return ENGINE_NO_MEMORY;
        }
    }
    atomic_fetch_add(&engine->runs.training, 1);
    enum engine_status status = advance_to_end(engine, trainer);
    atomic_fetch_sub(&engine->runs.training, 1);
    team_free(team);
    return status;
}

static enum engine_status train_block(struct engine *engine, const struct run *run,
                                      const struct snapshot *base, struct block *block,
                                      struct training *out)
{
    const struct network *net = base->definition->net;
    struct train_options options = options_of(run, base);
    struct model model = block_model(block);
    out->trainer = trainer_create(net, &options, &run->samples->training, &model);
    if (!out->trainer)
        return ENGINE_NO_MEMORY;
    enum engine_status status = train_to_end(engine, out->trainer);
    block_take_model(block, &model);
    out->updates = trainer_updates(out->trainer);
    return status == ENGINE_OK ? measure(run, net, block->parameters, &out->outcome) : status;
}

enum engine_status training_run(struct engine *engine, const struct run *run, struct snapshot *base,
                                struct training *out)
{
    *out = (struct training){.base = snapshot_reference(base)};
    struct block *block = block_copy(base->block);
    enum engine_status status = ENGINE_NO_MEMORY;
    if (block)
        status = train_block(engine, run, base, block, out);
    if (status == ENGINE_OK && !(out->next = snapshot_next(base)))
        status = ENGINE_NO_MEMORY;
    if (status == ENGINE_OK) {
        snapshot_set_block(out->next, block);
        out->next->steps += out->updates;
    }
    block_release(block);
    return status;
}

void training_release(struct training *training)
{
    trainer_free(training->trainer); /* before the base, whose network it borrows */
    snapshot_release(training->base);
    snapshot_release(training->next);
    free(training->outcome.outputs);
    free(training->outcome.gradient);
}
