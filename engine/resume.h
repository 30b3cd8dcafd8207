#ifndef ENGINE_RESUME_H
#define ENGINE_RESUME_H

#include <stdbool.h>

struct engine;

/* Puts the runs that the store has, and that have not ended, back into the queue, in their order.
 * Before the training threads start. False when the store cannot be read. */
bool runs_resume(struct engine *engine);

#endif
