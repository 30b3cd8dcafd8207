#ifndef TESTS_HARNESS_FAKE_STORE_H
#define TESTS_HARNESS_FAKE_STORE_H

#include "storage/store_datasets.h"

/*
 * storage/store.h in memory, for tests that are linked without storage/. Changes are decided in the
 * order of their submission: while it holds, one by one as the test says, on the test's own thread;
 * otherwise within store_submit(). store_open() opens an empty one, whatever the path.
 * Runs are written well and forgotten.
 */

/* From now on changes wait. */
void fake_store_hold(struct store *store);

/*
 * Decides the change that has waited longest: carries it out (STORE_OK), which may find it
 * STORE_STALE or STORE_EXISTS, or fails it with `status` and leaves everything as it was. Returns
 * what it was told. There must be one: see fake_store_await().
 */
enum store_status fake_store_decide(struct store *store, enum store_status status);

/* Changes that wait. */
size_t fake_store_waiting(struct store *store);

/* Waits, for some seconds, until that many changes wait. Returns whether they do. */
bool fake_store_await(struct store *store, size_t count);

/* Carries out what waits, and everything that comes. */
void fake_store_release(struct store *store);

/* Puts the network of this name at another revision, as only another process could. */
void fake_store_tamper(struct store *store, const char *name);

#endif
