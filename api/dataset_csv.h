#ifndef API_DATASET_CSV_H
#define API_DATASET_CSV_H

#include "api/request.h"
#include "engine/dataset.h"
#include "engine/upload.h"

/*
 * A dataset that comes as CSV: a header line with the columns' names, then a line for each sample.
 * Rows go to the disk while further ones come in. Faults become those of the problem, each with its
 * line and column, and do not stop it, unless what follows could not be understood.
 */
struct dataset_csv;

/* targets  the columns that are targets, as a line of CSV; NULL: none. Borrows all of it. NULL when
 * out of memory. */
struct dataset_csv *dataset_csv_create(struct engine *engine, const struct limits *limits,
                                       const char *targets, struct problem *problem);

/* Takes a piece of the text. False: nothing more is wanted, the problem says why. */
bool dataset_csv_take(struct dataset_csv *csv, const char *data, size_t size);

/* Where the rows go; NULL before there are any. */
struct upload *dataset_csv_upload(struct dataset_csv *csv);

/* The text is complete: gives what its columns are, to publish the upload with. NULL: the problem
 * says why. */
struct dataset *dataset_csv_finish(struct dataset_csv *csv);

void dataset_csv_free(struct dataset_csv *csv); /* NULL is allowed */

#endif
