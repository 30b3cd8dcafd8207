#ifndef ENGINE_NETWORKS_H
#define ENGINE_NETWORKS_H

#include "engine/edit.h"

/*
 * Changes of a network that are no training. All of them run on worker threads. On ENGINE_OK each
 * gives the new snapshot (the caller releases it), which holds once *commit (the caller releases
 * it) is decided with ENGINE_OK; on a refusal `refusal` says more.
 */

/* Creates a network from a proposal. Its name must be free, else ENGINE_EXISTS, or ENGINE_AGAIN
 * where a change under way decides that. */
enum engine_status network_create_new(struct engine *engine, const struct edit_request *request,
                                      const struct proposal *proposal, struct snapshot **out,
                                      struct commit **commit);

/* Creates a network with definition, parameters, optimizer state and steps of another one. metadata
 * (malloc'ed, taken over) replaces the source's unless it is NULL. */
enum engine_status network_clone_as(struct engine *engine, const struct edit_request *request,
                                    const struct snapshot *source, char *metadata,
                                    struct snapshot **out, struct commit **commit);

/* Stores a new snapshot (taken over) under its name; `start` (borrowed) is what reset goes back to,
 * NULL: its own parameters. Statuses as network_create_new(). */
enum engine_status network_store_new(struct engine *engine, const struct edit_request *request,
                                     struct snapshot *snapshot, struct block *start,
                                     struct snapshot **out, struct commit **commit);

/* The committed snapshot of a network with the values that a reset goes back to: both for release.
 * Blocks on I/O. ENGINE_UNAVAILABLE when it changed again and again while it was read. */
enum engine_status network_read_whole(struct engine *engine, const char *name,
                                      struct snapshot **out, struct block **start);

/* Replaces the definition: parameters, optimizer state (unless the optimizer's type changed) and
 * steps stay where sizes and bias kinds do and no values are given; else it starts anew. */
enum engine_status network_replace(struct engine *engine, const struct edit_request *request,
                                   const struct proposal *proposal, struct snapshot **out,
                                   struct commit **commit, struct refusal *refusal);

/*
 * Patches the definition. `patch` is called with the base's definition and gives a changed copy, or
 * NULL when the patch does not fit it (ENGINE_INVALID).
 * new_name: renames, or NULL.
 */
struct patch {
    struct definition *(*make)(void *argument, const struct definition *base);
    void *argument;
    const char *new_name;
};
enum engine_status network_patch(struct engine *engine, const struct edit_request *request,
                                 const struct patch *patch, struct snapshot **out,
                                 struct commit **commit, struct refusal *refusal);

enum engine_status network_delete(struct engine *engine, const struct edit_request *request,
                                  struct commit **commit, struct refusal *refusal);

/*
 * Sets all parameters; the optimizer's state is cleared. `check` is called with the network first
 * and gives its parameters (borrowed, as many as it has), or NULL to refuse (ENGINE_INVALID).
 */
struct new_parameters {
    const double *(*check)(void *argument, const struct network *net);
    void *argument;
};
enum engine_status network_set_parameters(struct engine *engine, const struct edit_request *request,
                                          const struct new_parameters *parameters,
                                          struct snapshot **out, struct commit **commit,
                                          struct refusal *refusal);

/* Back to the start values (seed NULL), or to new ones drawn with *seed, which later resets go back
 * to; steps 0, optimizer state cleared. */
enum engine_status network_reset(struct engine *engine, const struct edit_request *request,
                                 const uint64_t *seed, struct snapshot **out,
                                 struct commit **commit, struct refusal *refusal);

#endif
