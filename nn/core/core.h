#ifndef NN_CORE_CORE_H
#define NN_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/network.h"
#include "nn/simd.h"

struct burst;
struct dropout;
struct real_samples;
struct workspace;

enum elementary {
    ELEMENTARY_EXP,
    ELEMENTARY_EXPM1,
    ELEMENTARY_LOG,
    ELEMENTARY_LOG1P,
    ELEMENTARY_SIGMOID,
    ELEMENTARY_TANH,
    ELEMENTARY_ERF,
    ELEMENTARY_NORMAL_CDF,
    ELEMENTARY_NORMAL_DENSITY,
    ELEMENTARY_COUNT
};

/*
 * The kernels of one flavour: a precision and a vector width. Flavours of one precision give the
 * same bits. `void` arrays are of the precision's reals (double or float). An array of "packed
 * rows" has a row for each sample, of its units padded with further lanes to 64 bytes, and begins
 * at a multiple of 64 bytes; what the further lanes hold does not matter where it is read, but in
 * deltas, where they are 0.
 */
struct core {
    enum precision precision;
    enum simd simd;
    size_t real_size;

    /* y[i] = f(x[i]) for `count` values. */
    void (*elementary)(enum elementary f, const void *x, void *y, size_t count);

    /* out = f(net), both packed rows of `units`. */
    void (*activation_forward)(enum activation activation, const void *net, void *out, size_t rows,
                               size_t units);
    /* delta = dE/dnet where it was dE/dout, given net and out = f(net); all packed rows. */
    void (*activation_backward)(enum activation activation, const void *net, const void *out,
                                void *delta, size_t rows, size_t units);

    /*
     * Each output's share of each sample's loss, and each sample's loss.
     *   targets  rows x outputs, not padded
     *   weights  rows, or NULL: all 1
     *   last     net and out of the output layer, packed rows
     *   errors   rows x outputs doubles, or NULL
     *   totals   rows doubles
     */
    void (*loss_errors)(const struct network *net, const void *targets, const void *weights,
                        const void *last_net, const void *last_out, size_t rows, double *errors,
                        double *totals);
    /* dE/dnet of the output layer (packed rows), for the same. */
    void (*loss_deltas)(const struct network *net, const void *targets, const void *weights,
                        const void *last_net, const void *last_out, size_t rows, void *delta);

    /*
     * Moves `count` parameters (a multiple of the lanes of 64 bytes) by one update.
     *   gradient  as clipped, with l1 and l2, before weight_decay
     *   state     slot k of parameter i is state[k * stride + i]
     *   update    number of updates taken with this state before this one
     * Lanes whose parameter, gradient and state are 0 stay 0 (adagrad's and rprop's state apart).
     */
    void (*optimizer_update)(const struct optimizer *optimizer, double learning_rate,
                             uint64_t update, const void *gradient, void *parameters, void *state,
                             size_t stride, size_t count);

    /* Between doubles as nn/network.h lays them out and packed reals; see nn/core/pack.h. */
    void (*pack)(const struct workspace *ws, const double *values, void *packed_values);
    void (*pack_parameters)(struct workspace *ws, const double *values);
    void (*unpack)(const struct workspace *ws, const void *packed_values, double *values);
    void (*convert)(const double *values, size_t rows, size_t columns,
                    const struct scaling *scaling, void *out);
    void (*read_rows)(const void *packed_rows, size_t rows, size_t columns, double *values);

    /*
     * The parts of a pass over rows <= ws->rows samples; see nn/core/pass.h. forward fills net and
     * out, with `dropout` (or NULL) dropping units of the samples from place `first` of their batch
     * on; false when a net is not finite. errors fills ws->totals and (or NULL) each output's
     * share. deltas are those of layer l, after those of l + 1. gradient adds layer l's (without
     * `more` from 0), and gradient_finish makes it the objective's mean over `rows` samples.
     */
    bool (*forward)(struct workspace *ws, const void *inputs, size_t rows,
                    const struct dropout *dropout, size_t first);
    void (*errors)(struct workspace *ws, const struct real_samples *samples, double *errors);
    void (*deltas)(struct workspace *ws, const struct real_samples *samples, size_t l);
    void (*gradient)(struct workspace *ws, const struct real_samples *samples, size_t l, bool more);
    void (*gradient_finish)(struct workspace *ws, size_t rows, size_t l);

    /* Scales ws->gradient down to this norm; see nn/core/update.h. */
    void (*clip)(struct workspace *ws, double norm);
    /* Moves what is not frozen of layers first .. end - 1 by ws->gradient. */
    void (*update)(struct workspace *ws, double learning_rate, uint64_t optimizer_updates,
                   size_t first, size_t end);

    /* Takes a burst of updates; false when a net or an error is not finite. See nn/core/train.h. */
    bool (*train)(struct workspace *ws, struct burst *burst);
};

/* The flavour of a precision in the vector width that is in use (nn/simd.h). */
const struct core *core_of(enum precision precision);

/* That of another width, which has to be available. */
const struct core *core_of_simd(enum precision precision, enum simd simd);

#endif
