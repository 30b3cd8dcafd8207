#ifndef ENGINE_INHERIT_H
#define ENGINE_INHERIT_H

#include "engine/snapshot.h"
#include "engine/status.h"

/*
 * The block that a definition of the same shape begins with when it takes over from `base`: the
 * same parameters, and of the optimizer's state what goes on meaning the same. A slot of state that
 * only the new constants have (a first momentum, amsgrad) starts as a fresh one does; without any
 * old slot, and with another type, the state and its count of updates start anew. float32 rounds
 * parameters and state.
 *
 * Gives a reference, to the base's own block where nothing changes. ENGINE_DIVERGED when a value is
 * beyond float32, ENGINE_NO_MEMORY, or ENGINE_OK.
 */
enum engine_status block_inherit(const struct definition *definition, const struct snapshot *base,
                                 struct block **out);

#endif
