#ifndef TESTS_ENGINE_ASK_H
#define TESTS_ENGINE_ASK_H

#include <pthread.h>
#include <stdbool.h>

#include "engine/edit.h"
#include "engine/engine.h"
#include "engine/run.h"

/* The sizes of the networks that VERB_CREATE makes, inputs after VERB_RESHAPE, samples of training.
 */
enum { INPUTS = 2, HIDDEN = 3, OUTPUTS = 2, RESHAPED_INPUTS = 40, SAMPLES = 4 };

enum verb {
    VERB_CREATE,
    VERB_CLONE,   /* of `to` */
    VERB_REPLACE, /* the same sizes: keeps what was trained */
    VERB_RESHAPE, /* other sizes: begins anew */
    VERB_PATCH,   /* halves the learning rate */
    VERB_STILL,   /* patches momentum to 0: the optimizer has no state any more */
    VERB_RENAME,  /* to `to` */
    VERB_SET,     /* all parameters */
    VERB_RESET,
    VERB_RESEED, /* resets to values drawn by another seed */
    VERB_STEP,
    VERB_TRAIN,       /* so short that it ends within the call */
    VERB_TRAIN_LONG,  /* so long that it queues */
    VERB_TRAIN_APART, /* nobody waits but for its being on disk: `stored` */
    VERB_DELETE,
};

/* What a client may ask of the engine, and some of how. */
struct wish {
    enum verb verb;
    const char *name;
    const char *to;
    size_t sample;   /* of step: which one */
    size_t inputs;   /* of the samples of step and train; 0: INPUTS */
    uint64_t epochs; /* of train; 0: as the verb says */
    bool diverges;   /* step and train: so far from the targets that the error is infinite */
    void (*meanwhile)(void); /* step and train: called while the network is locked, or NULL */
    bool if_match;           /* only at revision `match` of the network that readers see now */
    uint64_t match;
    bool hurried;   /* as on an event thread: PATIENCE_NONE */
    bool impatient; /* as on the lane for what is soon done: PATIENCE_SHORT */
};

/* How it came out. */
struct answer {
    struct wish wish;
    enum engine_status status;
    struct snapshot *after; /* NULL unless status is ENGINE_OK and there is one */
    struct commit *commit;  /* what the answer waits for, or NULL */
    struct run *handle;     /* of train apart; to be released before the engine is closed */
    struct commit *stored;  /* of train apart; not waited for by answer_wait() */
    char run[RUN_ID_LENGTH + 1];
    bool goes_on;                 /* of train, with ENGINE_SHUTTING_DOWN */
    struct run_progress progress; /* of train, at its end */
    double total_error;           /* of step and train */
    uint64_t updates;             /* of train */
    struct run_samples samples;   /* of step and train */
    double *numbers;              /* theirs */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t end;
    unsigned ends; /* how often a run has ended; at most once */
    bool ended;    /* all of the above is there; false while a run trains or waits */
};

/* Asks; the answer stays in its place until answer_release(). */
void ask(struct engine *engine, const struct wish *wish, struct answer *answer);

/* What the client hears: false while that is not decided yet. A refusal that rests on a change that
 * failed is ENGINE_AGAIN. */
bool answer_decided(struct answer *answer, enum engine_status *status);

/* Waits for it. */
enum engine_status answer_wait(struct answer *answer);

void answer_release(struct answer *answer);

/* Asks, waits, releases. */
enum engine_status ask_and_wait(struct engine *engine, const struct wish *wish);

/* Likewise, until something else than ENGINE_AGAIN comes out. */
enum engine_status ask_until_judged(struct engine *engine, const struct wish *wish);

#endif
