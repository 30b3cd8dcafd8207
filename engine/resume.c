#include "engine/resume.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run_list.h"
#include "engine/run_record.h"
#include "engine/state.h"

/* The run that a row tells of; takes its texts. NULL when out of memory. */
static struct run *run_of_row(struct engine *engine, const struct run_request *request,
                              struct store_run *row)
{
    struct run *run = run_create(engine, request, row->id);
    if (!run)
        return NULL;
    run->sequence = row->sequence;
    run->network_id = row->network_id;
    memccpy(run->network, row->network, '\0', NAME_MAX_LENGTH);
    run->progress = run_progress_of_row(row);
    run->progress.state = RUN_QUEUED;
    run->stored = true;
    run->text = row->request;
    run->point = row->point;
    run->point_size = row->point_size;
    row->request = NULL;
    row->point = NULL;
    return run;
}

/* A run that cannot go on ends as failed. */
static void fail(struct run *run, enum run_reason reason)
{
    struct run_progress progress = run->progress;
    progress.state = RUN_FAILED;
    progress.reason = reason;
    progress.finished_at = microseconds_now();
    struct run_write *write = run_write_create(run, &progress);
    commit_release(write ? run_write_submit(write, NULL, 0) : NULL);
}

static void resume(struct engine *engine, struct store_run *row)
{
    struct run_request request = {0};
    bool is_read = engine->codec->decode_run && engine->codec->decode_run(row->request, &request);
    struct run *run = run_of_row(engine, &request, row);
    if (!run)
        return;
    enum engine_status status = is_read && strlen(run->network) <= NAME_MAX_LENGTH
                                    ? live_acquire(engine, run->network, true, &run->live)
                                    : ENGINE_DAMAGED;
    if (status != ENGINE_OK) {
        fail(run, status == ENGINE_NO_MEMORY ? RUN_HAD_NO_MEMORY : RUN_DAMAGED);
    } else {
        run_queue_admit(engine, run, true, true);
        run_queue_add(engine, run);
    }
    run_release(run);
}

bool runs_resume(struct engine *engine)
{
    struct store_run *rows = NULL;
    size_t count = 0;
    if (store_last_run(engine->store, &engine->runs.last_sequence) != STORE_OK ||
        store_list_unfinished_runs(engine->store, &rows, &count) != STORE_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        resume(engine, &rows[i]);
        store_run_release(&rows[i]);
    }
    free(rows);
    return true;
}
