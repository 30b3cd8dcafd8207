#ifndef SERVER_FRAMING_H
#define SERVER_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a request's headers say one thing only. Two programs that read the same bytes differently
 * are how requests are smuggled past a proxy, and libmicrohttpd 0.9.75 lets most such pass, so we
 * look at every header ourselves before anything else happens.
 */

/* The headers that the service reads, as they were sent; NULL where there is none. Borrowed. */
struct headers {
    const char *host;
    const char *origin;
    const char *content_length;
    const char *transfer_encoding;
    const char *content_type;
    const char *content_encoding;
    const char *expect;
    const char *accept;
    const char *if_match;
    const char *if_none_match;
    const char *prefer;
    const char *idempotency_key;
    const char *last_event_id;
    const char *request_id;
    const char *fault; /* the first fault that headers_add() found, as a sentence; NULL: none */
};

/* Takes one header in; a name may come in any case. Both texts end with a zero byte and may hold
 * others. */
void headers_add(struct headers *headers, const char *name, size_t name_length, const char *value,
                 size_t value_length);

/* What a body there is. */
struct framing {
    bool chunked;
    uint64_t length; /* of a body that is not chunked; 0 for none */
};

/* Judges the headers once all are in. `version` is "HTTP/1.1" or the like. Returns NULL, or a
 * sentence that says why where the request ends cannot be trusted; then `framing` is unspecified.
 */
const char *headers_framing(const struct headers *headers, const char *version,
                            struct framing *framing);

/* Whether it is a request id that we take over: 1 to 64 of A-Z a-z 0-9 . _ - */
bool request_id_valid(const char *text);

#endif
