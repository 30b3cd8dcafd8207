#include "nn/early_stopping.h"

enum early_stopping_verdict early_stopping_advance(const struct early_stopping *stopping,
                                                   uint64_t epoch, double watched,
                                                   struct early_stopping_state *state)
{
    if (state->best_epoch == 0 || watched < state->best - stopping->min_delta) {
        *state = (struct early_stopping_state){.best = watched, .best_epoch = epoch};
        return EARLY_STOPPING_BEST;
    }
    state->waited++;
    return state->waited >= stopping->patience ? EARLY_STOPPING_STOP : EARLY_STOPPING_WAIT;
}
