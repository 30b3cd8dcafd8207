#include "storage/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/refusal.h"

static enum store_status refuse_place(const struct lock_file *lock, int number,
                                      struct store_error *error)
{
    return refuse(error, number == ENOSPC || number == EDQUOT ? STORE_FULL : STORE_FAILED,
                  "cannot lock %s: %s; name a database in a folder that this user may write",
                  lock->path, strerror(number));
}

static enum store_status refuse_second(const struct lock_file *lock, const char *database,
                                       struct store_error *error)
{
    char owner[24] = "";
    ssize_t count = pread(lock->descriptor, owner, sizeof(owner) - 1, 0);
    owner[count > 0 ? strspn(owner, "0123456789") : 0] = '\0';
    return refuse(error, STORE_BUSY,
                  "%s is already served by another backpropd (pid %s); stop that one or name "
                  "another database",
                  database, owner[0] ? owner : "unknown");
}

/* Opens and locks the file; leaves no descriptor when that fails. */
static enum store_status open_locked(struct lock_file *lock, const char *database,
                                     struct store_error *error)
{
    lock->descriptor = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (lock->descriptor < 0)
        return refuse_place(lock, errno, error);
    if (flock(lock->descriptor, LOCK_EX | LOCK_NB) == 0)
        return STORE_OK;
    enum store_status status = errno == EWOULDBLOCK ? refuse_second(lock, database, error)
                                                    : refuse_place(lock, errno, error);
    close(lock->descriptor);
    return status;
}

/* Whether the name still leads to the file that we hold: its last owner may have removed it
 * between our open() and our flock(), and then it keeps nobody away. */
static bool is_in_place(const struct lock_file *lock)
{
    struct stat held, named;
    return fstat(lock->descriptor, &held) == 0 && stat(lock->path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void write_owner(const struct lock_file *lock)
{
    char owner[24];
    int length = snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
    /* Only the other one's message needs it: on a full disk we go on without. */
    if (ftruncate(lock->descriptor, 0) == 0 && pwrite(lock->descriptor, owner, length, 0) < 0)
        return;
}

enum store_status lock_file_take(struct lock_file *lock, const char *database,
                                 struct store_error *error)
{
    if (asprintf(&lock->path, "%s.lock", database) < 0) {
        lock->path = NULL;
        return refuse(error, STORE_NO_MEMORY, "out of memory");
    }
    enum store_status status = open_locked(lock, database, error);
    while (status == STORE_OK && !is_in_place(lock)) {
        close(lock->descriptor);
        status = open_locked(lock, database, error);
    }
    if (status == STORE_OK) {
        write_owner(lock);
        return STORE_OK;
    }
    free(lock->path);
    lock->path = NULL;
    return status;
}

void lock_file_release(struct lock_file *lock)
{
    if (!lock->path)
        return;
    unlink(lock->path);
    close(lock->descriptor);
    free(lock->path);
    lock->path = NULL;
}
