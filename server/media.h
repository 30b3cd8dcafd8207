#ifndef SERVER_MEDIA_H
#define SERVER_MEDIA_H

#include <stdbool.h>

/* What a route takes as a body. */
enum body_kind {
    BODY_NONE,        /* one that comes all the same is read and forgotten */
    BODY_JSON,        /* JSON, by its own name or as plain `curl -d` sends it */
    BODY_MERGE_PATCH, /* the same, and application/merge-patch+json */
    BODY_DATASET,     /* JSON likewise, and text/csv */
};

/*
 * Whether a body of this Content-Type (NULL: none was sent) is taken. JSON without its own name is
 * taken only without an Origin: a foreign page's form could send it. Parameters do not matter, but
 * for a charset other than UTF-8.
 */
bool media_type_accepted(enum body_kind kind, const char *content_type, bool has_origin);

/* The types that are taken, for a sentence. */
const char *media_types_taken(enum body_kind kind);

/* Whether an Accept header (NULL: none was sent) takes an answer of this type: the most specific
 * range that covers it counts (RFC 9110, section 12.5.1). */
bool media_type_acceptable(const char *accept, const char *type);

/* Whether a Content-Encoding (NULL: none was sent) leaves the body as it is. */
bool media_encoding_accepted(const char *content_encoding);

#endif
