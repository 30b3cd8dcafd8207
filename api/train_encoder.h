#ifndef API_TRAIN_ENCODER_H
#define API_TRAIN_ENCODER_H

#include "api/json_writer.h"
#include "api/train_body.h"
#include "engine/run.h"

/* The answer of a run that ended well: its progress, what its model gives now, its history. */
void encode_run(struct json_writer *w, const struct train_body *body,
                const struct run_result *result);

#endif
