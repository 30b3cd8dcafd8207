#ifndef API_ETAG_H
#define API_ETAG_H

#include "api/request.h"
#include "engine/edit.h"

/* Sets the answer's ETag: "<creation id>.<revision>". */
void answer_etag(struct request *request, const struct snapshot *snapshot);

/* The same for whatever has this tag. */
void answer_etag_of(struct request *request, struct revision_tag tag);

/* Reads If-Match and If-None-Match. False with a problem when one cannot be read. A tag that is not
 * of our form names no revision. */
bool request_preconditions(struct request *request, struct preconditions *out);

/* Answers a GET whose preconditions say that there is nothing to send: 412, or 304. False where the
 * representation is to be sent. Sets the ETag. */
bool answer_by_preconditions(struct request *request, const struct preconditions *preconditions,
                             const struct snapshot *snapshot);

#endif
