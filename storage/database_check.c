#include "storage/database_check.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/connection.h"
#include "storage/refusal.h"
#include "storage/schema.h"

enum {
    HEADER_SIZE = 100,         /* of a SQLite file; its numbers are big-endian */
    AT_PAGE_SIZE = 16,         /* uint16; 1 means 65536 */
    AT_CHANGE_COUNTER = 24,    /* uint32 */
    AT_PAGE_COUNT = 28,        /* uint32, valid when the two counters agree */
    AT_USER_VERSION = 60,      /* uint32 */
    AT_APPLICATION_ID = 68,    /* uint32 */
    AT_VALID_FOR_COUNTER = 92, /* uint32 */
};

/* Bytes up to which every page is looked at (some 0.1 s). A larger file is not made to wait for
 * that: its damage shows when what it hit is read. */
static const off_t whole_check_limit = 64 << 20;

static uint32_t get32(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return be32toh(value);
}

/* Bytes of the file `path` + `suffix`; -1 when there is none. */
static off_t size_of(const char *path, const char *suffix)
{
    char name[PATH_MAX];
    struct stat status;
    if (snprintf(name, sizeof(name), "%s%s", path, suffix) >= (int)sizeof(name))
        return -1;
    return stat(name, &status) == 0 ? status.st_size : -1;
}

/* Whether changes wait beside the file: SQLite has to bring them in before it can be judged. */
static bool has_log(const char *path)
{
    return size_of(path, "-wal") > 0 || size_of(path, "-journal") > 0;
}

/* Nothing at `path`. A log alone is what is left of a database: SQLite would delete it, or bring it
 * into the new file. */
static enum store_status check_nothing(const char *path, struct store_error *error)
{
    if (!has_log(path))
        return STORE_NOT_FOUND;
    return refuse(error, STORE_DAMAGED,
                  "%s is missing, but its log is there (%s-wal or -journal): bring the database "
                  "back, or move the log away",
                  path, path);
}

static enum store_status read_header(const char *path, unsigned char *header,
                                     struct store_error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = descriptor < 0 ? -1 : pread(descriptor, header, HEADER_SIZE, 0);
    int number = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (count < 0)
        return refuse(error, STORE_FAILED, "cannot read %s: %s", path, strerror(number));
    if (count < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
        return refuse(error, STORE_DAMAGED,
                      "%s is not a SQLite database; it was left as it is, name another file", path);
    return STORE_OK;
}

static enum store_status check_version(const char *path, uint32_t version,
                                       struct store_error *error)
{
    if (version > SCHEMA_VERSION)
        return refuse(error, STORE_FAILED,
                      "%s was written by a newer backpropd (schema version %u, this one knows %d); "
                      "use that one",
                      path, version, SCHEMA_VERSION);
    if (version == 0)
        return refuse(error, STORE_DAMAGED, "%s is damaged: it has no schema version", path);
    return STORE_OK;
}

static enum store_status check_header(const char *path, off_t size, struct store_error *error)
{
    unsigned char header[HEADER_SIZE] = {0};
    enum store_status status = read_header(path, header, error);
    if (status != STORE_OK)
        return status;
    if (get32(header + AT_APPLICATION_ID) != SCHEMA_APPLICATION_ID)
        return refuse(error, STORE_FAILED,
                      "%s is the SQLite database of another program; name another file", path);
    /* The log may hold a later page count; without one the file must have all its pages. */
    uint32_t page_size = header[AT_PAGE_SIZE] << 8 | header[AT_PAGE_SIZE + 1];
    uint64_t expected =
        (uint64_t)get32(header + AT_PAGE_COUNT) * (page_size == 1 ? 65536 : page_size);
    bool counted = get32(header + AT_CHANGE_COUNTER) == get32(header + AT_VALID_FOR_COUNTER);
    if (counted && !has_log(path) && (uint64_t)size < expected)
        return refuse(error, STORE_DAMAGED,
                      "%s is cut off: %lld bytes of %llu are there; bring it back from a backup",
                      path, (long long)size, (unsigned long long)expected);
    return check_version(path, get32(header + AT_USER_VERSION), error);
}

/*
 * Opens the file without leaving a trace: immutable, or, where a log has to be brought in, so that
 * the log stays as it is.
 */
static int open_to_look(const char *path, sqlite3 **db)
{
    if (has_log(path)) {
        int rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return rc;
    }
    char uri[3 * PATH_MAX + 32] = "file:";
    size_t length = strlen(uri);
    for (const char *c = path; *c && length < sizeof(uri) - 24; c++)
        length += sprintf(uri + length, strchr("%?#", *c) ? "%%%02x" : "%c", *c);
    strcpy(uri + length, "?immutable=1");
    return sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

/* SQLite's own check of every page, but for what the rows say. */
static enum store_status check_pages(const char *path, sqlite3 *db, struct store_error *error)
{
    sqlite3_stmt *statement = NULL;
    const char *finding = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        finding = (const char *)sqlite3_column_text(statement, 0);
    finding = finding ? finding : sqlite3_errmsg(db);
    const char *headline = strchr(finding, '\n'); /* which database it is about */
    enum store_status status = STORE_OK;
    if (strcmp(finding, "ok") != 0)
        status = refuse(error, STORE_DAMAGED,
                        "%s is damaged (%s); bring it back from a backup, or save what `sqlite3 "
                        "FILE .recover` finds",
                        path, headline ? headline + 1 : finding);
    sqlite3_finalize(statement);
    return status;
}

static enum store_status check_contents(const char *path, off_t size, struct store_error *error)
{
    sqlite3 *db = NULL;
    enum store_status status = STORE_OK;
    if (open_to_look(path, &db) != SQLITE_OK)
        status = refuse(error, STORE_FAILED, "cannot open %s: %s", path, sqlite3_errmsg(db));
    if (status == STORE_OK && has_log(path))
        status = check_version(path, schema_version(db), error);
    if (status == STORE_OK && size <= whole_check_limit)
        status = check_pages(path, db, error);
    sqlite3_close(db);
    return status;
}

enum store_status database_check(const char *path, struct store_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0 && errno == ENOENT)
        return check_nothing(path, error);
    if (access(path, R_OK | W_OK) != 0)
        return refuse(error, STORE_FAILED, "cannot read and write %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(error, STORE_FAILED, "%s is not a file", path);
    if (status.st_size == 0)
        return refuse(error, STORE_DAMAGED,
                      "%s is empty: no database was ever written to it, or it was lost; remove it "
                      "to begin anew",
                      path);
    enum store_status checked = check_header(path, status.st_size, error);
    return checked == STORE_OK ? check_contents(path, status.st_size, error) : checked;
}
