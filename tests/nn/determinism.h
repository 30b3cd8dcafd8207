#ifndef TESTS_NN_DETERMINISM_H
#define TESTS_NN_DETERMINISM_H

#include "nn/trainer.h"
#include "tests/nn/networks.h"

/* The runs of determinism_test. */

/* The targets that a row's samples have. */
enum target_kind { TARGETS_NUMBERS, TARGETS_CLASSES };

struct determinism_row {
    const char *name;
    size_t inputs;
    struct layer layers[6]; /* up to the first without units */
    enum loss loss;
    struct optimizer optimizer;
    struct regularization regularization;
    enum target_kind targets;
    size_t rows, validation_rows;
    bool scaled, weighted;
    struct train_options options; /* without samples and batch size */
};

extern const struct determinism_row determinism_rows[];
extern const size_t determinism_count;

struct determinism_run {
    struct network *net;
    struct samples samples, validation;
    struct model model;
    struct train_options options;
};

struct determinism_run determinism_run(const struct determinism_row *row, enum precision precision);

void determinism_release(struct determinism_run *run);

#endif
