#ifndef API_SCHEDULE_FIELDS_H
#define API_SCHEDULE_FIELDS_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "nn/schedule.h"

/* Decodes `schedule`: its type and the constants of that type, by default PyTorch's. */
void decode_schedule(struct decoder *decoder, const json_t *value, struct schedule *out);

/* The same as an object, its type first. */
void encode_schedule(struct json_writer *w, const struct schedule *schedule);

#endif
