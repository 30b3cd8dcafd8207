#include "server/signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static sigset_t ending_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void signals_hold(void)
{
    sigset_t ending = ending_signals();
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
}

const char *signals_wait(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    sigset_t ending = ending_signals();
    switch (sigtimedwait(&ending, NULL, &time)) {
    case SIGTERM:
        return "SIGTERM";
    case SIGINT:
        return "SIGINT";
    default:
        return NULL;
    }
}

static void end_at_once(int signal)
{
    (void)signal;
    _exit(EXIT_FAILURE);
}

/* A handler, since the default action does nothing to a container's first process. */
void signals_let_kill(void)
{
    const struct sigaction action = {.sa_handler = end_at_once};
    sigset_t ending = ending_signals();
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &ending, NULL);
}
