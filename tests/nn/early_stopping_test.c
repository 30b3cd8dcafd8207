#include "nn/early_stopping.h"

#include <math.h>
#include <string.h>

#include "tests/harness/tap.h"

/* Worked by hand: what each epoch is, "b" the best so far, "w" one to wait for, "s" the last. */
static const struct stopping_row {
    const char *why;
    struct early_stopping stopping;
    double watched[8];
    const char *verdicts;
    uint64_t best_epoch;
    double best;
} stopping_rows[] = {
    {"falls all the time", {.patience = 1}, {8, 7, 6, 5, 4, 3, 2, 1}, "bbbbbbbb", 8, 1},
    {"patience 1", {.patience = 1}, {8, 7, 7.5}, "bbs", 2, 7},
    {"patience 3", {.patience = 3}, {8, 7, 9, 9, 9}, "bbwws", 2, 7},
    {"waits in a row only", {.patience = 2}, {8, 9, 7, 8, 6, 6, 6}, "bwbwbws", 5, 6},
    {"the same is no improvement", {.patience = 2}, {5, 5, 5}, "bws", 1, 5},
    {"too little", {.patience = 2, .min_delta = 0.5}, {5, 4.75, 4.5}, "bws", 1, 5},
    {"more than min_delta",
     {.patience = 2, .min_delta = 0.5},
     {5, 4.75, 4.25, 4, 4},
     "bwbws",
     3,
     4.25},
    {"0 from the start", {.patience = 4}, {0, 0, 0, 0, 0}, "bwwws", 1, 0},
    {"the first is the best whatever it is", {.patience = 1}, {1e308, 1, 1}, "bbs", 2, 1},
    {"even where min_delta is all", {.patience = 2, .min_delta = INFINITY}, {5, 4, 3}, "bws", 1, 5},
    {"patience without end", {.patience = UINT64_MAX}, {1, 1, 1, 1, 1, 1, 1, 1}, "bwwwwwww", 1, 1},
};

static void test_row(const struct stopping_row *row)
{
    struct early_stopping_state state = {0};
    char verdicts[9] = "";
    for (size_t epoch = 1; epoch <= strlen(row->verdicts); epoch++)
        verdicts[epoch - 1] =
            "bws"[early_stopping_advance(&row->stopping, epoch, row->watched[epoch - 1], &state)];
    tap_text(verdicts, row->verdicts, "%s", row->why);
    tap_ok(state.best_epoch == row->best_epoch && state.best == row->best, "its best is epoch %llu",
           (unsigned long long)row->best_epoch);
}

int main(void)
{
    for (size_t i = 0; i < sizeof stopping_rows / sizeof *stopping_rows; i++)
        test_row(&stopping_rows[i]);
    return tap_done();
}
