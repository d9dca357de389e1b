/*
 * interrupt.c - Ctrl-C while a command takes its time.
 *
 * What is typed or pasted ahead meanwhile is not read: it is for the prompt.
 */
#include "run/shell.h"

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

void
interrupt_end(const struct shell *shell)
{
    if (is_own(shell))
        (void)shell->front->interrupt(shell->front->context, INTERRUPT_END);
}
