/*
 * Bytes that no HTTP client sends: smuggled requests, broken framing, hostile sizes. Each row says
 * which statuses are right (RFC 9112 leaves some choice, and libmicrohttpd 0.9.75 and 1.0 differ);
 * after each the daemon answers the next request and has changed nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness/daemon.h"
#include "tests/harness/http.h"
#include "tests/harness/raw.h"
#include "tests/harness/tap.h"
#include "tests/http/witness.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define BYTES(text) text, sizeof(text) - 1

#define HOST "Host: 127.0.0.1\r\n"
#define GET "GET /livez HTTP/1.1\r\n" HOST
#define POST "POST /v1/networks/witness/forward HTTP/1.1\r\n" HOST
#define BODY "{\"inputs\": [1, 2]}" /* 18 bytes */
/* What must never be run when it comes behind something broken. */
#define SMUGGLED "DELETE /v1/networks/witness HTTP/1.1\r\n" HOST "\r\n"
#define CHUNKS "12\r\n" BODY "\r\n0\r\n\r\n"

enum {
    PATIENCE = 20, /* seconds for an answer or a close that is due at once */
    MAX_RIGHT_STATUSES = 5,
    UNANSWERED = -1, /* as a status: closing without an answer is right as well */
};

struct frame {
    const char *why;
    const char *bytes;
    size_t length;
    size_t answers;                   /* to wait for; 0: the connection must be closed */
    int statuses[MAX_RIGHT_STATUSES]; /* any of these is right */
};

static const struct frame frames[] = {
    {"a plain GET", BYTES(GET "\r\n"), 1, {200}},
    {"no Host", BYTES("GET /livez HTTP/1.1\r\n\r\n"), 0, {400}},
    {"two Hosts", BYTES(GET "Host: localhost\r\n\r\n"), 0, {400}},
    {"an empty Host", BYTES("GET /livez HTTP/1.1\r\nHost:\r\n\r\n"), 1, {400, 421}},

    {"a body by its length", BYTES(POST "Content-Length: 18\r\n\r\n" BODY), 1, {200}},
    {"a body in chunks", BYTES(POST "Transfer-Encoding: chunked\r\n\r\n" CHUNKS), 1, {200}},
    {"a body in chunks, in capitals",
     BYTES(POST "Transfer-Encoding: CHUNKED\r\n\r\n" CHUNKS),
     1,
     {200}},
    {"a length beside chunks",
     BYTES(POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400}},
    {"chunks beside a length",
     BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400}},
    {"two lengths",
     BYTES(POST "Content-Length: 18\r\nContent-Length: 0\r\n\r\n" BODY SMUGGLED),
     0,
     {400}},
    {"two equal lengths",
     BYTES(POST "Content-Length: 18\r\nContent-Length: 18\r\n\r\n" BODY SMUGGLED),
     0,
     {400}},
    {"a length with a plus", BYTES(POST "Content-Length: +18\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a negative length", BYTES(POST "Content-Length: -1\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a list of lengths", BYTES(POST "Content-Length: 18,18\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a hexadecimal length", BYTES(POST "Content-Length: 0x12\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a length with a blank within",
     BYTES(POST "Content-Length: 1 8\r\n\r\n" BODY SMUGGLED),
     0,
     {400}},
    {"a length of letters", BYTES(POST "Content-Length: many\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"an empty length", BYTES(POST "Content-Length:\r\n\r\n" SMUGGLED), 0, {400}},
    {"a length of 10^23",
     BYTES(POST "Content-Length: 100000000000000000000000\r\n\r\n" BODY),
     0,
     {413, 400}},
    {"a length above the limit is refused before its body",
     BYTES(POST "Content-Length: 16777217\r\n\r\n"),
     0,
     {413}},
    {"a blank before the colon", BYTES(POST "Content-Length : 18\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a tab before the colon", BYTES(POST "Content-Length\t: 18\r\n\r\n" BODY SMUGGLED), 0, {400}},
    {"a blank before the coding's colon",
     BYTES(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400}},
    {"another coding before chunked",
     BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400, 501}},
    {"an unknown coding",
     BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400, 501}},
    {"the identity", BYTES(POST "Transfer-Encoding: identity\r\n\r\n" SMUGGLED), 0, {400, 501}},
    {"chunked twice",
     BYTES(POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400, 501}},
    {"chunked in two headers",
     BYTES(POST
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400}},
    {"chunks by HTTP/1.0",
     BYTES("POST /v1/networks/witness/forward HTTP/1.0\r\n" HOST
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
     0,
     {400}},
    {"a chunk's size in letters",
     BYTES(POST "Transfer-Encoding: chunked\r\n\r\nzz\r\n" SMUGGLED),
     0,
     {400}},
    {"a negative chunk", BYTES(POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n" SMUGGLED), 0, {400}},
    {"a chunk with 0x",
     BYTES(POST "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"),
     0,
     {400}},
    {"a chunk of 2^68 bytes",
     BYTES(POST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" SMUGGLED),
     0,
     {400, 413}},
    {"a chunk longer than its size",
     BYTES(POST "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"),
     0,
     {400}},

    {"a folded header", BYTES(GET "X-Folded: a\r\n b\r\n\r\n"), 1, {200, 400}},
    {"a folded first header", BYTES("GET /livez HTTP/1.1\r\n " HOST "\r\n"), 0, {400}},
    {"a header without a name does no harm", BYTES(GET ": nothing\r\n\r\n"), 1, {200, 400}},
    {"a header without a colon", BYTES(GET "nothing\r\n\r\n"), 1, {400}},
    {"a carriage return in a value", BYTES(GET "X-A: a\rb: c\r\n\r\n"), 1, {400}},
    {"a zero byte in a value does no harm", BYTES(GET "X-A: a\0b\r\n\r\n"), 1, {200, 400}},
    {"a control character in a value",
     BYTES(GET "X-A: a\x01"
               "b\r\n\r\n"),
     1,
     {400}},

    {"a zero byte in a path does no harm",
     BYTES("GET /v1/networks/witness\0x HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {200, 400, 404, UNANSWERED}},
    {"an encoded zero byte",
     BYTES("DELETE /v1/networks/witness%00x HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"an encoded slash",
     BYTES("GET /v1/networks/witness%2Fparameters HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"an encoded slash in small letters",
     BYTES("GET /v1%2fnetworks/witness HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"no digits after a percent sign",
     BYTES("GET /v1/networks/witness%zz HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"a percent sign at the end",
     BYTES("GET /v1/networks/witness% HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"an overlong slash",
     BYTES("GET /v1/networks%c0%afwitness HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"bytes that are not UTF-8",
     BYTES("GET /v1/networks/%ff%fe HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"bytes above ASCII",
     BYTES("GET /v1/networks/\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 404}},
    {"a bad percent sign in a query",
     BYTES("GET /v1/networks?prefix=%zz HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 422}},
    {"an encoded zero byte in a query",
     BYTES("GET /v1/networks?prefix=a%00b HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {400, 422}},
    {"a path that is none", BYTES("GET livez HTTP/1.1\r\n" HOST "\r\n"), 1, {400, 404}},

    {"an unknown method", BYTES("FROB /livez HTTP/1.1\r\n" HOST "\r\n"), 1, {405, 501}},
    {"a method in small letters", BYTES("get /livez HTTP/1.1\r\n" HOST "\r\n"), 1, {405, 501}},
    {"CONNECT", BYTES("CONNECT example.com:443 HTTP/1.1\r\n" HOST "\r\n"), 1, {405, 400, 404, 501}},
    {"TRACE", BYTES("TRACE /livez HTTP/1.1\r\n" HOST "\r\n"), 1, {405}},
    {"OPTIONS of everything", BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 1, {200, 204}},
    {"the absolute form",
     BYTES("GET http://127.0.0.1/livez HTTP/1.1\r\n" HOST "\r\n"),
     1,
     {200, 400}},
    {"HTTP/0.9", BYTES("GET /livez\r\n"), 0, {400}},
    {"HTTP/2.0", BYTES("GET /livez HTTP/2.0\r\n" HOST "\r\n"), 1, {505}},
    {"HTTP/2's own beginning", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, {400, 505}},
    {"a version of letters", BYTES("GET /livez HTTP/x.y\r\n" HOST "\r\n"), 0, {400, 505}},
    {"HTTP/1.0 is answered and closed", BYTES("GET /livez HTTP/1.0\r\n" HOST "\r\n"), 0, {200}},
    {"and closed when asked", BYTES(GET "Connection: close\r\n\r\n"), 0, {200}},
    {"an idle connection is closed", BYTES(""), 0, {UNANSWERED}},
    {"so is one that speaks TLS",
     BYTES("\x16\x03\x01\x00\x75\x01\x00\x00\x71\x03\x03 0123456789abcdef0123456789abcdef"),
     0,
     {UNANSWERED, 400}},
};

static bool is_right(const struct frame *frame, int status)
{
    for (int i = 0; i < MAX_RIGHT_STATUSES; i++) {
        if (frame->statuses[i] == status)
            return true;
    }
    return false;
}

static void judge(const struct frame *frame, const struct raw_exchange *got)
{
    bool right = got->interim == 0 && (got->count > 0 || is_right(frame, UNANSWERED));
    for (size_t i = 0; i < got->count; i++)
        right = right && is_right(frame, got->statuses[i]);
    if (frame->answers == 0)
        right = right && got->closed;
    tap_ok(right, "%s: %d%s", frame->why, got->count ? got->statuses[0] : 0,
           got->closed ? ", closed" : "");
    if (!right)
        tap_note("%zu answers in %.1f s: %.600s", got->count, got->seconds, got->text);
}

static void check_frame(struct witness *witness, int port, const struct frame *frame)
{
    struct raw_exchange got;
    raw_send(port, frame->bytes, frame->length, frame->answers, PATIENCE, &got);
    judge(frame, &got);
    raw_release(&got);
    witness_check(witness, frame->why);
}

/* Bytes that are mostly repetition. */
struct bulk {
    const char *why;
    const char *before;
    const char *repeated;
    size_t times;
    const char *after;
    size_t answers;
    int statuses[MAX_RIGHT_STATUSES];
};

static const struct bulk bulks[] = {
    {"a target of 40 KB", "GET /", "a", 40000, " HTTP/1.1\r\n" HOST "\r\n", 0, {414}},
    {"a query of 40 KB",
     "GET /v1/networks?prefix=",
     "a",
     40000,
     " HTTP/1.1\r\n" HOST "\r\n",
     0,
     {414}},
    {"a header of 40 KB", GET "X-A: ", "a", 40000, "\r\n\r\n", 0, {431}},
    {"2,000 headers", GET, "X-A: 0123456789\r\n", 2000, "\r\n", 0, {431}},
    {"a method of 200 bytes", "", "A", 200, " /livez HTTP/1.1\r\n" HOST "\r\n", 1, {405, 501, 400}},
    {"a chunk extension of 40 KB",
     POST "Transfer-Encoding: chunked\r\n\r\n12;",
     "a",
     40000,
     "\r\n" BODY "\r\n0\r\n\r\n",
     0,
     {400, 413, 431, 500, UNANSWERED}},
    {"chunks above the limit",
     POST "Transfer-Encoding: chunked\r\n\r\n",
     "8\r\n        \r\n",
     16 * 1024 * 1024 / 8 + 1,
     "0\r\n\r\n",
     0,
     {413}},
    {"too large a body that asks first",
     POST "Expect: 100-continue\r\nContent-Length: 16777217\r\n\r\n",
     "",
     0,
     "",
     0,
     {413}},
};

static void check_bulk(struct witness *witness, int port, const struct bulk *bulk)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    fputs(bulk->before, stream);
    for (size_t i = 0; i < bulk->times; i++)
        fputs(bulk->repeated, stream);
    fputs(bulk->after, stream);
    fclose(stream);
    struct frame frame = {
        .why = bulk->why, .bytes = text, .length = length, .answers = bulk->answers};
    memcpy(frame.statuses, bulk->statuses, sizeof(frame.statuses));
    check_frame(witness, port, &frame);
    free(text);
}

/* Several requests in one connection, answered in order. */
static const struct {
    const char *why;
    const char *bytes;
    size_t length;
    int statuses[4]; /* exactly these, ended by 0; a 100 before one may be or not */
} sequences[] = {
    {"a GET's body is skipped",
     BYTES(GET "Content-Length: 5\r\n\r\nhello"
               "GET /nothing HTTP/1.1\r\n" HOST "\r\n" GET "\r\n"),
     {200, 404, 200}},
    {"a refused body is skipped or the connection closed",
     BYTES("POST /v1/networks HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}" GET "\r\n"),
     {422, 200}},
    {"a blank line before a request", BYTES("\r\n" GET "\r\n" GET "\r\n"), {200, 200}},
    {"trailers after chunks",
     BYTES(POST "Transfer-Encoding: chunked\r\n\r\n12\r\n" BODY "\r\n0\r\nX-A: b\r\n\r\n" GET
                "\r\n"),
     {200, 200}},
    {"a small body that asks first",
     BYTES(POST "Expect: 100-continue\r\nContent-Length: 18\r\n\r\n" BODY GET "\r\n"),
     {200, 200}},
};

static void check_sequences(struct witness *witness, int port)
{
    for (size_t i = 0; i < COUNT(sequences); i++) {
        struct raw_exchange got;
        size_t count = 0;
        while (count < 4 && sequences[i].statuses[count])
            count++;
        raw_send(port, sequences[i].bytes, sequences[i].length, count, PATIENCE, &got);
        bool right = got.count == count;
        for (size_t k = 0; right && k < count; k++)
            right = got.statuses[k] == sequences[i].statuses[k];
        if (!tap_ok(right, "%s", sequences[i].why))
            tap_note("%zu answers in %.1f s: %.900s", got.count, got.seconds, got.text);
        raw_release(&got);
        witness_check(witness, sequences[i].why);
    }
}

static void check_pipeline(struct witness *witness, int port)
{
    enum { REQUESTS = 100 };
    static const char *const requests[] = {GET "\r\n", "GET /nothing HTTP/1.1\r\n" HOST "\r\n",
                                           POST "Content-Length: 18\r\n\r\n" BODY};
    static const int statuses[] = {200, 404, 200};
    char bytes[REQUESTS * 128] = "";
    struct raw_exchange got;
    size_t length = 0;
    for (size_t i = 0; i < REQUESTS; i++)
        length += (size_t)snprintf(bytes + length, sizeof(bytes) - length, "%s", requests[i % 3]);
    raw_send(port, bytes, length, REQUESTS, PATIENCE, &got);
    size_t right = 0;
    for (size_t i = 0; i < got.count && i < REQUESTS; i++)
        right += got.statuses[i] == statuses[i % 3];
    tap_ok(got.count == REQUESTS && right == REQUESTS,
           "100 requests in one go are answered in order (%zu of %zu)", right, got.count);
    raw_release(&got);
    witness_check(witness, "pipelining");
}

/* Clients that reset their connection before, within and after an answer. */
static void check_resets(struct witness *witness, int port)
{
    static const char request[] = "GET /openapi.yaml HTTP/1.1\r\n" HOST "\r\n";
    for (int i = 0; i < 60; i++) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        char some[1024];
        int fd = raw_connect(port);
        if (fd < 0 || send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
            tap_ok(false, "reset %d: no connection", i);
        if (i % 3 == 1 && recv(fd, some, sizeof(some), 0) <= 0)
            tap_ok(false, "reset %d: no answer", i);
        if (i % 3 == 2)
            usleep(2000);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close(fd);
    }
    witness_check(witness, "60 resets");
    tap_ok(true, "60 clients that reset their connection do no harm");
}

int main(void)
{
    struct daemon server;
    struct witness witness;
    setenv("BACKPROPD_IDLE_TIMEOUT", "2", 1); /* seconds */
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    witness_create(&witness, client);
    for (size_t i = 0; i < COUNT(frames); i++)
        check_frame(&witness, server.port, &frames[i]);
    for (size_t i = 0; i < COUNT(bulks); i++)
        check_bulk(&witness, server.port, &bulks[i]);
    check_sequences(&witness, server.port);
    check_pipeline(&witness, server.port);
    check_resets(&witness, server.port);
    witness_release(&witness);
    http_client_free(client);
    return daemon_done(&server);
}
