#include "storage/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "storage/database_check.h"
#include "storage/database_file.h"
#include "storage/refusal.h"
#include "storage/store_internal.h"

enum { READER_COUNT = 3 };

/* SQLite counts what it allocates under one lock for all threads: a tenth of the writer's time, for
 * numbers that nobody reads. */
static void configure_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Locks the file, and sees to it that it is a database of ours. */
static enum store_status prepare_file(struct store *store, const char *path,
                                      struct store_error *error)
{
    enum store_status status = lock_file_take(&store->lock, path, error);
    if (status != STORE_OK)
        return status;
    status = database_check(path, error);
    store->is_new = status == STORE_NOT_FOUND;
    return store->is_new ? database_file_create(path, error) : status;
}

static enum store_status open_readers(struct store *store, const char *path,
                                      struct store_error *error)
{
    store->readers = &store->reader_pool;
    enum store_status status = STORE_OK;
    while (status == STORE_OK && store->reader_pool.count < READER_COUNT) {
        struct connection *next = &store->reader_pool.connections[store->reader_pool.count];
        status = connection_open_reader(next, path, error);
        pool_add(&store->reader_pool);
    }
    return status;
}

static enum store_status open_connections(struct store *store, const char *path, bool is_file,
                                          struct store_error *error)
{
    struct connection *writer = &store->writer_pool.connections[0];
    enum store_status status = connection_open_writer(writer, path, error);
    pool_add(&store->writer_pool);
    if (status == STORE_OK && is_file)
        status = open_readers(store, path, error);
    if (status == STORE_OK) {
        store->writer = writer_start(&store->writer_pool, error);
        status = store->writer ? STORE_OK : STORE_FAILED;
    }
    return status;
}

enum store_status store_open(const char *path, struct store **out, struct store_error *error)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, configure_sqlite);
    *error = (struct store_error){0};
    bool is_file = strcmp(path, ":memory:") != 0;
    char *resolved = is_file ? database_file_resolve(path, error) : strdup(path);
    struct store *store = resolved ? calloc(1, sizeof(*store)) : NULL;
    enum store_status status = STORE_FAILED;
    if (!store)
        goto out;
    pool_init(&store->writer_pool);
    pool_init(&store->reader_pool);
    store->readers = &store->writer_pool;
    store->is_new = true;
    status = is_file ? prepare_file(store, resolved, error) : STORE_OK;
    if (status == STORE_OK)
        status = open_connections(store, resolved, is_file, error);
out:
    free(resolved);
    if (status == STORE_OK)
        *out = store;
    else
        store_close(store);
    if (status != STORE_OK && !error->message[0])
        refuse(error, status, "out of memory");
    return status;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    writer_stop(store->writer);
    /* The writer's connection last: who closes last copies the log back. */
    pool_release(&store->reader_pool);
    pool_release(&store->writer_pool);
    lock_file_release(&store->lock);
    free(store);
}

bool store_is_new(const struct store *store)
{
    return store->is_new;
}

bool store_writable(const struct store *store)
{
    return writer_writable(store->writer);
}

bool store_sync_failed(const struct store *store)
{
    return writer_sync_failed(store->writer);
}

void store_submit(struct store *store, struct store_change *change)
{
    writer_submit(store->writer, change);
}
