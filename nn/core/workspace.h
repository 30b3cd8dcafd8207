#ifndef NN_CORE_WORKSPACE_H
#define NN_CORE_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/core/core.h"
#include "nn/network.h"
#include "nn/step.h"
#include "nn/team.h"

/*
 * A layer's parameters and values as the kernels take them.
 *
 *   w[i][j]   `inputs` rows of `stride` reals: what input i gives to unit j
 *   b[j]      a row of `row` reals, each unit's own copy of a shared bias; 0 where there is none
 *   wt[j][i]  the weights once more, `units` rows of `back_stride`, to go backward; layers 1 and up
 *
 * Rows of weights are padded with zeros to 64 bytes, but for those that are shorter: a vector read
 * from these runs on into what follows, and what its further lanes give is put to 0.
 */
struct packed_layer {
    size_t stride;
    size_t back_stride;
    size_t row;        /* units, padded to 64 bytes */
    size_t weights;    /* offset in parameters, gradient and each slot of the state */
    size_t biases;     /* likewise */
    size_t end;        /* likewise: where the next layer begins */
    size_t transposed; /* offset of wt in `transposed` */
    void *net;         /* rows x row: of each sample; further lanes are 0 */
    void *out;         /* likewise; further lanes hold anything finite */
    void *delta;       /* likewise; further lanes are 0 */
    void *dropout;     /* likewise: what out is multiplied by; NULL without dropout */
    void *dropped;     /* likewise: out times that; NULL without dropout */
    void *passed;      /* what the next layer takes of the last pass: out or dropped */
};

struct block;

/*
 * One network's parameters and all that a pass or a step over up to `rows` samples at a time needs,
 * in the precision of the network. Only the kernels of `core` read the `void` arrays: reals.
 */
struct workspace {
    const struct network *net; /* borrowed */
    const struct core *core;
    size_t rows;
    size_t slots;        /* of the optimizer's state */
    size_t packed;       /* reals of the packed parameters, of the gradient, and of each slot */
    bool gradient_hides; /* what is not finite in it need not show in what the update changes */
    void *parameters;
    void *gradient;
    void *state; /* slots x packed */
    void *transposed;
    double *totals;           /* rows: each sample's loss */
    double *factors;          /* of a sample's dropout: `widest` */
    size_t widest;            /* row of the layers with dropout */
    uint32_t *inputs_in_use;  /* one for each input of the network */
    void *memory;             /* all of these arrays */
    struct team *team;        /* who works on it; NULL: one alone */
    size_t members;           /* 0: it is not shared */
    struct workspace **views; /* one for each member, see workspace_view() */
    struct block *blocks;     /* likewise */
    bool begun; /* whether the first layer's outs of the next samples are there already */
    struct packed_layer layers[];
};

/* NULL when out of memory, or when the sizes overflow. Borrows the network. */
struct workspace *workspace_create(const struct network *net, size_t rows);

/* NULL is allowed. */
void workspace_free(struct workspace *workspace);

/* Whether a team may have it: the first layer is wide enough to be shared out, its bias is not one
 * for all units, and nobody has to look at the gradient. */
bool workspace_can_share(const struct workspace *workspace, size_t members);

/* Lets a team train it. False when out of memory. */
bool workspace_share(struct workspace *workspace, struct team *team, size_t members);

/* Frees what workspace_share() made. */
void workspace_unshare(struct workspace *workspace);

/* The same workspace for samples from `first` on alone, for member n (from 0) of a team. Valid
 * until the next call for that member. */
struct workspace *workspace_view(struct workspace *workspace, size_t first, size_t n);

/* Zeroed a x b reals; NULL also where that overflows. Freed with free(). */
void *reals_allocate(const struct core *core, size_t a, size_t b);

/* Slot k of the optimizer's state: ws->packed reals. */
void *workspace_slot(const struct workspace *workspace, size_t slot);

/* Between a network's doubles and the workspace: parameters and state. */
void model_pack(const struct model *model, struct workspace *workspace);
void model_unpack(struct model *model, const struct workspace *workspace);

/* Which units are dropped, beside what nn/random.h says of the sample and the unit. */
struct dropout {
    uint64_t seed;
    uint64_t steps;
};

/*
 * Some units of the first layer, as one member of a team has them while a burst is trained: memory
 * of its own, so that what one writes never stands beside what another reads.
 */
struct block {
    size_t first;  /* unit */
    size_t count;  /* of units; a multiple of 64 bytes, but for the last block */
    size_t stride; /* count, padded to 64 bytes */
    size_t size;   /* reals of w: inputs x stride */
    void *w;       /* inputs x stride */
    void *gradient;
    void *state; /* slots x size */
    void *net;   /* rows x stride */
    void *out;   /* likewise */
    void *delta; /* likewise */
    bool finite; /* whether all nets of the last pass were, and other layers' deltas */
};

/* Samples in a flavour's reals, scaled, rows not padded. */
struct real_samples {
    size_t rows;
    const void *inputs;
    const void *targets; /* NULL for a forward pass alone */
    const void *weights; /* NULL: all 1 */
};

/*
 * Updates that are taken one after the other on packed parameters, through one epoch or several.
 * Ends after `updates`, after `epochs` epochs that end in it, or after the end of an epoch whose
 * error is below `stop_below`, whichever comes first.
 */
struct burst {
    struct real_samples samples;
    const size_t *order; /* of the samples in every epoch of this burst; NULL: as they are */
    size_t batch_size;   /* >= 1 */
    struct step_options options; /* steps: before the burst's first update; moved on */
    uint64_t updates;
    size_t epochs;
    double stop_below;          /* of an epoch's total error */
    uint64_t optimizer_updates; /* moved on */
    size_t position;            /* samples done of the epoch; moved on */
    double epoch_error;         /* of those: the batches' errors, added in their order; moved on */
    uint64_t updates_done;      /* written */
    size_t epochs_done;         /* written */
    double *epoch_errors;       /* room for `epochs`: of each epoch that ended */
    struct real_samples gathered; /* memory for a batch of several samples in `order` */
};

#endif
