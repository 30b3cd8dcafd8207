/* Runs: rows that are written again and again, with their blocks; what goes with what. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/block.h"
#include "storage/chunks.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

enum { LARGE = CHUNK_SIZE / sizeof(double) + 1000 }; /* values of a block of two chunks */

/* A row whose every number is another one. */
static struct store_run make_row(uint64_t id, int64_t sequence, int64_t network_id)
{
    static char request[] = "{}", point[] = "\0\1\2";
    return (struct store_run){
        .id = id,
        .sequence = sequence,
        .network_id = network_id,
        .state = 11,
        .reason = 12,
        .created_at = 13,
        .started_at = 14,
        .finished_at = 15,
        .epochs = 16,
        .epoch = 17,
        .updates = 18,
        .steps = 19,
        .revision = UINT64_MAX,
        .total_error = 0.1,
        .mean_error = -0.2,
        .validation_error = NAN,
        .learning_rate = 5e-324,
        .elapsed = 0.3,
        .request = request,
        .point = point,
        .point_size = 3,
    };
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_row(const struct store_run *a, const struct store_run *b)
{
    return a->id == b->id && a->sequence == b->sequence && a->network_id == b->network_id &&
           a->ended == b->ended && a->state == b->state && a->reason == b->reason &&
           a->created_at == b->created_at && a->started_at == b->started_at &&
           a->finished_at == b->finished_at && a->epochs == b->epochs && a->epoch == b->epoch &&
           a->updates == b->updates && a->steps == b->steps && a->revision == b->revision &&
           same_number(a->total_error, b->total_error) &&
           same_number(a->mean_error, b->mean_error) &&
           same_number(a->validation_error, b->validation_error) &&
           same_number(a->learning_rate, b->learning_rate) && a->elapsed == b->elapsed &&
           strcmp(a->request, b->request) == 0 && a->point_size == b->point_size &&
           (!a->point_size || memcmp(a->point, b->point, a->point_size) == 0);
}

static enum store_status write_run(struct store *store, const struct store_run_change *run)
{
    struct store_change change = {.kind = STORE_RUN, .run = run};
    return fixture_commit(store, &change);
}

static bool has_row(struct store *store, const struct store_run *expected)
{
    struct store_run row;
    if (store_read_run(store, expected->id, &row) != STORE_OK)
        return false;
    bool same = same_row(&row, expected);
    store_run_release(&row);
    return same;
}

static bool has_block(struct store *store, uint64_t id, enum store_run_block which,
                      const struct store_block *expected)
{
    struct store_block_copy copy;
    if (store_read_run_block(store, id, which, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, expected);
    store_block_release(&copy);
    return same;
}

/* What lies in a closed database and belongs to nobody. */
static int64_t orphans(const char *path)
{
    return fixture_query(
        path, "SELECT (SELECT count(*) FROM loose_blocks) + (SELECT count(*) FROM chunks WHERE "
              "block_id NOT IN (SELECT block_id FROM networks UNION SELECT start_id FROM networks "
              "UNION SELECT samples_id FROM runs UNION SELECT point_id FROM runs UNION "
              "SELECT history_id FROM runs))");
}

static void test_rows(void)
{
    char *path = fixture_path("rows.db");
    struct store *store = fixture_open(path);
    int64_t network = fixture_network(store, "a", 1);
    struct store_run row = make_row(UINT64_MAX, 1, network);
    struct store_block *samples = fixture_block(LARGE, 0, 2);
    struct store_block *points[2] = {fixture_block(20, 40, 3), fixture_block(LARGE, LARGE, 4)};
    struct store_run_change change = {.row = &row, .blocks = {samples, points[0], NULL}};
    struct store_run none;
    struct store_block_copy no_block;
    tap_ok(store_read_run(store, row.id, &none) == STORE_NOT_FOUND, "no run at first");
    tap_ok(write_run(store, &change) == STORE_OK && has_row(store, &row), "a row as it was given");
    tap_ok(has_block(store, row.id, STORE_RUN_SAMPLES, samples) &&
               has_block(store, row.id, STORE_RUN_POINT, points[0]) &&
               store_read_run_block(store, row.id, STORE_RUN_HISTORY, &no_block) == STORE_NOT_FOUND,
           "with the blocks that it was given");
    bool all_same = true;
    for (int i = 1; i < 6; i++) { /* small, large, small ... */
        row.epoch += 100;
        row.total_error = i;
        row.validation_error = i * 0.7;
        change.blocks[STORE_RUN_SAMPLES] = NULL;
        change.blocks[STORE_RUN_POINT] = points[i % 2];
        all_same &= write_run(store, &change) == STORE_OK && has_row(store, &row) &&
                    has_block(store, row.id, STORE_RUN_POINT, points[i % 2]) &&
                    has_block(store, row.id, STORE_RUN_SAMPLES, samples);
    }
    tap_ok(all_same, "another point in place of the one before, small and large");
    store_close(store);
    tap_ok(orphans(path) == 0, "of which nothing is left");
    store = fixture_open(path);
    tap_ok(has_row(store, &row), "it is there when the store is opened again");
    row.ended = true;
    row.point = NULL;
    row.point_size = 0;
    change = (struct store_run_change){
        .row = &row,
        .blocks = {[STORE_RUN_HISTORY] = points[0]},
        .dropped = {[STORE_RUN_SAMPLES] = true, [STORE_RUN_POINT] = true}};
    tap_ok(write_run(store, &change) == STORE_OK && has_row(store, &row) &&
               has_block(store, row.id, STORE_RUN_HISTORY, points[0]) &&
               store_read_run_block(store, row.id, STORE_RUN_SAMPLES, &no_block) ==
                   STORE_NOT_FOUND &&
               store_read_run_block(store, row.id, STORE_RUN_POINT, &no_block) == STORE_NOT_FOUND,
           "an ended run keeps its history alone");
    struct store_change gone = {.kind = STORE_RUN_DELETE, .run = &change};
    tap_ok(fixture_commit(store, &gone) == STORE_OK &&
               store_read_run(store, row.id, &none) == STORE_NOT_FOUND,
           "deleted");
    tap_ok(fixture_commit(store, &gone) == STORE_STALE, "once");
    tap_ok(fixture_network(store, "b", 1) > 0, "and the store goes on");
    store_close(store);
    tap_ok(orphans(path) == 0, "nothing is left of it");
    fixture_block_free(samples);
    fixture_block_free(points[0]);
    fixture_block_free(points[1]);
    free(path);
}

/* The sequences of a list, as text. */
static const char *listed(struct store *store, int64_t network, int64_t before, size_t limit)
{
    static char text[256];
    struct store_run *rows = NULL;
    size_t count = 0;
    bool more = false;
    text[0] = '\0';
    if (store_list_runs(store, network, before, limit, &rows, &count, &more) != STORE_OK)
        return "failed";
    for (size_t i = 0; i < count; i++) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d%s ", (int)rows[i].sequence,
                 rows[i].network);
        store_run_release(&rows[i]);
    }
    free(rows);
    return more ? strcat(text, "...") : text;
}

static void test_lists(void)
{
    char *path = fixture_path("lists.db");
    struct store *store = fixture_open(path);
    int64_t a = fixture_network(store, "a", 1), b = fixture_network(store, "b", 1);
    int64_t last = -1;
    tap_ok(store_last_run(store, &last) == STORE_OK && last == 0, "no run yet");
    for (int i = 1; i <= 8; i++) { /* the odd ones are a's; the first two go on */
        struct store_run row = make_row(1000 - (uint64_t)i, i, i % 2 ? a : b);
        row.ended = i > 2;
        write_run(store, &(struct store_run_change){.row = &row});
    }
    tap_text(listed(store, 0, INT64_MAX, 3), "8b 7a 6b ...", "a page of all");
    tap_text(listed(store, 0, 6, 5), "5a 4b 3a 2b 1a ", "the next, which is the last");
    tap_text(listed(store, a, INT64_MAX, 2), "7a 5a ...", "a network's");
    tap_text(listed(store, a, 5, 2), "3a 1a ", "and the rest of them");
    tap_text(listed(store, 77, 5, 2), "", "another's");
    struct store_run *rows = NULL;
    size_t count = 0;
    tap_ok(store_list_unfinished_runs(store, &rows, &count) == STORE_OK && count == 2 &&
               rows[0].sequence == 1 && rows[1].sequence == 2,
           "those that are to go on, in order");
    for (size_t i = 0; i < count; i++)
        store_run_release(&rows[i]);
    free(rows);
    /* a ended 3, 5, 7; with 9 there are four, of which two stay. What goes on is not touched. */
    struct store_run row = make_row(1, 9, a);
    row.ended = true;
    write_run(store, &(struct store_run_change){.row = &row, .keep = 2});
    tap_text(listed(store, 0, INT64_MAX, 9), "9a 8b 7a 6b 4b 2b 1a ", "the oldest ended ones go");
    struct store_change gone = {.kind = STORE_RUN_DELETE, .run = &(struct store_run_change){&row}};
    fixture_commit(store, &gone);
    tap_ok(store_last_run(store, &last) == STORE_OK && last == 9, "no sequence comes again");
    struct store_change no_network = fixture_delete(a, 0);
    tap_ok(fixture_commit(store, &no_network) == STORE_OK, "a network is deleted");
    tap_text(listed(store, 0, INT64_MAX, 9), "8b 6b 4b 2b ", "and its runs with it");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM runs") == 4, "from the disk too");
    free(path);
}

/* The end of a run and what it trained are one change. */
static void test_together(void)
{
    char *path = fixture_path("together.db");
    struct store *store = fixture_open(path);
    struct store_block *block = fixture_block(LARGE, 0, 1), *history = fixture_block(60, 0, 9);
    struct store_change create = fixture_create("a", block);
    fixture_commit(store, &create);
    struct store_run row = make_row(5, 1, create.id);
    struct store_run_change run = {.row = &row};
    struct store_change stale = fixture_update(create.id, 3, history), good;
    row.ended = true;
    run.blocks[STORE_RUN_HISTORY] = history;
    stale.run = &run;
    struct store_run none;
    tap_ok(fixture_commit(store, &stale) == STORE_STALE &&
               store_read_run(store, 5, &none) == STORE_NOT_FOUND,
           "a run whose network has moved does not end");
    good = fixture_update(create.id, 0, history);
    good.run = &run;
    struct store_network network = {0};
    tap_ok(fixture_commit(store, &good) == STORE_OK && has_row(store, &row) &&
               has_block(store, 5, STORE_RUN_HISTORY, history) &&
               store_read_network(store, "a", &network) == STORE_OK && network.revision == 1,
           "otherwise both are written");
    store_network_release(&network);
    store_close(store);
    tap_ok(orphans(path) == 0, "and nothing else");
    fixture_block_free(block);
    fixture_block_free(history);
    free(path);
}

int main(void)
{
    test_rows();
    test_lists();
    test_together();
    return tap_done();
}
