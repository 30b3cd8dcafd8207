/* What a changed definition keeps of parameters and of the optimizer's state, slot by slot. */
#include "engine/inherit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/numerics.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

enum { PARAMETERS = 2 * 3 + 3 + 3 * 2 + 2, MAX_SLOTS = 3, OLD_UPDATES = 7 };

/* Slots as nn/optimizer.h lists them. Slot k of the old state has the values k + 1. */
static const struct inherit_case {
    const char *why;
    struct optimizer before, after;
    double slots[MAX_SLOTS]; /* what each of the new state has */
    size_t count;
    bool same_block; /* nothing changes at all */
    uint64_t updates;
} cases[] = {
    {"the same",
     {OPTIMIZER_SGD, .momentum = 0.9},
     {OPTIMIZER_SGD, .momentum = 0.5},
     {1},
     1,
     true,
     7},
    {"without state", {OPTIMIZER_SGD}, {OPTIMIZER_SGD, .learning_rate = 1}, {0}, 0, true, 7},
    {"a first momentum", {OPTIMIZER_SGD}, {OPTIMIZER_SGD, .momentum = 0.9}, {0}, 1, false, 0},
    {"no momentum any more", {OPTIMIZER_SGD, .momentum = 0.9}, {OPTIMIZER_SGD}, {0}, 0, false, 0},
    {"amsgrad", {OPTIMIZER_ADAM}, {OPTIMIZER_ADAM, .amsgrad = true}, {1, 2, 0}, 3, false, 7},
    {"no amsgrad", {OPTIMIZER_ADAMW, .amsgrad = true}, {OPTIMIZER_ADAMW}, {1, 2}, 2, false, 7},
    {"another type of the same slots", {OPTIMIZER_ADAM}, {OPTIMIZER_ADAMW}, {0, 0}, 2, false, 0},
    {"rmsprop's momentum",
     {OPTIMIZER_RMSPROP},
     {OPTIMIZER_RMSPROP, .momentum = 0.9},
     {1, 0},
     2,
     false,
     7},
    {"rmsprop centered as well: the momentum moves up",
     {OPTIMIZER_RMSPROP, .momentum = 0.9},
     {OPTIMIZER_RMSPROP, .momentum = 0.9, .centered = true},
     {1, 0, 2},
     3,
     false,
     7},
    {"rmsprop centered no more: it moves down",
     {OPTIMIZER_RMSPROP, .momentum = 0.9, .centered = true},
     {OPTIMIZER_RMSPROP, .momentum = 0.9},
     {1, 3},
     2,
     false,
     7},
    {"rmsprop centered in place of a momentum",
     {OPTIMIZER_RMSPROP, .momentum = 0.9},
     {OPTIMIZER_RMSPROP, .centered = true},
     {1, 0},
     2,
     false,
     7},
    {"adagrad starts anew at its value",
     {OPTIMIZER_SGD, .momentum = 0.9},
     {OPTIMIZER_ADAGRAD, .initial_accumulator_value = 0.25},
     {0.25},
     1,
     false,
     0},
    {"adagrad goes on with its sum",
     {OPTIMIZER_ADAGRAD},
     {OPTIMIZER_ADAGRAD, .initial_accumulator_value = 0.25},
     {1},
     1,
     true,
     7},
    {"rprop starts anew at its rate",
     {OPTIMIZER_ADADELTA},
     {OPTIMIZER_RPROP, .learning_rate = 0.125},
     {0, 0.125},
     2,
     false,
     0},
};

static struct definition *definition_of(const struct optimizer *optimizer, enum precision precision)
{
    struct proposal proposal = fixture_proposal(2, 3, 2, 1);
    struct definition *definition = definition_reference(proposal.definition);
    proposal_release(&proposal);
    definition->net->optimizer = *optimizer;
    definition->net->precision = precision;
    return definition;
}

/* A snapshot with `value` as its parameters. */
static struct snapshot *snapshot_before(const struct optimizer *optimizer, enum precision precision,
                                        double value)
{
    struct definition *definition = definition_of(optimizer, precision);
    struct block *block = block_create(definition->net);
    for (size_t i = 0; i < PARAMETERS; i++)
        block->parameters[i] = value;
    for (size_t i = 0; i < block->state_count; i++)
        block->state[i] = 1 + floor((double)i / PARAMETERS);
    block->optimizer_updates = OLD_UPDATES;
    block->numerics = NN_NUMERICS + 5;
    struct snapshot *snapshot = snapshot_create("n", definition, block);
    definition_release(definition);
    block_release(block);
    return snapshot;
}

static bool all_are(const double *values, double expected)
{
    for (size_t i = 0; i < PARAMETERS; i++)
        if (values[i] != expected)
            return false;
    return true;
}

static void check_case(const struct inherit_case *row)
{
    struct snapshot *base = snapshot_before(&row->before, PRECISION_FLOAT64, 0.1);
    struct definition *after = definition_of(&row->after, PRECISION_FLOAT64);
    struct block *block = NULL;
    if (!tap_ok(block_inherit(after, base, &block) == ENGINE_OK, "%s", row->why))
        return;
    bool right = block->state_count == row->count * PARAMETERS && all_are(block->parameters, 0.1);
    for (size_t slot = 0; right && slot < row->count; slot++)
        right = all_are(block->state + slot * PARAMETERS, row->slots[slot]);
    tap_ok(right, "parameters and slots");
    tap_ok(block->optimizer_updates == row->updates, "updates: %llu",
           (unsigned long long)block->optimizer_updates);
    tap_ok((block == base->block) == row->same_block, "whose block it is");
    tap_ok(block->numerics == NN_NUMERICS + 5, "what it comes from");
    block_release(block);
    definition_release(after);
    snapshot_release(base);
}

static void check_precision(double value, enum engine_status expected, const char *why)
{
    static const struct optimizer momentum = {OPTIMIZER_SGD, .momentum = 0.9};
    struct snapshot *base = snapshot_before(&momentum, PRECISION_FLOAT64, value);
    struct definition *after = definition_of(&momentum, PRECISION_FLOAT32);
    struct block *block = NULL;
    tap_ok(block_inherit(after, base, &block) == expected, "%s", why);
    if (block)
        tap_ok(block->floats && all_are(block->parameters, (float)value) &&
                   all_are(block->state, 1) && block->optimizer_updates == OLD_UPDATES,
               "floats, and the state with them");
    block_release(block);
    definition_release(after);
    snapshot_release(base);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
    check_precision(0.1, ENGINE_OK, "single precision rounds");
    check_precision(1e39, ENGINE_DIVERGED, "what is beyond it is refused");
    return tap_done();
}
