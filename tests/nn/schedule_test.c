#include "nn/schedule.h"

#include <math.h>

#include "tests/harness/tap.h"

enum { EPOCHS = 40 };

/* PyTorch's, by tests/nn/reference/schedule_reference.py. */
static const struct schedule_row {
    struct schedule schedule;
    double start;
    double watched[EPOCHS]; /* in 64ths */
    double rates[EPOCHS];   /* of each epoch */
} schedule_rows[] = {
#include "tests/nn/reference/schedule_reference.inc"
};

/* To the bit, but for the cosine, which is ours, and whose angle PyTorch lets grow to 18, where
 * doubles are 3.6e-15 apart. */
static void test_reference(const struct schedule_row *row, size_t number)
{
    const struct schedule *schedule = &row->schedule;
    double tolerance =
        schedule->type == SCHEDULE_COSINE ? 2e-15 * fmax(row->start, schedule->eta_min) : 0;
    struct schedule_state state;
    uint64_t wrong = 0;
    size_t moves = 0;
    schedule_start(schedule, row->start, &state);
    for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        double before = state.learning_rate;
        if (!(fabs(before - row->rates[epoch - 1]) <= tolerance) && wrong == 0)
            wrong = epoch;
        schedule_advance(schedule, row->start, epoch, row->watched[epoch - 1] / 64, &state);
        moves += state.learning_rate != before;
    }
    tap_ok(wrong == 0, "%s %zu: %zu moves as PyTorch's (first fault: epoch %llu)",
           schedule_names[schedule->type], number, moves, (unsigned long long)wrong);
}

static void test_constant(void)
{
    struct schedule_state state;
    schedule_start(&schedule_defaults[SCHEDULE_CONSTANT], 0.3, &state);
    for (uint64_t epoch = 1; epoch <= 100; epoch++)
        schedule_advance(&schedule_defaults[SCHEDULE_CONSTANT], 0.3, epoch, 1, &state);
    tap_ok(state.learning_rate == 0.3, "constant stays");
}

/* However many epochs: the ends of each half wave are hit exactly. */
static void test_cosine_ends(void)
{
    const struct schedule schedule = {.type = SCHEDULE_COSINE, .t_max = 48611, .eta_min = 0.125};
    struct schedule_state state;
    schedule_start(&schedule, 0.5, &state);
    for (uint64_t wave = 1; wave <= 1000001; wave += 250000) {
        schedule_advance(&schedule, 0.5, wave * schedule.t_max, 1, &state);
        tap_ok(state.learning_rate == 0.125, "eta_min at the end of half wave %llu",
               (unsigned long long)wave);
        schedule_advance(&schedule, 0.5, (wave + 1) * schedule.t_max, 1, &state);
        tap_ok(state.learning_rate == 0.5, "the start at the end of the next");
    }
    const struct schedule longest = {.type = SCHEDULE_COSINE, .t_max = UINT64_MAX};
    schedule_advance(&longest, 1, UINT64_MAX / 2 + 1, 1, &state);
    tap_near(state.learning_rate, 0.5, 1e-15, "half way of the longest wave");
}

/* PyTorch's class signatures; what is required there is 0 here. */
static void test_defaults(void)
{
    const struct schedule *step = &schedule_defaults[SCHEDULE_STEP];
    tap_ok(step->gamma == 0.1 && step->step_size == 0, "step");
    const struct schedule *cosine = &schedule_defaults[SCHEDULE_COSINE];
    tap_ok(cosine->eta_min == 0 && cosine->t_max == 0, "cosine");
    const struct schedule *plateau = &schedule_defaults[SCHEDULE_PLATEAU];
    tap_ok(plateau->factor == 0.1 && plateau->patience == 10 && plateau->threshold == 1e-4 &&
               !plateau->threshold_abs && plateau->cooldown == 0 && plateau->min_lr == 0 &&
               plateau->eps == 1e-8,
           "plateau");
    static const char *const names[] = {"constant", "step", "exponential", "cosine", "plateau"};
    for (size_t i = 0; i < SCHEDULE_COUNT; i++) {
        tap_text(schedule_names[i], names[i], "name of schedule %zu", i);
        tap_ok(schedule_defaults[i].type == i, "type of its defaults");
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof schedule_rows / sizeof *schedule_rows; i++)
        test_reference(&schedule_rows[i], i);
    test_constant();
    test_cosine_ends();
    test_defaults();
    return tap_done();
}
