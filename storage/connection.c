#include "storage/connection.h"

#include <errno.h>
#include <string.h>

#include "storage/refusal.h"
#include "storage/schema.h"

enum {
    BUSY_TIMEOUT = 3000,     /* milliseconds */
    CHECKPOINT_PAGES = 4096, /* of 4 KiB: 16 MiB of log */
};

/* A PRAGMA, and what it must answer (NULL: anything). */
struct setting {
    const char *sql;
    const char *answer;
};

static const struct setting common_settings[] = {
    {"PRAGMA mmap_size = 0", NULL}, /* an I/O error must be a result code, not SIGBUS */
    {"PRAGMA wal_autocheckpoint = 0", "0"},
    {"PRAGMA temp_store = MEMORY", NULL},
    {"PRAGMA cell_size_check = ON", NULL},
    {"PRAGMA trusted_schema = OFF", NULL},
    {0},
};

static const struct setting writer_settings[] = {
    {"PRAGMA synchronous = FULL", NULL},
    {"PRAGMA synchronous", "2"},
    /* Debian's SQLite overwrites what it deletes: sweeping a large block would write it again. */
    {"PRAGMA secure_delete = OFF", "0"},
    {"PRAGMA journal_size_limit = 67108864", "67108864"}, /* bytes that an emptied log may keep */
    {0},
};

static const struct setting file_settings[] = {{"PRAGMA journal_mode = WAL", "wal"}, {0}};

static const struct setting reader_settings[] = {
    {"PRAGMA query_only = ON", NULL},
    {"PRAGMA query_only", "1"},
    {0},
};

static const struct {
    int code; /* extended ones before the primary ones that hold them */
    enum store_status status;
} meanings[] = {
    {SQLITE_OK, STORE_OK},
    {SQLITE_ROW, STORE_OK},
    {SQLITE_DONE, STORE_NOT_FOUND},
    {SQLITE_CONSTRAINT_UNIQUE, STORE_EXISTS},
    {SQLITE_FULL, STORE_FULL},
    {SQLITE_BUSY, STORE_BUSY},
    {SQLITE_LOCKED, STORE_BUSY},
    {SQLITE_NOMEM, STORE_NO_MEMORY},
    {SQLITE_IOERR_NOMEM, STORE_NO_MEMORY},
    {SQLITE_IOERR_FSYNC, STORE_OUTCOME_UNKNOWN},
    {SQLITE_IOERR_DIR_FSYNC, STORE_OUTCOME_UNKNOWN},
    {SQLITE_CORRUPT, STORE_DAMAGED},
    {SQLITE_NOTADB, STORE_DAMAGED},
};

/* SQLite says SQLITE_FULL for ENOSPC in a write alone: not for a quota, not for the index of the
 * log. It keeps no errno for a failed COMMIT; the thread's own is still that of the failed call. */
static bool no_space_left(int rc)
{
    return (rc & 0xff) == SQLITE_IOERR && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG);
}

enum store_status connection_status_of(int rc)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].code == rc || meanings[i].code == (rc & 0xff))
            return meanings[i].status;
    }
    return no_space_left(rc) ? STORE_FULL : STORE_FAILED;
}

enum store_status connection_step(struct connection *connection, enum statement statement)
{
    errno = 0;
    return connection_status_of(sqlite3_step(connection->statements[statement]));
}

void connection_reset(struct connection *connection, enum statement statement)
{
    sqlite3_reset(connection->statements[statement]);
}

enum store_status connection_run(struct connection *connection, enum statement statement)
{
    int rc = sqlite3_step(connection->statements[statement]);
    enum store_status status = rc == SQLITE_DONE ? STORE_OK : connection_status_of(rc);
    connection_reset(connection, statement);
    return status;
}

enum store_status connection_run_with(struct connection *connection, enum statement statement,
                                      int64_t parameter)
{
    sqlite3_bind_int64(connection->statements[statement], 1, parameter);
    return connection_run(connection, statement);
}

enum store_status connection_number(struct connection *connection, enum statement statement,
                                    int64_t *number)
{
    enum store_status status = connection_step(connection, statement);
    if (status == STORE_OK)
        *number = sqlite3_column_int64(connection->statements[statement], 0);
    connection_reset(connection, statement);
    return status;
}

enum store_status connection_end(struct connection *connection, enum store_status status)
{
    if (status == STORE_OK)
        status = connection_run(connection, COMMIT);
    /* Some failures have ended the transaction already. */
    if (status != STORE_OK && !sqlite3_get_autocommit(connection->db))
        connection_run(connection, ROLLBACK);
    return status;
}

static int note_log_pages(void *argument, sqlite3 *db, const char *schema, int pages)
{
    (void)db;
    (void)schema;
    struct connection *connection = argument;
    connection->log_pages = pages;
    return SQLITE_OK;
}

enum store_status connection_checkpoint(struct connection *connection, bool all)
{
    if (!all && connection->log_pages < CHECKPOINT_PAGES)
        return STORE_OK;
    int mode = all ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int rc = sqlite3_wal_checkpoint_v2(connection->db, NULL, mode, NULL, NULL);
    enum store_status status = connection_status_of(rc);
    return status == STORE_OUTCOME_UNKNOWN ? status : STORE_OK;
}

/* Runs one PRAGMA and compares its answer. */
static int apply_setting(sqlite3 *db, const struct setting *setting)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, setting->sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        bool agrees = !setting->answer || (answer && strcmp(answer, setting->answer) == 0);
        rc = agrees ? SQLITE_OK : SQLITE_ERROR;
    } else if (rc == SQLITE_DONE) {
        rc = setting->answer ? SQLITE_ERROR : SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return rc;
}

static int apply_settings(sqlite3 *db, const struct setting *settings, const char **failed)
{
    for (; settings->sql; settings++) {
        int rc = apply_setting(db, settings);
        if (rc != SQLITE_OK) {
            *failed = settings->sql;
            return rc;
        }
    }
    return SQLITE_OK;
}

static int prepare_statements(struct connection *connection, const char **failed)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        int rc = sqlite3_prepare_v3(connection->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &connection->statements[i], NULL);
        if (rc != SQLITE_OK) {
            *failed = statements[i];
            return rc;
        }
    }
    return SQLITE_OK;
}

/* Opens with the settings that all connections share. */
static int open_database(struct connection *connection, const char *path, const char **failed)
{
    *connection = (struct connection){0};
    *failed = "open";
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(path, &connection->db, flags, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT);
    return apply_settings(connection->db, common_settings, failed);
}

static enum store_status opened(const struct connection *connection, const char *path, int rc,
                                const char *failed, struct store_error *error)
{
    if (rc == SQLITE_OK)
        return STORE_OK;
    return refuse(error, connection_status_of(rc), "cannot use %s: %s (%s)", path,
                  sqlite3_errmsg(connection->db), failed);
}

enum store_status connection_open_writer(struct connection *connection, const char *path,
                                         struct store_error *error)
{
    const char *failed;
    int rc = open_database(connection, path, &failed);
    if (rc == SQLITE_OK)
        rc = apply_settings(connection->db, writer_settings, &failed);
    if (rc == SQLITE_OK && strcmp(path, ":memory:") != 0)
        rc = apply_settings(connection->db, file_settings, &failed);
    enum store_status status = opened(connection, path, rc, failed, error);
    if (status != STORE_OK)
        return status;

    sqlite3_wal_hook(connection->db, note_log_pages, connection);
    status = schema_migrate(connection->db);
    if (status != STORE_OK)
        return refuse(error, status, "cannot bring %s to schema version %d: %s", path,
                      SCHEMA_VERSION, sqlite3_errmsg(connection->db));
    return opened(connection, path, prepare_statements(connection, &failed), failed, error);
}

enum store_status connection_open_reader(struct connection *connection, const char *path,
                                         struct store_error *error)
{
    const char *failed;
    int rc = open_database(connection, path, &failed);
    if (rc == SQLITE_OK)
        rc = apply_settings(connection->db, reader_settings, &failed);
    if (rc == SQLITE_OK)
        rc = prepare_statements(connection, &failed);
    connection_keep_log(connection);
    return opened(connection, path, rc, failed, error);
}

void connection_keep_log(struct connection *connection)
{
    if (connection->db)
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void connection_close(struct connection *connection)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    *connection = (struct connection){0};
}
