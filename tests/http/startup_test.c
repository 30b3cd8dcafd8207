/* How the daemon starts: flags, environment, where it listens, which databases it takes. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/article.h"
#include "tests/harness/daemon.h"
#include "tests/harness/expect.h"
#include "tests/harness/http.h"
#include "tests/harness/pointer.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAZUR "/v1/networks/mazur"

/* Flags ------------------------------------------------------------------------------------------
 */

/* What is wrong is said in one line on stderr, which names it; the exit code is 2. */
static const struct {
    const char *why;
    const char *arguments[4];
    const char *environment[2];
    const char *says;
} refused[] = {
    {"an unknown flag", {"--nonsense"}, {NULL}, "--nonsense"},
    {"an abbreviated flag", {"--data", "x.db"}, {NULL}, "--data"},
    {"a flag in capitals", {"--Listen", "127.0.0.1:0"}, {NULL}, "--Listen"},
    {"an argument that is no flag", {"backpropd.db"}, {NULL}, "backpropd.db"},
    {"a flag without its value", {"--listen"}, {NULL}, "--listen"},
    {"an address without a port", {"--listen", "127.0.0.1"}, {NULL}, "--listen"},
    {"a port above 65535", {"--listen", "127.0.0.1:65536"}, {NULL}, "--listen"},
    {"a negative port", {"--listen", "127.0.0.1:-1"}, {NULL}, "--listen"},
    {"no number where one is meant", {"--max-body", "large"}, {NULL}, "--max-body"},
    {"a number below the least", {"--max-layers", "0"}, {NULL}, "--max-layers"},
    {"the same in the environment", {NULL}, {"BACKPROPD_LISTEN=nonsense"}, "BACKPROPD_LISTEN"},
};

/* Cuts the last newline off, for a line of TAP. */
static const char *chomp(char *text)
{
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void check_refused_flags(void)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct daemon_run run;
        daemon_run(refused[i].arguments, refused[i].environment, &run);
        tap_ok(run.exit_code == 2, "%s: exit code %d", refused[i].why, run.exit_code);
        bool one_line = count_lines(run.errors) == 1 && !run.output[0];
        tap_ok(one_line && strstr(run.errors, refused[i].says), "%s is named in one line: %s",
               refused[i].says, chomp(run.errors));
    }
}

static void check_help(void)
{
    static const char *const flags[] = {
        "--listen",  "--database", "--demo",           "--check",      "--help",
        "--version", "--max-body", "--max-parameters", "--max-layers", "--max-samples"};
    struct daemon_run run;
    daemon_run((const char *const[]){"--help", NULL}, NULL, &run);
    tap_ok(run.exit_code == 0 && !run.errors[0], "--help: exit code %d", run.exit_code);
    for (size_t i = 0; i < COUNT(flags); i++)
        tap_ok(strstr(run.output, flags[i]), "--help names %s", flags[i]);
    daemon_run((const char *const[]){"--version", NULL}, NULL, &run);
    int major = -1;
    int minor = -1;
    int patch = -1;
    tap_ok(run.exit_code == 0 &&
               sscanf(run.output, "backpropd %d.%d.%d", &major, &minor, &patch) == 3,
           "--version: %s", chomp(run.output));
}

/* Every flag may come by the environment; on the command line it counts more. */
static void check_environment(void)
{
    struct daemon server;
    setenv("BACKPROPD_MAX_BODY", "2k", 1);
    setenv("BACKPROPD_LISTEN", "127.0.0.1:1", 1);
    daemon_start(&server, NULL, NULL);
    unsetenv("BACKPROPD_MAX_BODY");
    unsetenv("BACKPROPD_LISTEN");
    struct http_client *client = http_client_create(&server);
    expect_number(http_call(client, "GET", "/v1", NULL, NULL), "/limits/max_body", 2048, 0,
                  "a limit from the environment");
    char body[4096];
    memset(body, ' ', sizeof(body));
    expect_problem(http_send(client, "POST", "/v1/networks", body, 2049, NULL), 413,
                   "body-too-large", NULL, "is in force");
    tap_ok(server.port != 1, "the command line counts more");
    http_client_free(client);
    daemon_stop(&server, SIGTERM);
}

/* Addresses --------------------------------------------------------------------------------------
 */

static void check_first_line(const struct daemon *server)
{
    char wanted[512];
    snprintf(wanted, sizeof(wanted), "listening on http://127.0.0.1:%d, database %s", server->port,
             server->database);
    const char *rest = strstr(server->first_line, " listening");
    tap_text(rest ? rest + 1 : NULL, wanted, "the first line says where it listens");
    tap_ok(strncmp(server->first_line, "backpropd ", 10) == 0, "and what it is: %s",
           server->first_line);
}

static void check_ports(struct daemon *server)
{
    char listen[64];
    char database[200];
    struct daemon_run run;
    snprintf(listen, sizeof(listen), "127.0.0.1:%d", server->port);
    snprintf(database, sizeof(database), "%s/other.db", tap_directory());
    daemon_run((const char *const[]){"--listen", listen, "--database", database, NULL}, NULL, &run);
    tap_ok(run.exit_code > 0 && run.exit_code < 128 && strstr(run.errors, listen),
           "a port in use: exit code %d, %s", run.exit_code, chomp(run.errors));
    daemon_run((const char *const[]){"--check", "--listen", listen, NULL}, NULL, &run);
    tap_ok(run.exit_code == 0, "--check of a daemon: exit code %d", run.exit_code);
    daemon_run((const char *const[]){"--check", "--listen", "127.0.0.1:1", NULL}, NULL, &run);
    tap_ok(run.exit_code == 1 && run.errors[0], "--check of nobody: exit code %d, %s",
           run.exit_code, chomp(run.errors));
}

static void check_unix_socket(void)
{
    struct daemon server;
    char listen[160];
    snprintf(listen, sizeof(listen), "unix:%s/socket", tap_directory());
    daemon_start(&server, listen, NULL);
    struct http_client *client = http_client_create(&server);
    expect_status(http_call(client, "GET", "/v1", NULL, NULL), 200, "by a unix socket");
    tap_ok(article_create(client, "mazur"), "changes too");
    struct daemon_run run;
    daemon_run((const char *const[]){"--check", "--listen", listen, NULL}, NULL, &run);
    tap_ok(run.exit_code == 0, "--check by a unix socket: exit code %d", run.exit_code);
    daemon_stop(&server, SIGKILL);
    daemon_restart(&server);
    expect_status(http_call(client, "GET", MAZUR, NULL, NULL), 200,
                  "a socket left behind is taken over");
    http_client_free(client);
    tap_ok(daemon_stop(&server, SIGINT) == 0, "SIGINT ends it in order");
    tap_ok(access(server.socket_path, F_OK) != 0, "and the socket is gone");
}

/* Whether this machine has the IPv6 loopback. */
static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return bound;
}

static void check_ipv6(void)
{
    struct daemon server;
    if (!has_ipv6()) {
        tap_ok(true, "by IPv6 # SKIP no ::1 on this machine");
        return;
    }
    daemon_start(&server, "[::1]:0", NULL);
    struct http_client *client = http_client_create(&server);
    tap_ok(strstr(server.first_line, "http://[::1]:"), "the address has brackets: %s",
           server.first_line);
    expect_status(http_call(client, "GET", "/v1", NULL, NULL), 200, "by IPv6");
    http_client_free(client);
    daemon_stop(&server, SIGTERM);
}

/* Databases --------------------------------------------------------------------------------------
 */

struct bytes {
    char *data;
    size_t length;
};

static struct bytes read_file(const char *path)
{
    struct bytes bytes = {0};
    FILE *file = fopen(path, "r");
    if (!file)
        return bytes;
    FILE *stream = open_memstream(&bytes.data, &bytes.length);
    for (int c; (c = getc(file)) != EOF;)
        putc(c, stream);
    fclose(stream);
    fclose(file);
    return bytes;
}

static void write_file(const char *path, const char *data, size_t length)
{
    FILE *file = fopen(path, "w");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* Places in SQLite's header (sqlite.org/fileformat2.html, section 1.3), big-endian. */
enum { USER_VERSION_AT = 60, APPLICATION_ID_AT = 68, SCHEMA_AT = 100, PAGE = 4096 };

/* Makes a copy of our database wrong in one way. Returns its new length. */
static size_t spoil(const char *how, char *data, size_t length)
{
    if (strcmp(how, "empty") == 0)
        return 0;
    if (strcmp(how, "cut to half") == 0)
        return length / 2;
    if (strcmp(how, "cut within the first page") == 0)
        return 1000;
    if (strcmp(how, "text") == 0)
        memset(data, 'x', length);
    else if (strcmp(how, "another program's") == 0)
        memcpy(data + APPLICATION_ID_AT, "\x12\x34\x56\x78", 4);
    else if (strcmp(how, "of a newer version") == 0)
        memcpy(data + USER_VERSION_AT, "\0\0\x7f\xff", 4);
    else if (strcmp(how, "with a broken schema") == 0)
        memset(data + SCHEMA_AT, 0x5a, PAGE - SCHEMA_AT);
    return length;
}

static const char *const spoilt[] = {
    "empty",
    "text",
    "cut to half",
    "cut within the first page",
    "another program's",
    "of a newer version",
    "with a broken schema",
};

/* A database that we do not trust is refused with a sentence, and not touched. */
static void check_spoilt_databases(const struct bytes *good)
{
    if (good->length <= PAGE) {
        tap_ok(false, "there is a database to spoil, of %zu bytes", good->length);
        return;
    }
    for (size_t i = 0; i < COUNT(spoilt); i++) {
        char path[200];
        struct daemon_run run;
        snprintf(path, sizeof(path), "%s/spoilt-%zu.db", tap_directory(), i);
        char *data = malloc(good->length);
        memcpy(data, good->data, good->length);
        size_t length = spoil(spoilt[i], data, good->length);
        write_file(path, data, length);
        daemon_run((const char *const[]){"--listen", "127.0.0.1:0", "--database", path, NULL}, NULL,
                   &run);
        tap_ok(run.exit_code > 0 && run.exit_code < 128 && strstr(run.errors, path),
               "a database that is %s is refused: exit code %d, %s", spoilt[i], run.exit_code,
               chomp(run.errors));
        struct bytes after = read_file(path);
        tap_ok(after.length == length && (length == 0 || memcmp(after.data, data, length) == 0),
               "and left as it was");
        free(after.data);
        free(data);
    }
}

static void check_refused_database(const char *path, const char *why)
{
    struct daemon_run run;
    daemon_run((const char *const[]){"--listen", "127.0.0.1:0", "--database", path, NULL}, NULL,
               &run);
    tap_ok(run.exit_code > 0 && run.exit_code < 128 && run.errors[0], "%s: exit code %d, %s", why,
           run.exit_code, chomp(run.errors));
}

static void check_second_daemon(struct daemon *server, struct http_client *client)
{
    char link[200];
    check_refused_database(server->database, "a second daemon on the database");
    snprintf(link, sizeof(link), "%s/link.db", tap_directory());
    if (symlink(server->database, link) != 0)
        perror(link);
    check_refused_database(link, "also by another name of it");
    expect_status(http_call(client, "POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}", NULL), 200,
                  "the first one goes on");
}

static void check_places(void)
{
    char path[200];
    check_refused_database(tap_directory(), "a folder");
    snprintf(path, sizeof(path), "%s/nowhere/a.db", tap_directory());
    check_refused_database(path, "a folder that is not there");
    check_refused_database("/proc/backpropd.db", "a folder that takes no files");
}

/* A second start finds what the first one left. */
static void check_second_start(struct daemon *server, struct http_client **client)
{
    const char *path = MAZUR "?include=parameters";
    char *before = strdup(http_call(*client, "GET", path, NULL, NULL)->body);
    tap_ok(daemon_stop(server, SIGTERM) == 0, "ends in order");
    daemon_restart(server);
    http_client_free(*client);
    *client = http_client_create(server);
    tap_text(http_call(*client, "GET", path, NULL, NULL)->body, before,
             "a second start finds the same, to the byte");
    free(before);
}

static void check_memory(void)
{
    struct daemon server;
    struct stat status;
    daemon_start(&server, NULL, ":memory:");
    struct http_client *client = http_client_create(&server);
    tap_ok(article_create(client, "mazur"), ":memory: takes a network");
    expect_status(http_call(client, "POST", MAZUR "/step", "{" ARTICLE_SAMPLE "}", NULL), 200,
                  "and steps");
    expect_status(http_call(client, "GET", "/v1/networks", NULL, NULL), 200, "and lists");
    tap_ok(daemon_stop(&server, SIGTERM) == 0, "and ends in order");
    daemon_restart(&server);
    http_client_free(client);
    client = http_client_create(&server);
    expect_status(http_call(client, "GET", MAZUR, NULL, NULL), 404, "and forgets");
    tap_ok(stat(":memory:", &status) != 0 && stat(":memory:.lock", &status) != 0,
           "and leaves no file");
    http_client_free(client);
    daemon_stop(&server, SIGTERM);
}

/* --demo makes the article's network where the database is new, and only there. */
static void check_demo(void)
{
    struct daemon server;
    setenv("BACKPROPD_DEMO", "true", 1);
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    const struct http_answer *answer =
        http_call(client, "GET", MAZUR "?include=parameters", NULL, NULL);
    expect_number(answer, "/layers/0/weights/0/0", 0.15, 0, "the demo has the article's network");
    expect_status(http_call(client, "DELETE", MAZUR, NULL, NULL), 204, "delete it");
    daemon_stop(&server, SIGTERM);
    daemon_restart(&server);
    unsetenv("BACKPROPD_DEMO");
    http_client_free(client);
    client = http_client_create(&server);
    expect_status(http_call(client, "GET", MAZUR, NULL, NULL), 404, "it stays away");
    http_client_free(client);
    daemon_stop(&server, SIGTERM);
}

/* What is there besides networks. */
static void check_pages(struct http_client *client)
{
    static const struct {
        const char *path;
        const char *type;
        const char *holds;
    } pages[] = {
        {"/", "text/html", "backpropd"},
        {"/v1", "application/json", "\"version\""},
        {"/livez", "application/json", "\"status\""},
        {"/readyz", "application/json", "\"status\""},
        {"/openapi.yaml", "application/yaml", "openapi: \"3.1"},
        {"/openapi.json", "application/json", "\"openapi\""},
    };
    for (size_t i = 0; i < COUNT(pages); i++) {
        const struct http_answer *answer = http_call(client, "GET", pages[i].path, NULL, NULL);
        const char *type = http_header(answer, "Content-Type");
        tap_ok(answer->status == 200 && type &&
                   strncmp(type, pages[i].type, strlen(pages[i].type)) == 0 &&
                   strstr(answer->body, pages[i].holds),
               "GET %s is served as %s", pages[i].path, type ? type : "nothing");
    }
}

int main(void)
{
    struct daemon server;
    check_refused_flags();
    check_help();
    check_environment();
    check_unix_socket();
    check_ipv6();
    check_memory();
    check_demo();
    check_places();
    daemon_start(&server, NULL, NULL);
    struct http_client *client = http_client_create(&server);
    check_first_line(&server);
    check_ports(&server);
    check_pages(client);
    tap_ok(article_create(client, "mazur"), "a network to keep");
    check_second_daemon(&server, client);
    check_second_start(&server, &client);
    daemon_stop(&server, SIGTERM);
    struct bytes good = read_file(server.database);
    check_spoilt_databases(&good);
    free(good.data);
    daemon_restart(&server);
    http_client_free(client);
    return daemon_done(&server);
}
