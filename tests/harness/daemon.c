#include "tests/harness/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/tap.h"

enum {
    POLL_MICROSECONDS = 2000,
    PATIENCE_SECONDS =
        20, /* for a start or an end; a sanitizer's build on a busy machine is slow */
    POLLS = PATIENCE_SECONDS * 1000000 / POLL_MICROSECONDS,
    MAX_ARGUMENTS = 16,
};

static const char *binary(void)
{
    const char *named = getenv("BACKPROPD_BINARY");
    return named ? named : "build/backpropd";
}

/* What the child does between fork() and exec(). */
static void become(const char *const *arguments, const char *const *environment, const char *output,
                   const char *errors, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); /* the test program ended before prctl() */
    int out = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int err = open(errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (out < 0 || err < 0 || in < 0)
        _exit(127);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    for (; environment && *environment; environment++)
        putenv((char *)*environment); /* putenv() keeps the string and only reads it */
    execv(binary(), (char *const *)arguments);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", binary(), strerror(errno));
    _exit(127);
}

static pid_t spawn(const char *const *arguments, const char *const *environment, const char *output,
                   const char *errors)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become(arguments, environment, output, errors, parent);
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
    return pid;
}

static int exit_code(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/* Waits until `pid` ends; kills it when that takes too long. Returns as daemon_stop(). */
static int await_end(pid_t pid)
{
    int status = 0;
    for (int i = 0; i < POLLS; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return exit_code(status);
        usleep(POLL_MICROSECONDS);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

/* Reads the file's end into `text`, as much as fits. */
static void read_end(const char *path, char *text, size_t size)
{
    text[0] = '\0';
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    if (fseek(file, -(long)(size - 1), SEEK_END) != 0)
        rewind(file); /* it is shorter than that */
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void show_file(const char *title, const char *path)
{
    static char text[64 * 1024]; /* written here alone */
    read_end(path, text, sizeof(text));
    tap_note("%s (%s):", title, path);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        tap_note("  %s", line);
}

static void give_up(struct daemon *daemon, const char *why)
{
    printf("Bail out! %s: %s\n", binary(), why);
    show_file("stdout", daemon->output);
    show_file("stderr", daemon->log);
    if (daemon->pid > 0)
        kill(daemon->pid, SIGKILL);
    exit(2);
}

/* Takes the first line of the output that begins at `from`; false while there is none. */
static bool read_first_line(struct daemon *daemon, long from)
{
    FILE *file = fopen(daemon->output, "r");
    if (!file)
        return false;
    char *line = daemon->first_line;
    bool whole = fseek(file, from, SEEK_SET) == 0 &&
                 fgets(line, sizeof(daemon->first_line), file) && strchr(line, '\n');
    fclose(file);
    if (whole)
        *strchr(line, '\n') = '\0';
    return whole;
}

/* "backpropd VERSION listening on ADDRESS, database PATH" */
static void read_address(struct daemon *daemon)
{
    static const char before[] = " listening on ";
    const char *start = strstr(daemon->first_line, before);
    const char *end = start ? strstr(start, ", database ") : NULL;
    if (!end)
        give_up(daemon, "its first line does not say where it listens");
    start += strlen(before);
    int length = (int)(end - start);
    if (strncmp(start, "unix:", 5) == 0) {
        snprintf(daemon->socket_path, sizeof(daemon->socket_path), "%.*s", length - 5, start + 5);
        snprintf(daemon->url, sizeof(daemon->url), "http://localhost");
        return;
    }
    snprintf(daemon->url, sizeof(daemon->url), "%.*s", length, start);
    const char *colon = strrchr(daemon->url, ':');
    daemon->port = colon ? atoi(colon + 1) : 0;
    if (daemon->port <= 0)
        give_up(daemon, "its first line names no port");
}

static long file_size(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    fclose(file);
    return size;
}

void daemon_restart(struct daemon *daemon)
{
    const char *const arguments[] = {"backpropd",  "--listen",       daemon->listen,
                                     "--database", daemon->database, NULL};
    long from = file_size(daemon->output);
    daemon->pid = spawn(arguments, NULL, daemon->output, daemon->log);
    for (int i = 0; i < POLLS; i++) {
        if (read_first_line(daemon, from)) {
            read_address(daemon);
            return;
        }
        int status = 0;
        if (waitpid(daemon->pid, &status, WNOHANG) == daemon->pid) {
            daemon->pid = 0;
            give_up(daemon, "it ended instead of listening");
        }
        usleep(POLL_MICROSECONDS);
    }
    give_up(daemon, "it does not say that it listens");
}

void daemon_start(struct daemon *daemon, const char *listen, const char *database)
{
    static int started; /* counts the daemons of this program, for their files' names */
    const char *folder = tap_directory();
    *daemon = (struct daemon){0};
    started++;
    snprintf(daemon->listen, sizeof(daemon->listen), "%s", listen ? listen : "127.0.0.1:0");
    snprintf(daemon->output, sizeof(daemon->output), "%s/daemon-%d.out", folder, started);
    snprintf(daemon->log, sizeof(daemon->log), "%s/daemon-%d.log", folder, started);
    if (database)
        snprintf(daemon->database, sizeof(daemon->database), "%s", database);
    else
        snprintf(daemon->database, sizeof(daemon->database), "%s/daemon-%d.db", folder, started);
    daemon_restart(daemon);
}

int daemon_stop(struct daemon *daemon, int signal)
{
    kill(daemon->pid, signal);
    int code = await_end(daemon->pid);
    daemon->pid = 0;
    return code;
}

int daemon_done(struct daemon *daemon)
{
    int code = daemon_stop(daemon, SIGTERM);
    tap_ok(code == 0, "the daemon ends with exit code 0 on SIGTERM (%d)", code);
    int result = tap_done();
    if (result != 0)
        show_file("the daemon's log", daemon->log);
    return result;
}

void daemon_run(const char *const *arguments, const char *const *environment,
                struct daemon_run *run)
{
    char output[160];
    char errors[160];
    snprintf(output, sizeof(output), "%s/run.out", tap_directory());
    snprintf(errors, sizeof(errors), "%s/run.err", tap_directory());
    unlink(output);
    unlink(errors);
    const char *all[MAX_ARGUMENTS + 2] = {"backpropd"};
    for (int i = 0; arguments && arguments[i] && i < MAX_ARGUMENTS; i++)
        all[i + 1] = arguments[i];
    run->exit_code = await_end(spawn(all, environment, output, errors));
    read_end(output, run->output, sizeof(run->output));
    read_end(errors, run->errors, sizeof(run->errors));
}
