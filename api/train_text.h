#ifndef API_TRAIN_TEXT_H
#define API_TRAIN_TEXT_H

#include "api/train_body.h"

/*
 * A request for a run as it is kept and answered: every option with its value, also those that were
 * left out, and the samples as their number and hash. malloc'ed; NULL when out of memory.
 */
char *train_text_encode(const struct train_body *body, const struct network *net,
                        const struct run_samples *samples);

/* Reads it back: all but the samples. False when it is damaged, or when out of memory. */
bool train_text_decode(const char *text, struct run_request *out);

/* What a body asks of the engine; callbacks are to be filled in. */
struct run_request run_request_of(const struct train_body *body);

#endif
