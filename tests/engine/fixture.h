#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <stdbool.h>

#include "engine/engine.h"
#include "engine/run.h"
#include "engine/snapshot.h"

/* Definitions as hexadecimal digits: the engine needs no other text. One whose metadata is
 * "damaged" is written but not read. */
extern const struct definition_codec plain_codec;

/* Opens a store, or ends the test with the sentence that it was refused with. `name` is a file in
 * the test's own folder, or ":memory:". */
struct store *fixture_store(const char *name);

/* What engines are opened with from now on: seconds of work between two restart points (2), ended
 * runs that a network keeps (100). Written by the main thread while there is no engine. */
extern double fixture_save_seconds;
extern size_t fixture_keep_runs;

/* Two workers, two training threads. Ends the test where it cannot start. */
struct engine *fixture_engine(struct store *store, size_t cache_bytes, size_t max_queued_runs);

/* Options of a run of so many epochs, and the text by which the codec knows them. */
struct train_options fixture_run_options(uint64_t epochs);
char *fixture_run_text(uint64_t epochs);

/* A network of two layers with momentum, without start values. */
struct proposal fixture_proposal(size_t inputs, size_t hidden, size_t outputs, uint64_t seed);

/* The committed revision of a network, or -1 when there is none. Ends the test on other faults. */
long revision_of(struct engine *engine, const char *name);

/* Its committed snapshot, for snapshot_release(). Ends the test where there is none. */
struct snapshot *snapshot_of(struct engine *engine, const char *name);

/* Whether two snapshots have the same parameters, optimizer state and counts, to the bit. */
bool same_model(const struct snapshot *a, const struct snapshot *b);

/* `count` numbers between -1 and 1, the same in every call. */
const double *fixture_values(size_t count);

#endif
