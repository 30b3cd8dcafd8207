#include "tests/harness/fake_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE = 10 }; /* seconds until a change that does not come is given up */

/* A network as it lies in the store. */
struct row {
    struct store_network network;
    struct store_block_copy blocks[STORE_BLOCKS];
    struct row *next;
};

struct store {
    pthread_mutex_t deciding; /* one change at a time; taken before `mutex` */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool holds;
    struct store_change *first; /* the queue */
    struct store_change **last;
    size_t waiting;
    int64_t last_id;
    struct row *rows; /* by name */
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static double *copy_values(const double *values, size_t count)
{
    double *copy = allocate(count, sizeof(*copy));
    if (count)
        memcpy(copy, values, count * sizeof(*copy));
    return copy;
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

/* Rows --------------------------------------------------------------------------------- */

void store_block_release(struct store_block_copy *block)
{
    free(block->parameters);
    free(block->state);
}

void store_network_release(struct store_network *row)
{
    free(row->name);
    free(row->definition);
}

static void set_block(struct row *row, enum store_block_which which,
                      const struct store_block *values, bool with_state)
{
    struct store_block_copy *block = &row->blocks[which];
    store_block_release(block);
    *block = (struct store_block_copy){.parameters =
                                           copy_values(values->parameters, values->parameter_count),
                                       .parameter_count = values->parameter_count,
                                       .numerics = values->numerics,
                                       .floats = values->floats};
    if (!with_state || !values->state_count)
        return;
    block->state = copy_values(values->state, values->state_count);
    block->state_count = values->state_count;
    block->optimizer_updates = values->optimizer_updates;
}

/* Where the row of this name hangs, or would hang. */
static struct row **find(struct store *store, const char *name)
{
    struct row **place = &store->rows;
    while (*place && strcmp((*place)->network.name, name) < 0)
        place = &(*place)->next;
    return place;
}

static struct row *row_of(struct store *store, const char *name)
{
    struct row *row = *find(store, name);
    return row && strcmp(row->network.name, name) == 0 ? row : NULL;
}

static void hang_in(struct store *store, struct row *row)
{
    struct row **place = find(store, row->network.name);
    row->next = *place;
    *place = row;
}

static void free_row(struct row *row)
{
    store_network_release(&row->network);
    for (int which = 0; which < STORE_BLOCKS; which++)
        store_block_release(&row->blocks[which]);
    free(row);
}

static enum store_status create(struct store *store, const struct store_change *change)
{
    if (row_of(store, change->name))
        return STORE_EXISTS;
    struct row *row = allocate(1, sizeof(*row));
    row->network = (struct store_network){.id = change->id,
                                          .name = copy_text(change->name),
                                          .creation_id = change->creation_id,
                                          .revision = change->revision,
                                          .steps = change->steps,
                                          .created_at = change->created_at,
                                          .updated_at = change->updated_at,
                                          .definition = copy_text(change->definition),
                                          .parameter_count = change->block->parameter_count};
    set_block(row, STORE_CURRENT, change->block, true);
    set_block(row, STORE_START, change->start ? change->start : change->block, false);
    hang_in(store, row);
    return STORE_OK;
}

/* The row that a change stands on, taken out; NULL when there is none at its parent revision. */
static struct row *take_out(struct store *store, const struct store_change *change)
{
    struct row **place = &store->rows;
    while (*place && (*place)->network.id != change->id)
        place = &(*place)->next;
    struct row *row = *place;
    if (!row || row->network.revision != change->parent_revision)
        return NULL;
    *place = row->next;
    return row;
}

static enum store_status update(struct store *store, const struct store_change *change)
{
    if (change->name && row_of(store, change->name))
        return STORE_EXISTS;
    struct row *row = take_out(store, change);
    if (!row)
        return STORE_STALE;
    struct store_network *network = &row->network;
    network->revision = change->revision;
    network->steps = change->steps;
    network->updated_at = change->updated_at;
    if (change->name) {
        free(network->name);
        network->name = copy_text(change->name);
    }
    if (change->definition) {
        free(network->definition);
        network->definition = copy_text(change->definition);
    }
    if (change->block)
        set_block(row, STORE_CURRENT, change->block, true);
    if (change->start)
        set_block(row, STORE_START, change->start, false);
    network->parameter_count = row->blocks[STORE_CURRENT].parameter_count;
    hang_in(store, row);
    return STORE_OK;
}

static enum store_status delete_row(struct store *store, const struct store_change *change)
{
    struct row *row = take_out(store, change);
    if (!row)
        return STORE_STALE;
    free_row(row);
    return STORE_OK;
}

static enum store_status apply(struct store *store, const struct store_change *change)
{
    if (change->chain && atomic_load(&change->chain->generation) != change->generation)
        return STORE_STALE;
    switch (change->kind) {
    case STORE_CREATE:
        return create(store, change);
    case STORE_UPDATE:
        return update(store, change);
    case STORE_DELETE:
        return delete_row(store, change);
    case STORE_STAGE:
    case STORE_UNSTAGE:
    case STORE_DATASET_PUT:
    case STORE_DATASET_DELETE:
        return STORE_FAILED; /* it has no datasets */
    case STORE_RUN_DELETE:
    case STORE_CHECKPOINT_DELETE:
        return STORE_STALE;
    case STORE_CHECKPOINT:
    case STORE_RUN:
    case STORE_BARRIER:
        return STORE_OK;
    }
    abort();
}

/* Changes ------------------------------------------------------------------------------ */

void store_submit(struct store *store, struct store_change *change)
{
    pthread_mutex_lock(&store->mutex);
    if (change->kind == STORE_CREATE)
        change->id = ++store->last_id;
    change->next = NULL;
    *store->last = change;
    store->last = &change->next;
    store->waiting++;
    bool holds = store->holds;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->mutex);
    if (!holds)
        fake_store_release(store);
}

/* Takes a change off the queue and carries it out or fails it. Called with both locks, of which it
 * lets `mutex` go. */
static enum store_status decide(struct store *store, enum store_status status)
{
    struct store_change *change = store->first;
    store->first = change->next;
    if (!store->first)
        store->last = &store->first;
    store->waiting--;
    if (status == STORE_OK || change->kind == STORE_BARRIER)
        status = apply(store, change);
    pthread_mutex_unlock(&store->mutex);
    change->done(change, status);
    return status;
}

enum store_status fake_store_decide(struct store *store, enum store_status status)
{
    pthread_mutex_lock(&store->deciding);
    pthread_mutex_lock(&store->mutex);
    if (!store->first)
        abort();
    status = decide(store, status);
    pthread_mutex_unlock(&store->deciding);
    return status;
}

void fake_store_hold(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    store->holds = true;
    pthread_mutex_unlock(&store->mutex);
}

/* Whoever decides already goes on until the queue is empty. */
void fake_store_release(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    store->holds = false;
    pthread_mutex_unlock(&store->mutex);
    pthread_mutex_lock(&store->deciding);
    pthread_mutex_lock(&store->mutex);
    while (store->first) {
        decide(store, STORE_OK);
        pthread_mutex_lock(&store->mutex);
    }
    pthread_mutex_unlock(&store->mutex);
    pthread_mutex_unlock(&store->deciding);
}

size_t fake_store_waiting(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    size_t waiting = store->waiting;
    pthread_mutex_unlock(&store->mutex);
    return waiting;
}

bool fake_store_await(struct store *store, size_t count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    pthread_mutex_lock(&store->mutex);
    while (store->waiting < count &&
           pthread_cond_timedwait(&store->changed, &store->mutex, &until) == 0)
        continue;
    bool are_there = store->waiting >= count;
    pthread_mutex_unlock(&store->mutex);
    return are_there;
}

/* Reads -------------------------------------------------------------------------------- */

static void copy_network(const struct store_network *network, struct store_network *out)
{
    *out = *network;
    out->name = copy_text(network->name);
    out->definition = copy_text(network->definition);
}

static void copy_block(const struct store_block_copy *block, struct store_block_copy *out)
{
    *out = *block;
    out->parameters = copy_values(block->parameters, block->parameter_count);
    if (block->state)
        out->state = copy_values(block->state, block->state_count);
}

/* Copies the row of this name, with its current block where `block` is not NULL. */
static enum store_status read_row(struct store *store, const char *name, struct store_network *out,
                                  struct store_block_copy *block)
{
    pthread_mutex_lock(&store->mutex);
    const struct row *row = row_of(store, name);
    if (row) {
        copy_network(&row->network, out);
        if (block)
            copy_block(&row->blocks[STORE_CURRENT], block);
    }
    pthread_mutex_unlock(&store->mutex);
    return row ? STORE_OK : STORE_NOT_FOUND;
}

enum store_status store_read_network(struct store *store, const char *name,
                                     struct store_network *out)
{
    return read_row(store, name, out, NULL);
}

enum store_status store_read_network_block(struct store *store, const char *name,
                                           struct store_network *out,
                                           struct store_block_copy *block)
{
    return read_row(store, name, out, block);
}

enum store_status store_read_start(struct store *store, int64_t id, uint64_t revision,
                                   struct store_block_copy *block)
{
    pthread_mutex_lock(&store->mutex);
    const struct row *row = store->rows;
    while (row && row->network.id != id)
        row = row->next;
    bool is_there = row && row->network.revision == revision;
    if (is_there)
        copy_block(&row->blocks[STORE_START], block);
    pthread_mutex_unlock(&store->mutex);
    return is_there ? STORE_OK : STORE_STALE;
}

/* Whether a list with these bounds has the row. */
static bool is_listed(const struct row *row, const char *prefix, const char *after)
{
    const char *name = row->network.name;
    return (!prefix || strncmp(name, prefix, strlen(prefix)) == 0) &&
           (!after || strcmp(name, after) > 0);
}

enum store_status store_list_networks(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_network **rows, size_t *count,
                                      bool *more)
{
    *rows = allocate(limit, sizeof(**rows));
    *count = 0;
    *more = false;
    pthread_mutex_lock(&store->mutex);
    for (const struct row *row = store->rows; row && !*more; row = row->next) {
        if (!is_listed(row, prefix, after))
            continue;
        *more = *count == limit;
        if (!*more)
            copy_network(&row->network, &(*rows)[(*count)++]);
    }
    pthread_mutex_unlock(&store->mutex);
    return STORE_OK;
}

/* Runs, of which it keeps none ---------------------------------------------------------- */

void store_run_release(struct store_run *run)
{
    (void)run;
}

enum store_status store_read_run(struct store *store, uint64_t id, struct store_run *out)
{
    (void)store;
    (void)id;
    (void)out;
    return STORE_NOT_FOUND;
}

enum store_status store_read_run_block(struct store *store, uint64_t id, enum store_run_block which,
                                       struct store_block_copy *block)
{
    (void)store;
    (void)id;
    (void)which;
    (void)block;
    return STORE_NOT_FOUND;
}

enum store_status store_list_runs(struct store *store, int64_t network_id, int64_t before,
                                  size_t limit, struct store_run **rows, size_t *count, bool *more)
{
    (void)network_id;
    (void)before;
    (void)limit;
    *more = false;
    return store_list_unfinished_runs(store, rows, count);
}

enum store_status store_list_unfinished_runs(struct store *store, struct store_run **rows,
                                             size_t *count)
{
    (void)store;
    *rows = NULL;
    *count = 0;
    return STORE_OK;
}

enum store_status store_last_run(struct store *store, int64_t *sequence)
{
    (void)store;
    *sequence = 0;
    return STORE_OK;
}

/* The store itself --------------------------------------------------------------------- */

void store_checkpoint_release(struct store_checkpoint *checkpoint)
{
    (void)checkpoint;
}

enum store_status store_read_checkpoint(struct store *store, int64_t network_id, const char *label,
                                        struct store_checkpoint *out,
                                        struct store_block_copy *block)
{
    (void)store;
    (void)network_id;
    (void)label;
    (void)out;
    (void)block;
    return STORE_NOT_FOUND;
}

enum store_status store_list_checkpoints(struct store *store, int64_t network_id, const char *after,
                                         size_t limit, struct store_checkpoint **rows,
                                         size_t *count, bool *more)
{
    (void)store;
    (void)network_id;
    (void)after;
    (void)limit;
    *rows = NULL;
    *count = 0;
    *more = false;
    return STORE_OK;
}

/* Datasets: there are none. */

void store_dataset_release(struct store_dataset *row)
{
    free(row->name);
    free(row->description);
}

enum store_status store_read_dataset(struct store *store, const char *name,
                                     struct store_dataset *out)
{
    (void)store, (void)name, (void)out;
    return STORE_NOT_FOUND;
}

enum store_status store_read_values(struct store *store, const struct store_dataset *dataset,
                                    uint64_t first, size_t count, double *values)
{
    (void)store, (void)dataset, (void)first, (void)count, (void)values;
    return STORE_NOT_FOUND;
}

enum store_status store_list_datasets(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_dataset **rows, size_t *count,
                                      bool *more)
{
    (void)store, (void)prefix, (void)after, (void)limit;
    *rows = NULL;
    *count = 0;
    *more = false;
    return STORE_OK;
}

enum store_status store_open(const char *path, struct store **out, struct store_error *error)
{
    (void)path;
    (void)error;
    struct store *store = allocate(1, sizeof(*store));
    pthread_mutex_init(&store->deciding, NULL);
    pthread_mutex_init(&store->mutex, NULL);
    pthread_cond_init(&store->changed, NULL);
    store->last = &store->first;
    *out = store;
    return STORE_OK;
}

void store_close(struct store *store)
{
    fake_store_release(store);
    while (store->rows) {
        struct row *row = store->rows;
        store->rows = row->next;
        free_row(row);
    }
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->mutex);
    pthread_mutex_destroy(&store->deciding);
    free(store);
}

void fake_store_tamper(struct store *store, const char *name)
{
    pthread_mutex_lock(&store->mutex);
    row_of(store, name)->network.revision += 100;
    pthread_mutex_unlock(&store->mutex);
}
