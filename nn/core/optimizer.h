#ifndef NN_CORE_OPTIMIZER_H
#define NN_CORE_OPTIMIZER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/core/vec.h"
#include "nn/optimizer.h"

/*
 * One update of every parameter w by its gradient g. The formulas are PyTorch's (torch.optim 1.13,
 * the single-tensor functions), with fused operations where written below: fma(a, b, c) is a * b +
 * c, rounded once. rate is the learning rate, t the number of this update, from 1. Factors that are
 * the same for all parameters are computed in double and then rounded.
 *
 * Each type has its loop once, always inlined: with constants for its options where they are all
 * off, so that nothing is left of them, and with variables otherwise.
 *
 * A quotient with an eps of 0 may be 0 / 0, where PyTorch has NaN: here it is 0 wherever its
 * numerator is, so that a parameter without a gradient stays where it is.
 */

/* What one call works on. */
struct update {
    double rate;
    uint64_t before; /* updates taken before this one */
    const real *gradient;
    real *parameters;
    real *state; /* slot k of parameter i is state[k * stride + i] */
    size_t stride;
    size_t count; /* a multiple of PAD */
};

INLINE vec quotient(vec numerator, vec denominator, bool zero_stays)
{
    vec q = numerator / denominator;
    return zero_stays ? vec_select(vec_equal(numerator, vec_set(0)), numerator, q) : q;
}

/* The running mean of values: keep * mean + take * value. */
INLINE vec running_mean(vec keep, vec mean, vec take, vec value)
{
    return vec_fma(keep, mean, take * value);
}

/* The running mean of squares. */
INLINE vec running_square(vec keep, vec mean, vec take, vec value)
{
    return vec_fma(take * value, value, keep * mean);
}

INLINE vec decayed(vec gradient, vec parameter, vec weight_decay, bool decays)
{
    return decays ? vec_fma(weight_decay, parameter, gradient) : gradient;
}

/*
 * sgd
 *   d   = fma(weight_decay, w, g)
 *   buf = fma(momentum, buf, (1 - dampening) * d), at the first update d
 *   d   = nesterov: fma(momentum, buf, d), else buf; without momentum d as it is
 *   w   = fma(-rate, d, w)
 */
INLINE void sgd_loop(const struct optimizer *o, const struct update *u, bool decays, bool moves,
                     bool nesterov)
{
    bool first = u->before == 0;
    vec rate = vec_set((real)u->rate);
    vec weight_decay = vec_set((real)o->weight_decay);
    vec momentum = vec_set((real)o->momentum);
    vec keep = vec_set(first ? 0 : (real)o->momentum);
    vec take = vec_set(first ? 1 : (real)(1 - o->dampening));
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec d = decayed(vec_load(u->gradient + i), w, weight_decay, decays);
        if (moves) {
            vec buffer = running_mean(keep, vec_load(u->state + i), take, d);
            vec_store(u->state + i, buffer);
            d = nesterov ? vec_fma(momentum, buffer, d) : buffer;
        }
        vec_store(u->parameters + i, vec_fnma(rate, d, w));
    }
}

INLINE void sgd_update(const struct optimizer *o, const struct update *u)
{
    bool decays = o->weight_decay != 0;
    bool moves = o->momentum != 0;
    if (!decays && !moves)
        sgd_loop(o, u, false, false, false);
    else
        sgd_loop(o, u, decays, moves, moves && o->nesterov);
}

/* 1 - beta^t, t >= 1, by repeated squaring; 1 once beta^t is too small to be seen beside it. */
INLINE double bias_correction(double beta, uint64_t t)
{
    double power = 1;
    for (; t > 0 && power > 0x1p-60; t >>= 1) {
        power *= t & 1 ? beta : 1;
        beta *= beta;
    }
    return 1 - power;
}

/*
 * adam, adamw
 *   g = adam: fma(weight_decay, w, g)
 *   w = adamw: w * (1 - rate * weight_decay)
 *   m = fma(beta0, m, (1 - beta0) * g)
 *   v = fma((1 - beta1) * g, g, beta1 * v)
 *   s = amsgrad: max(s, v), else v
 *   w = fma(-rate / (1 - beta0^t), m / fma(sqrt(s), 1 / sqrt(1 - beta1^t), eps), w)
 */
INLINE void adam_loop(const struct optimizer *o, const struct update *u, bool decays,
                      bool decoupled, bool amsgrad, bool zero_stays)
{
    vec rate = vec_set((real)(u->rate / bias_correction(o->betas[0], u->before + 1)));
    vec root = vec_set((real)(1 / sqrt(bias_correction(o->betas[1], u->before + 1))));
    vec keep_m = vec_set((real)o->betas[0]);
    vec take_m = vec_set((real)(1 - o->betas[0]));
    vec keep_v = vec_set((real)o->betas[1]);
    vec take_v = vec_set((real)(1 - o->betas[1]));
    vec eps = vec_set((real)o->eps);
    vec weight_decay = vec_set((real)o->weight_decay);
    vec shrink = vec_set((real)(1 - u->rate * o->weight_decay));
    real *state_m = u->state;
    real *state_v = u->state + u->stride;
    real *state_s = u->state + 2 * u->stride;
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec g = decayed(vec_load(u->gradient + i), w, weight_decay, decays && !decoupled);
        if (decays && decoupled)
            w = w * shrink;
        vec m = running_mean(keep_m, vec_load(state_m + i), take_m, g);
        vec v = running_square(keep_v, vec_load(state_v + i), take_v, g);
        vec_store(state_m + i, m);
        vec_store(state_v + i, v);
        if (amsgrad) {
            v = vec_max(vec_load(state_s + i), v);
            vec_store(state_s + i, v);
        }
        vec q = quotient(m, vec_fma(vec_sqrt(v), root, eps), zero_stays);
        vec_store(u->parameters + i, vec_fnma(rate, q, w));
    }
}

INLINE void adam_update(const struct optimizer *o, const struct update *u)
{
    bool decays = o->weight_decay != 0;
    bool zero_stays = (real)o->eps == 0;
    bool decoupled = o->type == OPTIMIZER_ADAMW;
    if (!decays && !o->amsgrad && !zero_stays)
        adam_loop(o, u, false, false, false, false);
    else
        adam_loop(o, u, decays, decoupled, o->amsgrad, zero_stays);
}

/*
 * rmsprop
 *   g   = fma(weight_decay, w, g)
 *   sq  = fma((1 - alpha) * g, g, alpha * sq)
 *   av  = centered: fma(alpha, av, (1 - alpha) * g)
 *   var = centered: max(0, fma(-av, av, sq)), else sq; PyTorch's may be below 0 by rounding
 *   q   = g / (sqrt(var) + eps)
 *   buf = momentum > 0: fma(momentum, buf, q), else q
 *   w   = fma(-rate, buf, w)
 */
INLINE void rmsprop_loop(const struct optimizer *o, const struct update *u, bool decays,
                         bool centered, bool moves, bool zero_stays)
{
    vec rate = vec_set((real)u->rate);
    vec weight_decay = vec_set((real)o->weight_decay);
    vec keep = vec_set((real)o->alpha);
    vec take = vec_set((real)(1 - o->alpha));
    vec eps = vec_set((real)o->eps);
    vec momentum = vec_set((real)o->momentum);
    real *square = u->state;
    real *average = u->state + u->stride;
    real *buffer = u->state + (centered ? 2 : 1) * u->stride;
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec g = decayed(vec_load(u->gradient + i), w, weight_decay, decays);
        vec variance = running_square(keep, vec_load(square + i), take, g);
        vec_store(square + i, variance);
        if (centered) {
            vec mean = running_mean(keep, vec_load(average + i), take, g);
            vec_store(average + i, mean);
            variance = vec_max(vec_set(0), vec_fnma(mean, mean, variance));
        }
        vec q = quotient(g, vec_sqrt(variance) + eps, zero_stays);
        if (moves) {
            q = vec_fma(momentum, vec_load(buffer + i), q);
            vec_store(buffer + i, q);
        }
        vec_store(u->parameters + i, vec_fnma(rate, q, w));
    }
}

INLINE void rmsprop_update(const struct optimizer *o, const struct update *u)
{
    bool decays = o->weight_decay != 0;
    bool moves = o->momentum > 0;
    bool zero_stays = (real)o->eps == 0;
    if (!decays && !o->centered && !moves && !zero_stays)
        rmsprop_loop(o, u, false, false, false, false);
    else
        rmsprop_loop(o, u, decays, o->centered, moves, zero_stays);
}

/*
 * adagrad
 *   g   = fma(weight_decay, w, g)
 *   sum = fma(g, g, sum)
 *   w   = fma(-rate / (1 + (t - 1) * lr_decay), g / (sqrt(sum) + eps), w)
 */
INLINE void adagrad_loop(const struct optimizer *o, const struct update *u, bool decays,
                         bool zero_stays)
{
    vec rate = vec_set((real)(u->rate / (1 + (double)u->before * o->lr_decay)));
    vec weight_decay = vec_set((real)o->weight_decay);
    vec eps = vec_set((real)o->eps);
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec g = decayed(vec_load(u->gradient + i), w, weight_decay, decays);
        vec sum = vec_fma(g, g, vec_load(u->state + i));
        vec_store(u->state + i, sum);
        vec q = quotient(g, vec_sqrt(sum) + eps, zero_stays);
        vec_store(u->parameters + i, vec_fnma(rate, q, w));
    }
}

INLINE void adagrad_update(const struct optimizer *o, const struct update *u)
{
    bool decays = o->weight_decay != 0;
    bool zero_stays = (real)o->eps == 0;
    if (!decays && !zero_stays)
        adagrad_loop(o, u, false, false);
    else
        adagrad_loop(o, u, decays, zero_stays);
}

/*
 * adadelta
 *   g   = fma(weight_decay, w, g)
 *   sq  = fma((1 - rho) * g, g, rho * sq)
 *   d   = sqrt(acc + eps) / sqrt(sq + eps) * g
 *   acc = fma((1 - rho) * d, d, rho * acc)
 *   w   = fma(-rate, d, w)
 */
INLINE void adadelta_loop(const struct optimizer *o, const struct update *u, bool decays,
                          bool zero_stays)
{
    vec rate = vec_set((real)u->rate);
    vec weight_decay = vec_set((real)o->weight_decay);
    vec keep = vec_set((real)o->rho);
    vec take = vec_set((real)(1 - o->rho));
    vec eps = vec_set((real)o->eps);
    real *square = u->state;
    real *moved = u->state + u->stride;
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec g = decayed(vec_load(u->gradient + i), w, weight_decay, decays);
        vec sq = running_square(keep, vec_load(square + i), take, g);
        vec acc = vec_load(moved + i);
        vec d = quotient(vec_sqrt(acc + eps), vec_sqrt(sq + eps), zero_stays) * g;
        vec_store(square + i, sq);
        vec_store(moved + i, running_square(keep, acc, take, d));
        vec_store(u->parameters + i, vec_fnma(rate, d, w));
    }
}

INLINE void adadelta_update(const struct optimizer *o, const struct update *u)
{
    bool decays = o->weight_decay != 0;
    bool zero_stays = (real)o->eps == 0;
    if (!decays && !zero_stays)
        adadelta_loop(o, u, false, false);
    else
        adadelta_loop(o, u, decays, zero_stays);
}

/*
 * rprop
 *   turn = sign(g) * prev
 *   step = step * (turn > 0: etas[1], turn < 0: etas[0], else 1), then within step_sizes
 *   g    = turn < 0: 0, else g
 *   w    = fma(-sign(g), step, w)
 *   prev = g
 * PyTorch takes the sign of g * prev, which is lost where that underflows; and a NaN for a 0, where
 * it goes on here.
 */
INLINE void rprop_update(const struct optimizer *o, const struct update *u)
{
    vec zero = vec_set(0);
    vec one = vec_set(1);
    vec shrink = vec_set((real)o->etas[0]);
    vec grow = vec_set((real)o->etas[1]);
    vec least = vec_set((real)o->step_sizes[0]);
    vec most = vec_set((real)o->step_sizes[1]);
    real *previous = u->state;
    real *sizes = u->state + u->stride;
    for (size_t i = 0; i < u->count; i += LANES) {
        vec w = vec_load(u->parameters + i);
        vec g = vec_load(u->gradient + i);
        vec sign = vec_sign(g);
        vec turn = sign * vec_load(previous + i);
        mask turned = vec_less(turn, zero);
        vec factor = vec_select(turned, shrink, vec_select(vec_less(zero, turn), grow, one));
        vec size = vec_min(most, vec_max(least, vec_load(sizes + i) * factor));
        vec_store(sizes + i, size);
        vec_store(previous + i, vec_select(turned, zero, g));
        vec_store(u->parameters + i, vec_select(turned, w, vec_fnma(sign, size, w)));
    }
}

__attribute__((unused)) static void core_optimizer_update(const struct optimizer *optimizer,
                                                          double learning_rate, uint64_t update,
                                                          const void *gradient, void *parameters,
                                                          void *state, size_t stride, size_t count)
{
    const struct update u = {learning_rate, update, gradient, parameters, state, stride, count};
    switch (optimizer->type) {
    case OPTIMIZER_SGD:
        sgd_update(optimizer, &u);
        break;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
        adam_update(optimizer, &u);
        break;
    case OPTIMIZER_RMSPROP:
        rmsprop_update(optimizer, &u);
        break;
    case OPTIMIZER_ADAGRAD:
        adagrad_update(optimizer, &u);
        break;
    case OPTIMIZER_ADADELTA:
        adadelta_update(optimizer, &u);
        break;
    case OPTIMIZER_RPROP:
        rprop_update(optimizer, &u);
        break;
    case OPTIMIZER_COUNT:
        break;
    }
}

#endif
