#ifndef NN_SCHEDULE_H
#define NN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* How the learning rate moves from epoch to epoch: PyTorch's torch.optim.lr_scheduler, its names in
 * snake case, its defaults and formulas. */
enum schedule_type {
    SCHEDULE_CONSTANT,    /* as it is: the default */
    SCHEDULE_STEP,        /* StepLR: times gamma every step_size epochs */
    SCHEDULE_EXPONENTIAL, /* ExponentialLR: times gamma every epoch */
    SCHEDULE_COSINE,  /* CosineAnnealingLR: from the start to eta_min in t_max epochs, and back */
    SCHEDULE_PLATEAU, /* ReduceLROnPlateau: times factor after more than `patience` epochs
                         without improvement of the watched error */
    SCHEDULE_COUNT
};

extern const char *const schedule_names[SCHEDULE_COUNT];

struct schedule {
    enum schedule_type type;
    uint64_t step_size; /* step: >= 1, required */
    double gamma;       /* step: 0.1; exponential: required */
    uint64_t t_max;     /* cosine: >= 1, required */
    double eta_min;     /* cosine: 0 */
    double factor;      /* plateau: in (0, 1), 0.1 */
    uint64_t patience;  /* plateau: 10 */
    double threshold;   /* plateau: 1e-4 */
    bool threshold_abs; /* plateau: threshold_mode "abs", not "rel" */
    uint64_t cooldown;  /* plateau: 0 */
    double min_lr;      /* plateau: 0 */
    double eps;         /* plateau: 1e-8; a smaller change is not made */
};

extern const struct schedule schedule_defaults[SCHEDULE_COUNT];

/* What moves with the epochs. */
struct schedule_state {
    double learning_rate; /* of the epoch that comes */
    double best;          /* plateau: the best watched error so far */
    uint64_t bad_epochs;  /* plateau */
    uint64_t cooling;     /* plateau: epochs of cooldown left */
};

/* Before the first epoch: learning_rate is the start. */
void schedule_start(const struct schedule *schedule, double learning_rate,
                    struct schedule_state *state);

/*
 * After `epoch` (from 1) ended with `watched` as its error. `start` is the rate of the first epoch.
 *
 *   step, exponential  rate = rate * gamma, one multiplication for each factor, as PyTorch does
 *   cosine             rate = eta_min + (start - eta_min) * (1 + cos(pi * epoch / t_max)) / 2
 *   plateau            an epoch is bad unless watched < best * (1 - threshold), or with
 *                      threshold_abs watched < best - threshold; none is during a cooldown. After
 *                      more than `patience` bad ones in a row: rate = max(rate * factor, min_lr)
 *                      where that takes more than eps off, and a cooldown begins
 */
void schedule_advance(const struct schedule *schedule, double start, uint64_t epoch, double watched,
                      struct schedule_state *state);

#endif
