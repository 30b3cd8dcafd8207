#ifndef NN_NUMERICS_H
#define NN_NUMERICS_H

/*
 * The version of the arithmetic: order of sums, elementary functions, draws of random numbers.
 * Another version may give other bits for the same seed and requests, so whatever is kept says
 * which one it comes from. It is raised by every change of docs/determinism.md.
 *   1  sums in index order, libm-free exp and log
 *   2  sums in fixed partial sums with FMA; all optimizers; float32
 */
enum { NN_NUMERICS = 2 };

#endif
