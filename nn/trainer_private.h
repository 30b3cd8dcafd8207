#ifndef NN_TRAINER_PRIVATE_H
#define NN_TRAINER_PRIVATE_H

#include "nn/batches.h"
#include "nn/pass_private.h"
#include "nn/trainer.h"

/* What nn/trainer.c and nn/trainer_point.c share. */

enum { EPOCHS_A_BURST = 2048 };

/* How long training took, and how often to look at the clock. */
struct pace {
    double elapsed; /* seconds of training, up to the last look at the clock */
    double seen;    /* that look */
    uint64_t burst; /* updates from one look to the next */
};

/* What the best epoch ended with. */
struct best {
    void *parameters; /* packed; NULL where the best is not to be restored */
    void *state;
    uint64_t optimizer_updates;
    uint64_t updates;
};

struct trainer {
    const struct network *net;
    struct model *model;
    struct train_options options;
    struct batches batches;
    struct pass *pass; /* its workspace has the parameters that are trained */
    struct burst burst;

    enum trainer_state state;
    uint64_t epoch; /* epochs done */
    uint64_t updates;
    struct schedule_state schedule;
    struct early_stopping_state stopping;
    struct best best;
    struct history history;
    struct pace pace;
    double epoch_errors[EPOCHS_A_BURST];
};

/* Whether it keeps what the best epoch ended with. */
bool trainer_restores_best(const struct trainer *trainer);

#endif
