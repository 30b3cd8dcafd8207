/* From what was trained to what is on disk and told: train_here() and train_queued(). */
#include <math.h>

#include "engine/run_record.h"
#include "engine/state.h"
#include "engine/training.h"

static enum run_reason reason_of_end(enum trainer_state state)
{
    switch (state) {
    case TRAINER_ENDED_STOP_BELOW:
        return RUN_STOPPED_BELOW;
    case TRAINER_ENDED_EARLY:
        return RUN_STOPPED_EARLY;
    case TRAINER_STOPPED:
        return RUN_WAS_CANCELLED;
    case TRAINER_ENDED_EPOCHS:
    case TRAINER_RUNNING:
    case TRAINER_DIVERGED:
        break;
    }
    return RUN_ALL_EPOCHS;
}

static enum run_reason reason_of_failure(enum engine_status status)
{
    switch (status) {
    case ENGINE_DIVERGED:
        return RUN_DIVERGED;
    case ENGINE_NO_MEMORY:
        return RUN_HAD_NO_MEMORY;
    case ENGINE_DAMAGED:
        return RUN_DAMAGED;
    case ENGINE_NUMERICS:
        return RUN_OTHER_NUMERICS;
    default:
        return RUN_NOT_KEPT;
    }
}

/* What the run shows once its end is decided. */
static struct run_progress end_of(const struct training *training, enum engine_status status)
{
    struct run_progress progress;
    run_look(training->run, &progress);
    training_look(training, &progress);
    progress.finished_at = microseconds_now();
    progress.eta = NAN;
    progress.steps = training->base->steps;
    progress.revision = training->base->revision;
    if (status != ENGINE_OK) {
        progress.state = RUN_FAILED;
        progress.reason = reason_of_failure(status);
        progress.revision = progress.steps = 0;
        return progress;
    }
    progress.reason = reason_of_end(trainer_state(training->trainer));
    progress.state = progress.reason == RUN_WAS_CANCELLED ? RUN_CANCELLED : RUN_SUCCEEDED;
    progress.total_error = training->outcome.total_error;
    progress.mean_error =
        training->outcome.total_error / (double)training->run->samples->training.rows;
    if (training->next) {
        progress.steps = training->next->steps;
        progress.revision = training->next->revision;
    }
    return progress;
}

/* What the run's row ends with, its curve with it. NULL when out of memory. */
static struct run_write *write_end(const struct training *training,
                                   const struct run_progress *progress)
{
    struct run_write *write = run_write_create(training->run, progress);
    if (!write || !training->trainer || !training->run->text ||
        run_write_history(write, trainer_history(training->trainer)))
        return write;
    run_write_free(write);
    return NULL;
}

static struct run_result result_of(const struct training *training, enum engine_status status,
                                   const struct run_progress *progress)
{
    struct run_result result = {.status = status,
                                .within_call = !training->run->live,
                                .id = training->run->id,
                                .progress = *progress,
                                .before = training->base,
                                .after = training->next ? training->next : training->base,
                                .outcome = training->outcome};
    if (training->trainer)
        result.history = trainer_history(training->trainer);
    return result;
}

void train_here(struct edit *edit, struct run *run, struct refusal *refusal)
{
    struct training training;
    struct run_write *write = NULL;
    struct commit *commit = NULL;
    run->sequence = run_queue_next_sequence(edit->engine);
    run->progress.started_at = microseconds_now();
    enum engine_status status = training_run(edit->engine, run, edit->base, &training);
    struct run_progress progress = end_of(&training, status);
    if (status == ENGINE_OK && !(write = write_end(&training, &progress)))
        status = ENGINE_NO_MEMORY;
    if (status == ENGINE_OK)
        status = edit_commit(edit, snapshot_reference(training.next),
                             &(struct edit_extent){.block = true, .write = write}, &commit);
    else
        status = edit_refuse(edit, status, refusal);
    struct run_result result = result_of(&training, status, &progress);
    result.commit = status == ENGINE_OK ? commit : refusal->commit;
    refusal->commit = NULL; /* the callback's now */
    run_tell(run, &result);
    training_release(&training);
}

/* Waits until the network's newest state is on disk, and gives it: what the run trains.
 * ENGINE_AGAIN when the one that it was admitted on failed: its samples may not even fit any more.
 */
static enum engine_status settled_state(struct engine *engine, const struct run *run,
                                        struct snapshot **out)
{
    if (run->ground) {
        enum engine_status status = commit_wait(run->ground);
        if (status != ENGINE_OK)
            return status;
    }
    /* The run before it hands its end to the writer while it has this lock. */
    pthread_mutex_lock(&run->live->write_lock);
    pthread_mutex_unlock(&run->live->write_lock);
    struct commit *barrier = commit_barrier(engine); /* behind what the run before it trained */
    if (!barrier)
        return ENGINE_NO_MEMORY;
    commit_wait(barrier);
    commit_release(barrier);
    *out = live_committed(run->live);
    return ENGINE_OK;
}

/* Commits what a run trained outside of its network's write lock, and its end with it; nobody else
 * has changed the network meanwhile. Then it is free, before anybody hears of the end. */
static enum engine_status commit_training(const struct training *training, struct run_write *write,
                                          struct commit **commit)
{
    struct engine *engine = training->engine;
    struct live *live = training->run->live;
    struct edit edit = {.engine = engine, .live = live_reference(engine, live)};
    pthread_mutex_lock(&live->write_lock);
    pthread_mutex_lock(&live->lock);
    edit.generation = atomic_load(&live->chain.generation);
    edit.base = snapshot_reference(live->newest);
    pthread_mutex_unlock(&live->lock);
    run_queue_retire(engine, training->run);
    return edit_commit(&edit, snapshot_reference(training->next),
                       &(struct edit_extent){.block = true, .write = write}, commit);
}

/* Sends the end of a run on its way: as one with its revision, or alone. What could not be sent has
 * failed. */
static enum engine_status send_end(const struct training *training, enum engine_status status,
                                   struct run_progress *progress, struct commit **commit)
{
    struct run *run = training->run;
    run_begin_end(run);
    struct run_write *write = write_end(training, progress);
    if (write && status == ENGINE_OK && training->next) {
        status = commit_training(training, write, commit);
    } else {
        run_queue_retire(training->engine, run);
        *commit = write ? run_write_submit(write, NULL, 0) : NULL;
        status = *commit ? status : ENGINE_NO_MEMORY;
    }
    if (*commit)
        return status;
    progress->state = RUN_FAILED;
    progress->reason = reason_of_failure(status);
    progress->revision = progress->steps = 0;
    struct run_write *failure = run_write_create(run, progress);
    struct commit *unheard = failure ? run_write_submit(failure, NULL, 0) : NULL;
    commit_release(unheard);
    if (!unheard)
        run_end(run, progress);
    return status;
}

static void end_run(const struct training *training, enum engine_status status)
{
    struct commit *commit = NULL;
    struct run_progress progress = end_of(training, status);
    status = send_end(training, status, &progress, &commit);
    struct run_result result = result_of(training, status, &progress);
    result.commit = commit;
    run_tell(training->run, &result);
}

/* A run that never began: what it was admitted on has failed (then nothing of it is on disk), or
 * there was no memory. */
static void end_before_begin(struct engine *engine, struct run *run, enum engine_status status)
{
    struct run_progress progress;
    struct run_write *write = NULL;
    run_begin_end(run);
    run_look(run, &progress);
    progress.state = RUN_FAILED;
    progress.reason = reason_of_failure(status);
    progress.finished_at = microseconds_now();
    run_queue_retire(engine, run);
    if (status != ENGINE_AGAIN)
        write = run_write_create(run, &progress);
    struct commit *commit = write ? run_write_submit(write, NULL, 0) : NULL;
    bool is_sent = commit != NULL;
    struct run_result result = {
        .status = status, .id = run->id, .progress = progress, .commit = commit};
    run_tell(run, &result);
    if (!is_sent)
        run_end(run, &progress);
}

/* Tells those who wait that the run goes on later, if it is kept. */
static void leave_run(struct engine *engine, struct run *run)
{
    struct commit *stored = NULL;
    struct run_result result = {.status = ENGINE_SHUTTING_DOWN, .id = run->id};
    if (run_store(run, &stored) == ENGINE_OK && run->text)
        result.goes_on = !stored || commit_wait(stored) == ENGINE_OK;
    commit_release(stored);
    run_look(run, &result.progress);
    run_queue_retire(engine, run);
    run_tell(run, &result);
    run_leave(run);
}

static void show_begin(struct run *run)
{
    struct run_progress progress;
    run_look(run, &progress);
    progress.state = RUN_RUNNING;
    if (!progress.started_at)
        progress.started_at = microseconds_now();
    run_show(run, &progress, true);
    run_announce(run, &progress);
}

void train_queued(struct engine *engine, struct run *run)
{
    struct snapshot *base = NULL;
    struct training training;
    if (run_queue_is_stopping(&engine->runs)) {
        leave_run(engine, run);
        run_release(run);
        return;
    }
    enum engine_status status = settled_state(engine, run, &base);
    if (status == ENGINE_OK) {
        show_begin(run);
        status = training_run(engine, run, base, &training);
        if (status == ENGINE_SHUTTING_DOWN)
            leave_run(engine, run);
        else
            end_run(&training, status);
        training_release(&training);
        snapshot_release(base);
    } else {
        end_before_begin(engine, run, status);
    }
    run_release(run);
}
