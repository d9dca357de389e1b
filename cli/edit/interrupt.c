/*
 * interrupt.c - Ctrl-C while a command runs.
 *
 * Between two lines the terminal sends a signal for this key again, and for no
 * other; SIGINT is blocked and only looked for, so that nothing is cut off in
 * the middle and no handler is needed.
 */
#include "edit/edit.h"

#include <signal.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void
signals_by_keys(bool on)
{
    struct termios mode;

    if (tcgetattr(STDIN_FILENO, &mode) != 0)
        return;
    if (on) {
        mode.c_lflag |= (tcflag_t)ISIG;
        mode.c_cc[VQUIT] = _POSIX_VDISABLE;
        mode.c_cc[VSUSP] = _POSIX_VDISABLE;
    } else {
        mode.c_lflag &= ~(tcflag_t)ISIG;
    }
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

static void
only_sigint(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
}

void
edit_interrupt_watch(struct edit *edit)
{
    sigset_t set;

    (void)edit;
    only_sigint(&set);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    signals_by_keys(true);
}

bool
edit_was_interrupted(const struct edit *edit)
{
    sigset_t set;

    (void)edit;
    return sigpending(&set) == 0 && sigismember(&set, SIGINT) == 1;
}

void
edit_interrupt_unwatch(struct edit *edit)
{
    static const struct timespec at_once = {0, 0};
    sigset_t set;

    (void)edit;
    signals_by_keys(false);
    only_sigint(&set);
    while (sigtimedwait(&set, NULL, &at_once) > 0)
        continue;
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
