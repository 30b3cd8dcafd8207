#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/dataset_text.h"
#include "api/definition_text.h"
#include "api/demo.h"
#include "api/json_reader.h"
#include "engine/engine.h"
#include "nn/simd.h"
#include "server/check.h"
#include "server/config.h"
#include "server/http.h"
#include "server/listen.h"
#include "server/log.h"
#include "server/server.h"
#include "server/signals.h"
#include "server/streams.h"
#include "storage/store.h"

enum {
    EXIT_USAGE = 2,
    WATCH_MILLISECONDS = 250, /* between two looks at the store */
    FILES_BESIDE_CONNECTIONS = 128,
};

/* How long requests may go on after SIGTERM: `docker stop` kills after 10 seconds. */
static const double seconds_to_drain = 7;
static const double seconds_to_close = 1;

/* The parts of the daemon, in the order in which they start. NULL where one is not there. */
struct parts {
    struct config config;
    struct log *log;
    int listener;                  /* -1 once `http` has it */
    struct listen_address address; /* with the port that was picked; length 0 before */
    char listen_host[LISTEN_HOST_SIZE];
    struct store *store;
    struct engine *engine;
    struct server server;
    struct MHD_Daemon *http;
};

/* Says on stderr why the daemon does not start. Returns false. */
static bool cannot(const char *reason)
{
    fprintf(stderr, "backpropd: %s\n", reason);
    return false;
}

/* As many files as connections need, where the hard limit lets us. */
static void raise_file_limit(const struct config *config)
{
    struct rlimit limit;
    rlim_t wanted = config->max_connections + FILES_BESIDE_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool start_listening(struct parts *parts)
{
    char error[CONFIG_ERROR_SIZE];
    struct listen_address address = parts->config.listen;
    parts->listener = listen_open(&address, error, sizeof(error));
    if (parts->listener < 0)
        return cannot(error);
    parts->address = address;
    return true;
}

static bool start_store(struct parts *parts)
{
    struct store_error error = {""};
    return store_open(parts->config.database, &parts->store, &error) == STORE_OK ||
           cannot(error.message);
}

static bool start_engine(struct parts *parts)
{
    const struct engine_options options = {
        .request_workers = parts->config.request_workers,
        .train_workers = parts->config.train_workers,
        .cache_bytes = parts->config.cache_bytes,
        .max_queued_runs = parts->config.limits.max_queued_runs,
        .datasets = &dataset_text_codec,
        .keep_runs = parts->config.limits.keep_runs,
        .save_seconds = (double)parts->config.save_every / 1000,
    };
    parts->engine = engine_open(parts->store, &definition_text_codec, &options);
    if (!parts->engine)
        return cannot("there is no memory for the networks, or the worker threads do not start");
    if (parts->config.demo && store_is_new(parts->store) && !demo_create(parts->engine))
        return cannot("the demonstration's network cannot be created");
    return true;
}

static bool start_http(struct parts *parts)
{
    struct server *server = &parts->server;
    listen_address_host(&parts->address, parts->listen_host);
    server->config = &parts->config;
    server->log = parts->log;
    server->store = parts->store;
    server->engine = parts->engine;
    server->hosts = (struct host_rule){
        .any = parts->address.any.sa_family == AF_UNIX,
        .listen = parts->listen_host,
        .names = parts->config.hosts,
    };
    /* A quarter of the connections is left to requests that end. */
    server->streams = streams_create(parts->engine, parts->config.max_connections * 3 / 4 + 1);
    if (!server->streams)
        return cannot("the thread that sends events does not start");
    parts->http = http_start(server, parts->listener);
    if (!parts->http)
        return cannot("the threads that serve connections do not start");
    parts->listener = -1;
    return true;
}

static void warn_of_variables(struct log *log)
{
    const char *name;
    for (size_t at = 0, length; (name = config_unread_variable(&at, &length));)
        log_message(log, LOG_WARN, "%.*s in the environment is no flag's; see --help", (int)length,
                    name);
}

static bool start(struct parts *parts)
{
    parts->log = log_open(STDERR_FILENO, parts->config.log_level, parts->config.log_format);
    if (!parts->log)
        return cannot("there is no memory for the log");
    warn_of_variables(parts->log);
    return start_listening(parts) && start_store(parts) && start_engine(parts) && start_http(parts);
}

/* Requests to try, as a shell takes them. */
static void print_demo(const struct listen_address *address)
{
    static const char *const tries[][2] = {
        {"", ""},
        {"-d '{\"inputs\": [0.05, 0.1]}' ", "/forward"},
        {"-d '{\"inputs\": [0.05, 0.1], \"targets\": [0.01, 0.99]}' ", "/step"},
        {"-d '{\"inputs\": [[0.05, 0.1]], \"targets\": [[0.01, 0.99]], \"epochs\": 9999}' ",
         "/train"},
    };
    struct listen_address local = listen_address_local(address);
    bool is_unix = address->any.sa_family == AF_UNIX;
    char url[LISTEN_TEXT_SIZE] = "http://localhost";
    if (!is_unix)
        listen_address_describe(&local, url);
    puts("Try:");
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        printf("  curl %s%s%s%s%s/v1/networks/mazur%s\n", is_unix ? "--unix-socket " : "",
               is_unix ? address->local.sun_path : "", is_unix ? " " : "", tries[i][0], url,
               tries[i][1]);
    if (!is_unix)
        printf("or open %s/ in a browser.\n", url);
}

static void announce(const struct parts *parts)
{
    char text[LISTEN_TEXT_SIZE];
    listen_address_describe(&parts->address, text);
    printf("backpropd %s listening on %s, database %s\n", BACKPROPD_VERSION, text,
           parts->config.database);
    if (parts->config.demo)
        print_demo(&parts->address);
    fflush(stdout);
}

/* Until a signal comes or the disk fails; logs when the store stops and goes on taking writes. */
static void watch(const struct parts *parts)
{
    const char *signal = NULL;
    bool writable = true;
    while (!signal && !store_sync_failed(parts->store)) {
        signal = signals_wait(WATCH_MILLISECONDS);
        if (store_writable(parts->store) == writable)
            continue;
        writable = !writable;
        log_message(parts->log, writable ? LOG_WARN : LOG_ERROR,
                    writable ? "the database takes changes again"
                             : "the database takes no changes");
    }
    if (signal)
        log_message(parts->log, LOG_INFO, "%s: finishing what is in flight", signal);
    else
        log_message(parts->log, LOG_ERROR, "a sync failed: what was being written may be lost");
}

/* Saves the runs, and lets what is in flight finish; what takes too long loses its connection. */
static void finish_requests(struct parts *parts, int exit_code)
{
    struct server *server = &parts->server;
    atomic_store(&server->stopping, true);
    engine_stop_runs(parts->engine);
    streams_end(server->streams);
    http_drain(server, seconds_to_drain);
    if (http_close(server, seconds_to_close))
        return;
    /* libmicrohttpd cannot end while somebody is to resume a connection. Nothing that was answered
     * is lost by leaving it at that. */
    log_message(parts->log, LOG_WARN, "requests are still in progress; leaving without them");
    log_close(parts->log);
    _exit(exit_code);
}

static void stop(struct parts *parts)
{
    http_stop(&parts->server, parts->http);
    streams_free(parts->server.streams);
    engine_close(parts->engine);
    store_close(parts->store);
    if (parts->listener >= 0)
        close(parts->listener);
    if (parts->address.length)
        listen_remove(&parts->address);
    log_close(parts->log);
}

static int serve(const struct config *config)
{
    struct parts parts = {.config = *config, .listener = -1};
    int exit_code = EXIT_FAILURE;
    signals_hold();
    raise_file_limit(config);
    json_reader_setup();
    simd_use(config->simd);
    if (start(&parts)) {
        announce(&parts);
        watch(&parts);
        exit_code = store_sync_failed(parts.store) ? EXIT_FAILURE : EXIT_SUCCESS;
        signals_let_kill();
        finish_requests(&parts, exit_code);
    }
    stop(&parts);
    return exit_code;
}

int main(int argc, char **argv)
{
    struct config config;
    char error[CONFIG_ERROR_SIZE];
    if (!config_read(argc, (const char *const *)argv, &config, error)) {
        cannot(error);
        return EXIT_USAGE;
    }
    if (config.help) {
        config_write_help(stdout);
        return EXIT_SUCCESS;
    }
    if (config.version) {
        puts("backpropd " BACKPROPD_VERSION);
        return EXIT_SUCCESS;
    }
    return config.check ? check_ready(&config.listen) : serve(&config);
}
