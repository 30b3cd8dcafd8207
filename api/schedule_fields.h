#ifndef API_SCHEDULE_FIELDS_H
#define API_SCHEDULE_FIELDS_H

#include "api/decoder.h"
#include "nn/schedule.h"

/* Decodes `schedule`: its type and the constants of that type, by default PyTorch's. */
void decode_schedule(struct decoder *decoder, const json_t *value, struct schedule *out);

#endif
