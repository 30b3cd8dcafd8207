#ifndef TESTS_STORAGE_FIXTURE_H
#define TESTS_STORAGE_FIXTURE_H

#include <pthread.h>
#include <stdbool.h>

#include "storage/store.h"

/* The path of `name` in the test's own folder, for the caller to free. */
char *fixture_path(const char *name);

/* Opens a store, or ends the test with the sentence that it was refused with. */
struct store *fixture_open(const char *path);

/* A change that can be waited for. */
struct awaited {
    struct store_change change;
    pthread_mutex_t mutex;
    pthread_cond_t decided;
    bool is_decided;
    enum store_status status;
    unsigned order; /* how many were decided before it, of those submitted with await_submit() */
};

/* Fills in what waiting needs. The caller fills in the change before it, submits, then waits. */
void await_submit(struct store *store, struct awaited *awaited);
enum store_status await(struct awaited *awaited);

/* Submits a change and waits for it. */
enum store_status fixture_commit(struct store *store, struct store_change *change);

/* Keeps the writer busy from hold() to release(), so that what is submitted in between becomes one
 * group. */
struct hold {
    struct store_change barrier;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_held, is_released;
};

void hold(struct hold *hold, struct store *store);
void release(struct hold *hold);

/* A block of values that `seed` decides, for fixture_block_free(). */
struct store_block *fixture_block(size_t parameter_count, size_t state_count, uint64_t seed);
/* Rounds its values, and has them stored as floats. */
void fixture_block_round(struct store_block *block);
void fixture_block_free(struct store_block *block);

/* Whether a copy that was read has the bits of a block. */
bool fixture_same_block(const struct store_block_copy *copy, const struct store_block *block);

/* Changes with plain contents, at revision 0 and from `parent` to parent + 1. */
struct store_change fixture_create(const char *name, const struct store_block *block);
struct store_change fixture_update(int64_t id, uint64_t parent, const struct store_block *block);
struct store_change fixture_delete(int64_t id, uint64_t parent);

/* Creates a network of a few parameters that `seed` decides; its id, or 0. */
int64_t fixture_network(struct store *store, const char *name, uint64_t seed);

/* The first number that an SQL query answers on the file; -1 when it fails. */
int64_t fixture_query(const char *path, const char *sql);

/* Reads a whole file; the caller frees. Copies one. */
unsigned char *fixture_read(const char *path, size_t *size);
void fixture_write(const char *path, const void *bytes, size_t size);

#endif
