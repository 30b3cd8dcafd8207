#ifndef ENGINE_EDIT_H
#define ENGINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/commit.h"
#include "engine/live.h"

/* One entity tag: which creation of a network, and which revision of it. */
struct revision_tag {
    uint64_t creation_id;
    uint64_t revision;
};

enum { PRECONDITION_MAX_TAGS = 32 };

/* A list of tags, or `any` (the header's `*`). Not given: always holds. */
struct tag_list {
    bool given;
    bool any;
    size_t count;
    struct revision_tag tags[PRECONDITION_MAX_TAGS];
};

struct preconditions {
    struct tag_list match;      /* If-Match */
    struct tag_list none_match; /* If-None-Match */
};

/* Whether a list names this revision; `snapshot` NULL: there is no such network. */
bool tags_name(const struct tag_list *list, const struct snapshot *snapshot);

/* The same for whatever has this tag; NULL: there is nothing. */
bool tags_have(const struct tag_list *list, const struct revision_tag *tag);

/* Whether a change may be made of what has this tag (NULL: nothing is there): If-Match names it and
 * If-None-Match does not. preconditions  NULL: none */
bool preconditions_hold_for(const struct preconditions *preconditions,
                            const struct revision_tag *tag);

/* The same for a network's revision. */
bool preconditions_hold(const struct preconditions *preconditions, const struct snapshot *snapshot);

enum { RUN_ID_LENGTH = 16 };

/* How long a thread may be held up; where that is not enough, ENGINE_NEEDS_WORKER. */
enum patience {
    PATIENCE_NONE,   /* an event thread: no I/O, no waiting */
    PATIENCE_ENOUGH, /* I/O, and waiting for whatever it takes */
    PATIENCE_SHORT,  /* I/O, but no waiting for another's long computation on the network */
};

/* How a change is asked for. */
struct edit_request {
    const char *name;
    const struct preconditions *preconditions; /* NULL: none */
    enum patience patience;                    /* how long this thread may be held up */
    bool beside_runs;                          /* runs of the network are no obstacle */
};

/* What comes with a refusal. */
struct refusal {
    /* Not NULL: the refusal was decided on a state that is not on disk yet, and holds once this
     * commit is decided with ENGINE_OK; with ENGINE_AGAIN as status: ask again after it. The caller
     * releases it. */
    struct commit *commit;
    char run[RUN_ID_LENGTH + 1]; /* ENGINE_BUSY: the run that has the network */
};

/* A change of one network while it is made: its write lock is held from edit_begin() until
 * edit_commit() or edit_abort(). */
struct edit {
    struct engine *engine;
    struct live *live;
    struct snapshot *base; /* what it stands on: the newest revision; referenced */
    uint64_t generation;
};

/* ENGINE_OK begins a change. Anything else leaves nothing to undo but refusal->commit. */
enum engine_status edit_begin(struct engine *engine, const struct edit_request *request,
                              struct edit *edit, struct refusal *refusal);

/* What a change touches beside parameters, state, steps and times. */
struct edit_extent {
    bool block;          /* parameters or state */
    bool definition;     /* anything of the definition */
    struct block *start; /* not NULL: the values that reset goes back to (borrowed) */
    struct live
        *rename_to; /* not NULL: a reserved place (the reference is taken), named in `next` */
    struct run_write *write; /* not NULL: of a run, in the same transaction; taken over */
};

/*
 * Ends the change: queues `next` (a reference is taken over) at the writer. ENGINE_OK gives the
 * commit; else nothing was changed: ENGINE_NO_MEMORY, or ENGINE_AGAIN when what it stood on has
 * failed meanwhile.
 */
enum engine_status edit_commit(struct edit *edit, struct snapshot *next,
                               const struct edit_extent *extent, struct commit **commit);

/* Ends the change by deleting the network. */
enum engine_status edit_delete(struct edit *edit, struct commit **commit);

/*
 * Whether what the change stands on is on disk. *ground is NULL when it is; else a commit (the
 * caller releases it) that is decided with ENGINE_OK when it came to be, and with ENGINE_AGAIN when
 * it did not. ENGINE_NO_MEMORY, or ENGINE_OK.
 */
enum engine_status edit_ground(const struct edit *edit, struct commit **ground);

/* Ends the change with a refusal. Where it rests on a state that is not on disk yet (and always for
 * ENGINE_AGAIN), refusal->commit waits for that. Returns `status`, or ENGINE_NO_MEMORY. */
enum engine_status edit_refuse(struct edit *edit, enum engine_status status,
                               struct refusal *refusal);

/* Ends the change without one. */
void edit_abort(struct edit *edit);

#endif
