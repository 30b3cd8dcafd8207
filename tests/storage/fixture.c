#include "tests/storage/fixture.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

char *fixture_path(const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", tap_directory(), name) < 0)
        abort();
    return path;
}

struct store *fixture_open(const char *path)
{
    struct store *store;
    struct store_error error;
    if (store_open(path, &store, &error) == STORE_OK)
        return store;
    fprintf(stderr, "%s\n", error.message);
    exit(2);
}

static void decide(struct store_change *change, enum store_status status)
{
    static unsigned decided; /* written on the writer's thread alone, by one store at a time */
    struct awaited *awaited = (struct awaited *)change;
    pthread_mutex_lock(&awaited->mutex);
    awaited->status = status;
    awaited->order = decided++;
    awaited->is_decided = true;
    pthread_cond_signal(&awaited->decided);
    pthread_mutex_unlock(&awaited->mutex);
}

void await_submit(struct store *store, struct awaited *awaited)
{
    pthread_mutex_init(&awaited->mutex, NULL);
    pthread_cond_init(&awaited->decided, NULL);
    awaited->is_decided = false;
    awaited->change.done = decide;
    store_submit(store, &awaited->change);
}

enum store_status await(struct awaited *awaited)
{
    pthread_mutex_lock(&awaited->mutex);
    while (!awaited->is_decided)
        pthread_cond_wait(&awaited->decided, &awaited->mutex);
    pthread_mutex_unlock(&awaited->mutex);
    pthread_mutex_destroy(&awaited->mutex);
    pthread_cond_destroy(&awaited->decided);
    return awaited->status;
}

enum store_status fixture_commit(struct store *store, struct store_change *change)
{
    struct awaited awaited = {.change = *change};
    await_submit(store, &awaited);
    enum store_status status = await(&awaited);
    change->id = awaited.change.id;
    return status;
}

static void keep_writer(struct store_change *change, enum store_status status)
{
    (void)status;
    struct hold *held = (struct hold *)change;
    pthread_mutex_lock(&held->mutex);
    held->is_held = true;
    pthread_cond_broadcast(&held->changed);
    while (!held->is_released)
        pthread_cond_wait(&held->changed, &held->mutex);
    held->is_held = false;
    pthread_cond_broadcast(&held->changed);
    pthread_mutex_unlock(&held->mutex);
}

void hold(struct hold *hold, struct store *store)
{
    *hold = (struct hold){.barrier = {.kind = STORE_BARRIER, .done = keep_writer}};
    pthread_mutex_init(&hold->mutex, NULL);
    pthread_cond_init(&hold->changed, NULL);
    store_submit(store, &hold->barrier);
    pthread_mutex_lock(&hold->mutex);
    while (!hold->is_held)
        pthread_cond_wait(&hold->changed, &hold->mutex);
    pthread_mutex_unlock(&hold->mutex);
}

void release(struct hold *hold)
{
    pthread_mutex_lock(&hold->mutex);
    hold->is_released = true;
    pthread_cond_broadcast(&hold->changed);
    while (hold->is_held)
        pthread_cond_wait(&hold->changed, &hold->mutex);
    pthread_mutex_unlock(&hold->mutex);
}

struct store_block *fixture_block(size_t parameter_count, size_t state_count, uint64_t seed)
{
    struct store_block *block = calloc(1, sizeof(*block));
    double *values = calloc(parameter_count + state_count + 1, sizeof(double));
    if (!block || !values)
        abort();
    uint64_t bits = seed * 2 + 1;
    for (size_t i = 0; i < parameter_count + state_count; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
        values[i] = (double)(int64_t)bits / 1e18;
    }
    *block = (struct store_block){
        .parameters = values,
        .state = state_count ? values + parameter_count : NULL,
        .parameter_count = parameter_count,
        .state_count = state_count,
        .optimizer_updates = seed,
        .numerics = 1 + seed % 5,
    };
    return block;
}

void fixture_block_round(struct store_block *block)
{
    double *values = (double *)block->parameters;
    for (size_t i = 0; i < block->parameter_count + block->state_count; i++)
        values[i] = (float)values[i];
    block->floats = true;
}

void fixture_block_free(struct store_block *block)
{
    free((double *)block->parameters);
    free(block);
}

bool fixture_same_block(const struct store_block_copy *copy, const struct store_block *block)
{
    return copy->parameter_count == block->parameter_count &&
           copy->state_count == block->state_count &&
           copy->optimizer_updates == block->optimizer_updates &&
           copy->numerics == block->numerics && copy->floats == block->floats &&
           (copy->state != NULL) == (block->state_count != 0) &&
           memcmp(copy->parameters, block->parameters, block->parameter_count * sizeof(double)) ==
               0 &&
           (!block->state_count ||
            memcmp(copy->state, block->state, block->state_count * sizeof(double)) == 0);
}

struct store_change fixture_create(const char *name, const struct store_block *block)
{
    return (struct store_change){
        .kind = STORE_CREATE,
        .name = name,
        .definition = "{}",
        .creation_id = 1,
        .created_at = 1000,
        .updated_at = 1000,
        .block = block,
    };
}

struct store_change fixture_update(int64_t id, uint64_t parent, const struct store_block *block)
{
    return (struct store_change){
        .kind = STORE_UPDATE,
        .id = id,
        .parent_revision = parent,
        .revision = parent + 1,
        .steps = parent + 1,
        .updated_at = 2000,
        .block = block,
    };
}

struct store_change fixture_delete(int64_t id, uint64_t parent)
{
    return (struct store_change){.kind = STORE_DELETE, .id = id, .parent_revision = parent};
}

int64_t fixture_network(struct store *store, const char *name, uint64_t seed)
{
    struct store_block *block = fixture_block(10, 0, seed);
    struct store_change change = fixture_create(name, block);
    enum store_status status = fixture_commit(store, &change);
    fixture_block_free(block);
    return status == STORE_OK ? change.id : 0;
}

int64_t fixture_query(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

unsigned char *fixture_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        abort();
    fclose(file);
    return bytes;
}

void fixture_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}
