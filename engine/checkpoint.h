#ifndef ENGINE_CHECKPOINT_H
#define ENGINE_CHECKPOINT_H

#include "engine/edit.h"

/*
 * States of a network that are kept under a label: parameters, optimizer state, steps, and the
 * definition that they belong to. They stay until they are deleted, or their network is. All of
 * this blocks on I/O.
 */
struct checkpoint {
    char label[NAME_MAX_LENGTH + 1];
    int64_t created_at; /* microseconds since 1970, UTC */
    uint64_t revision;  /* of the network, when it was made */
    uint64_t steps;
    size_t parameter_count;
};

/* Keeps the committed state of a network (the preconditions are about it); *commit, which the
 * caller releases, is decided with ENGINE_AGAIN where the label is taken by then. ENGINE_NOT_FOUND:
 * no such network. ENGINE_EXISTS, ENGINE_PRECONDITION, ENGINE_NO_MEMORY, … */
enum engine_status checkpoint_create(struct engine *engine, const struct edit_request *request,
                                     const char *label, struct checkpoint *out,
                                     struct commit **commit);

/* What reads of one checkpoint come to: ENGINE_NOT_FOUND where the network is not there,
 * ENGINE_NO_CHECKPOINT where the checkpoint is not. */
enum engine_status checkpoint_read(struct engine *engine, const char *network, const char *label,
                                   struct checkpoint *out);

/* The same with the state, as a snapshot that the caller releases. */
enum engine_status checkpoint_read_state(struct engine *engine, const char *network,
                                         const char *label, struct checkpoint *out,
                                         struct snapshot **state);

struct checkpoint_list {
    struct checkpoint *items;
    size_t count;
    bool more;
};

/* Up to `limit` checkpoints of a network by label (byte order), after the label `after` (NULL: from
 * the start). Released with checkpoint_list_release(). */
enum engine_status checkpoint_list_read(struct engine *engine, const char *network,
                                        const char *after, size_t limit,
                                        struct checkpoint_list *out);
void checkpoint_list_release(struct checkpoint_list *list);

/* Sends the deletion on its way. */
enum engine_status checkpoint_delete_one(struct engine *engine, const char *network,
                                         const char *label, struct commit **commit);

/*
 * The network's next revision has the checkpoint's parameters, optimizer state and steps; its
 * definition stays, and keeps of the state what still means the same. ENGINE_SHAPE when layers have
 * other sizes by now. As the changes in networks.h otherwise.
 */
enum engine_status checkpoint_restore(struct engine *engine, const struct edit_request *request,
                                      const char *label, struct snapshot **out,
                                      struct commit **commit, struct refusal *refusal);

#endif
