#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "api/request.h"
#include "nn/simd.h"
#include "server/listen.h"
#include "server/log.h"

/* What the flags and the environment say. Strings belong to whoever passed them in. */
struct config {
    bool help;
    bool version;
    bool check;
    bool demo;
    bool insecure;
    struct listen_address listen;
    const char *database;
    const char *hosts; /* further names accepted as Host, with commas between them; "" for none */
    const char *cors_origins; /* whose pages may ask; "" for none but our own */
    enum log_format log_format;
    enum log_level log_level;
    size_t event_threads;   /* at least 1 */
    size_t request_workers; /* at least 1 */
    size_t train_workers;   /* at least 1 */
    unsigned simd_choice;   /* as it was given; `simd` is what it comes to */
    enum simd simd;         /* available here */
    size_t cache_bytes;
    size_t max_connections;
    size_t idle_timeout; /* seconds */
    size_t save_every;   /* milliseconds */
    struct limits limits;
};

enum { CONFIG_ERROR_SIZE = 512 };

/*
 * Reads the flags; where one is not given, BACKPROPD_NAME from the environment (an empty one counts
 * as not given); else its default. Returns false, and in `error` a sentence, when a flag is unknown
 * or a value is wrong.
 */
bool config_read(int argc, const char *const *argv, struct config *config,
                 char error[CONFIG_ERROR_SIZE]);

/*
 * The next variable from environ[*at] on that begins with BACKPROPD_ and is not read: a typing
 * error, perhaps. Its name has `length` bytes. NULL after the last. Moves *at on.
 */
const char *config_unread_variable(size_t *at, size_t *length);

/* Every flag with its default and what it does. */
void config_write_help(FILE *out);

#endif
