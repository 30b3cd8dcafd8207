#include "server/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/origin.h"

enum flag_kind {
    FLAG_ACTION,  /* bool, not from the environment: what to do this time */
    FLAG_BOOL,    /* bool */
    FLAG_TEXT,    /* const char * */
    FLAG_LISTEN,  /* struct listen_address */
    FLAG_CHOICE,  /* an enum whose values are the indices of `choices` */
    FLAG_COUNT,   /* size_t */
    FLAG_SIZE,    /* size_t; k, M, G stand for powers of 1024 */
    FLAG_THREADS, /* size_t; 0 stands for one per core */
};

struct flag {
    const char *name;
    const char *value; /* what the help calls it; NULL for a bool */
    enum flag_kind kind;
    size_t offset; /* in struct config */
    const char *initial;
    size_t least; /* of a number; of a text's length (0 or 1) */
    size_t most;
    const char *const *choices; /* ends with NULL */
    const char *help;           /* lines of at most 72 characters */
};

#define FIELD(name) offsetof(struct config, name)

static const char *const log_formats[] = {[LOG_TEXT] = "text", [LOG_JSON] = "json", NULL};
static const char *const log_levels[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug", NULL};
/* nn/simd.h's, behind "auto": in its order, which config_read() relies on. */
static const char *const simd_choices[] = {"auto", "portable", "avx2", "avx512", NULL};

static const struct flag flags[] = {
    {"listen", "ADDR:PORT", FLAG_LISTEN, FIELD(listen), "127.0.0.1:8080",
     .help = "where to listen: 127.0.0.1:8080, [::1]:8080 or unix:PATH; port 0 picks\n"
             "a free one. Anything but this machine's own needs --insecure"},
    {"database", "PATH", FLAG_TEXT, FIELD(database), "backpropd.db", 1, 0,
     .help = "the SQLite file that keeps everything; :memory: forgets it at the end"},
    {"demo", NULL, FLAG_BOOL, FIELD(demo), "false",
     .help = "create the network `mazur` when the database is new, and print requests\n"
             "to try"},
    {"check", NULL, FLAG_ACTION, FIELD(check), "false",
     .help = "ask the daemon that listens there whether it is ready: exit code 0 or 1"},
    {"host", "NAMES", FLAG_TEXT, FIELD(hosts), "",
     .help = "further names, with commas between them, that a request's Host may have.\n"
             "localhost, 127.0.0.0/8, [::1] and the address of --listen are always\n"
             "taken, with any port. Another name is refused (421): a web page could\n"
             "have made it up (DNS rebinding). A unix socket takes any"},
    {"cors-origin", "ORIGINS", FLAG_TEXT, FIELD(cors_origins), "",
     .help = "origins of other web pages that may use the service, with commas between\n"
             "them, as browsers send them: http://localhost:3000. * lets any page in\n"
             "any browser that reaches it do everything"},
    {"insecure", NULL, FLAG_BOOL, FIELD(insecure), "false",
     .help = "let --listen name an address that other machines reach: whoever reaches\n"
             "it may do everything. The rule for Host stays: a container's port that\n"
             "is published on 127.0.0.1 just works, and another container that asks\n"
             "for http://backpropd:8080 needs --host backpropd"},
    {"log-format", "FORMAT", FLAG_CHOICE, FIELD(log_format), "text", .choices = log_formats,
     .help = "text, or json: one object a line"},
    {"log-level", "LEVEL", FLAG_CHOICE, FIELD(log_level), "info", .choices = log_levels,
     .help = "error, warn, info (a line per request) or debug"},
    {"event-threads", "N", FLAG_THREADS, FIELD(event_threads), "0", 0, 1024,
     .help = "threads that serve connections; 0 is one per core"},
    {"request-workers", "N", FLAG_THREADS, FIELD(request_workers), "0", 0, 1024,
     .help = "threads for single requests that take long; 0 is one per core"},
    {"workers", "N", FLAG_THREADS, FIELD(train_workers), "0", 0, 1024,
     .help = "threads that train: as many runs at once, or fewer whose updates are\n"
             "large; 0 is one per core"},
    {"simd", "WIDTH", FLAG_CHOICE, FIELD(simd_choice), "auto", .choices = simd_choices,
     .help = "how wide it computes: auto (the widest that this machine has), portable,\n"
             "avx2 or avx512. The results are the same bits"},
    {"cache-bytes", "SIZE", FLAG_SIZE, FIELD(cache_bytes), "256M", 0, SIZE_MAX,
     .help = "memory for networks that nobody uses just now"},
    {"max-connections", "N", FLAG_COUNT, FIELD(max_connections), "1000", 1, 1000000,
     .help = "connections at once; more are answered 503, but for health checks"},
    {"idle-timeout", "SECONDS", FLAG_COUNT, FIELD(idle_timeout), "60", 1, 86400,
     .help = "a connection without traffic is closed after so many seconds"},
    {"max-body", "SIZE", FLAG_SIZE, FIELD(limits.max_body), "16M", 1024, SIZE_MAX / 4,
     .help = "bytes of a request's body"},
    {"max-json-depth", "N", FLAG_COUNT, FIELD(limits.max_json_depth), "16", 8, 1000,
     .help = "arrays and objects in one another in a body"},
    {"max-layers", "N", FLAG_COUNT, FIELD(limits.max_layers), "64", 1, 10000,
     .help = "layers of a network"},
    {"max-parameters", "N", FLAG_COUNT, FIELD(limits.max_parameters), "10000000", 1, 1000000000,
     .help = "weights and biases of a network"},
    {"max-samples", "N", FLAG_COUNT, FIELD(limits.max_samples), "1000000", 1, 1000000000,
     .help = "samples of a request"},
    {"max-work", "N", FLAG_COUNT, FIELD(limits.max_work), "50000000000", 1, SIZE_MAX,
     .help = "multiplications, roughly, of one forward, gradients or step"},
    {"max-dataset", "SIZE", FLAG_SIZE, FIELD(limits.max_dataset), "1G", 1024, SIZE_MAX / 4,
     .help = "bytes of a dataset, as it comes in CSV and as it is stored"},
    {"max-queued-runs", "N", FLAG_COUNT, FIELD(limits.max_queued_runs), "1000", 1, 1000000,
     .help = "trainings that may wait"},
    {"keep-runs", "N", FLAG_COUNT, FIELD(limits.keep_runs), "100", 0, 1000000,
     .help = "ended trainings of each network that are kept, with their curves; 0 is\n"
             "all"},
    {"max-wait", "SECONDS", FLAG_COUNT, FIELD(limits.max_wait), "0", 0, 1000000,
     .help = "how long an answer waits for a training at most, before it is 202; 0 is\n"
             "to its end"},
    {"save-every", "MILLISECONDS", FLAG_COUNT, FIELD(save_every), "2000", 10, 5000,
     .help = "work that a training may lose by a crash; more only where saving it\n"
             "would take over a hundredth of the time, and never more than 5000"},
    {"help", NULL, FLAG_ACTION, FIELD(help), "false", .help = "print this; so does -h"},
    {"version", NULL, FLAG_ACTION, FIELD(version), "false", .help = "print the version"},
};

enum { FLAG_COUNT_ALL = sizeof(flags) / sizeof(flags[0]), ENVIRONMENT_NAME_SIZE = 64 };

/* A value on its way to its flag's field. */
struct given {
    const struct flag *flag;
    const char *text;
    const char *source; /* how the one who gave it called it: "--listen", "BACKPROPD_LISTEN" */
};

static bool wrong(char error[CONFIG_ERROR_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what is wrong. Returns false, for `return wrong(...)`. */
static bool wrong(char error[CONFIG_ERROR_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, CONFIG_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static void environment_name(const struct flag *flag, char name[ENVIRONMENT_NAME_SIZE])
{
    snprintf(name, ENVIRONMENT_NAME_SIZE, "BACKPROPD_%s", flag->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* Reads digits and, with `suffixes`, one of k, M, G. Returns false when it is anything else. */
static bool parse_number(const char *text, bool suffixes, size_t *value)
{
    static const char units[] = "kmg";
    size_t digits = strspn(text, "0123456789");
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (digits == 0 || errno != 0)
        return false;
    const char *suffix = text + digits;
    if (*suffix) {
        const char *unit = strchr(units, tolower((unsigned char)*suffix));
        if (!suffixes || !unit || suffix[1])
            return false;
        unsigned shift = 10 * (unsigned)(unit - units + 1);
        if (number > UINT64_MAX >> shift)
            return false;
        number <<= shift;
    }
    *value = (size_t)number;
    return true;
}

static bool set_number(const struct given *given, size_t *value, char error[CONFIG_ERROR_SIZE])
{
    const struct flag *flag = given->flag;
    bool is_size = flag->kind == FLAG_SIZE;
    size_t number;
    if (!parse_number(given->text, is_size, &number))
        return wrong(error, "%s: %s is not a whole number%s", given->source, given->text,
                     is_size ? ", of bytes or with k, M or G behind it" : "");
    if (number < flag->least || number > flag->most)
        return wrong(error, "%s: %s is not from %zu to %zu", given->source, given->text,
                     flag->least, flag->most);
    if (flag->kind == FLAG_THREADS && number == 0)
        number = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    *value = number;
    return true;
}

static bool set_choice(const struct given *given, unsigned *value, char error[CONFIG_ERROR_SIZE])
{
    const char *const *choices = given->flag->choices;
    char names[64] = "";
    for (unsigned i = 0; choices[i]; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof(names) - length, "%s%s", i ? ", " : "", choices[i]);
        if (strcmp(given->text, choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return wrong(error, "%s: %s is not one of %s", given->source, given->text, names);
}

static bool set_bool(const struct given *given, bool *value, char error[CONFIG_ERROR_SIZE])
{
    const char *text = given->text;
    *value = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (*value || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return true;
    return wrong(error, "%s: %s is neither true nor false", given->source, text);
}

static bool set_listen(const struct given *given, struct listen_address *value,
                       char error[CONFIG_ERROR_SIZE])
{
    static const char unix_prefix[] = "unix:";
    const char *text = given->text, *colon = strrchr(text, ':');
    size_t longest = sizeof(value->local.sun_path) - 1, port;
    if (listen_address_parse(text, value))
        return true;
    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
        return wrong(error, "%s: a socket's path has 1 to %zu bytes, not %zu", given->source,
                     longest, strlen(text) - strlen(unix_prefix));
    if (colon && parse_number(colon + 1, false, &port) && port > UINT16_MAX)
        return wrong(error, "%s: %s: a port is from 0 to %d", given->source, text, UINT16_MAX);
    return wrong(error, "%s: %s is not like 127.0.0.1:8080, [::1]:8080 or unix:PATH", given->source,
                 text);
}

static bool set_text(const struct given *given, const char **value, char error[CONFIG_ERROR_SIZE])
{
    if (given->flag->least && !*given->text)
        return wrong(error, "%s: it must not be empty", given->source);
    *value = given->text;
    return true;
}

/* Writes what was given into its field. */
static bool set(const struct given *given, struct config *config, char error[CONFIG_ERROR_SIZE])
{
    void *field = (char *)config + given->flag->offset;
    switch (given->flag->kind) {
    case FLAG_ACTION:
    case FLAG_BOOL:
        return set_bool(given, field, error);
    case FLAG_TEXT:
        return set_text(given, field, error);
    case FLAG_LISTEN:
        return set_listen(given, field, error);
    case FLAG_CHOICE:
        return set_choice(given, field, error);
    case FLAG_COUNT:
    case FLAG_SIZE:
    case FLAG_THREADS:
        return set_number(given, field, error);
    }
    return false;
}

static const struct flag *flag_named(const char *name, size_t length)
{
    for (size_t i = 0; i < FLAG_COUNT_ALL; i++) {
        if (strlen(flags[i].name) == length && memcmp(flags[i].name, name, length) == 0)
            return &flags[i];
    }
    return NULL;
}

static bool read_environment(struct config *config, char error[CONFIG_ERROR_SIZE])
{
    for (size_t i = 0; i < FLAG_COUNT_ALL; i++) {
        char name[ENVIRONMENT_NAME_SIZE];
        environment_name(&flags[i], name);
        const char *value = flags[i].kind == FLAG_ACTION ? NULL : getenv(name);
        struct given given = {&flags[i], value && *value ? value : flags[i].initial, name};
        if (!set(&given, config, error))
            return false;
    }
    return true;
}

static bool is_read(const char *variable, size_t length)
{
    for (size_t i = 0; i < FLAG_COUNT_ALL; i++) {
        char name[ENVIRONMENT_NAME_SIZE];
        environment_name(&flags[i], name);
        if (flags[i].kind != FLAG_ACTION && strlen(name) == length &&
            memcmp(name, variable, length) == 0)
            return true;
    }
    return false;
}

const char *config_unread_variable(size_t *at, size_t *length)
{
    static const char prefix[] = "BACKPROPD_";
    while (environ[*at]) {
        const char *variable = environ[(*at)++];
        *length = strcspn(variable, "=");
        if (strncmp(variable, prefix, strlen(prefix)) == 0 && !is_read(variable, *length))
            return variable;
    }
    return NULL;
}

/* Reads the flag at argv[*at] and moves on to its last word. */
static bool read_flag(const char *const *argv, int *at, struct config *config,
                      char error[CONFIG_ERROR_SIZE])
{
    const char *word = strcmp(argv[*at], "-h") == 0 ? "--help" : argv[*at];
    if (strncmp(word, "--", 2) != 0)
        return wrong(error, "%s is not a flag; see --help", word);
    size_t length = strcspn(word + 2, "=");
    const struct flag *flag = flag_named(word + 2, length);
    if (!flag)
        return wrong(error, "there is no flag %.*s; see --help", (int)length + 2, word);

    char source[ENVIRONMENT_NAME_SIZE];
    snprintf(source, sizeof(source), "--%s", flag->name);
    struct given given = {flag, "true", source};
    if (word[2 + length] == '=')
        given.text = word + 2 + length + 1;
    else if (flag->value)
        given.text = argv[++*at];
    if (!given.text)
        return wrong(error, "%s needs a value: %s", source, flag->value);
    return set(&given, config, error);
}

/* What --simd stands for here. */
static bool read_simd(struct config *config, char error[CONFIG_ERROR_SIZE])
{
    config->simd = config->simd_choice == 0 ? simd_widest() : (enum simd)(config->simd_choice - 1);
    if (simd_available(config->simd))
        return true;
    return wrong(error, "--simd: %s is not for this machine; %s is its widest, and auto finds it",
                 simd_names[config->simd], simd_names[simd_widest()]);
}

bool config_read(int argc, const char *const *argv, struct config *config,
                 char error[CONFIG_ERROR_SIZE])
{
    if (!read_environment(config, error))
        return false;
    for (int at = 1; at < argc; at++) {
        if (!read_flag(argv, &at, config, error))
            return false;
    }
    if (!config->check && !config->insecure && !listen_address_is_loopback(&config->listen))
        return wrong(error, "--listen: other machines reach this address, and whoever reaches it "
                            "may do everything; say --insecure if that is meant");
    if (!origins_are_good(config->cors_origins))
        return wrong(error,
                     "--cors-origin: %s is not a list of origins like http://localhost:3000 "
                     "or https://example.com: small letters, no path, no usual port",
                     config->cors_origins);
    return read_simd(config, error);
}

static void write_flag_help(const struct flag *flag, FILE *out)
{
    fprintf(out, "  --%s%s%s\n", flag->name, flag->value ? " " : "",
            flag->value ? flag->value : "");
    for (const char *line = flag->help; *line;) {
        size_t length = strcspn(line, "\n");
        fprintf(out, "        %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    if (flag->value && *flag->initial)
        fprintf(out, "        (default: %s)\n", flag->initial);
}

void config_write_help(FILE *out)
{
    fputs("usage: backpropd [--FLAG VALUE | --FLAG=VALUE]...\n\n"
          "Serves neural networks that learn by backpropagation, over HTTP. Each flag may\n"
          "also stand in the environment, as BACKPROPD_ and its name: BACKPROPD_LOG_LEVEL.\n"
          "A flag wins over the variable. BACKPROPD_DEMO and BACKPROPD_INSECURE are true or\n"
          "false.\n\n",
          out);
    for (size_t i = 0; i < FLAG_COUNT_ALL; i++)
        write_flag_help(&flags[i], out);
}
