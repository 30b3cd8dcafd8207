#ifndef STORAGE_CONNECTION_H
#define STORAGE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "storage/statements.h"
#include "storage/store.h"

/* A connection to SQLite with all its statements prepared. One thread at a time; does not move. */
struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int log_pages; /* in the write-ahead log after the last commit of this connection */
};

/*
 * Opens the database for writing: write-ahead log, synchronous=FULL, no checkpoints but
 * connection_checkpoint(); brings the schema up to date. `path` is absolute, or ":memory:".
 * A failure is a sentence in `error`; the connection is to be closed then too.
 */
enum store_status connection_open_writer(struct connection *connection, const char *path,
                                         struct store_error *error);

/* Opens it for reading only: it never writes and never checkpoints. */
enum store_status connection_open_reader(struct connection *connection, const char *path,
                                         struct store_error *error);

/* The last one to close, when it may write, copies the log back and removes it. */
void connection_close(struct connection *connection);

/* Has the log left as it is when the connection closes. */
void connection_keep_log(struct connection *connection);

/* What a result code of SQLite means. A failed sync is STORE_OUTCOME_UNKNOWN, a statement that has
 * no (further) row STORE_NOT_FOUND. */
enum store_status connection_status_of(int rc);

/* Runs a statement that gives no rows. */
enum store_status connection_run(struct connection *connection, enum statement statement);

/* The same for a statement whose first parameter is `parameter`. */
enum store_status connection_run_with(struct connection *connection, enum statement statement,
                                      int64_t parameter);

/* Goes to the next row: STORE_OK or STORE_NOT_FOUND. Until connection_reset() a transaction of a
 * reader stays open. */
enum store_status connection_step(struct connection *connection, enum statement statement);
void connection_reset(struct connection *connection, enum statement statement);

/* The number in the first column of the first row. */
enum store_status connection_number(struct connection *connection, enum statement statement,
                                    int64_t *number);

/* Ends a transaction: commits when `status` is STORE_OK; else, and when that fails, rolls back.
 * Returns `status`, or why the commit failed. */
enum store_status connection_end(struct connection *connection, enum store_status status);

/*
 * Copies the log back into the database when it has grown large, as far as readers let it; with
 * `all` whatever its size, and empties it. STORE_OUTCOME_UNKNOWN when a sync failed, else STORE_OK:
 * what could not be copied stays in the log.
 */
enum store_status connection_checkpoint(struct connection *connection, bool all);

#endif
