#ifndef NN_GRADIENT_CHECK_H
#define NN_GRADIENT_CHECK_H

#include "nn/network.h"
#include "nn/pass.h"

/*
 * Compares an analytic gradient of the objective of `samples`, as pass_run() gives it, with central
 * differences of that objective: of the mean error E,
 *   (E(w + h) - E(w - h)) / 2h,  h = cbrt(2^-52) * max(1, |w|)
 * (2h as the distance of w + h and w - h after their rounding), plus those of the weight's own part
 * of the regularization, R(w) = l1 |w| + l2 w^2 / 2, with h = min(h, |w|): beyond 0 the difference
 * would tell of the other side of the kink. At 0, where |w| has no derivative, it is taken as 0.
 *
 * Gives, per layer, the largest relative difference |a - n| / max(|a|, |n|, floor), where floor is
 * 1e-3 of the layer's largest |a| or |n| (so that rounding noise on a tiny gradient does not count
 * as an error); 0 where a layer's gradients are all 0. Of a float32 network E is computed in
 * double, with the same parameters: in float the differences would be noise. What remains is what
 * the rounding of the analytic gradient's floats took.
 *
 *   gradient     parameter_count doubles
 *   differences  layer_count doubles
 * Costs 2 * parameter_count forward passes over the samples. Returns NN_OK, NN_NO_MEMORY, or
 * NN_NOT_FINITE when an error next to the parameters is not finite.
 */
enum nn_status gradient_check(const struct network *net, const double *parameters,
                              const struct samples *samples, const double *gradient,
                              double *differences);

#endif
