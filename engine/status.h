#ifndef ENGINE_STATUS_H
#define ENGINE_STATUS_H

enum engine_status {
    ENGINE_OK,
    ENGINE_NOT_FOUND,
    ENGINE_EXISTS,
    ENGINE_NO_CHECKPOINT, /* the network has none of this label */
    ENGINE_SHAPE,         /* what is kept does not fit the network's layers any more */
    ENGINE_BUSY,          /* a run trains the network or waits to */
    ENGINE_INVALID,       /* what was asked for does not fit the network; nothing was changed */
    ENGINE_PRECONDITION,  /* If-Match or If-None-Match does not hold */
    ENGINE_NEEDS_WORKER,  /* would block: ask again on a worker thread */
    ENGINE_AGAIN,         /* a change under way decides: wait for it, then ask again */
    ENGINE_DIVERGED,      /* a number would leave the finite doubles; nothing was changed */
    ENGINE_DAMAGED,       /* what is stored of the network does not pass its checks */
    ENGINE_NUMERICS,      /* what is stored comes from another arithmetic: nn/numerics.h */
    ENGINE_NO_MEMORY,
    ENGINE_DISK_FULL,       /* nothing was changed */
    ENGINE_UNAVAILABLE,     /* the store takes no writes just now; nothing was changed */
    ENGINE_OUTCOME_UNKNOWN, /* the sync failed */
    ENGINE_QUEUE_FULL,      /* too many runs wait */
    ENGINE_SHUTTING_DOWN,
    ENGINE_STATUS_COUNT
};

#endif
