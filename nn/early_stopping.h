#ifndef NN_EARLY_STOPPING_H
#define NN_EARLY_STOPPING_H

#include <stdbool.h>
#include <stdint.h>

struct early_stopping {
    bool on;
    uint64_t patience; /* stop after this many epochs in a row without improvement; >= 1 */
    double min_delta;  /* >= 0: an improvement is a watched error below best - min_delta */
    bool restore_best; /* however the run ends: with the parameters, optimizer state and updates
                          that the best epoch, the last one that was an improvement, ended with */
};

/* What it remembers of the epochs; zeros before the first one, which is an improvement whatever its
 * error. */
struct early_stopping_state {
    double best;         /* watched error of the best epoch */
    uint64_t best_epoch; /* from 1 */
    uint64_t waited;     /* epochs since */
};

enum early_stopping_verdict {
    EARLY_STOPPING_BEST, /* this epoch is the best so far */
    EARLY_STOPPING_WAIT,
    EARLY_STOPPING_STOP,
};

/* After `epoch` ended with `watched` as its error. */
enum early_stopping_verdict early_stopping_advance(const struct early_stopping *stopping,
                                                   uint64_t epoch, double watched,
                                                   struct early_stopping_state *state);

#endif
