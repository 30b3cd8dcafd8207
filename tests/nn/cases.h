#ifndef TESTS_NN_CASES_H
#define TESTS_NN_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/trainer.h"
#include "tests/nn/networks.h"

/* Networks with samples, a model and a run, whose layers and options are drawn by a seed: together
 * the cases of some hundred seeds have every option, in many combinations. */

/* Draws the choices of one case. */
struct chance {
    uint64_t seed;
    uint32_t draws;
};

/* Below `count`. */
size_t choose(struct chance *chance, size_t count);

struct nn_case {
    uint64_t seed;
    struct network *net;
    struct samples samples;
    struct model model;
    struct train_options options; /* two epochs, not shuffled */
};

/* A network of these sizes. Out of memory ends the program. */
struct nn_case case_drawn(uint64_t seed, enum precision precision, size_t inputs, size_t layers,
                          const size_t *units, size_t rows);

void case_release(struct nn_case *c);

/* What the case is, and the vector width that is in use. */
void case_name(const struct nn_case *c, char *name, size_t room);

/* Of the update after `steps` others. */
struct step_options case_step_options(const struct nn_case *c, uint64_t steps);

#endif
