/* Flags, the environment, and what is said of wrong ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/simd.h"
#include "server/config.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define KIB 1024

#define BYTES_27 "abcdefghijklmnopqrstuvwxyz/"
#define BYTES_107 BYTES_27 BYTES_27 BYTES_27 "abcdefghijklmnopqrstuvwxyz"

enum { MAX_WORDS = 6 };

/* Reads flags (up to a NULL) as main() does. */
static bool read_flags(const char *const *words, struct config *config, char *error)
{
    const char *argv[MAX_WORDS + 2] = {"backpropd"};
    int argc = 1;
    for (; argc <= MAX_WORDS && words[argc - 1]; argc++)
        argv[argc] = words[argc - 1];
    return config_read(argc, argv, config, error);
}

static void test_defaults(void)
{
    struct config config;
    char error[CONFIG_ERROR_SIZE];
    char listen[LISTEN_TEXT_SIZE];
    tap_ok(read_flags((const char *const[]){NULL}, &config, error), "no flags");
    listen_address_describe(&config.listen, listen);
    tap_text(listen, "http://127.0.0.1:8080", "listens there by default");
    tap_text(config.database, "backpropd.db", "the database by default");
    tap_ok(!config.demo && !config.check && !config.insecure && !config.help && !config.version,
           "switches are off by default");
    tap_ok(config.log_format == LOG_TEXT && config.log_level == LOG_INFO, "the log by default");
    size_t cores = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    tap_ok(config.event_threads == cores && config.request_workers == cores &&
               config.train_workers == cores,
           "as many threads as cores by default");
    /* The contract's, section 1. */
    tap_ok(config.limits.max_body == 16 * KIB * KIB && config.limits.max_json_depth == 16 &&
               config.limits.max_layers == 64 && config.limits.max_parameters == 10000000 &&
               config.limits.max_samples == 1000000 && config.limits.max_queued_runs == 1000,
           "the limits by default");
}

/* Sizes: what is written, and how many bytes that is; -1: refused. */
static const struct size_case {
    const char *text;
    long long bytes;
} size_cases[] = {
    {"1024", 1024},
    {"2k", 2 * KIB},
    {"2K", 2 * KIB},
    {"3M", 3 * KIB *KIB},
    {"4g", 4LL * KIB *KIB *KIB},
    {"1023", -1}, /* below the least */
    {"", -1},
    {"k", -1},
    {"2kB", -1},
    {"2 k", -1},
    {" 2k", -1},
    {"-2k", -1},
    {"+2k", -1},
    {"2.5k", -1},
    {"2t", -1},
    {"18446744073709551616", -1},
    {"17179869185G", -1}, /* 2^64 + 2^30 */
};

static void test_sizes(void)
{
    for (size_t i = 0; i < COUNT(size_cases); i++) {
        const struct size_case *row = &size_cases[i];
        struct config config;
        char error[CONFIG_ERROR_SIZE];
        bool read =
            read_flags((const char *const[]){"--max-body", row->text, NULL}, &config, error);
        tap_ok(row->bytes < 0 ? !read : read && config.limits.max_body == (size_t)row->bytes,
               "--max-body \"%s\"%s%s", row->text, read ? "" : ": ", read ? "" : error);
    }
}

/* A width is taken where the machine has it; the widest by default. */
static void test_simd(void)
{
    struct config config;
    char error[CONFIG_ERROR_SIZE];
    tap_ok(read_flags((const char *const[]){NULL}, &config, error) && config.simd == simd_widest(),
           "the widest by default");
    tap_ok(read_flags((const char *const[]){"--simd", "auto", NULL}, &config, error) &&
               config.simd == simd_widest(),
           "auto is the widest");
    for (int simd = 0; simd < SIMD_COUNT; simd++) {
        const char *const words[] = {"--simd", simd_names[simd], NULL};
        bool read = read_flags(words, &config, error);
        if (simd_available((enum simd)simd))
            tap_ok(read && config.simd == (enum simd)simd, "--simd %s", simd_names[simd]);
        else
            tap_ok(!read && strstr(error, "--simd") && strstr(error, simd_names[simd]),
                   "--simd %s is not to be had: %s", simd_names[simd], error);
    }
}

static const struct wrong_case {
    const char *words[MAX_WORDS];
    const char *error; /* what the sentence must hold */
} wrong_cases[] = {
    {{"--nothing"}, "--nothing"},
    {{"--nothing=1"}, "--nothing"},
    {{"--"}, "--"},
    {{"-v"}, "-v"},
    {{"serve"}, "serve"},
    {{"--listen"}, "--listen"},
    {{"--listen", "8080"}, "8080"},
    {{"--listen", "localhost"}, "localhost"},
    {{"--listen", "127.0.0.1:65536"}, "from 0 to 65535"},
    {{"--listen", "127.0.0.1:-1"}, "-1"},
    {{"--listen", "::1:8080"}, "::1:8080"},
    {{"--listen", "[::1:8080"}, "[::1:8080"},
    {{"--listen", "example.com:80"}, "example.com:80"},
    {{"--listen", ":8080"}, ":8080"},
    {{"--listen", "unix:"}, "1 to 107 bytes, not 0"},
    {{"--listen", "unix:/" BYTES_107}, "1 to 107 bytes, not 108"},
    {{"--listen", "0.0.0.0:8080"}, "--insecure"},
    {{"--listen", "[::]:8080"}, "--insecure"},
    {{"--database", ""}, "--database"},
    {{"--demo=maybe"}, "maybe"},
    {{"--log-level", "loud"}, "loud is not one of error, warn, info, debug"},
    {{"--log-format", "xml"}, "xml is not one of text, json"},
    {{"--simd", "sse"}, "sse is not one of auto, portable, avx2, avx512"},
    {{"--max-layers", "many"}, "--max-layers"},
    {{"--max-layers", "0"}, "from 1 to"},
    {{"--max-layers", "1k"}, "1k"}, /* a count has no unit */
    {{"--idle-timeout", "86401"}, "86400"},
};

static void test_wrong(void)
{
    for (size_t i = 0; i < COUNT(wrong_cases); i++) {
        const struct wrong_case *row = &wrong_cases[i];
        struct config config;
        char error[CONFIG_ERROR_SIZE] = "";
        tap_ok(!read_flags(row->words, &config, error) && strstr(error, row->error),
               "%s %s: \"%s\"", row->words[0], row->words[1] ? row->words[1] : "", error);
    }
}

static void test_forms(void)
{
    struct config config;
    char error[CONFIG_ERROR_SIZE];
    tap_ok(read_flags((const char *const[]){"--database=a=b", "--demo", "--log-format", "json",
                                            "--log-level=debug", NULL},
                      &config, error) &&
               strcmp(config.database, "a=b") == 0 && config.demo &&
               config.log_format == LOG_JSON && config.log_level == LOG_DEBUG,
           "--flag=value, --flag value, and switches");
    tap_ok(read_flags((const char *const[]){"-h", NULL}, &config, error) && config.help,
           "-h is --help");
    tap_ok(read_flags((const char *const[]){"--demo", "--demo=false", NULL}, &config, error) &&
               !config.demo,
           "the last one counts");
    tap_ok(read_flags((const char *const[]){"--listen=0.0.0.0:80", "--insecure", NULL}, &config,
                      error),
           "any address with --insecure");
    tap_ok(
        read_flags((const char *const[]){"--check", "--listen=0.0.0.0:80", NULL}, &config, error) &&
            config.check,
        "--check needs no --insecure");
}

static void test_environment(void)
{
    struct config config;
    char error[CONFIG_ERROR_SIZE] = "";
    setenv("BACKPROPD_DATABASE", "from-environment", 1);
    setenv("BACKPROPD_MAX_BODY", "2k", 1);
    setenv("BACKPROPD_DEMO", "1", 1);
    setenv("BACKPROPD_LOG_FORMAT", "", 1);
    setenv("BACKPROPD_VERSION", "1.2.3", 1);
    tap_ok(read_flags((const char *const[]){"--database", "from-flag", NULL}, &config, error) &&
               strcmp(config.database, "from-flag") == 0 &&
               config.limits.max_body == (size_t)2 * KIB && config.demo &&
               config.log_format == LOG_TEXT && !config.version,
           "flags before the environment, the environment before defaults, empty is not given");
    size_t at = 0, length;
    const char *variable;
    setenv("BACKPROPD_LISTENS", "127.0.0.1:80", 1);
    do
        variable = config_unread_variable(&at, &length);
    while (variable && strncmp(variable, "BACKPROPD_LISTENS=", 18) != 0 &&
           strncmp(variable, "BACKPROPD_DATABASE=", 19) != 0);
    tap_ok(variable && length == strlen("BACKPROPD_LISTENS") &&
               strncmp(variable, "BACKPROPD_LISTENS=", 18) == 0,
           "a variable that is no flag's is found, one that is read is not");
    unsetenv("BACKPROPD_LISTENS");
    setenv("BACKPROPD_MAX_BODY", "much", 1);
    tap_ok(!read_flags((const char *const[]){NULL}, &config, error) &&
               strstr(error, "BACKPROPD_MAX_BODY") && strstr(error, "much"),
           "a wrong variable is named: %s", error);
    unsetenv("BACKPROPD_MAX_BODY");
}

static const struct listen_case {
    const char *text;
    const char *described;
    const char *local; /* where this machine reaches it */
    bool loopback;
} listen_cases[] = {
    {"127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080", true},
    {"127.9.9.9:0", "http://127.9.9.9:0", "http://127.9.9.9:0", true},
    {"localhost:80", "http://127.0.0.1:80", "http://127.0.0.1:80", true},
    {"0.0.0.0:80", "http://0.0.0.0:80", "http://127.0.0.1:80", false},
    {"192.168.1.5:80", "http://192.168.1.5:80", "http://192.168.1.5:80", false},
    {"[::1]:8080", "http://[::1]:8080", "http://[::1]:8080", true},
    {"[::]:8080", "http://[::]:8080", "http://[::1]:8080", false},
    {"[2001:DB8:0::5]:443", "http://[2001:db8::5]:443", "http://[2001:db8::5]:443", false},
    {"unix:/run/a:b.sock", "unix:/run/a:b.sock", "unix:/run/a:b.sock", true},
};

static void test_listen(void)
{
    for (size_t i = 0; i < COUNT(listen_cases); i++) {
        const struct listen_case *row = &listen_cases[i];
        struct listen_address address;
        char text[LISTEN_TEXT_SIZE] = "";
        char local_text[LISTEN_TEXT_SIZE] = "";
        if (listen_address_parse(row->text, &address)) {
            listen_address_describe(&address, text);
            struct listen_address local = listen_address_local(&address);
            listen_address_describe(&local, local_text);
        }
        tap_text(text, row->described, "%s", row->text);
        tap_text(local_text, row->local, "%s from this machine", row->text);
        tap_ok(listen_address_is_loopback(&address) == row->loopback, "%s: %s", row->text,
               row->loopback ? "this machine alone reaches it" : "others reach it");
    }
}

/* Every flag is in the help, and no line is too wide for a terminal. */
static void test_help(void)
{
    static const char *const names[] = {"--listen ADDR:PORT", "--database PATH", "--demo\n",
                                        "--max-queued-runs N", "(default: 127.0.0.1:8080)"};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    config_write_help(out);
    fclose(out);
    for (size_t i = 0; i < COUNT(names); i++)
        tap_ok(strstr(text, names[i]) != NULL, "the help has %s", names[i]);
    size_t widest = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t width = strcspn(line, "\n");
        widest = width > widest ? width : widest;
    }
    tap_ok(widest <= 80, "the help's widest line has %zu characters", widest);
    free(text);
}

int main(void)
{
    test_defaults();
    test_sizes();
    test_simd();
    test_wrong();
    test_forms();
    test_environment();
    test_listen();
    test_help();
    return tap_done();
}
