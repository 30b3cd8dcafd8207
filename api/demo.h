#ifndef API_DEMO_H
#define API_DEMO_H

#include <stdbool.h>

struct engine;

/* Creates the article's network as `mazur` (M. Mazur, "A Step by Step Backpropagation Example") and
 * waits until it is on disk. False when it could not. Blocks. */
bool demo_create(struct engine *engine);

#endif
