#include "nn/schedule.h"

#include <math.h>

#include "nn/math.h"

static const double PI = 0x1.921fb54442d18p+1;

const char *const schedule_names[SCHEDULE_COUNT] = {
    [SCHEDULE_CONSTANT] = "constant",       [SCHEDULE_STEP] = "step",
    [SCHEDULE_EXPONENTIAL] = "exponential", [SCHEDULE_COSINE] = "cosine",
    [SCHEDULE_PLATEAU] = "plateau",
};

const struct schedule schedule_defaults[SCHEDULE_COUNT] = {
    [SCHEDULE_CONSTANT] = {.type = SCHEDULE_CONSTANT},
    [SCHEDULE_STEP] = {.type = SCHEDULE_STEP, .gamma = 0.1},
    [SCHEDULE_EXPONENTIAL] = {.type = SCHEDULE_EXPONENTIAL},
    [SCHEDULE_COSINE] = {.type = SCHEDULE_COSINE},
    [SCHEDULE_PLATEAU] =
        {.type = SCHEDULE_PLATEAU, .factor = 0.1, .patience = 10, .threshold = 1e-4, .eps = 1e-8},
};

void schedule_start(const struct schedule *schedule, double learning_rate,
                    struct schedule_state *state)
{
    (void)schedule; /* none begins in a way of its own */
    *state = (struct schedule_state){.learning_rate = learning_rate, .best = INFINITY};
}

/* Falling for t_max epochs, rising for the next t_max, and so on: the cosine is even and has the
 * period 2 t_max, so that its argument need not grow with the epochs. */
static double cosine_rate(const struct schedule *schedule, double start, uint64_t epoch)
{
    uint64_t place = epoch % schedule->t_max;
    if (epoch / schedule->t_max % 2 == 1)
        place = schedule->t_max - place;
    double angle = PI * (double)place / (double)schedule->t_max;
    return schedule->eta_min + (start - schedule->eta_min) * (1 + nn_cos(angle)) / 2;
}

static bool improves(const struct schedule *schedule, double watched, double best)
{
    double bar =
        schedule->threshold_abs ? best - schedule->threshold : best * (1 - schedule->threshold);
    return watched < bar;
}

static void plateau_advance(const struct schedule *schedule, double watched,
                            struct schedule_state *state)
{
    if (improves(schedule, watched, state->best)) {
        state->best = watched;
        state->bad_epochs = 0;
    } else {
        state->bad_epochs++;
    }
    if (state->cooling > 0) {
        state->cooling--;
        state->bad_epochs = 0;
    }
    if (state->bad_epochs <= schedule->patience)
        return;
    state->cooling = schedule->cooldown;
    state->bad_epochs = 0;
    double lower = state->learning_rate * schedule->factor;
    if (lower < schedule->min_lr)
        lower = schedule->min_lr;
    if (state->learning_rate - lower > schedule->eps)
        state->learning_rate = lower;
}

void schedule_advance(const struct schedule *schedule, double start, uint64_t epoch, double watched,
                      struct schedule_state *state)
{
    switch (schedule->type) {
    case SCHEDULE_CONSTANT:
    case SCHEDULE_COUNT:
        break;
    case SCHEDULE_STEP:
        if (epoch % schedule->step_size == 0)
            state->learning_rate *= schedule->gamma;
        break;
    case SCHEDULE_EXPONENTIAL:
        state->learning_rate *= schedule->gamma;
        break;
    case SCHEDULE_COSINE:
        state->learning_rate = cosine_rate(schedule, start, epoch);
        break;
    case SCHEDULE_PLATEAU:
        plateau_advance(schedule, watched, state);
        break;
    }
}
