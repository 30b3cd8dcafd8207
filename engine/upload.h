#ifndef ENGINE_UPLOAD_H
#define ENGINE_UPLOAD_H

#include "engine/dataset.h"

/*
 * Rows on their way to the disk, where they become a dataset at the end. They go out in parts while
 * further ones come in, so that only few of them are in memory: whoever adds rows asks
 * upload_is_ahead() from time to time, and waits when it says so. For one thread at a time.
 */
struct upload;

/* Rows of `width` values (>= 1). NULL when out of memory. */
struct upload *upload_begin(struct engine *engine, size_t width);

/* Forgets what was not published. NULL is allowed. */
void upload_release(struct upload *upload);

/* Adds a row. False when out of memory. */
bool upload_add(struct upload *upload, const double *row);

uint64_t upload_rows(const struct upload *upload);

/* Whether more is on its way to the disk than should be. */
bool upload_is_ahead(struct upload *upload);

/* Has `go_on(argument)` called, on the store's thread, once it is ahead no more. Returns false, and
 * calls nothing, where it is not ahead now. */
bool upload_notify(struct upload *upload, void (*go_on)(void *argument), void *argument);

/* Waits until it is ahead no more: for worker threads only. */
void upload_wait(struct upload *upload);

/* ENGINE_OK, or why something that was added could not be written. */
enum engine_status upload_status(struct upload *upload);

/*
 * Makes all rows (at least 1) the dataset of this name, in place of the one that has it where the
 * preconditions hold. `dataset` says what the columns are; row and figures are filled in here, and
 * it may be shared afterwards. Waits for the disk: for worker threads only. Writes whether the name
 * is new. ENGINE_PRECONDITION, or why it could not be written.
 */
enum engine_status upload_publish(struct upload *upload, const char *name,
                                  const struct preconditions *preconditions,
                                  struct dataset *dataset, bool *created);

#endif
