/*
 * The same bits: networks with every activation, optimizer and option are trained in batches of 1,
 * 3, 32 and all samples, in both precisions, in every vector width that this machine has, and what
 * comes of it is compared by a hash.
 *
 * The hashes are also compared with those in tests/nn/data/determinism.inc, so that other builds
 * (-O0, clang), other machines and later versions are held to the same bits. These say what was,
 * not what is right: that is what kernels_test and the references of other tests are for. A change
 * of the definitions in docs/determinism.md changes them; then
 *
 *     make build/tests/nn/determinism_test
 *     build/tests/nn/determinism_test --write > tests/nn/data/determinism.inc.new
 *     mv tests/nn/data/determinism.inc.new tests/nn/data/determinism.inc
 *
 * writes them anew, and nn/numerics.h gets another version.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/simd.h"
#include "nn/trainer.h"
#include "tests/harness/tap.h"
#include "tests/nn/determinism.h"
#include "tests/nn/networks.h"
#include "tests/nn/teams.h"
#include "tests/nn/training.h"

enum { BATCH_SIZES = 4 };
static const size_t batch_sizes[BATCH_SIZES] = {1, 3, 32, SIZE_MAX};

/* How many threads may take part: a run takes as many of them as are worth it. */
static const size_t thread_counts[] = {1, 2, 16};
static size_t shared_runs; /* how many had a team; written by run_hash() */

/* What each gives: written by --write. */
static const struct stored {
    const char *name;
    uint64_t hashes[PRECISION_COUNT][BATCH_SIZES];
} stored_rows[] = {
#include "tests/nn/data/determinism.inc"
};

/* FNV-1a over the bits of numbers, the lowest byte first, whatever the machine's order. */
static uint64_t hash_numbers(uint64_t hash, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        for (int byte = 0; byte < 8; byte++)
            hash = (hash ^ (bits >> 8 * byte & 0xff)) * 0x100000001b3;
    }
    return hash;
}

/* The curve, but for the times. */
static uint64_t hash_history(uint64_t hash, const struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct history_point *point = &history->points[i];
        const double numbers[] = {
            (double)point->epoch, point->total_error,
            point->mean_error,    isnan(point->validation_error) ? -1 : point->validation_error,
            point->learning_rate,
        };
        hash = hash_numbers(hash, numbers, COUNT(numbers));
    }
    return hash;
}

/* What the trained network makes of its samples. */
static uint64_t hash_pass(uint64_t hash, const struct network *net, const double *parameters,
                          const struct samples *samples)
{
    size_t outputs = samples->rows * network_outputs(net);
    struct pass *pass = pass_create(net, pass_rows(net, samples->rows));
    struct outcome outcome = {
        .outputs = values_zero(outputs),
        .errors = values_zero(outputs),
        .gradient = values_zero(net->parameter_count),
    };
    pass_run(net, parameters, samples, pass, &outcome);
    hash = hash_numbers(hash, outcome.outputs, outputs);
    hash = hash_numbers(hash, outcome.errors, outputs);
    hash = hash_numbers(hash, outcome.gradient, net->parameter_count);
    hash = hash_numbers(hash, &outcome.total_error, 1);
    free(outcome.outputs);
    free(outcome.errors);
    free(outcome.gradient);
    pass_free(pass);
    return hash;
}

/* Gives the run a team of at most so many, be it worth it or not; one of small batches has so many
 * parts, each of which begins threads, that it is left to runs_test. */
static void share(const struct determinism_run *run, struct trainer *trainer,
                  struct test_team *team, size_t threads)
{
    if (run->options.batch_size < 16)
        threads = 1;
    while (threads > 1 && !team_fits(run->net, &run->options, threads))
        threads--;
    if (threads == 1)
        return;
    *team = team_of(threads, true);
    if (!trainer_share(trainer, &team->team, threads))
        exit(2);
    shared_runs++;
}

/* Trains once and hashes all that comes of it; 0 when the run does not end as it should. */
static uint64_t run_hash(const struct determinism_row *row, enum precision precision, size_t batch,
                         size_t threads)
{
    struct determinism_run run = determinism_run(row, precision);
    run.options.batch_size = batch < run.samples.rows ? batch : run.samples.rows;
    struct trainer *trainer = trainer_create(run.net, &run.options, &run.samples, &run.model);
    struct test_team team;
    share(&run, trainer, &team, threads);
    trainer_advance(trainer, 3600);
    size_t states = optimizer_slots(&run.net->optimizer) * run.net->parameter_count;
    uint64_t hash = 0xcbf29ce484222325;
    hash = hash_numbers(hash, run.model.parameters, run.net->parameter_count);
    hash = hash_numbers(hash, run.model.state, states);
    hash = hash_numbers(hash, &(double){(double)run.model.optimizer_updates}, 1);
    hash = hash_history(hash, trainer_history(trainer));
    hash = hash_pass(hash, run.net, run.model.parameters, &run.samples);
    if (trainer_state(trainer) == TRAINER_DIVERGED)
        hash = 0;
    trainer_free(trainer);
    determinism_release(&run);
    return hash;
}

static const struct stored *stored_of(const char *name)
{
    for (size_t i = 0; i < COUNT(stored_rows); i++)
        if (strcmp(stored_rows[i].name, name) == 0)
            return &stored_rows[i];
    return NULL;
}

static void test_run(const struct determinism_row *row, enum precision precision, size_t b)
{
    uint64_t first = 0;
    bool finite = true;
    for (enum simd simd = 0; simd < SIMD_COUNT; simd++) {
        for (size_t t = 0; t < COUNT(thread_counts) && simd_available(simd); t++) {
            simd_use(simd);
            uint64_t hash = run_hash(row, precision, batch_sizes[b], thread_counts[t]);
            finite &= hash != 0;
            first = first ? first : hash;
            tap_ok(hash == first, "%s, %s, batch %zu: %s, %zu threads", row->name,
                   precision_names[precision], b, simd_names[simd], thread_counts[t]);
        }
    }
    const struct stored *stored = stored_of(row->name);
    tap_ok(finite, "none diverges");
    tap_ok(stored && stored->hashes[precision][b] == first, "%s, %s, batch %zu: as it was",
           row->name, precision_names[precision], b);
}

static void write_row(const struct determinism_row *row)
{
    printf("{\"%s\",\n {", row->name);
    for (enum precision precision = 0; precision < PRECISION_COUNT; precision++) {
        printf("%s{", precision ? ",\n  " : "");
        for (size_t b = 0; b < BATCH_SIZES; b++)
            printf("%s0x%016" PRIx64, b ? ", " : "", run_hash(row, precision, batch_sizes[b], 1));
        printf("}");
    }
    printf("}},\n");
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    if (write)
        printf("/* Made by determinism_test --write, which says what it is. */\n");
    for (size_t i = 0; i < determinism_count; i++) {
        if (write)
            write_row(&determinism_rows[i]);
        for (size_t c = 0; c < PRECISION_COUNT * BATCH_SIZES && !write; c++)
            test_run(&determinism_rows[i], (enum precision)(c / BATCH_SIZES), c % BATCH_SIZES);
    }
    if (write)
        return 0;
    tap_ok(shared_runs > 0, "%zu runs were shared", shared_runs);
    return tap_done();
}
