/* What --listen unix:PATH does with a file that is there already. */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/listen.h"
#include "tests/harness/tap.h"

static char path[100];

static int open_socket(char *error, size_t size)
{
    char text[120];
    struct listen_address address;
    snprintf(text, sizeof(text), "unix:%s", path);
    return listen_address_parse(text, &address) ? listen_open(&address, error, size) : -1;
}

/* A socket's file that nobody listens on, as a killed daemon leaves it. */
static void leave_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int left = socket(AF_UNIX, SOCK_STREAM, 0);
    tap_ok(bind(left, (const struct sockaddr *)&address, sizeof(address)) == 0, "a socket is left");
    close(left);
}

static void test_left_socket(void)
{
    char error[200] = "";
    leave_socket();
    int listener = open_socket(error, sizeof(error));
    tap_ok(listener >= 0, "a socket that was left is taken over: %s", error);
    char other[200];
    tap_ok(open_socket(other, sizeof(other)) < 0, "one that is served is not: %s", other);
    close(listener);
    unlink(path);
}

static void test_file(void)
{
    char error[200] = "";
    struct stat status;
    FILE *file = fopen(path, "w");
    tap_ok(file && fputs("precious", file) >= 0 && fclose(file) == 0, "a file of that name");
    tap_ok(open_socket(error, sizeof(error)) < 0, "is no place to listen: %s", error);
    tap_ok(stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 8,
           "and stays as it is");
}

int main(void)
{
    snprintf(path, sizeof(path), "%s/socket", tap_directory());
    test_left_socket();
    test_file();
    return tap_done();
}
