/* Disks that are full, that fail to sync, and databases that another process holds. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/chunks.h"
#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

/* ---- syncs that fail: these two take the place of the C library's, for SQLite as well ---- */

static _Atomic(const char *)
    broken; /* the end of the names of files whose syncs fail; NULL: none */

static bool is_broken(int descriptor)
{
    const char *end = atomic_load(&broken);
    char link[64], name[512] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    if (!end || readlink(link, name, sizeof(name) - 1) < 0)
        return false;
    size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

int fsync(int descriptor)
{
    if (!is_broken(descriptor))
        return (int)syscall(SYS_fsync, descriptor);
    errno = EIO;
    return -1;
}

int fdatasync(int descriptor)
{
    if (!is_broken(descriptor))
        return (int)syscall(SYS_fdatasync, descriptor);
    errno = EIO;
    return -1;
}

/* ---- */

/* Whether a network is whole: its block is the one that was made for its revision. */
static bool is_whole(struct store *store, const char *name, size_t parameters, uint64_t *revision)
{
    struct store_network row;
    struct store_block_copy copy;
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return false;
    struct store_block *block = fixture_block(parameters, 0, row.revision);
    bool whole = fixture_same_block(&copy, block);
    *revision = row.revision;
    fixture_block_free(block);
    store_block_release(&copy);
    store_network_release(&row);
    return whole;
}

static int64_t create(struct store *store, const char *name, size_t parameters)
{
    struct store_block *block = fixture_block(parameters, 0, 0);
    struct store_change change = fixture_create(name, block);
    enum store_status status = fixture_commit(store, &change);
    fixture_block_free(block);
    return status == STORE_OK ? change.id : 0;
}

static enum store_status step(struct store *store, int64_t id, uint64_t parent, size_t parameters)
{
    struct store_block *block = fixture_block(parameters, 0, parent + 1);
    struct store_change change = fixture_update(id, parent, block);
    enum store_status status = fixture_commit(store, &change);
    fixture_block_free(block);
    return status;
}

enum { SMALL = 10, MIDDLE = 40 * 1000, LARGE = 150 * 1000 };

static void test_failed_commit(void)
{
    char *path = fixture_path("sync.db");
    struct store *store = fixture_open(path);
    int64_t id = create(store, "a", SMALL);
    step(store, id, 0, SMALL);
    atomic_store(&broken, "-wal");
    tap_ok(step(store, id, 1, SMALL) == STORE_OUTCOME_UNKNOWN, "a sync that fails: unknown");
    atomic_store(&broken, NULL);
    tap_ok(store_sync_failed(store) && !store_writable(store), "and the store says so");
    tap_ok(step(store, id, 1, SMALL) == STORE_FAILED, "nothing is written after that");
    struct store_change barrier = {.kind = STORE_BARRIER};
    tap_ok(fixture_commit(store, &barrier) == STORE_OK, "who waits for others is told");
    uint64_t revision = 0;
    tap_ok(is_whole(store, "a", SMALL, &revision) && revision == 1,
           "readers see what was committed");
    store_close(store);
    store = fixture_open(path);
    tap_ok(is_whole(store, "a", SMALL, &revision) && (revision == 1 || revision == 2),
           "opened again it is at revision %d, and whole", (int)revision);
    tap_ok(step(store, id, revision, SMALL) == STORE_OK && store_writable(store), "and goes on");
    store_close(store);
    free(path);
}

/* The group is not in doubt when the sync failed for a block that nobody refers to yet. */
static void test_failed_staging(void)
{
    char *path = fixture_path("staging.db");
    struct store *store = fixture_open(path);
    int64_t id = create(store, "a", LARGE);
    atomic_store(&broken, "-wal");
    tap_ok(step(store, id, 0, LARGE) == STORE_FAILED, "a sync that fails under a large block");
    atomic_store(&broken, NULL);
    tap_ok(store_sync_failed(store), "ends all writing too");
    store_close(store);
    store = fixture_open(path);
    uint64_t revision;
    tap_ok(is_whole(store, "a", LARGE, &revision) && revision == 0, "opened again it is as before");
    store_close(store);
    free(path);
}

/* A checkpoint whose sync fails must not be tried again: the second sync would succeed, the log be
 * written over, and pages be lost that never reached the disk. */
static void test_failed_checkpoint(void)
{
    enum { STEPS = 80 };
    char *path = fixture_path("checkpoint.db");
    struct store *store = fixture_open(path);
    int64_t id = create(store, "a", MIDDLE);
    atomic_store(&broken, "checkpoint.db");
    int done = 0;
    while (done < STEPS && step(store, id, done, MIDDLE) == STORE_OK)
        done++;
    tap_ok(done > 1 && done < STEPS && store_sync_failed(store),
           "after %d steps the log was to be copied back, and that failed", done);
    atomic_store(&broken, NULL);
    char *log = fixture_path("checkpoint.db-wal");
    struct stat status;
    store_close(store);
    tap_ok(stat(log, &status) == 0 && status.st_size > done * MIDDLE * (off_t)sizeof(double),
           "the log stays, with every step");
    store = fixture_open(path);
    uint64_t revision;
    tap_ok(is_whole(store, "a", MIDDLE, &revision) && revision == (uint64_t)done,
           "opened again it has them all");
    store_close(store);
    free(path);
    free(log);
}

/* ---- disks that are full ---- */

/* Waits up to 5 s for the store to find out that there is room again. */
static bool becomes_writable(struct store *store)
{
    for (int i = 0; i < 100 && !store_writable(store); i++)
        usleep(50 * 1000);
    return store_writable(store);
}

/* Creates networks until there is no room, then gives room back. */
static void check_full(const char *what, const char *path, size_t parameters,
                       void (*make_room)(void))
{
    struct store *store = fixture_open(path);
    int64_t id = create(store, "first", SMALL);
    uint64_t revision = 0;
    int count = 0;
    struct store_block *block = fixture_block(parameters, 0, 0);
    enum store_status status;
    for (;; count++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", count);
        struct store_change change = fixture_create(name, block);
        status = fixture_commit(store, &change);
        if (status != STORE_OK || count == 1000)
            break;
    }
    tap_ok(status == STORE_FULL && count > 0, "%s: full after %d networks", what, count);
    tap_ok(!store_writable(store) && !store_sync_failed(store), "%s: not writable", what);

    int whole = 0;
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        whole += is_whole(store, name, parameters, &revision);
    }
    struct store_network row;
    char name[16];
    snprintf(name, sizeof(name), "n%d", count);
    tap_ok(whole == count && is_whole(store, "first", SMALL, &revision),
           "%s: all networks can be read", what);
    tap_ok(store_read_network(store, name, &row) == STORE_NOT_FOUND,
           "%s: nothing of the last one is there", what);

    make_room();
    tap_ok(becomes_writable(store), "%s: with room again it finds out by itself", what);
    tap_ok(step(store, id, 0, SMALL) == STORE_OK, "%s: a step", what);
    struct store_change change = fixture_create(name, block);
    tap_ok(fixture_commit(store, &change) == STORE_OK &&
               is_whole(store, name, parameters, &revision),
           "%s: and the network that found no room", what);
    tap_ok(store_writable(store), "%s: writable", what);
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM loose_blocks") == 0 &&
               fixture_query(path, "SELECT count(DISTINCT block_id) FROM chunks") ==
                   2 * (count + 2),
           "%s: nothing is left of failed attempts", what);
    fixture_block_free(block);
}

static struct rlimit unlimited;

static void limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, unlimited.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void lift_limit(void)
{
    setrlimit(RLIMIT_FSIZE, &unlimited);
}

static char *filler; /* a file whose removal makes room on the small disk */

static void remove_filler(void)
{
    unlink(filler);
}

/* A file system of 16 MiB in a mount namespace of our own; for the superuser only. */
static bool mount_small_disk(const char *folder)
{
    return unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mkdir(folder, 0755) == 0 && mount("tmpfs", folder, "tmpfs", 0, "size=16m") == 0;
}

static void fill(size_t bytes)
{
    char *zeros = calloc(1, bytes);
    fixture_write(filler, zeros, bytes);
    free(zeros);
}

static void test_full(void)
{
    getrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, SIG_IGN);
    char *limited = fixture_path("limited.db"), *large = fixture_path("limited-large.db");
    limit_files(3 << 20);
    check_full("a limit on files", limited, MIDDLE, lift_limit);
    limit_files(5 << 20);
    check_full("the same for large blocks", large, LARGE, lift_limit);
    lift_limit();
    free(limited);
    free(large);

    char *folder = fixture_path("disk");
    if (mount_small_disk(folder)) {
        char *path = fixture_path("disk/a.db"), *other = fixture_path("disk/b.db");
        filler = fixture_path("disk/filler");
        fill(12 << 20);
        check_full("a small disk", path, MIDDLE, remove_filler);
        unlink(path);
        fill(8 << 20);
        check_full("a small disk, large blocks", other, LARGE, remove_filler);
        umount(folder);
        free(path);
        free(other);
        free(filler);
    } else {
        tap_note("no small disk: only the superuser can mount one");
    }
    free(folder);
}

/* A log that has grown to the limit can be copied back and written over. */
static void test_log_makes_room(void)
{
    enum { STEPS = 20 };
    char *path = fixture_path("room.db");
    limit_files(2 << 20);
    struct store *store = fixture_open(path);
    int64_t id = create(store, "a", MIDDLE);
    int done = 0;
    while (done < STEPS && step(store, id, done, MIDDLE) == STORE_OK)
        done++;
    lift_limit();
    tap_ok(done == STEPS, "%d steps of 0.3 MB, though no file may have more than 2 MiB", done);
    store_close(store);
    free(path);
}

/* In a group only what found no room fails, with what stood on it. */
static void test_full_group(void)
{
    char *path = fixture_path("group.db");
    struct store *store = fixture_open(path);
    int64_t a = create(store, "a", SMALL), b = create(store, "b", SMALL);
    struct store_block *small = fixture_block(SMALL, 0, 1),
                       *wide = fixture_block(LARGE - 30000, 0, 1);
    struct store_chain chain_a = {0}, chain_b = {0};
    struct awaited changes[4] = {0};
    const enum store_status expected[] = {STORE_OK, STORE_FULL, STORE_STALE, STORE_OK};
    changes[0].change = fixture_update(a, 0, small);
    changes[1].change = fixture_update(b, 0, wide);
    changes[2].change = fixture_update(b, 1, NULL);
    changes[3].change = fixture_update(a, 1, small);
    limit_files(512 << 10);
    struct hold writer;
    hold(&writer, store);
    for (int i = 0; i < 4; i++) {
        changes[i].change.chain = changes[i].change.id == a ? &chain_a : &chain_b;
        await_submit(store, &changes[i]);
    }
    release(&writer);
    for (int i = 0; i < 4; i++) {
        enum store_status status = await(&changes[i]);
        tap_ok(status == expected[i], "change %d of a group without room for one: %d", i, status);
    }
    lift_limit();
    uint64_t revision;
    tap_ok(is_whole(store, "b", SMALL, &revision) && revision == 0, "what failed is as before");
    store_close(store);
    fixture_block_free(small);
    fixture_block_free(wide);
    free(path);
}

/* ---- another process has it ---- */

static void test_busy(void)
{
    char *path = fixture_path("busy.db");
    struct store *store = fixture_open(path);
    int64_t id = create(store, "a", SMALL);
    sqlite3 *other;
    sqlite3_open(path, &other);
    sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    tap_ok(step(store, id, 0, SMALL) == STORE_BUSY, "another process writes, and does not end");
    uint64_t revision;
    tap_ok(is_whole(store, "a", SMALL, &revision) && revision == 0, "readers do not care");
    tap_ok(store_writable(store), "it is not the disk");
    sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(other);
    tap_ok(step(store, id, 0, SMALL) == STORE_OK, "when it ends, the store goes on");
    store_close(store);
    free(path);
}

int main(void)
{
    test_failed_commit();
    test_failed_staging();
    test_failed_checkpoint();
    test_full();
    test_log_makes_room();
    test_full_group();
    test_busy();
    return tap_done();
}
