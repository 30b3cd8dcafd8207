#ifndef STORAGE_GROUP_H
#define STORAGE_GROUP_H

#include "storage/changes.h"

enum { GROUP_MAX = 1024 };

/* The changes of one commit, in the order of their submission. */
struct group {
    uint64_t number; /* of groups so far: marks what chains know about this one */
    size_t count;
    size_t bytes;     /* of the blocks that it brings */
    bool sync_failed; /* nothing may be written any more */
    struct pending_change changes[GROUP_MAX];
};

void group_clear(struct group *group);
void group_add(struct group *group, struct store_change *change);
bool group_is_full(const struct group *group);

/*
 * Decides every change: commits them together or, when one fails in earnest, one by one. Writes
 * each one's status.
 */
void group_commit(struct group *group, struct chunks *chunks);

/* Decides every change without writing: all but barriers get `status`. */
void group_refuse(struct group *group, enum store_status status);

#endif
