#ifndef ENGINE_RUN_LIST_H
#define ENGINE_RUN_LIST_H

#include "engine/run.h"
#include "storage/store.h"

/* A run as it is shown, be it in progress or ended: a copy. */
struct run_view {
    char id[RUN_ID_LENGTH + 1];
    char network[NAME_MAX_LENGTH + 1];
    int64_t sequence; /* in the order of admission, over all networks */
    char *request;    /* as run_request.describe() wrote it */
    struct run_progress progress;
};

void run_view_release(struct run_view *view);

/* One that is, or was, in progress. ENGINE_NO_MEMORY, or ENGINE_OK. */
enum engine_status run_view_of(struct run *run, struct run_view *out);

/* One that is in progress, or is on disk (then `may_block` has to be true: ENGINE_NEEDS_WORKER).
 * ENGINE_NOT_FOUND. */
enum engine_status run_view_read(struct engine *engine, const char *id, bool may_block,
                                 struct run_view *out);

struct run_list {
    struct run_view *items;
    size_t count;
    bool more; /* there are older ones */
};

/* Up to `limit` runs, the newest first, whose sequence is below `before`, of one network or (NULL)
 * of all. Blocks on I/O. ENGINE_NOT_FOUND: no such network. Released with run_list_release(). */
enum engine_status run_list_read(struct engine *engine, const char *network, int64_t before,
                                 size_t limit, struct run_list *out);
/* Up to `limit` runs that have not ended, the newest first. ENGINE_NO_MEMORY, or ENGINE_OK. */
enum engine_status run_list_in_progress(struct engine *engine, size_t limit, struct run_list *out);

void run_list_release(struct run_list *list);

/* The curve of a run, in progress or ended, for history_release(). Blocks. ENGINE_NOT_FOUND. */
enum engine_status run_history(struct engine *engine, const char *id, struct history *out);

/* Deletes an ended run. ENGINE_NOT_FOUND, ENGINE_BUSY: it has not ended. Blocks on I/O. */
enum engine_status run_delete_ended(struct engine *engine, const char *id, struct commit **commit);

/* What a row says of how far a run is. */
struct run_progress run_progress_of_row(const struct store_run *row);

#endif
