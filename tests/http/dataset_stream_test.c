/* CSV that is read while it comes in: in bounded memory, refused in time, given up without a trace.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/raw.h"
#include "tests/harness/tap.h"

#define DATASETS "/v1/datasets"

static const char *const csv_type[] = {"Content-Type: text/csv", NULL};

enum { ROWS = 400000 }; /* of 3 values: 9.6 MB as they are stored, some 20 MB of text */

static const size_t allowed_bytes = 12 << 20; /* that the daemon may grow by on the way */

/* A text of so many rows; `last` is put in place of the last one. The caller frees. */
static char *make_text(size_t rows, const char *last, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        abort();
    fputs("a,b,c\r\n", out);
    for (size_t s = 0; s + 1 < rows; s++)
        fprintf(out, "%zu,%.12f,%zu.000000000000\r\n", s, (double)s / 7, s % 5);
    fputs(last, out);
    fclose(out);
    return text;
}

/* The most memory that a process has had so far, in bytes. */
static size_t peak(pid_t pid)
{
    char path[64], line[256];
    size_t kilobytes = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        sscanf(line, "VmHWM: %zu", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#endif
#endif
    return false;
}

static void test_memory(const struct daemon *daemon, struct http_client *client)
{
    size_t length, before = peak(daemon->pid);
    char *text = make_text(ROWS, "1,2,3\r\n", &length);
    const struct http_answer *answer =
        http_send(client, "PUT", DATASETS "/long?targets=c", text, length, csv_type);
    expect_status(answer, 201, "a long text");
    expect_number(answer, "/samples", ROWS, 0, "all of it");
    size_t grown = peak(daemon->pid) - before;
    if (is_sanitized())
        tap_note("sanitizers keep freed memory: it grew by %zu", grown);
    else
        tap_ok(grown < allowed_bytes && allowed_bytes < length,
               "%zu bytes of text took %zu bytes of memory", length, grown);
    answer = http_call(client, "GET", DATASETS "/long/rows?offset=399998&limit=9", NULL, NULL);
    tap_ok(pointer_number(answer->json, "/inputs/0/0") == 399998 &&
               pointer_number(answer->json, "/inputs/1/1") == 2 &&
               pointer_count(answer->json, "/inputs") == 2,
           "its last rows");
    free(text);
}

/* The same in chunks of a few hundred bytes, of which many are there at once: libmicrohttpd goes on
 * with those that it has although the disk is behind. */
static void test_chunks(const struct daemon *daemon, struct http_client *client)
{
    enum { CHUNK = 300 };
    size_t length, size;
    char *text = make_text(ROWS, "1,2,3\r\n", &length), *bytes = NULL;
    FILE *out = open_memstream(&bytes, &size);
    struct raw_exchange exchange;
    fputs("PUT " DATASETS "/chunks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/csv\r\n"
          "Transfer-Encoding: chunked\r\n\r\n",
          out);
    for (size_t at = 0; at < length; at += CHUNK) {
        size_t some = length - at < CHUNK ? length - at : CHUNK;
        fprintf(out, "%zx\r\n%.*s\r\n", some, (int)some, text + at);
    }
    fputs("0\r\n\r\n", out);
    fclose(out);
    raw_send(daemon->port, bytes, size, 1, 60, &exchange);
    tap_ok(exchange.count == 1 && exchange.statuses[0] == 201, "many small chunks: %d",
           exchange.count ? exchange.statuses[0] : 0);
    raw_release(&exchange);
    const struct http_answer *answer =
        http_call(client, "GET", DATASETS "/chunks/rows?offset=399998&limit=9", NULL, NULL);
    tap_ok(pointer_number(answer->json, "/inputs/0/0") == 399998 &&
               pointer_number(answer->json, "/inputs/1/2") == 3 &&
               pointer_count(answer->json, "/inputs") == 2,
           "their last rows");
    free(bytes);
    free(text);
}

/* The last row of a long text is at fault: nothing of it is kept. */
static void test_late_fault(struct http_client *client)
{
    size_t length;
    char *text = make_text(ROWS, "1,2,x\r\n", &length);
    const struct http_answer *answer =
        http_send(client, "PUT", DATASETS "/late", text, length, csv_type);
    expect_problem(answer, 422, "invalid-request", NULL, "a fault at the end");
    tap_text(pointer_text(answer->json, "/errors/0/pointer"), "line 400001, column 3 (c)", "where");
    tap_ok(http_call(client, "GET", DATASETS "/late", NULL, NULL)->status == 404, "not stored");
    free(text);
}

/* The head of a request with so many bytes to come, or in chunks. */
static size_t write_head(char *out, size_t room, const char *name, size_t length)
{
    return (size_t)snprintf(out, room,
                            "PUT " DATASETS "/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                            "text/csv\r\nContent-Length: %zu\r\n\r\n",
                            name, length);
}

/* A text that cannot be understood is answered before it has come whole. */
static void test_early_fault(const struct daemon *daemon)
{
    size_t length, promised = 500 << 20;
    char *rows = make_text(100000, "", &length);
    char *bytes = calloc(1, length + 1024);
    struct raw_exchange exchange;
    size_t head = write_head(bytes, 1024, "early", promised);
    memcpy(bytes + head, rows, length);
    memcpy(bytes + head, "a,\"b\"x", 6);
    raw_send(daemon->port, bytes, head + length, 1, 20, &exchange);
    tap_ok(exchange.count == 1 && exchange.statuses[0] == 422 && exchange.seconds < 10,
           "a text that is broken in its first line is answered at once: %d",
           exchange.count ? exchange.statuses[0] : 0);
    raw_release(&exchange);
    free(bytes);
    free(rows);
}

/* Sends half of what was promised, and goes away. */
static void give_up(const struct daemon *daemon)
{
    size_t length;
    char head[1024], *text = make_text(ROWS, "1,2,3\r\n", &length);
    int fd = raw_connect(daemon->port);
    size_t size = write_head(head, sizeof(head), "half", length);
    bool sent = send(fd, head, size, MSG_NOSIGNAL) == (ssize_t)size;
    for (size_t at = 0; at < length / 2 && sent;) {
        ssize_t n = send(fd, text + at, length / 2 - at, MSG_NOSIGNAL);
        sent = n > 0;
        at += sent ? (size_t)n : 0;
    }
    tap_ok(sent, "half of a text is sent");
    /* libmicrohttpd 0.9.75 does not see an end that comes together with the last bytes, and waits
     * for --idle-timeout. */
    usleep(500000);
    close(fd);
    free(text);
}

/* Chunks in a closed database that belong to nobody. */
static int orphans(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    int count = -1;
    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "SELECT (SELECT count(*) FROM chunks WHERE block_id NOT IN (SELECT id "
                           "FROM datasets)) + (SELECT count(*) FROM staged_blocks)",
                           -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void test_given_up(struct daemon *daemon)
{
    give_up(daemon);
    tap_ok(daemon_stop(daemon, 15) == 0, "a client that went away holds nobody up");
    tap_ok(orphans(daemon->database) == 0, "and leaves nothing: %d", orphans(daemon->database));
}

/* Killed in the middle of an upload, and ended in the middle of one. */
static void test_broken_off(struct daemon *daemon)
{
    static const int signals[] = {9, 15};
    for (int i = 0; i < 2; i++) {
        size_t length;
        char head[1024], *text = make_text(ROWS, "1,2,3\r\n", &length);
        daemon_restart(daemon);
        int fd = raw_connect(daemon->port);
        size_t size = write_head(head, sizeof(head), "broken", length);
        bool sent = send(fd, head, size, MSG_NOSIGNAL) == (ssize_t)size &&
                    send(fd, text, length / 2, MSG_NOSIGNAL) > 0;
        int code = daemon_stop(daemon, signals[i]);
        tap_ok(sent && code == (signals[i] == 9 ? 128 + 9 : 0), "stopped by %d: %d", signals[i],
               code);
        close(fd);
        daemon_restart(daemon);
        daemon_stop(daemon, 15);
        tap_ok(orphans(daemon->database) == 0, "the next start leaves nothing of it: %d",
               orphans(daemon->database));
        free(text);
    }
}

/* A limit of 1 MB, for what comes and for what is stored. */
static void test_limits(void)
{
    struct daemon daemon;
    size_t length;
    setenv("BACKPROPD_MAX_DATASET", "1000000", 1);
    daemon_start(&daemon, NULL, NULL);
    unsetenv("BACKPROPD_MAX_DATASET");
    struct http_client *client = http_client_create(&daemon);
    char *text = make_text(40000, "", &length);
    expect_problem(http_send(client, "PUT", DATASETS "/a", text, length, csv_type), 413,
                   "body-too-large", NULL, "a text above the limit");
    free(text);
    static const char *const chunked[] = {"Content-Type: text/csv", "Transfer-Encoding: chunked",
                                          "Content-Length:", NULL};
    text = make_text(40000, "", &length);
    expect_problem(http_send(client, "PUT", DATASETS "/a", text, length, chunked), 413,
                   "body-too-large", NULL, "in chunks");
    free(text);
    text = calloc(1, 400000);
    for (int i = 0; i < 70000; i++)
        memcpy(text + 4 * i, i ? "1,2\n" : "a,b\n", 4);
    expect_problem(http_send(client, "PUT", DATASETS "/a", text, 4 * 70000, csv_type), 413,
                   "body-too-large", NULL, "more than may be stored");
    expect_status(http_send(client, "PUT", DATASETS "/a", text, 4 * 60000, csv_type), 201,
                  "less than that");
    free(text);
    expect_problem(
        http_call(client, "PUT", DATASETS "/b", "{'generator': 'xor', 'samples': 50000}", NULL),
        413, "body-too-large", NULL, "made by a generator");
    http_client_free(client);
    daemon_stop(&daemon, 15);
}

int main(void)
{
    struct daemon daemon;
    daemon_start(&daemon, NULL, NULL);
    struct http_client *client = http_client_create(&daemon);
    test_memory(&daemon, client);
    test_chunks(&daemon, client);
    test_late_fault(client);
    test_early_fault(&daemon);
    http_client_free(client);
    test_given_up(&daemon);
    test_broken_off(&daemon);
    test_limits();
    return tap_done();
}
