#ifndef API_PREFER_H
#define API_PREFER_H

#include <stdbool.h>

#include "api/request.h"

/* What a Prefer header (RFC 7240) says about waiting; other preferences go by, and so does what
 * cannot be read. */
struct preference {
    bool respond_async;
    bool has_wait;
    double wait; /* seconds */
};

struct preference preference_read(const char *prefer);

/* Whether the answer may come before the end of what was asked for. */
bool preference_given(const struct preference *preference);

/* How long to wait for the end at most: 0 with respond-async alone. */
double preference_seconds(const struct preference *preference);

/* Sets Preference-Applied. */
void answer_preference(struct answer *answer, const struct preference *preference);

#endif
