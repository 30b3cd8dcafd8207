#include "engine/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/run_record.h"
#include "engine/state.h"
#include "engine/team.h"

static const double slice_seconds = 0.02; /* how long a run trains between looks at the world */
/* Of a run's time that may go into restart points, or into what readers ask for: each. */
static const double share_for_others = 0.01;
static const double longest_pause = 1;    /* seconds that a reader may have to wait */
static const double writer_work = 2e-9;   /* seconds that the writer takes for a byte of one */
static const double longest_interval = 5; /* seconds of work that may be lost */

/* What this thread has worked: a clock on the wall would count who took its core, too. */
static double work_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Error, outputs and gradient after the last update. */
static enum engine_status measure(const struct training *training, struct outcome *outcome)
{
    const struct run *run = training->run;
    const struct network *net = training->base->definition->net;
    size_t rows = run->samples->training.rows;
    struct pass *pass = pass_create(net, pass_rows(net, rows));
    if (run->request.want_outputs)
        outcome->outputs = calloc(rows, network_outputs(net) * sizeof(double));
    if (run->request.want_gradient)
        outcome->gradient = calloc(net->parameter_count, sizeof(double));
    enum nn_status status = NN_NO_MEMORY;
    if (pass && (outcome->outputs || !run->request.want_outputs) &&
        (outcome->gradient || !run->request.want_gradient))
        status = pass_run(net, training->model.parameters, &run->samples->training, pass, outcome);
    pass_free(pass);
    if (status == NN_OK)
        return ENGINE_OK;
    return status == NN_NO_MEMORY ? ENGINE_NO_MEMORY : ENGINE_DIVERGED;
}

/* Progress ------------------------------------------------------------------------------ */

void training_look(const struct training *training, struct run_progress *progress)
{
    const struct trainer *trainer = training->trainer;
    if (!trainer)
        return;
    const struct history *history = trainer_history(trainer);
    progress->epoch = trainer_epoch(trainer);
    progress->updates = trainer_updates(trainer);
    progress->elapsed = trainer_elapsed(trainer);
    progress->learning_rate = trainer_learning_rate(trainer);
    progress->eta = NAN;
    if (trainer_state(trainer) == TRAINER_RUNNING && progress->updates > 0)
        progress->eta = progress->elapsed * (double)(training->all_updates - progress->updates) /
                        (double)progress->updates;
    if (history->count == 0)
        return;
    const struct history_point *last = &history->points[history->count - 1];
    progress->total_error = last->total_error;
    progress->mean_error = last->mean_error;
    progress->validation_error = last->validation_error;
}

static void show(const struct training *training)
{
    struct run_progress progress;
    run_look(training->run, &progress);
    training_look(training, &progress);
    run_show(training->run, &progress, false);
}

/* The model so far as a snapshot in the network's place; NULL when out of memory. */
static struct snapshot *newest_of(const struct training *training)
{
    struct block *block = block_copy(training->block);
    struct snapshot *newest = block ? snapshot_next(training->base) : NULL;
    if (newest) {
        newest->revision = training->base->revision;
        newest->steps += trainer_updates(training->trainer);
        snapshot_set_block(newest, block);
    }
    block_release(block);
    return newest;
}

static void give_newest(struct training *training)
{
    struct run *run = training->run;
    trainer_write_model(training->trainer);
    block_take_model(training->block, &training->model);
    struct snapshot *newest = newest_of(training);
    struct run_progress progress;
    run_look(run, &progress);
    training_look(training, &progress);
    pthread_mutex_lock(&run->lock);
    struct snapshot *before = run->newest;
    if (newest) {
        run->newest = newest;
        run->newest_progress = progress;
        run->newest_given++;
    }
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    if (newest)
        snapshot_release(before);
}

static void give_curve(const struct training *training)
{
    struct run *run = training->run;
    pthread_mutex_lock(&run->lock);
    if (history_copy(&run->curve, trainer_history(training->trainer)))
        run->curve_given++;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

/* Gives readers what they ask for, unless it would cost the run more than its share of time. */
static void answer_wishes(struct training *training)
{
    struct run *run = training->run;
    double elapsed = trainer_elapsed(training->trainer);
    if (!atomic_load(&run->wishes) || elapsed < training->newest_at)
        return;
    double begun = work_seconds();
    int wishes = atomic_exchange(&run->wishes, 0);
    if (wishes & WISH_NEWEST)
        give_newest(training);
    if (wishes & WISH_CURVE)
        give_curve(training);
    double pause = (work_seconds() - begun) / share_for_others;
    training->newest_at = elapsed + (pause < longest_pause ? pause : longest_pause);
}

/* Restart points ------------------------------------------------------------------------ */

static bool is_saving(const struct training *training)
{
    enum engine_status status;
    return training->saving && !commit_decided(training->saving, &status);
}

/* Sends a restart point on its way. Where there is no memory for one, the last one stands. */
static void save(struct training *training)
{
    struct run *run = training->run;
    double begun = work_seconds();
    struct run_progress progress;
    run_look(run, &progress);
    training_look(training, &progress);
    struct run_write *write = run_write_create(run, &progress);
    if (!write)
        return;
    if (!run_write_point(write, training->trainer, training->base->definition->net,
                         &training->memory)) {
        run_write_free(write);
        return;
    }
    run_write_samples(write);
    size_t bytes = (write->blocks[STORE_RUN_POINT].parameter_count +
                    write->blocks[STORE_RUN_POINT].state_count) *
                   sizeof(double);
    commit_release(training->saving);
    training->saving = run_write_submit(write, NULL, 0);
    training->saved_at = trainer_elapsed(training->trainer);
    double work = work_seconds() - begun + writer_work * (double)bytes;
    double interval = work / share_for_others;
    training->save_after = interval < longest_interval ? interval : longest_interval;
    if (training->save_after < training->engine->options.save_seconds)
        training->save_after = training->engine->options.save_seconds;
}

/* Saves the run where it stands, and waits until that is on disk. */
static void save_for_good(struct training *training)
{
    if (is_saving(training))
        commit_wait(training->saving);
    save(training);
    if (is_saving(training))
        commit_wait(training->saving);
}

/* Between two slices. */
static void look_around(struct training *training)
{
    show(training);
    answer_wishes(training);
    if (training->run->text && !is_saving(training) &&
        trainer_elapsed(training->trainer) >= training->saved_at + training->save_after)
        save(training);
}

/* Training ------------------------------------------------------------------------------ */

static bool is_told_to_stop(const struct training *training)
{
    return atomic_load(&training->run->stop) != RUN_GOES_ON;
}

static enum engine_status stop(struct training *training)
{
    return trainer_stop(training->trainer) == TRAINER_DIVERGED ? ENGINE_DIVERGED : ENGINE_OK;
}

static enum engine_status advance_to_end(struct training *training)
{
    struct trainer *trainer = training->trainer;
    bool is_shown = training->run->live != NULL;
    while (!is_told_to_stop(training)) {
        switch (trainer_continue(trainer, slice_seconds)) {
        case TRAINER_DIVERGED:
            return ENGINE_DIVERGED;
        case TRAINER_ENDED_EPOCHS:
        case TRAINER_ENDED_STOP_BELOW:
        case TRAINER_ENDED_EARLY:
        case TRAINER_STOPPED:
            return ENGINE_OK;
        case TRAINER_RUNNING:
            break;
        }
        if (is_shown)
            look_around(training);
        if (run_queue_is_stopping(&training->engine->runs)) {
            if (is_shown && training->run->text)
                save_for_good(training);
            return ENGINE_SHUTTING_DOWN;
        }
    }
    return stop(training);
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
static enum engine_status train_to_end(struct training *training)
{
    struct engine *engine = training->engine;
    size_t most = engine->options.train_workers;
    struct team *team = NULL;
    size_t members = trainer_team(training->trainer, most);
    if (members > 1) {
        team = team_create(members, fair_share, engine);
        if (!team || !trainer_share(training->trainer, team, members)) {
            team_free(team);
            return ENGINE_NO_MEMORY;
        }
    }
    atomic_fetch_add(&engine->runs.training, 1);
    enum engine_status status = advance_to_end(training);
    atomic_fetch_sub(&engine->runs.training, 1);
    team_free(team);
    return status;
}

static uint64_t count_updates(const struct train_options *options, size_t rows)
{
    size_t batch = options->batch_size < rows ? options->batch_size : rows;
    return options->epochs * (rows / batch + (rows % batch != 0));
}

static enum engine_status make_trainer(struct training *training)
{
    const struct network *net = training->base->definition->net;
    struct train_options options = options_of(training->run, training->base);
    const struct samples *samples = &training->run->samples->training;
    training->all_updates = count_updates(&options, samples->rows);
    training->trainer = trainer_create(net, &options, samples, &training->model);
    return training->trainer ? ENGINE_OK : ENGINE_NO_MEMORY;
}

/* Puts the model and a new trainer to where the run stood when it was saved. */
static enum engine_status go_on(struct training *training, const struct run_restart *restart)
{
    const struct network *net = training->base->definition->net;
    struct block *block = training->block;
    struct model best;
    memcpy(block->parameters, restart->model.parameters, net->parameter_count * sizeof(double));
    if (block->state)
        memcpy(block->state, restart->model.state, block->state_count * sizeof(double));
    block->optimizer_updates = restart->model.optimizer_updates;
    training->model = block_model(block);
    enum engine_status status = make_trainer(training);
    if (status != ENGINE_OK)
        return status;
    bool has_best = run_restart_best(restart, net, &best);
    if (!trainer_resume(training->trainer, &restart->point, has_best ? &best : NULL,
                        &restart->history))
        return ENGINE_DAMAGED;
    training->saved_at = trainer_elapsed(training->trainer);
    return ENGINE_OK;
}

/* A trainer at the run's beginning, or where it stood when the daemon ended. */
static enum engine_status begin(struct training *training)
{
    struct run_restart restart;
    enum engine_status status =
        run_restart_read(training->run, training->base->definition->net, &restart);
    if (status == ENGINE_NOT_FOUND) {
        training->model = block_model(training->block);
        return make_trainer(training);
    }
    if (status == ENGINE_OK) {
        status = go_on(training, &restart);
        run_restart_release(&restart);
    }
    return status;
}

/* What a run that is read from the store trains on. */
static enum engine_status fetch_samples(struct training *training)
{
    struct run *run = training->run;
    struct store_block_copy block;
    if (run->samples)
        return ENGINE_OK;
    enum engine_status status = engine_status_of(
        store_read_run_block(training->engine->store, run->number, STORE_RUN_SAMPLES, &block));
    if (status == ENGINE_OK) {
        status = run_data_read(training->base->definition->net, &block, &run->data);
        store_block_release(&block);
    }
    if (status == ENGINE_OK)
        run->samples = &run->data->samples;
    return status == ENGINE_NOT_FOUND ? ENGINE_DAMAGED : status;
}

/* Whether what was trained becomes a revision. */
static bool is_kept(const struct training *training)
{
    return trainer_state(training->trainer) != TRAINER_STOPPED ||
           (atomic_load(&training->run->stop) == RUN_STOPS_KEEPING &&
            trainer_updates(training->trainer) > 0);
}

static enum engine_status make_next(struct training *training)
{
    training->next = snapshot_next(training->base);
    if (!training->next)
        return ENGINE_NO_MEMORY;
    snapshot_set_block(training->next, training->block);
    training->next->steps += trainer_updates(training->trainer);
    return ENGINE_OK;
}

enum engine_status training_run(struct engine *engine, struct run *run, struct snapshot *base,
                                struct training *out)
{
    *out = (struct training){.engine = engine,
                             .run = run,
                             .base = snapshot_reference(base),
                             .block = block_copy(base->block),
                             .save_after = engine->options.save_seconds};
    enum engine_status status = out->block ? fetch_samples(out) : ENGINE_NO_MEMORY;
    if (status == ENGINE_OK)
        status = begin(out);
    if (status == ENGINE_OK)
        status = train_to_end(out);
    if (out->trainer)
        block_take_model(out->block, &out->model);
    if (status == ENGINE_OK)
        status = measure(out, &out->outcome);
    if (status == ENGINE_OK && is_kept(out))
        status = make_next(out);
    return status;
}

void training_release(struct training *training)
{
    trainer_free(training->trainer); /* before the base, whose network it borrows */
    commit_release(training->saving);
    point_memory_release(training->memory);
    block_release(training->block);
    snapshot_release(training->base);
    snapshot_release(training->next);
    free(training->outcome.outputs);
    free(training->outcome.gradient);
}
