#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Networks on disk. Knows rows and blocks of doubles, nothing of layers, JSON or HTTP. All writes
 * go through one writer thread, which commits what has queued as one group and then tells each
 * change how it ended: when it says STORE_OK, the change is on disk.
 */
struct store; /* opaque: nothing outside storage/ sees SQLite */
struct store_dataset;

enum store_status {
    STORE_OK,
    STORE_NOT_FOUND,
    STORE_EXISTS,          /* a network of that name is there */
    STORE_STALE,           /* the change stood on a state that did not come to be */
    STORE_DAMAGED,         /* a row or block does not pass its checks */
    STORE_FULL,            /* no space left; nothing was changed */
    STORE_BUSY,            /* another process holds the database; nothing was changed */
    STORE_FAILED,          /* any other failure before the sync; nothing was changed */
    STORE_OUTCOME_UNKNOWN, /* the sync failed: the change may come back after a restart */
    STORE_NO_MEMORY,
};

/* Doubles with their place in the optimizer: a network's parameters and the state beside them. */
struct store_block {
    const double *parameters; /* parameter_count */
    const double *state;      /* state_count = slots * parameter_count; NULL when 0 */
    size_t parameter_count;
    size_t state_count;
    uint64_t optimizer_updates;
    uint32_t numerics; /* version of the arithmetic that the values come from */
    bool floats;       /* each value is a float: half the bytes on disk */
};

/* A network's row. Strings are NUL-terminated. */
struct store_network {
    int64_t id; /* the store's own key; 0 until it is stored */
    char *name;
    uint64_t creation_id; /* 64 random bits drawn at creation */
    uint64_t revision;
    uint64_t steps;
    int64_t created_at; /* microseconds since 1970, UTC */
    int64_t updated_at;
    char *definition; /* text that the caller understands */
    size_t parameter_count;
};

void store_network_release(struct store_network *row);

/* The blocks of a training run. */
enum store_run_block {
    STORE_RUN_SAMPLES, /* what it trains on */
    STORE_RUN_POINT,   /* the model where it stood when it was saved last */
    STORE_RUN_HISTORY, /* its curve */
    STORE_RUN_BLOCKS
};

/* A training run's row. What the numbers mean is the caller's business. */
struct store_run {
    uint64_t id;
    int64_t sequence; /* in the order of admission, from 1; never used twice */
    int64_t network_id;
    bool ended; /* else it is to go on when the store is opened again */
    int state;
    int reason;         /* for its end */
    int64_t created_at; /* microseconds since 1970, UTC; these: 0 before it happens */
    int64_t started_at;
    int64_t finished_at;
    uint64_t epochs; /* that were asked for */
    uint64_t epoch;
    uint64_t updates;
    uint64_t steps;     /* of the network after it */
    uint64_t revision;  /* likewise */
    double total_error; /* these: NaN for none */
    double mean_error;
    double validation_error;
    double learning_rate;
    double elapsed; /* seconds */
    char *request;  /* text that the caller understands */
    void *point;    /* bytes that the caller understands; NULL for none */
    size_t point_size;
    char *network; /* its name; written by reads only */
};

/* Frees what a read allocated. */
void store_run_release(struct store_run *run);

/* A kept state of a network: its row. */
struct store_checkpoint {
    int64_t network_id;
    char *label;
    int64_t created_at; /* microseconds since 1970, UTC */
    uint64_t revision;  /* of the network, when it was made */
    uint64_t steps;
    size_t parameter_count;
    char *definition; /* text that the caller understands */
};

/* Frees what a read allocated. */
void store_checkpoint_release(struct store_checkpoint *checkpoint);

/* Why opening failed, as one sentence for the operator. */
struct store_error {
    char message[512];
};

/*
 * Opens or creates the database at `path` (":memory:" for one that ends with the process), brings
 * its schema up to date, and starts the writer, which first sweeps orphaned chunks. Refuses, with a
 * sentence in `error` and the file untouched: a database that another daemon serves (flock on
 * PATH.lock), a file that is damaged, not SQLite, not backpropd's, or of a newer schema, a folder
 * that cannot be written. Thread-safe once it is open. The caller closes it with store_close().
 */
enum store_status store_open(const char *path, struct store **out, struct store_error *error);

/* Finishes the queued writes, checkpoints, then frees. NULL is allowed. */
void store_close(struct store *store);

/* Whether this open created the database. */
bool store_is_new(const struct store *store);

/* Whether it takes writes: false after a failed sync (then the daemon must end), and while the last
 * group failed for want of space or by an I/O error; the writer tries again each second. */
bool store_writable(const struct store *store);
bool store_sync_failed(const struct store *store);

/* The two blocks of a network: its values now, and those that a reset returns to. */
enum store_block_which { STORE_CURRENT, STORE_START, STORE_BLOCKS };

/*
 * A chain of changes on one network. The writer refuses (STORE_STALE) a change whose generation is
 * not its chain's; the owner raises it in `done` when a change fails, so that everything that stood
 * on it fails too. All zero at first.
 */
struct store_chain {
    atomic_uint_least64_t generation;

    /* The writer's, about the group of changes that it is at. */
    uint64_t group;                /* the group that the rest is about */
    int64_t written[STORE_BLOCKS]; /* the network whose block a later change of the group writes */
    bool superseded;               /* a block of this chain is left to a later change */
    bool failed;                   /* so does all that comes later in the group */
};

enum store_change_kind {
    STORE_CREATE,     /* `network`, `block`; sets network id */
    STORE_UPDATE,     /* id, parent_revision -> network.revision; what is not NULL is changed */
    STORE_DELETE,     /* id, parent_revision; its runs and checkpoints go with it */
    STORE_RUN,        /* `run` */
    STORE_CHECKPOINT, /* `checkpoint`, `block`; STORE_STALE when there is one of its label, or no
                         such network */
    STORE_CHECKPOINT_DELETE, /* `checkpoint`, of which only network and label matter; STORE_STALE
                                when there is none */
    STORE_RUN_DELETE, /* `run`, of which only the id matters; STORE_STALE when there is none */
    STORE_BARRIER,    /* changes nothing; done when all that was queued before it is decided */
    /* Of datasets, see store_datasets.h: */
    STORE_STAGE,          /* staged, part, values: writes the part, which belongs to nobody yet */
    STORE_UNSTAGE,        /* staged: forgets all parts */
    STORE_DATASET_PUT,    /* staged, dataset, id: makes the parts a dataset in place of that one */
    STORE_DATASET_DELETE, /* id */
};

/* What is written of a run: its row, new or in place of the one of its id. */
struct store_run_change {
    const struct store_run *row;
    const struct store_block *blocks[STORE_RUN_BLOCKS]; /* NULL: as it is */
    bool dropped[STORE_RUN_BLOCKS];                     /* taken away where it is not given */
    size_t keep; /* row->ended: ended runs that the network keeps, the oldest go; 0: all */
};

/*
 * One change. The submitter keeps it, and all it points to, alive and untouched until `done`.
 */
struct store_change {
    enum store_change_kind kind;
    struct store_chain *chain; /* NULL for a barrier and for STORE_CREATE without a chain */
    uint64_t generation;       /* of the chain, when the change was made */
    uint64_t parent_revision;  /* UPDATE, DELETE: fails as STORE_STALE when the row has another */

    int64_t id;                      /* UPDATE, DELETE: whose; CREATE: set by store_submit(); of
                                        datasets the one that is there, 0: none */
    const char *name;                /* CREATE; UPDATE: new name or NULL */
    const char *definition;          /* CREATE; UPDATE: new text or NULL */
    uint64_t creation_id;            /* CREATE */
    uint64_t revision;               /* CREATE, UPDATE: the row's new revision */
    uint64_t steps;                  /* CREATE, UPDATE */
    int64_t created_at;              /* CREATE */
    int64_t updated_at;              /* CREATE, UPDATE */
    const struct store_block *block; /* CREATE; UPDATE: new parameters and state, or NULL */
    const struct store_block *start; /* CREATE (NULL: `block` is it); UPDATE: what reset goes back
                                        to, or NULL for no change. Its state is not kept */

    int64_t *staged;      /* STAGE, UNSTAGE, DATASET_PUT: names the parts that belong together. 0 at
                             first; the writer's from then on */
    uint64_t part;        /* STAGE: which, from 0 on, without gaps */
    const double *values; /* STAGE: value_count */
    size_t value_count;   /* STAGE: STORE_PART_VALUES, of the last part 1 to that */
    const struct store_dataset *dataset; /* DATASET_PUT: all but its id */
    const struct store_run_change *run; /* RUN, RUN_DELETE; UPDATE: in the same transaction, or NULL
                                         */

    const struct store_checkpoint *checkpoint; /* CHECKPOINT, CHECKPOINT_DELETE */

    /* Called once, on the writer's thread, after the group's commit (or failure), in the order of
     * submission. Must not block and must not call store_close(). May submit. */
    void (*done)(struct store_change *change, enum store_status status);

    struct store_change *next; /* the writer's */
};

/* Queues a change; never blocks on I/O. The order of calls is the order of the writes. */
void store_submit(struct store *store, struct store_change *change);

/*
 * Reads. Each sees the newest committed state. They do I/O: not for event threads.
 */

/* The row of one network. The caller releases it with store_network_release(). STORE_NOT_FOUND,
 * STORE_DAMAGED, STORE_FAILED, STORE_NO_MEMORY. */
enum store_status store_read_network(struct store *store, const char *name,
                                     struct store_network *out);

/* Parameters and state as one allocation that the caller frees with store_block_release(). */
struct store_block_copy {
    double *parameters;
    double *state; /* NULL when state_count is 0 */
    size_t parameter_count;
    size_t state_count;
    uint64_t optimizer_updates;
    uint32_t numerics;
    bool floats; /* as it was stored */
};

/* Row and current block of one network, of one and the same revision. STORE_BUSY when a large block
 * was replaced again and again while it was read. */
enum store_status store_read_network_block(struct store *store, const char *name,
                                           struct store_network *out,
                                           struct store_block_copy *block);

/* The start values of a network; STORE_STALE when its revision is no longer `revision`. */
enum store_status store_read_start(struct store *store, int64_t id, uint64_t revision,
                                   struct store_block_copy *block);

void store_block_release(struct store_block_copy *block);

/*
 * Lists up to `limit` networks by name (byte order), after the name `after` (NULL: from the start),
 * whose names begin with `prefix` (NULL or "": all). Writes the number of rows; the caller releases
 * each, then frees the array. `more` says whether there are further ones.
 */
enum store_status store_list_networks(struct store *store, const char *prefix, const char *after,
                                      size_t limit, struct store_network **rows, size_t *count,
                                      bool *more);

/* The row of one run; released with store_run_release(). */
enum store_status store_read_run(struct store *store, uint64_t id, struct store_run *out);

/* A block of a run; STORE_NOT_FOUND where it has none. */
enum store_status store_read_run_block(struct store *store, uint64_t id, enum store_run_block which,
                                       struct store_block_copy *block);

/*
 * Lists up to `limit` runs, the newest first, whose sequence is below `before`, of one network or
 * (id 0) of all. As store_list_networks() otherwise.
 */
enum store_status store_list_runs(struct store *store, int64_t network_id, int64_t before,
                                  size_t limit, struct store_run **rows, size_t *count, bool *more);

/* All runs that are to go on, the oldest first. As store_list_networks() otherwise. */
enum store_status store_list_unfinished_runs(struct store *store, struct store_run **rows,
                                             size_t *count);

/* The highest sequence of a run; 0 where there is none. */
enum store_status store_last_run(struct store *store, int64_t *sequence);

/* The row of one checkpoint, with its block unless that is NULL; released with
 * store_checkpoint_release() and store_block_release(). */
enum store_status store_read_checkpoint(struct store *store, int64_t network_id, const char *label,
                                        struct store_checkpoint *out,
                                        struct store_block_copy *block);

/* Lists up to `limit` checkpoints of a network by label (byte order), after the label `after`
 * (NULL: from the start). As store_list_networks() otherwise. */
enum store_status store_list_checkpoints(struct store *store, int64_t network_id, const char *after,
                                         size_t limit, struct store_checkpoint **rows,
                                         size_t *count, bool *more);

/* Number of networks. */
enum store_status store_count_networks(struct store *store, uint64_t *count);

#endif
