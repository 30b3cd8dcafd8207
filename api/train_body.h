#ifndef API_TRAIN_BODY_H
#define API_TRAIN_BODY_H

#include "api/samples_body.h"
#include "engine/run.h"
#include "nn/split.h"

/* `validation` as a body gives it. */
struct validation_body {
    double split; /* the share of the samples */
    bool has_split;
    const json_t *inputs;  /* borrowed from the document; NULL: not given */
    const json_t *targets; /* likewise */
    const json_t *dataset; /* in place of these, likewise */
    struct dataset_samples *loaded;
};

/* The body of train. Released with train_body_release(). */
struct train_body {
    struct samples_body samples; /* first: the fields of samples_body.h stand in it */
    struct train_options options;
    struct validation_body validation;
    bool has_seed;
    size_t history_points;
    char *metadata; /* as text; NULL: none */
    bool cancel_on_disconnect;

    /* After train_body_check(). */
    struct run_samples run;
    /* After train_body_split(): the rows that a shuffled split moves are copies. */
    struct samples copies[2];
};

/* Decodes the document's root. False with the faults. `samples` must be set up first. */
bool train_body_decode(struct train_body *body);

/* Whether a dataset is named, so that train_body_load() reads from the disk. */
bool train_body_names_dataset(const struct train_body *body);

/* Reads the datasets that are named: on worker threads. False with faults. */
bool train_body_load(struct train_body *body, const struct definition *definition);

/* Lets go of them: the samples cannot be used any more. */
void train_body_forget(struct train_body *body);

/* The same for what encode_train_request() wrote, which has no samples. */
bool train_body_decode_stored(struct train_body *body);

/*
 * Checks everything that depends on the network, and sets body->run: its samples, and those of
 * `validation`, are borrowed from the document; a split is made where `split` says so, by the
 * body's seed or the network's. False with the faults. May be called again for another network.
 */
bool train_body_check(struct train_body *body, const struct network *net, bool split);

void train_body_release(struct train_body *body);

#endif
