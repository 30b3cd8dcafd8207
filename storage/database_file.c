#include "storage/database_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "storage/connection.h"
#include "storage/refusal.h"
#include "storage/schema.h"

/* Where locks or shared memory do not reach everybody who may write. */
static const uint32_t network_file_systems[] = {
    NFS_SUPER_MAGIC,
    SMB_SUPER_MAGIC,
    CIFS_SUPER_MAGIC,
    SMB2_SUPER_MAGIC,
};

/* The folder of a path, for the caller to free. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash > path ? slash - path : 1);
}

/* The path of a file that is not there yet. */
static char *resolve_new(const char *path)
{
    char *named = folder_of(path);
    char *folder = named ? realpath(named, NULL) : NULL;
    const char *slash = strrchr(path, '/');
    char *resolved = NULL;
    if (folder && asprintf(&resolved, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder,
                           slash ? slash + 1 : path) < 0)
        resolved = NULL;
    free(folder);
    free(named);
    return resolved;
}

static enum store_status check_file_system(const char *path, struct store_error *error)
{
    struct statfs status;
    char *folder = folder_of(path);
    int rc = folder ? statfs(folder, &status) : -1;
    free(folder);
    if (rc != 0)
        return refuse(error, STORE_FAILED, "cannot use the folder of %s: %s", path,
                      strerror(errno));
    for (size_t i = 0; i < sizeof(network_file_systems) / sizeof(network_file_systems[0]); i++) {
        if ((uint32_t)status.f_type == network_file_systems[i])
            return refuse(error, STORE_FAILED,
                          "%s is on a network file system, where its write-ahead log would not be "
                          "safe; name a database on a local disk",
                          path);
    }
    return STORE_OK;
}

char *database_file_resolve(const char *path, struct store_error *error)
{
    char *resolved = realpath(path, NULL);
    if (!resolved)
        resolved = resolve_new(path);
    if (!resolved) {
        refuse(error, STORE_FAILED, "cannot use the folder of %s: %s; create it or name another",
               path, strerror(errno));
        return NULL;
    }
    if (check_file_system(resolved, error) != STORE_OK) {
        free(resolved);
        return NULL;
    }
    return resolved;
}

/* Makes the name of a new file durable. */
static int sync_folder_of(const char *path)
{
    char *folder = folder_of(path);
    int descriptor = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    if (descriptor < 0)
        return -1;
    int rc = fsync(descriptor);
    close(descriptor);
    return rc;
}

/* With SQLite's own rollback journal: when it is closed there is one file, and that is synced. */
static enum store_status write_empty_database(const char *path, struct store_error *error)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(path, &db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    enum store_status status = connection_status_of(rc);
    if (status == STORE_OK)
        status = schema_migrate(db);
    if (status != STORE_OK)
        refuse(error, status, "cannot create %s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return status;
}

/* The files that a start which was broken off may have left. */
static void remove_unfinished(const char *path)
{
    char journal[PATH_MAX];
    snprintf(journal, sizeof(journal), "%s-journal", path);
    unlink(journal);
    unlink(path);
}

enum store_status database_file_create(const char *path, struct store_error *error)
{
    char *unfinished;
    if (asprintf(&unfinished, "%s.new", path) < 0)
        return refuse(error, STORE_NO_MEMORY, "out of memory");
    remove_unfinished(unfinished);
    enum store_status status = write_empty_database(unfinished, error);
    if (status == STORE_OK && (rename(unfinished, path) != 0 || sync_folder_of(path) != 0))
        status = refuse(error, STORE_FAILED, "cannot create %s: %s", path, strerror(errno));
    if (status != STORE_OK)
        remove_unfinished(unfinished);
    free(unfinished);
    return status;
}
