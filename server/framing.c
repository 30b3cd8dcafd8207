#include "server/framing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_REQUEST_ID = 64 };

/* The headers that are read, and what is said when one comes twice. Where `twice` is NULL, the
 * first one counts. */
static const struct known_header {
    const char *name;
    size_t length;
    size_t offset;
    const char *twice;
} known_headers[] = {
#define KNOWN(name, field, twice)                                                                  \
    {                                                                                              \
        name, sizeof(name) - 1, offsetof(struct headers, field), twice                             \
    }
#define ONCE(name) "there is more than one " name " header; send one"
    KNOWN("Host", host, ONCE("Host")),
    KNOWN("Accept", accept, NULL), /* the first one counts */
    KNOWN("Origin", origin, ONCE("Origin")),
    KNOWN("Expect", expect, ONCE("Expect")),
    KNOWN("Prefer", prefer, ONCE("Prefer")),
    KNOWN("If-Match", if_match, ONCE("If-Match")),
    KNOWN("Content-Type", content_type, ONCE("Content-Type")),
    KNOWN("X-Request-Id", request_id, NULL),
    KNOWN("Last-Event-ID", last_event_id, ONCE("Last-Event-ID")),
    KNOWN("If-None-Match", if_none_match, ONCE("If-None-Match")),
    KNOWN("Content-Length", content_length, ONCE("Content-Length")),
    KNOWN("Idempotency-Key", idempotency_key, ONCE("Idempotency-Key")),
    KNOWN("Content-Encoding", content_encoding, ONCE("Content-Encoding")),
    KNOWN("Transfer-Encoding", transfer_encoding, ONCE("Transfer-Encoding")),
#undef ONCE
#undef KNOWN
};

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return length > 0;
}

/* No control but the tab; bytes above ASCII are left to whoever reads the header. */
static bool is_field_value(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static void fault(struct headers *headers, const char *sentence)
{
    if (!headers->fault)
        headers->fault = sentence;
}

void headers_add(struct headers *headers, const char *name, size_t name_length, const char *value,
                 size_t value_length)
{
    if (!is_token(name, name_length))
        fault(headers, "a header's name holds a blank or another character that names do not have");
    if (!is_field_value(value, value_length))
        fault(headers, "a header's value holds a control character");
    for (size_t i = 0; i < sizeof(known_headers) / sizeof(known_headers[0]); i++) {
        const struct known_header *known = &known_headers[i];
        if (known->length != name_length || strncasecmp(known->name, name, name_length) != 0)
            continue;
        const char **field = (const char **)((char *)headers + known->offset);
        if (*field && known->twice)
            fault(headers, known->twice);
        if (!*field)
            *field = value;
        return;
    }
}

/* A number beyond uint64_t becomes UINT64_MAX: any limit is below it. */
static const char *length_fault(const char *text, uint64_t *length)
{
    if (!*text || text[strspn(text, "0123456789")])
        return "the Content-Length is not a plain number";
    *length = 0;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        *length = *length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *length * 10 + digit;
    }
    return NULL;
}

const char *headers_framing(const struct headers *headers, const char *version,
                            struct framing *framing)
{
    *framing = (struct framing){0};
    if (headers->fault)
        return headers->fault;
    if (!headers->host && strcmp(version, "HTTP/1.0") != 0)
        return "there is no Host header, which HTTP/1.1 asks for";
    if (headers->transfer_encoding) {
        if (headers->content_length)
            return "there is a Content-Length beside a Transfer-Encoding; send one of them";
        if (strcasecmp(headers->transfer_encoding, "chunked") != 0)
            return "the Transfer-Encoding is not plainly chunked, which is the only one taken";
        if (strcmp(version, "HTTP/1.0") == 0)
            return "HTTP/1.0 has no Transfer-Encoding; send a Content-Length";
        framing->chunked = true;
    }
    if (headers->content_length)
        return length_fault(headers->content_length, &framing->length);
    return NULL;
}

bool request_id_valid(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++) {
        if (length == MAX_REQUEST_ID ||
            (!isalnum((unsigned char)text[length]) && !strchr("._-", text[length])))
            return false;
    }
    return length > 0;
}
