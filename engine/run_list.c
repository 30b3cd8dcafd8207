#include "engine/run_list.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run_record.h"
#include "engine/state.h"

struct run_progress run_progress_of_row(const struct store_run *row)
{
    return (struct run_progress){
        .state = row->state >= 0 && row->state < RUN_STATE_COUNT ? (enum run_state)row->state
                                                                 : RUN_FAILED,
        .reason = row->reason >= 0 && row->reason < RUN_REASON_COUNT ? (enum run_reason)row->reason
                                                                     : RUN_DAMAGED,
        .epochs = row->epochs,
        .epoch = row->epoch,
        .updates = row->updates,
        .total_error = row->total_error,
        .mean_error = row->mean_error,
        .validation_error = row->validation_error,
        .learning_rate = row->learning_rate,
        .elapsed = row->elapsed,
        .eta = NAN,
        .steps = row->steps,
        .revision = row->revision,
        .created_at = row->created_at,
        .started_at = row->started_at,
        .finished_at = row->finished_at,
    };
}

void run_view_release(struct run_view *view)
{
    free(view->request);
    *view = (struct run_view){0};
}

/* Takes the row's text. */
static struct run_view view_of_row(struct store_run *row)
{
    struct run_view view = {
        .sequence = row->sequence, .request = row->request, .progress = run_progress_of_row(row)};
    snprintf(view.id, sizeof(view.id), "%016" PRIx64, row->id);
    snprintf(view.network, sizeof(view.network), "%s", row->network);
    row->request = NULL;
    return view;
}

enum engine_status run_view_of(struct run *run, struct run_view *out)
{
    char *request = strdup(run->text);
    if (!request)
        return ENGINE_NO_MEMORY;
    *out = (struct run_view){.sequence = run->sequence};
    memcpy(out->id, run->id, sizeof(out->id));
    memcpy(out->network, run->network, sizeof(out->network));
    run_look(run, &out->progress);
    out->request = request;
    return ENGINE_OK;
}

/* Sixteen small hexadecimal digits. */
static bool parse_id(const char *id, uint64_t *number)
{
    *number = 0;
    if (strlen(id) != RUN_ID_LENGTH || strspn(id, "0123456789abcdef") != RUN_ID_LENGTH)
        return false;
    *number = strtoull(id, NULL, 16);
    return true;
}

enum engine_status run_view_read(struct engine *engine, const char *id, bool may_block,
                                 struct run_view *out)
{
    uint64_t number;
    struct store_run row;
    struct run *run = run_find(engine, id);
    if (run) {
        enum engine_status status = run->text ? run_view_of(run, out) : ENGINE_NOT_FOUND;
        run_release(run);
        return status;
    }
    if (!parse_id(id, &number))
        return ENGINE_NOT_FOUND;
    if (!may_block)
        return ENGINE_NEEDS_WORKER;
    enum engine_status status = engine_status_of(store_read_run(engine->store, number, &row));
    if (status != ENGINE_OK)
        return status;
    *out = view_of_row(&row);
    store_run_release(&row);
    return ENGINE_OK;
}

void run_list_release(struct run_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        run_view_release(&list->items[i]);
    free(list->items);
    *list = (struct run_list){0};
}

/* Adds up to `limit` runs in progress, the newest first. They are kept in the order of their
 * admission but for those of two networks at one instant. */
static enum engine_status add_runs(struct engine *engine, int64_t network_id, int64_t before,
                                   size_t limit, struct run_list *list)
{
    enum engine_status status = ENGINE_OK;
    struct run_queue *queue = &engine->runs;
    pthread_mutex_lock(&queue->lock);
    for (struct run *run = queue->all; run && list->count < limit; run = run->all_after) {
        if (!run->text || run->sequence >= before || (network_id && run->network_id != network_id))
            continue;
        status = run_view_of(run, &list->items[list->count]);
        if (status != ENGINE_OK)
            break;
        list->count++;
    }
    pthread_mutex_unlock(&queue->lock);
    return status;
}

static bool has_sequence(const struct run_list *list, size_t count, int64_t sequence)
{
    for (size_t i = 0; i < count; i++)
        if (list->items[i].sequence == sequence)
            return true;
    return false;
}

static int newest_first(const void *a, const void *b)
{
    const struct run_view *left = a, *right = b;
    return (left->sequence < right->sequence) - (left->sequence > right->sequence);
}

/* Puts rows of the store between those in progress, and leaves the first `limit`. */
static void merge(struct run_list *list, struct store_run *rows, size_t count, size_t limit)
{
    size_t in_progress = list->count;
    for (size_t i = 0; i < count; i++)
        if (!has_sequence(list, in_progress, rows[i].sequence))
            list->items[list->count++] = view_of_row(&rows[i]);
    qsort(list->items, list->count, sizeof(*list->items), newest_first);
    while (list->count > limit) {
        run_view_release(&list->items[--list->count]);
        list->more = true;
    }
}

enum engine_status run_list_in_progress(struct engine *engine, size_t limit, struct run_list *out)
{
    *out = (struct run_list){.items = calloc(limit + 1, sizeof(*out->items))};
    if (!out->items)
        return ENGINE_NO_MEMORY;
    enum engine_status status = add_runs(engine, 0, INT64_MAX, limit + 1, out);
    if (status != ENGINE_OK) {
        run_list_release(out);
        return status;
    }
    out->more = out->count > limit;
    if (out->more)
        run_view_release(&out->items[--out->count]);
    return ENGINE_OK;
}

/* The store's key of a network; 0 for all. */
static enum engine_status find_network(struct engine *engine, const char *network, int64_t *id)
{
    struct snapshot *snapshot;
    *id = 0;
    if (!network)
        return ENGINE_OK;
    enum engine_status status = network_read(engine, network, true, &snapshot);
    if (status != ENGINE_OK)
        return status;
    *id = snapshot->id;
    snapshot_release(snapshot);
    return ENGINE_OK;
}

enum engine_status run_list_read(struct engine *engine, const char *network, int64_t before,
                                 size_t limit, struct run_list *out)
{
    int64_t network_id;
    struct store_run *rows = NULL;
    size_t count = 0;
    *out = (struct run_list){0};
    enum engine_status status = find_network(engine, network, &network_id);
    if (status != ENGINE_OK)
        return status;
    out->items = calloc(2 * limit + 1, sizeof(*out->items));
    if (!out->items)
        return ENGINE_NO_MEMORY;
    /* Those in progress first: one that ends meanwhile is on disk before it is not there. */
    status = add_runs(engine, network_id, before, limit + 1, out);
    if (status == ENGINE_OK)
        status = engine_status_of(
            store_list_runs(engine->store, network_id, before, limit, &rows, &count, &out->more));
    if (status == ENGINE_OK)
        merge(out, rows, count, limit);
    for (size_t i = 0; i < count; i++)
        store_run_release(&rows[i]);
    free(rows);
    if (status != ENGINE_OK)
        run_list_release(out);
    return status;
}

enum engine_status run_history(struct engine *engine, const char *id, struct history *out)
{
    uint64_t number;
    struct store_run row;
    enum engine_status status;
    if (!parse_id(id, &number))
        return ENGINE_NOT_FOUND;
    struct run *run = run_find(engine, id);
    if (run) {
        struct run_progress progress;
        status = run_curve(run, out);
        run_look(run, &progress);
        run_release(run);
        if (status != ENGINE_OK || !run_state_is_end(progress.state))
            return status;
        history_release(out); /* it has ended: the whole of it is on disk */
    }
    status = run_history_read(engine, number, out);
    if (status != ENGINE_NOT_FOUND)
        return status;
    status = engine_status_of(store_read_run(engine->store, number, &row));
    if (status == ENGINE_OK) { /* it ended before it began */
        store_run_release(&row);
        history_init(out);
    }
    return status;
}

enum engine_status run_delete_ended(struct engine *engine, const char *id, struct commit **out)
{
    uint64_t number;
    struct run_view view;
    enum engine_status status = run_view_read(engine, id, true, &view);
    if (status != ENGINE_OK)
        return status;
    bool ended = run_state_is_end(view.progress.state);
    run_view_release(&view);
    if (!ended)
        return ENGINE_BUSY;
    parse_id(id, &number);
    *out = run_write_delete(engine, number);
    return *out ? ENGINE_OK : ENGINE_NO_MEMORY;
}
