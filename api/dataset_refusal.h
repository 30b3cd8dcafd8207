#ifndef API_DATASET_REFUSAL_H
#define API_DATASET_REFUSAL_H

#include "api/request.h"
#include "engine/status.h"

/* Answers what the engine said about the dataset that the path names (not ENGINE_OK) with the
 * problem that it means. ENGINE_INVALID: the handler has set the problem itself. */
enum handled answer_dataset_refusal(struct request *request, enum engine_status status);

#endif
