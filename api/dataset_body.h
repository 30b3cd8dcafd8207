#ifndef API_DATASET_BODY_H
#define API_DATASET_BODY_H

#include "api/request.h"
#include "engine/dataset.h"
#include "engine/upload.h"

/*
 * Reads the request's body, JSON, as a dataset: samples, or a generator that makes them. Gives what
 * the columns are, and the upload that has taken the rows. False with a problem. On worker threads:
 * waits for the disk.
 */
bool dataset_body_read(struct request *request, struct dataset **dataset, struct upload **upload);

#endif
