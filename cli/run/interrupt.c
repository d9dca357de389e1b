/*
 * interrupt.c - Ctrl-C while a command takes its time.
 *
 * What is typed or pasted ahead meanwhile is not read: it is for the prompt.
 */
#include "run/shell.h"

#include <time.h>

enum { LOOK_US = 100000, NS_PER_US = 1000 };

/* Who runs inside a file's lines asks what the file watches. */
static bool
is_own(const struct shell *shell)
{
    return shell->stream == NULL && shell->front->interrupt != NULL;
}

void
interrupt_begin(const struct shell *shell)
{
    if (is_own(shell))
        (void)shell->front->interrupt(shell->front->context, INTERRUPT_BEGIN);
}

bool
interrupt_pressed(const struct shell *shell)
{
    const struct run_front *front = shell->front;

    return front->interrupt != NULL &&
           front->interrupt(front->context, INTERRUPT_ASK);
}

bool
interrupt_wait(const struct shell *shell, uint64_t us)
{
    while (us > 0 && !interrupt_pressed(shell)) {
        const uint64_t part = us < LOOK_US ? us : LOOK_US;
        const struct timespec time = {.tv_nsec = (long)part * NS_PER_US};

        (void)nanosleep(&time, NULL);
        us -= part;
    }
    return interrupt_pressed(shell);
}

void
interrupt_end(const struct shell *shell)
{
    if (is_own(shell))
        (void)shell->front->interrupt(shell->front->context, INTERRUPT_END);
}
