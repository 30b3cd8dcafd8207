#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

#include "nn/network.h"

/*
 * What things cost, in multiplications, roughly: to decide which thread does them, and whether a
 * request may ask for them at all. Doubles, because the products may be beyond any integer.
 */

/* What an event thread does itself: at most some 50 us. */
extern const double inline_work;

/* A forward and a backward pass over `rows` samples. */
double work_of_pass(const struct network *net, double rows);

/* One update of the parameters by the network's optimizer. */
double work_of_update(const struct network *net);

#endif
