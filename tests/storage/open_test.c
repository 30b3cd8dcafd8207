/* Opening: one daemon for a database, and nothing is touched that is not ours or not whole. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
}

/* A database of ours with a network in it, closed. */
static void make_ours(const char *path)
{
    struct store *store = fixture_open(path);
    fixture_network(store, "network", 1);
    store_close(store);
}

/* ---- what is refused ---- */

static void make_text(const char *path)
{
    fixture_write(path, "Dear diary\n", 11);
}

static void make_noise(const char *path)
{
    unsigned char bytes[8192];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 167 + 13);
    fixture_write(path, bytes, sizeof(bytes));
}

static void make_empty(const char *path)
{
    fixture_write(path, "", 0);
}

static void make_folder(const char *path)
{
    mkdir(path, 0755);
}

static void make_foreign(const char *path)
{
    run_sql(path, "CREATE TABLE networks (id INTEGER PRIMARY KEY, name TEXT)");
}

static void make_foreign_with_id(const char *path)
{
    make_ours(path);
    run_sql(path, "PRAGMA application_id = 1");
}

static void make_newer(const char *path)
{
    make_ours(path);
    run_sql(path, "PRAGMA user_version = 5");
}

static void make_without_version(const char *path)
{
    make_ours(path);
    run_sql(path, "PRAGMA user_version = 0");
}

/* Only the log says that the schema is newer. */
static void make_newer_in_log(const char *path)
{
    char log[256];
    make_ours(path);
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_exec(db, "PRAGMA user_version = 5", NULL, NULL, NULL);
    sqlite3_close(db);
    snprintf(log, sizeof(log), "%s-shm", path);
    unlink(log);
}

static void cut(const char *path, size_t keep)
{
    make_ours(path);
    if (truncate(path, (off_t)keep) != 0)
        abort();
}

static void make_cut_in_header(const char *path)
{
    cut(path, 60);
}

static void make_cut_in_page(const char *path)
{
    cut(path, 4096 + 100);
}

static void make_cut_at_page(const char *path)
{
    cut(path, 3 * 4096);
}

/* Overwrites the head of a page, from 1. */
static void spoil_page(const char *path, size_t page)
{
    size_t size;
    make_ours(path);
    unsigned char *bytes = fixture_read(path, &size);
    memset(bytes + (page - 1) * 4096 + (page == 1 ? 100 : 0), 0xa5, 64);
    fixture_write(path, bytes, size);
    free(bytes);
}

static void spoil_schema(const char *path)
{
    spoil_page(path, 1);
}

static void spoil_table(const char *path)
{
    spoil_page(path, 2);
}

static void spoil_index(const char *path)
{
    spoil_page(path, 3);
}

/* The database is lost, its log is there. */
static void make_log_alone(const char *path)
{
    char log[256];
    snprintf(log, sizeof(log), "%s-wal", path);
    fixture_write(log, "what is left", 12);
}

static const struct refusal {
    const char *name; /* of the file */
    void (*make)(const char *path);
    const char *sentence; /* a part of it */
} refusals[] = {
    {"text", make_text, "is not a SQLite database"},
    {"noise", make_noise, "is not a SQLite database"},
    {"empty", make_empty, "is empty"},
    {"folder", make_folder, "is not a file"},
    {"foreign", make_foreign, "another program"},
    {"foreign-with-id", make_foreign_with_id, "another program"},
    {"newer", make_newer, "newer backpropd (schema version 5, this one knows 4)"},
    {"newer-in-log", make_newer_in_log, "newer backpropd (schema version 5, this one knows 4)"},
    {"without-version", make_without_version, "no schema version"},
    {"cut-in-header", make_cut_in_header, "is not a SQLite database"},
    {"cut-in-page", make_cut_in_page, "is cut off"},
    {"cut-at-page", make_cut_at_page, "is cut off"},
    {"spoilt-schema", spoil_schema, "is damaged"},
    {"spoilt-table", spoil_table, "is damaged"},
    {"spoilt-index", spoil_index, "is damaged"},
    {"log-alone", make_log_alone, "is missing, but its log is there"},
    {"no-folder/a.db", NULL, "create it or name another"},
};

static const char *const companions[] = {"", "-wal", "-shm", "-journal", ".lock", ".new"};
enum { COMPANIONS = sizeof(companions) / sizeof(companions[0]) };

/* What lies at a path and beside it. */
struct sight {
    unsigned char *bytes[COMPANIONS]; /* NULL: nothing, or no file */
    size_t sizes[COMPANIONS];
};

static void look(struct sight *sight, const char *path)
{
    for (size_t i = 0; i < COMPANIONS; i++) {
        char name[256];
        struct stat status;
        snprintf(name, sizeof(name), "%s%s", path, companions[i]);
        bool is_file = stat(name, &status) == 0 && S_ISREG(status.st_mode);
        sight->bytes[i] = is_file ? fixture_read(name, &sight->sizes[i]) : NULL;
    }
}

/* The index of a log may be made anew beside the database; everything else is as it was. */
static void check_sight(const struct sight *before, const struct sight *after, const char *what)
{
    for (size_t i = 0; i < COMPANIONS; i++) {
        bool had_log = before->bytes[1] && before->sizes[1];
        if (had_log && strcmp(companions[i], "-shm") == 0)
            continue;
        bool same = !before->bytes[i] == !after->bytes[i];
        if (same && before->bytes[i])
            same = before->sizes[i] == after->sizes[i] &&
                   memcmp(before->bytes[i], after->bytes[i], before->sizes[i]) == 0;
        tap_ok(same, "%s: FILE%s is as it was", what, companions[i]);
    }
}

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *c = &refusals[i];
        char *path = fixture_path(c->name);
        struct sight before, after;
        struct store *store;
        struct store_error error;
        if (c->make)
            c->make(path);
        look(&before, path);
        tap_ok(store_open(path, &store, &error) != STORE_OK, "%s: refused", c->name);
        tap_ok(strstr(error.message, c->sentence) && strstr(error.message, c->name), "%s: %s",
               c->name, error.message);
        look(&after, path);
        check_sight(&before, &after, c->name);
        for (size_t file = 0; file < COMPANIONS; file++) {
            free(before.bytes[file]);
            free(after.bytes[file]);
        }
        free(path);
    }
}

/* What a user without rights meets; the superuser has all of them, so a child gives its up. */
static void test_rights(void)
{
    char *path = fixture_path("locked/a.db"), *folder = fixture_path("locked");
    mkdir(folder, 0755);
    make_ours(path);
    chmod(tap_directory(), 0755);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        struct store_error error;
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        bool refused = store_open(path, &store, &error) == STORE_FAILED &&
                       strstr(error.message, "Permission denied");
        _exit(refused ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    tap_ok(geteuid() != 0 || status == 0, "a folder that may not be written");
    free(path);
    free(folder);
}

/* ---- one daemon for a database ---- */

static void check_busy(const char *path, pid_t owner, const char *what)
{
    struct store *second;
    struct store_error error;
    char pid[32];
    snprintf(pid, sizeof(pid), "(pid %d)", (int)owner);
    tap_ok(store_open(path, &second, &error) == STORE_BUSY, "%s: refused", what);
    bool says_who =
        strstr(error.message, "already served by another backpropd") && strstr(error.message, pid);
    if (!tap_ok(says_who, "%s: says by whom", what))
        tap_note("%s", error.message);
}

/* Whether the descriptor of the lock would pass to a program that we run. */
static bool lock_is_inherited(void)
{
    for (int descriptor = 3; descriptor < 100; descriptor++) {
        char link[64], target[512] = "";
        snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
        if (readlink(link, target, sizeof(target) - 1) > 0 && strstr(target, ".lock"))
            return !(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    }
    return true;
}

static void test_second_open(void)
{
    char *path = fixture_path("once.db"), *alias = fixture_path("alias.db");
    struct store *store = fixture_open(path);
    check_busy(path, getpid(), "a second store of this process");
    if (symlink(path, alias) != 0)
        abort();
    check_busy(alias, getpid(), "under another name");
    if (chdir(tap_directory()) != 0)
        abort();
    check_busy("once.db", getpid(), "by its name alone");
    tap_ok(!lock_is_inherited(), "the lock is not handed to other programs");
    tap_ok(fixture_network(store, "still-served", 1), "the first one goes on");
    store_close(store);
    store = fixture_open(alias);
    tap_ok(!store_is_new(store), "closed, it can be opened again");
    store_close(store);
    free(path);
    free(alias);
}

/* Another process serves it, and is killed. */
static void test_other_process(void)
{
    char *path = fixture_path("served.db");
    int ready[2];
    if (pipe(ready) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        fixture_network(fixture_open(path), "served", 1);
        if (write(ready[1], "!", 1) == 1)
            pause();
        _exit(0);
    }
    char byte;
    tap_ok(read(ready[0], &byte, 1) == 1, "a child serves the database");
    check_busy(path, child, "the child's database");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct store *store = fixture_open(path);
    struct store_network row;
    tap_ok(store_read_network(store, "served", &row) == STORE_OK,
           "when the child was killed, its database is free, and whole");
    store_network_release(&row);
    store_close(store);
    free(path);
}

/* Processes that open and close one database as fast as they can: never two have it at a time.
 * Each one's lock is a new file, so one may hold a file that is no longer the lock. */
static void test_race(void)
{
    enum { PROCESSES = 3, ATTEMPTS = 60 };
    char *path = fixture_path("race.db"), *mark = fixture_path("mark");
    make_ours(path);
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] != 0)
            continue;
        for (int opened = 0; opened < ATTEMPTS;) {
            struct store *store;
            struct store_error error;
            if (store_open(path, &store, &error) != STORE_OK)
                continue;
            if (open(mark, O_CREAT | O_EXCL, 0600) < 0 || unlink(mark) != 0)
                _exit(1);
            store_close(store);
            opened++;
        }
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        waitpid(children[i], &status, 0);
        tap_ok(status == 0, "process %d had the database for itself each time", i);
    }
    free(path);
    free(mark);
}

/* ---- names, and a start that was broken off ---- */

static void test_names(void)
{
    static const char *const names[] = {"a b.db", "a?mode=ro#b%41.db", "file:a.db", "\xc3\xa4.db"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = fixture_path(names[i]);
        make_ours(path);
        struct store *store = fixture_open(names[i]); /* relative: we are in the folder */
        uint64_t count = 0;
        tap_ok(!store_is_new(store) && store_count_networks(store, &count) == STORE_OK &&
                   count == 1 && access(path, F_OK) == 0,
               "a file named %s", names[i]);
        store_close(store);
        free(path);
    }
}

static void test_broken_start(void)
{
    char *path = fixture_path("broken.db"), *unfinished = fixture_path("broken.db.new");
    char *lock = fixture_path("broken.db.lock");
    fixture_write(unfinished, "SQLite format 3", 16);
    fixture_write(lock, "99999999\n", 9);
    struct store *store = fixture_open(path);
    tap_ok(store_is_new(store), "what a start left that was broken off does not matter");
    tap_ok(fixture_query(path, "PRAGMA application_id") == 0x62706462 &&
               fixture_query(path, "PRAGMA user_version") == 4,
           "the file says what it is");
    store_close(store);
    tap_ok(access(unfinished, F_OK) != 0 && access(lock, F_OK) != 0,
           "when it is closed the database is one file");
    free(path);
    free(unfinished);
    free(lock);
}

int main(void)
{
    test_refusals();
    test_rights();
    test_second_open();
    test_other_process();
    test_race();
    test_names();
    test_broken_start();
    return tap_done();
}
