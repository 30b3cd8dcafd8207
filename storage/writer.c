#include "storage/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/datasets.h"
#include "storage/group.h"
#include "storage/refusal.h"

enum { PROBE_INTERVAL = 1 }; /* seconds between attempts to write again after a failure */

struct writer {
    struct pool *pool;
    pthread_t thread;
    atomic_bool writable;
    atomic_bool sync_failed;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t queued;
    struct store_change *first; /* the queue */
    struct store_change **last; /* where the next change is hung */
    int64_t last_network_id;
    bool stopping;

    /* The thread's alone. */
    struct chunks chunks;
    struct group group;
};

void writer_submit(struct writer *writer, struct store_change *change)
{
    change->next = NULL;
    pthread_mutex_lock(&writer->mutex);
    /* Never one that was used before, so that a late change cannot meet another network. */
    if (change->kind == STORE_CREATE)
        change->id = ++writer->last_network_id;
    *writer->last = change;
    writer->last = &change->next;
    pthread_cond_signal(&writer->queued);
    pthread_mutex_unlock(&writer->mutex);
}

bool writer_writable(const struct writer *writer)
{
    return atomic_load(&writer->writable);
}

bool writer_sync_failed(const struct writer *writer)
{
    return atomic_load(&writer->sync_failed);
}

/* Waits for a change; while nothing can be written, only until the next attempt is due. */
static void wait_for_changes(struct writer *writer)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PROBE_INTERVAL;
    bool probing = !writer->writable && !writer->sync_failed;
    int rc = 0;
    while (!writer->first && !writer->stopping && rc != ETIMEDOUT) {
        if (probing)
            rc = pthread_cond_timedwait(&writer->queued, &writer->mutex, &until);
        else
            pthread_cond_wait(&writer->queued, &writer->mutex);
    }
}

/* Moves what has queued into the group. Returns false when there is nothing left to do. */
static bool take_group(struct writer *writer)
{
    struct group *group = &writer->group;
    group_clear(group);
    pthread_mutex_lock(&writer->mutex);
    wait_for_changes(writer);
    while (writer->first && !group_is_full(group)) {
        group_add(group, writer->first);
        writer->first = writer->first->next;
    }
    if (!writer->first)
        writer->last = &writer->first;
    bool goes_on = group->count || !writer->stopping;
    pthread_mutex_unlock(&writer->mutex);
    return goes_on;
}

static bool someone_waits(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    bool waits = writer->first != NULL;
    pthread_mutex_unlock(&writer->mutex);
    return waits;
}

static void note_sync(struct writer *writer, enum store_status status)
{
    if (status != STORE_OUTCOME_UNKNOWN)
        return;
    atomic_store(&writer->sync_failed, true);
    atomic_store(&writer->writable, false);
    /* The log holds everything that was answered: a checkpoint now might lose it. */
    connection_keep_log(writer->chunks.connection);
}

/* Says whether the disk takes writes, by what became of the group. */
static void note_outcome(struct writer *writer)
{
    const struct group *group = &writer->group;
    bool written = false, failed = false;
    for (size_t i = 0; i < group->count; i++) {
        enum store_status status = group->changes[i].status;
        failed |= status == STORE_FULL || status == STORE_FAILED;
        written |= status == STORE_OK && group->changes[i].change->kind != STORE_BARRIER;
    }
    if (failed || written)
        atomic_store(&writer->writable, !failed);
    note_sync(writer, group->sync_failed ? STORE_OUTCOME_UNKNOWN : STORE_OK);
}

static void commit_group(struct writer *writer)
{
    if (!writer->group.count)
        return;
    if (writer->sync_failed) {
        group_refuse(&writer->group, STORE_FAILED);
        return;
    }
    pool_borrow(writer->pool);
    group_commit(&writer->group, &writer->chunks);
    pool_return(writer->pool, writer->chunks.connection);
    note_outcome(writer);
}

static void answer(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        group->changes[i].change->done(group->changes[i].change, group->changes[i].status);
}

/* Whether a small transaction succeeds: it lists a block that no network can have. */
static void probe(struct writer *writer)
{
    struct connection *connection = writer->chunks.connection;
    enum store_status status = connection_run(connection, BEGIN_IMMEDIATE);
    if (status == STORE_OK)
        status = connection_end(connection, connection_run_with(connection, LOOSE_ADD, 0));
    note_sync(writer, status);
    if (status == STORE_OK) {
        atomic_store(&writer->writable, true);
        writer->chunks.loose = true;
    }
}

/* Removes blocks that nobody has: while nobody waits, and at least as much as the group brought,
 * so that they do not pile up under load. */
static void sweep(struct writer *writer)
{
    const size_t due = writer->group.bytes;
    enum store_status status = STORE_OK;
    for (size_t swept = 0; status == STORE_OK && writer->chunks.loose; swept += SWEPT_AT_ONCE) {
        if (swept * CHUNK_SIZE >= due && someone_waits(writer))
            break;
        status = chunks_sweep(&writer->chunks);
        note_sync(writer, status);
    }
}

/* What can wait until the answers are out. */
static void tidy(struct writer *writer)
{
    if (writer->sync_failed)
        return;
    pool_borrow(writer->pool);
    if (!writer->group.count && !writer->writable)
        probe(writer);
    if (!writer->sync_failed)
        note_sync(writer, dataset_loosen_forgotten(&writer->chunks));
    if (!writer->sync_failed)
        sweep(writer);
    if (!writer->sync_failed)
        note_sync(writer, connection_checkpoint(writer->chunks.connection, false));
    pool_return(writer->pool, writer->chunks.connection);
}

/* Nobody goes on with what a process before this one has staged. */
static void abandon_staged(struct writer *writer)
{
    pool_borrow(writer->pool);
    note_sync(writer, dataset_abandon_all(&writer->chunks));
    pool_return(writer->pool, writer->chunks.connection);
}

static void *run(void *argument)
{
    struct writer *writer = argument;
    abandon_staged(writer);
    tidy(writer); /* what a crash has left */
    while (take_group(writer)) {
        commit_group(writer);
        answer(&writer->group);
        tidy(writer);
    }
    if (!writer->sync_failed)
        note_sync(writer, connection_checkpoint(writer->chunks.connection, true));
    return NULL;
}

/* Signals are for the threads that expect them. */
static int start_thread(struct writer *writer)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&writer->thread, NULL, run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static struct writer *writer_create(struct pool *pool)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    if (!writer)
        return NULL;
    writer->pool = pool;
    writer->last = &writer->first;
    atomic_init(&writer->writable, true);
    atomic_init(&writer->sync_failed, false);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->queued, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return writer;
}

static void writer_free(struct writer *writer)
{
    chunks_release(&writer->chunks);
    pthread_cond_destroy(&writer->queued);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

struct writer *writer_start(struct pool *pool, struct store_error *error)
{
    struct writer *writer = writer_create(pool);
    if (!writer)
        return NULL;
    struct connection *connection = pool_borrow(pool);
    enum store_status status = chunks_init(&writer->chunks, connection);
    if (status == STORE_OK)
        status = connection_number(connection, NETWORK_LAST_ID, &writer->last_network_id);
    if (status != STORE_OK)
        refuse(error, status, "cannot read the database: %s", sqlite3_errmsg(connection->db));
    pool_return(pool, connection);
    int rc = status == STORE_OK ? start_thread(writer) : 0;
    if (rc != 0)
        status = refuse(error, STORE_FAILED, "cannot start a thread: %s", strerror(rc));
    if (status == STORE_OK)
        return writer;
    writer_free(writer);
    return NULL;
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->mutex);
    writer->stopping = true;
    pthread_cond_signal(&writer->queued);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    writer_free(writer);
}
